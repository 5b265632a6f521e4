"""Social workers of a provider: certificate, registration, employment."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class Worker(Table):
    """One spell of a social worker with one provider. Certificate levels by R-SOCW-02."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    name = Varchar(80, default=None, null=False)
    certificate_level = Varchar(20, default="none", null=False)
    certificate_number = Varchar(40, default="", null=False)
    registered_on = Date(default=None, null=True)
    certificate_until = Date(default=None, null=True)
    employed_from = Date(default=None, null=False)
    employed_to = Date(default=None, null=True)
    added_at = Timestamptz(default=None, null=False)

    worker_level_known = Check("certificate_level IN ('none', 'assistant', 'intermediate', 'senior')")
    worker_spell_forward = Check("employed_to IS NULL OR employed_to >= employed_from")
