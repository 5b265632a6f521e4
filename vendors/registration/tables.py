"""What a provider's file says beyond its identity: who represents it, where and what it serves, where it is paid."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class ServiceTown(Table):
    """A town in which a provider serves."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)

    service_town_once = Unique(["provider", "town"])


class OfferedItem(Table):
    """An item of the directory that a provider offers; the code outlives editions, `capacity` is per year."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    item_code = Varchar(8, default=None, null=False)
    capacity = Integer(default=None, null=False)
    unit = Varchar(40, default=None, null=False)
    unit_en = Varchar(80, default=None, null=False)
    entered_at = Timestamptz(default=None, null=False)

    offered_item_once = Unique(["provider", "item_code"])
    offered_capacity_fits = Check("capacity BETWEEN 1 AND 1000000")


class ProviderAccount(Table):
    """The account a provider is paid to; a new one ends the one before, which stays with its day."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    bank = Varchar(120, default=None, null=False)
    # encrypted (kernel/private_columns); the hash finds the same account again
    number = Varchar(300, default=None, null=False)
    number_hash = Bytea(default=None, null=False, index=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)


class FileStatement(Table):
    """Something a provider states instead of a list: nobody behind it, nobody on its roster yet."""

    id = UUID(primary_key=True, default=UUID4())
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default=None, null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)

    file_statement_once = Unique(["provider", "kind"])
    file_statement_known = Check("kind IN ('no_relations', 'no_staff')")
