"""What was determined for each lot of a framework: how many came in by which working, and each bidder's place."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from evaluations.opening.tables import OpenedBid
from marketplace.accounts.people.tables import Person


class Admission(Table):
    """One lot's admission with the numbers of its working (R-FRM-02); elimination in percent."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    responsive = Integer(default=None, null=False)
    elimination = Numeric((5, 2), default=None, null=False)
    most_admitted = Integer(default=None, null=True)
    eliminated = Integer(default=None, null=False)
    tie_note = Text(default="", null=False)
    determined_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    determined_at = Timestamptz(default=None, null=False)
    announced_at = Timestamptz(default=None, null=True)

    admission_somebody_out = Check("eliminated >= 1 AND eliminated <= responsive")


class AdmissionRow(Table):
    """A responsive bidder's place, and whether it came in. Unit price in yuan, total in points if quality decided."""

    id = UUID(primary_key=True, default=UUID4())
    admission = ForeignKey(Admission, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    position = Integer(default=None, null=False)
    unit_price = Numeric((14, 2), default=None, null=False)
    total = Numeric((9, 6), default=None, null=True)
    is_admitted = Boolean(default=False, null=False)
