"""Signs of collusion with their evidence, and what an officer answered to each. Never public."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.people.tables import Person
from vendors.bids.tables import Bid


class CollusionSign(Table):
    """One sign in a lot. `mark` tells it from others of its kind, so that looking again finds the same one.

    It exists from the opening on; an unanswered one holds the locking of marks and the award.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    kind = Varchar(20, default=None, null=False)
    mark = Varchar(64, default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    evidence = Text(default=None, null=False)
    evidence_en = Text(default=None, null=False)
    found_at = Timestamptz(default=None, null=False)
    outcome = Varchar(10, default="", null=False)
    reason = Text(default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    collusion_sign_once = Unique(["lot", "kind", "mark"])
    collusion_sign_outcome_known = Check("outcome IN ('', 'explained', 'reported', 'invalid')")
    collusion_sign_answered_whole = Check(
        "(outcome = '') = (answered_at IS NULL) AND (outcome = '') = (answered_by IS NULL)"
        " AND (outcome = '') = (reason = '')"
    )


class SignSearchFailure(Table):
    """Signs could not be looked for: the opening went on, and until somebody looked again it holds as a sign does."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    fault = Varchar(100, default=None, null=False)
    failed_at = Timestamptz(default=None, null=False)
    looked_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    looked_at = Timestamptz(default=None, null=True)


class CollusionSignBid(Table):
    """A bid that a sign is about."""

    id = UUID(primary_key=True, default=UUID4())
    sign = ForeignKey(CollusionSign, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, index=True)

    collusion_sign_bid_once = Unique(["sign", "bid"])
