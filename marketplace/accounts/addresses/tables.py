"""Mail addresses that wait for their owner's word; a person's row holds none but a confirmed one."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class AddressConfirmation(Table):
    """An address somebody gave, with the hash of the link mailed to it; the newest of a person counts. Real time."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    email = Varchar(200, default=None, null=False)
    token_hash = Bytea(default=b"", null=False, unique=True)
    asked_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)
