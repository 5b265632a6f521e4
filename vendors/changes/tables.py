"""Changes of a provider's registered name and legal form: proposed with a paper, decided by civil affairs, kept."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class RegistrationChange(Table):
    """One change, from what stood (`from_…`) to what the certificate says since `effective_on`.

    `document` is the registration certificate. A confirmed change is the provider's history: what was made before
    `decided_at` carries the name before it.
    """

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    from_name = Varchar(120, default=None, null=False)
    from_name_en = Varchar(200, default="", null=False)
    from_legal_form = Varchar(40, default=None, null=False)
    name = Varchar(120, default=None, null=False)
    name_en = Varchar(200, default="", null=False)
    legal_form = Varchar(40, default=None, null=False)
    effective_on = Date(default=None, null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="proposed", null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    refusal = Varchar(500, default="", null=False)

    registration_change_status_known = Check("status IN ('proposed', 'confirmed', 'refused', 'withdrawn')")
    registration_change_changes = Check(
        "(name, name_en, legal_form) <> (from_name, from_name_en, from_legal_form)"
    )
    registration_change_decided_whole = Check(
        "(status = 'proposed') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
    )
    registration_change_refusal_has_reason = Check("(status = 'refused') = (refusal <> '')")
