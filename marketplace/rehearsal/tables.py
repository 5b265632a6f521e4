"""The rounds of a rehearsal: each practises one listing from its draft to the signed contract."""

from __future__ import annotations

from piccolo.columns import UUID, Integer, Timestamptz
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


class RehearsalRound(Table):
    """One round; the newest is the one the tour follows."""

    id = UUID(primary_key=True, default=UUID4())
    number = Integer(default=None, null=False, unique=True)
    # no foreign key: listings are tables of a package that is migrated later
    listing = UUID(default=None, null=False, unique=True)
    begun_at = Timestamptz(default=None, null=False)
