"""What providers say of buyers; shown only in sums."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Organisation, Person
from vendors.providers.tables import Provider


class BuyerRating(Table):
    """One provider's word on a buyer about one listing: after the award, or after the last acceptance; once each.

    Marks from 1 to 5; the words are for civil affairs and finance only. Never changed.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(12, default=None, null=False)
    first = Integer(default=None, null=False)
    second = Integer(default=None, null=False)
    third = Integer(default=None, null=False)
    fourth = Integer(default=None, null=False)
    words = Varchar(1000, default="", null=False)
    rated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    rated_at = Timestamptz(default=None, null=False)

    buyer_rating_once = Unique(["listing", "provider", "stage"])
    buyer_rating_stage_known = Check("stage IN ('award', 'acceptance')")
    buyer_rating_marks = Check(
        "first BETWEEN 1 AND 5 AND second BETWEEN 1 AND 5 AND third BETWEEN 1 AND 5 AND fourth BETWEEN 1 AND 5"
    )
