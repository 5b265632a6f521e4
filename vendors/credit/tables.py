"""Debarments and other statutory exclusions of providers, with evidence and dates."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class CreditEntry(Table):
    """A decision that keeps a provider from bidding between two days."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(30, default=None, null=False)
    document_number = Varchar(120, default=None, null=False)
    reason = Text(default="", null=False)
    starts_on = Date(default=None, null=False)
    ends_on = Date(default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    credit_kind_known = Check("kind IN ('debarment', 'serious_violation', 'dishonest_debtor', 'tax_violation')")
    credit_forward = Check("ends_on >= starts_on")
