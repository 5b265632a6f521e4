"""The rows of the rulebook a listing was published under; triggers keep them from being changed."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing


class ListingRule(Table, tablename="listing_rule"):
    """One row as it stood on the day of publication. `value` is empty for a rule in words."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    key = Varchar(80, default=None, null=False)
    value = Numeric((18, 4), default=None, null=True)
    words_zh = Text(default="", null=False)
    words_en = Text(default="", null=False)
    unit = Varchar(20, default=None, null=False)
    direction = Varchar(10, default=None, null=False)
    jurisdiction = Varchar(10, default=None, null=False)
    effective_from = Date(default=None, null=False)
    citation = Varchar(300, default=None, null=False)
    confidence = Varchar(1, default=None, null=False)
    document_number = Varchar(120, default="", null=False)

    listing_rule_once = Unique(["listing", "key"])
