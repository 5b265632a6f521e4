"""Pre-checks by item: who asks for which item, what each requirement came to, and every step with its reason."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider, ProviderPaper


class Precheck(Table):
    """One item of one provider, looked at before any bid; it saves work and shuts nobody out (R-QUAL-01).

    A passed one holds on the days from `valid_from` up to, not including, `valid_until`.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    item_code = Varchar(8, default=None, null=False)
    status = Varchar(20, default="waiting", null=False)
    # counts the looks: each ends with a decision and keeps its findings
    round = Integer(default=1, null=False)
    applied_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    applied_at = Timestamptz(default=None, null=False)
    proposed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    valid_from = Date(default=None, null=True)
    valid_until = Date(default=None, null=True)

    precheck_status_known = Check(
        "status IN ('waiting', 'more_asked', 'proposed', 'negative', 'objected', 'upheld', 'passed', 'withdrawn')"
    )
    # whoever proposes a negative finding never confirms it
    precheck_two_people = Check("decided_by <> proposed_by OR status NOT IN ('negative', 'upheld')")
    precheck_passed_holds = Check("(status = 'passed') = (valid_from IS NOT NULL AND valid_until IS NOT NULL)")
    precheck_forward = Check("valid_until > valid_from")


class PrecheckFinding(Table):
    """What one requirement came to in one look: by the data, by the person, the reason, and the paper looked at."""

    id = UUID(primary_key=True, default=UUID4())
    precheck = ForeignKey(Precheck, null=False, on_delete=OnDelete.restrict, index=True)
    round = Integer(default=None, null=False)
    requirement = Varchar(40, default=None, null=False)
    automatic = Varchar(10, default=None, null=False)
    found = Varchar(10, default=None, null=False)
    reason = Text(default="", null=False)
    clause = Varchar(40, default=None, null=False)
    paper = ForeignKey(ProviderPaper, null=True, on_delete=OnDelete.restrict, index=True)

    precheck_finding_once = Unique(["precheck", "round", "requirement"])
    precheck_outcomes_known = Check(
        "automatic IN ('met', 'unmet', 'look', 'shown') AND found IN ('met', 'unmet', 'shown')"
    )
    precheck_unmet_has_reason = Check("found <> 'unmet' OR reason <> ''")


class PrecheckStep(Table):
    """One step of a pre-check, with what was said; it is never changed."""

    id = UUID(primary_key=True, default=UUID4())
    precheck = ForeignKey(Precheck, null=False, on_delete=OnDelete.restrict, index=True)
    act = Varchar(20, default=None, null=False)
    note = Text(default="", null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)

    precheck_act_known = Check(
        "act IN ('applied', 'more_asked', 'answered', 'withdrawn', 'passed', 'proposed', 'confirmed', 'sent_back',"
        " 'objected', 'upheld', 'granted')"
    )
