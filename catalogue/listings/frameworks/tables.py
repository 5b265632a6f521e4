"""The printed terms of a framework and the ceiling unit price of each lot."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, Numeric, OnDelete, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing


class ListingFramework(Table):
    """How providers come in (R-FRM-02) and how orders are given (R-FRM-05); elimination in percent."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    basis = Varchar(20, default=None, null=False)
    state_price = Varchar(200, default="", null=False)
    # none in an open framework, where whoever accepts the terms comes in (R-FRM-03)
    elimination = Numeric((5, 2), default=None, null=True)
    most_admitted = Integer(default=None, null=True)
    way = Varchar(20, default=None, null=False)
    approval = Varchar(120, default="", null=False)

    listing_framework_basis_known = Check("basis IN ('price_first', 'quality_first', 'pay_standard')")
    listing_framework_way_known = Check("way IN ('direct', 'mini_bid', 'rotation')")
    listing_framework_elimination_percent = Check("elimination IS NULL OR (elimination > 0 AND elimination < 100)")
    listing_framework_most_positive = Check("most_admitted IS NULL OR most_admitted > 0")


class ListingUnitPrice(Table):
    """The ceiling unit price of a lot in yuan; in an open framework it is the pay standard (R-FRM-04)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot_number = Integer(default=None, null=False)
    ceiling = Numeric((14, 2), default=None, null=False)

    listing_unit_price_once = Unique(["listing", "lot_number"])
    listing_unit_price_positive = Check("ceiling > 0")
