"""Every version of what a listing told the public, line by line; rows that triggers keep from being changed."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class ListingVersion(Table):
    """One published version with the SHA-256 of its canonical text. Number 1 is the listing as first published."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=1, null=False)
    kind = Varchar(20, default=None, null=False)
    reason = Text(default="", null=False)
    affects_bids = Boolean(default=False, null=False)
    closes_at = Timestamptz(default=None, null=False)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)

    version_number_once = Unique(["listing", "number"])
    version_kind_known = Check("kind IN ('publication', 'corrigendum', 'extension', 'suspension', 'recount')")
    version_hash_is_hex = Check("sha256 ~ '^[0-9a-f]{64}$'")


class ListingVersionLine(Table):
    """One field of a version: of which section and row, its label, how it is read, and its value."""

    id = UUID(primary_key=True, default=UUID4())
    version = ForeignKey(ListingVersion, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    section = Varchar(20, default=None, null=False)
    item = Text(default="", null=False)
    label = Varchar(60, default=None, null=False)
    kind = Varchar(10, default=None, null=False)
    value = Text(default="", null=False)

    version_line_once = Unique(["version", "position"])
    version_line_kind_known = Check("kind IN ('text', 'word', 'money', 'number', 'percent', 'day', 'moment', 'rule')")
