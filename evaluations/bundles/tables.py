"""The roots that stand in the award notice, and the salts with which each row can be proved."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import ListingLot
from evaluations.opening.tables import OpenedBid


class BundleRoot(Table):
    """The root over all rows of a lot, kept when the award was announced.

    Another comes in its place only where the award falls or a re-evaluation changed totals; the audit keeps both.
    """

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, unique=True)
    root = Varchar(64, default=None, null=False)
    hashed_by = Varchar(20, default="sha256", null=False)
    rows = Integer(default=None, null=False)
    kept_at = Timestamptz(default=None, null=False)

    bundle_root_has_rows = Check("rows > 0")


class BundleSalt(Table):
    """The salts of a bid's two halves: without them nobody can try out what a hidden half might say."""

    id = UUID(primary_key=True, default=UUID4())
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, unique=True)
    public_salt = Varchar(64, default=None, null=False)
    private_salt = Varchar(64, default=None, null=False)
