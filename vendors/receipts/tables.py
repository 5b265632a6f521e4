"""The chain of a listing's receipts as it was closed and signed at the deadline. Nothing stands here before it."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing


class ReceiptChain(Table):
    """What was handed in for one stage of a listing: how many links, the last hash, and the signature over both."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=False)  # receipt_chain_once serves
    stage = Varchar(10, default=None, null=False)
    closes_at = Timestamptz(default=None, null=False)
    length = Integer(default=0, null=False)
    head = Varchar(64, default=None, null=False)
    hashed_by = Varchar(20, default="sha256", null=False)
    signature = Varchar(100, default=None, null=False)
    public_key = Text(default=None, null=False)
    algorithm = Varchar(40, default="ed25519", null=False)
    older_signature = Varchar(100, default="", null=False)  # of the key before, where a county changed its algorithm
    older_public_key = Text(default="", null=False)
    older_algorithm = Varchar(40, default="ed25519", null=False)
    published_at = Timestamptz(default=None, null=False)

    receipt_chain_once = Unique(["listing", "stage"])
    receipt_chain_stage_known = Check("stage IN ('first', 'final')")


class ReceiptLink(Table):
    """One act of the chain: a bid sealed (perhaps in place of another) or taken back."""

    id = UUID(primary_key=True, default=UUID4())
    chain = ForeignKey(ReceiptChain, null=False, on_delete=OnDelete.restrict, index=False)  # receipt_link_once serves
    position = Integer(default=None, null=False)
    act = Varchar(10, default=None, null=False)
    receipt_number = Varchar(30, default=None, null=False, index=True)
    replaces = Varchar(30, default="", null=False)
    lot_number = Integer(default=None, null=False)
    happened_at = Timestamptz(default=None, null=False)
    sealed_sha256 = Varchar(64, default=None, null=False)
    link_hash = Varchar(64, default=None, null=False)

    receipt_link_once = Unique(["chain", "position"])
    receipt_link_act_known = Check("act IN ('sealed', 'withdrawn')")
    receipt_link_counted = Check("position > 0")
