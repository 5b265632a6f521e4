"""Suspensions and endings of published listings."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.people.tables import Person


class ListingSuspension(Table):
    """A time in which a listing takes no bids; it resumes on `until` at the latest."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    ground = Varchar(20, default=None, null=False)
    reason = Text(default=None, null=False)
    document_number = Varchar(60, default="", null=False)
    begun_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    begun_at = Timestamptz(default=None, null=False)
    until = Date(default=None, null=False)
    resumed_at = Timestamptz(default=None, null=True)
    # nobody, when the day came and the listing resumed by itself
    resumed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    suspension_ground_known = Check("ground IN ('finance_order', 'challenge', 'outage', 'other')")
    suspension_order_has_number = Check("ground <> 'finance_order' OR document_number <> ''")


class LotEnding(Table):
    """A lot of a listing that has to be bought again while other lots of it go on or were awarded."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    ground = Varchar(20, default=None, null=False)
    reason = Text(default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    ended_at = Timestamptz(default=None, null=False)

    lot_ending_ground_known = Check("ground IN ('redo_ordered', 'winner_refused', 'without_winner')")


class ListingEnding(Table):
    """An end without award after publication: on what ground, and when those concerned were told."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    ground = Varchar(20, default=None, null=False)
    told_at = Timestamptz(default=None, null=True)

    ending_ground_is_known = Check(
        "ground IN ('task_cancelled', 'must_change', 'failed', 'redo_ordered', 'winner_refused')"
    )
