"""Which listing took up which one that ended without award."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot


class Relisting(Table):
    """The same need again: `attempt` counts from 2."""

    id = UUID(primary_key=True, default=UUID4())
    earlier = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    later = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    attempt = Integer(default=2, null=False)

    attempt_is_a_repetition = Check("attempt >= 2")
    relisting_is_another = Check("earlier <> later")


class RelistedLot(Table):
    """The need of one lot again, where the other lots of its listing stand."""

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    earlier = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    later = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    attempt = Integer(default=2, null=False)

    relisted_lot_is_a_repetition = Check("attempt >= 2")
    relisted_lot_is_in_another = Check("earlier <> later")
