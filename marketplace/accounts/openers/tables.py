"""Public keys of the people who open bids; the private part never comes here."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class OpenerKey(Table):
    """An opener's age recipient. The newest one that is not retired is used for new listings."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recipient = Varchar(100, default=None, null=False, unique=True)
    fingerprint = Varchar(40, default=None, null=False)
    registered_at = Timestamptz(default=None, null=False)
    retired_at = Timestamptz(default=None, null=True)
