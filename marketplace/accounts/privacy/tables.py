"""What people may know about their own data: who looked, what they agreed to, what they asked to be corrected."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Organisation, Person


class PersonalDataLook(Table):
    """Somebody was shown a value that is hidden otherwise: which, of whom, for what purpose."""

    id = UUID(primary_key=True, default=UUID4())
    of_organisation = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    of_person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    what = Varchar(60, default=None, null=False)
    reference = Varchar(60, default=None, null=False)
    purpose = Varchar(200, default=None, null=False)
    seen_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    seen_at = Timestamptz(default=None, null=False)

    look_is_of_somebody = Check("of_organisation IS NOT NULL OR of_person IS NOT NULL")
    look_has_a_purpose = Check("purpose <> ''")


class Consent(Table):
    """A person agreed to the privacy notice of an edition, and may withdraw it."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    edition = Varchar(20, default=None, null=False)
    given_at = Timestamptz(default=None, null=False)
    withdrawn_at = Timestamptz(default=None, null=True)


class CorrectionRequest(Table):
    """What a person says is wrong about them: in which field, what stands there, what is right; and the answer."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    # whose office keeps it follows from this (rules.KEEPERS)
    about = Varchar(20, default="other", null=False)
    field = Varchar(100, default="", null=False)
    wrong = Varchar(500, default="", null=False)
    wanted = Varchar(1000, default=None, null=False)
    paper = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="waiting", null=False)
    asked_at = Timestamptz(default=None, null=False)
    answer = Varchar(1000, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    correction_request_status_known = Check("status IN ('waiting', 'corrected', 'refused')")
    answer_has_its_day = Check("(answer <> '') = (answered_at IS NOT NULL)")
