"""What the joint conference decided, and cases that may serve as a model, with the consent they rest on."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class ConferenceDecision(Table):
    """One decision of the joint conference: who does what until when. Done, it says what came of it.

    Both texts are public once another person than who wrote them looked them through.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    decided_on = Date(default=None, null=False, index=True)
    words = Varchar(500, default=None, null=False)
    owner = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    due_on = Date(default=None, null=False)
    status = Varchar(10, default="entered", null=False)
    done_on = Date(default=None, null=True)
    outcome = Varchar(500, default="", null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
    closed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    looked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    outcome_looked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    conference_decision_status_known = Check("status IN ('entered', 'open', 'reported', 'done', 'dropped')")
    conference_decision_two_people = Check(
        "(looked_by IS NULL OR looked_by <> recorded_by) AND (outcome_looked_by IS NULL OR outcome_looked_by <>"
        " closed_by)"
    )
    conference_decision_due_after = Check("due_on >= decided_on")
    conference_decision_done_whole = Check(
        "(status IN ('reported', 'done')) = (done_on IS NOT NULL AND outcome <> '' AND closed_by IS NOT NULL)"
    )


class ModelCase(Table):
    """A case told to everybody: only with consent, without what leads to a person, published by a second person."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    title = Varchar(120, default=None, null=False)
    story = Text(default=None, null=False)
    item_code = Varchar(8, default=None, null=False)
    consent_by = Varchar(12, default=None, null=False)
    consent_on = Date(default=None, null=False)
    # where the signed paper lies; never public
    consent_paper = Varchar(200, default=None, null=False)
    status = Varchar(12, default="draft", null=False, index=True)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=False)
    published_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdraw_reason = Varchar(300, default="", null=False)

    model_case_status_known = Check("status IN ('draft', 'published', 'withdrawn')")
    model_case_consent_known = Check("consent_by IN ('self', 'guardian', 'office')")
    model_case_two_people = Check("published_by IS NULL OR published_by <> drafted_by")
    model_case_withdrawn_whole = Check("(status = 'withdrawn') = (withdrawn_at IS NOT NULL AND withdraw_reason <> '')")
