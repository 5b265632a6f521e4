"""After a corrigendum that affects bids: whoever sealed before it confirms or replaces.

A bid that is neither stays valid: the law lets a bidder withdraw or replace until the deadline and asks for nothing
more, and a bid is judged by the text in force at the deadline. Everything here is the bidder's own; nobody else learns
how many were asked or answered (R-DOC-08).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from vendors.bids.queries import bid_receipt
from vendors.bids.rules import BidStatus, check_bid_is_in_time

# the newest version that affects bids and is younger than the bid
_NEWER = (
    "SELECT max(v.number) FROM listing_version v WHERE v.listing = b.listing AND v.affects_bids"
    " AND v.published_at >= b.sealed_at"
)


@dataclass(frozen=True)
class ToConfirm:
    """A sealed bid that a younger version concerns."""

    receipt: str
    reference: str
    title: str
    title_en: str
    lot_number: int
    version: int
    closes_at: datetime


@dataclass(frozen=True)
class Standing:
    """What a receipt tells of versions: the one that concerns the bid, and when it was confirmed for it."""

    version: int | None
    confirmed_at: datetime | None


async def to_confirm(organisation: UUID, now: datetime) -> list[ToConfirm]:
    """The organisation's own bids that wait for confirmation, while they can still be replaced."""
    rows = await fetch(
        "SELECT * FROM (SELECT b.id, b.receipt_number AS receipt, l.reference, l.title, l.title_en,"
        " t.number AS lot_number,"
        f" ({_NEWER}) AS version, l.closes_at FROM bid b JOIN listing l ON l.id = b.listing"
        " JOIN listing_lot t ON t.id = b.lot JOIN provider p ON p.id = b.provider WHERE p.organisation = $1"
        " AND b.stage = 'first' AND b.status = 'sealed' AND l.status = 'published' AND l.closes_at > $2) w"
        " WHERE w.version IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bid_confirmation c WHERE c.bid = w.id"
        " AND c.listing_version >= w.version) ORDER BY w.closes_at, w.receipt",
        organisation, now,
    )  # fmt: skip
    return [ToConfirm(**{k: v for k, v in dict(r).items() if k != "id"}) for r in rows]


async def standing_of_bid(bid: dict[str, Any]) -> Standing:
    """The version that concerns a bid, and its confirmation."""
    version = await fetchval(f"SELECT ({_NEWER}) FROM bid b WHERE b.id = $1 AND b.stage = 'first'", bid["id"])
    if version is None:
        return Standing(None, None)
    at = await fetchval(
        "SELECT confirmed_at FROM bid_confirmation WHERE bid = $1 AND listing_version >= $2"
        " ORDER BY listing_version DESC LIMIT 1",
        bid["id"], version,
    )  # fmt: skip
    return Standing(version, at)


async def confirm_bid(receipt: str, version: int, actor: Actor, now: datetime) -> None:
    """Confirm that a sealed bid stands as it is for a version; twice does no harm.

    Raises NotFound for strangers, BiddingClosed, Conflict when a newer version came or the bid was replaced.
    """
    actor.check_may(Permission.BID)
    bid = await bid_receipt(receipt, actor)
    check_bid_is_in_time(bid["closes_at"], now)
    async with transaction():
        await fetchval("SELECT id FROM listing WHERE id = $1 FOR SHARE", bid["listing"])
        status = await fetchval("SELECT status FROM bid WHERE id = $1 FOR UPDATE", bid["id"])
        if status != BidStatus.SEALED:
            raise Conflict(N_("这份文件刚才已经被替换或者撤回。请在“我的投标”里看最新的一份。"))
        if (await standing_of_bid(bid)).version != version:
            raise Conflict(N_("公告刚才又更正了。请先看改了什么，再确认。"))
        await execute(
            "INSERT INTO bid_confirmation (id, bid, listing_version, confirmed_by, confirmed_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4) ON CONFLICT (bid, listing_version) DO NOTHING",
            bid["id"], version, actor.person_id, now,
        )  # fmt: skip
        detail = {"receipt": receipt, "version": str(version)}
        await record("bid.confirmed", ("bid", receipt), actor, detail, now, f"listing:{bid['listing']}")
