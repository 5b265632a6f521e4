"""Sealed bids: ciphertext and hashes only. Nothing here says a price before the openers open it."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.people.tables import Person
from vendors.providers.tables import Provider


class BidDraft(Table):
    """A bid being prepared, encrypted under a key that only the bidder's browser keeps."""

    id = UUID(primary_key=True, default=UUID4())
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=True)
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    ciphertext = Bytea(default=b"", null=False)
    saved_at = Timestamptz(default=None, null=False)

    bid_draft_once = Unique(["lot", "provider"])


class BidDraftPaper(Table):
    """A paper of a draft, encrypted under the same key; its name and hash stand in the draft's own ciphertext.

    It lies in pieces; `ciphertext` is that of a whole one, from before there were pieces.
    """

    id = UUID(primary_key=True, default=UUID4())
    draft = ForeignKey(BidDraft, null=False, on_delete=OnDelete.cascade, index=True)
    ciphertext = Bytea(default=b"", null=False)


class BidDraftPiece(Table):
    """A piece of a draft's paper, in its place: a paper of 100 MB is never whole in memory."""

    id = UUID(primary_key=True, default=UUID4())
    paper = ForeignKey(BidDraftPaper, null=False, on_delete=OnDelete.cascade, index=False)  # the next line serves
    number = Integer(default=None, null=False)
    ciphertext = Bytea(default=b"", null=False)

    bid_draft_piece_once = Unique(["paper", "number"])
    bid_draft_piece_counted = Check("number >= 0")


class Bid(Table):
    """One sealed bid, or a sealed final price (`stage` final). A replaced or withdrawn one stays, with its hash."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=False, on_delete=OnDelete.restrict, index=False)  # bid_version_once serves
    provider = ForeignKey(Provider, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(10, default="first", null=False)
    status = Varchar(10, default="sealed", null=False)
    version = Integer(default=1, null=False)
    receipt_number = Varchar(30, default=None, null=False, unique=True)
    storage_key = Varchar(200, default=None, null=False)
    sealed_sha256 = Varchar(64, default=None, null=False)
    sealed_size = Integer(default=0, null=False)
    # nobody asks for all bids one person sealed, and nobody who sealed one is ever removed
    sealed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=False)
    sealed_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    bid_version_once = Unique(["lot", "provider", "stage", "version"])
    bid_stage_known = Check("stage IN ('first', 'final')")
    bid_status_known = Check("status IN ('sealed', 'replaced', 'withdrawn', 'opened')")


class SealingTrace(Table):
    """Where a bid was sealed from, as keyed hashes; read after the opening only, and deleted when its term is over."""

    id = UUID(primary_key=True, default=UUID4())
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, unique=True)
    address = Bytea(default=None, null=True)
    browser = Bytea(default=None, null=True)


class FinalPriceWindow(Table):
    """The time in which every invited bidder of a consultation seals its final price (R-CONS-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    closes_at = Timestamptz(default=None, null=False)

    final_window_forward = Check("closes_at > opened_at")


class FinalPriceInvitation(Table):
    """A bid whose bidder passed the review and may seal a final price."""

    id = UUID(primary_key=True, default=UUID4())
    window = ForeignKey(FinalPriceWindow, null=False, on_delete=OnDelete.restrict, index=True)
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, unique=True)


class BidConfirmation(Table):
    """A bidder says that a sealed bid still stands after a version that affects bids."""

    id = UUID(primary_key=True, default=UUID4())
    bid = ForeignKey(Bid, null=False, on_delete=OnDelete.restrict, index=True)
    listing_version = Integer(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=False)

    bid_confirmed_once = Unique(["bid", "listing_version"])
