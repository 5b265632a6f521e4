"""Seal, replace and withdraw bids and final prices.

The ciphertext is on disk before the row says so. The deadline is compared inside the inserting transaction, by the
county clock, after the listing is held: a deadline that moves and a bid that arrives can never pass each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.rules import Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import hide_stream, record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import random_reference
from marketplace.kernel.states import move
from vendors.bids.contents import BidContents, pack, pack_final_price
from vendors.bids.queries import bid_receipt, final_price_invitation, recipients_of
from vendors.bids.rules import BID_TRANSITIONS, BiddingNotOpen, BidStatus, Stage, check_bid_is_in_time
from vendors.bids.tables import Bid, FinalPriceInvitation, FinalPriceWindow
from vendors.providers.queries import own_provider


@dataclass(frozen=True)
class Place:
    """Where a sealed bid belongs: the provider's offer for a lot in one stage, valid until its deadline."""

    listing: UUID
    lot: UUID
    provider: UUID
    stage: Stage

    @property
    def stream(self) -> str:
        """The audit stream that is hidden until the deadline of this stage."""
        return f"listing:{self.listing}" + (":final" if self.stage == Stage.FINAL else "")


@dataclass(frozen=True)
class Sealed:
    """Sealed bytes that are on disk: their place, SHA-256 and size."""

    storage_key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class FinalPrice:
    """A final price in yuan with the small-enterprise declaration."""

    amount: Decimal
    is_small_micro: bool = False


async def seal_bid(lot: UUID, contents: BidContents, store: DocumentStore, actor: Actor, now: datetime) -> str:
    """Seal a bid for a lot; gives the receipt number. Raises BiddingClosed, BiddingNotOpen, Conflict."""
    place = await _first_place(lot, actor)
    await _check_open(await listing_by_id(place.listing), now)
    sealed = await _seal(place.listing, await asyncio.to_thread(pack, contents), store)
    return await _enter(place, sealed, None, actor)


async def replace_bid(receipt: str, contents: BidContents, store: DocumentStore, actor: Actor, now: datetime) -> str:
    """Seal a new version in place of a sealed one; gives the new receipt number. Raises as `seal_bid` does."""
    earlier = await bid_receipt(receipt, actor)
    if earlier["stage"] != Stage.FIRST:
        raise NotFound()
    place = await _first_place(earlier["lot"], actor)
    await _check_open(await listing_by_id(place.listing), now)
    sealed = await _seal(place.listing, await asyncio.to_thread(pack, contents), store)
    return await _enter(place, sealed, receipt, actor)


async def seal_final_price(
    lot: UUID, price: FinalPrice, store: DocumentStore, actor: Actor, now: datetime
) -> str:
    """Seal the final price of an invited bidder; a second one replaces the first.

    Raises NotFound for those who were not invited, BiddingClosed, Conflict when two windows seal at once.
    """
    actor.check_may(Permission.BID)
    provider = (await own_provider(actor))["id"]
    invitation = await final_price_invitation(lot, provider)
    check_bid_is_in_time(invitation.closes_at, now)
    place = Place(invitation.listing, lot, provider, Stage.FINAL)
    sealed = await _seal(place.listing, pack_final_price(price.amount, price.is_small_micro), store)
    earlier = await fetchval(
        "SELECT receipt_number FROM bid WHERE lot = $1 AND provider = $2 AND stage = 'final' AND status = 'sealed'",
        lot, provider,
    )  # fmt: skip
    return await _enter(place, sealed, earlier, actor)


async def withdraw_bid(receipt: str, actor: Actor, now: datetime) -> None:
    """Take a sealed bid back before the deadline; doing it twice does no harm. Raises BiddingClosed, NotFound."""
    actor.check_may(Permission.BID)
    bid = await bid_receipt(receipt, actor)
    place = Place(bid["listing"], bid["lot"], bid["provider"], Stage(bid["stage"]))
    if bid["status"] == BidStatus.WITHDRAWN:
        return
    async with transaction():
        at = await _hold_until_deadline(place)
        await _end(receipt, BidStatus.WITHDRAWN, at)
        await record("bid.withdrawn", ("bid", receipt), actor, {"receipt": receipt}, at, place.stream)
        await _tell_bidder(actor, bid, N_("已撤回"), at)


async def mark_opened(bids: Sequence[UUID]) -> None:
    """The opening has opened these bids; nothing about them changes any more."""
    await execute("UPDATE bid SET status = 'opened' WHERE id = ANY($1) AND status = 'sealed'", list(bids))


async def open_final_price_window(
    listing: UUID, bids: Sequence[UUID], closes_at: datetime, actor: Actor, now: datetime
) -> UUID:
    """Let these bids' providers seal final prices until a moment, all in the same time (R-CONS-01)."""
    if closes_at <= now:
        raise DomainError(N_("最后报价的截止时间要晚于现在。"), clause="R-CONS-01")
    if not bids:
        raise DomainError(N_("没有可以邀请的供应商。"))
    async with transaction():
        window: UUID = await insert(
            FinalPriceWindow, listing=listing, opened_by=actor.person_id, opened_at=now, closes_at=closes_at
        )
        for bid in bids:
            await insert(FinalPriceInvitation, window=window, bid=bid)
        await hide_stream(f"listing:{listing}:final", closes_at)
        detail = {"closes_at": closes_at.isoformat()}
        await record("final_price.window_opened", ("listing", str(listing)), actor, detail, now)
    return window


async def _first_place(lot: UUID, actor: Actor) -> Place:
    actor.check_may(Permission.BID)
    provider = await own_provider(actor)
    listing = await fetchval(
        "SELECT l.id FROM listing_lot t JOIN listing l ON l.id = t.listing"
        " WHERE t.id = $1 AND l.published_at IS NOT NULL",
        lot,
    )
    if listing is None:
        raise NotFound()
    return Place(listing, lot, provider["id"], Stage.FIRST)


async def _check_open(listing: Mapping[str, Any], now: datetime) -> None:
    check_bid_is_in_time(listing["closes_at"], now)
    if listing["status"] != Status.PUBLISHED:
        raise BiddingNotOpen()


async def _seal(listing: UUID, parts: Mapping[str, bytes], store: DocumentStore) -> Sealed:
    """Encrypt in memory and put the ciphertext on disk; the clear text goes nowhere."""
    needed: int = await fetchval("SELECT openers_needed FROM listing WHERE id = $1", listing)
    sealed = await asyncio.to_thread(sealing.seal, parts, await recipients_of(listing), needed)
    digest = sealing.sealed_sha256(sealed)
    kept = await store.put(sealed, "sealed")
    return Sealed(kept.key, digest, kept.size)


async def _enter(place: Place, sealed: Sealed, replaces: str | None, actor: Actor) -> str:
    try:
        async with transaction():
            at = await _hold_until_deadline(place)
            if replaces:
                await _end(replaces, BidStatus.REPLACED, at)
            receipt = await _write(place, sealed, actor, at)
            detail = {"receipt": receipt, "sha256": sealed.sha256, "replaces": replaces or ""}
            await record("bid.sealed", ("bid", receipt), actor, detail, at, place.stream)
            await _tell_bidder(actor, await bid_receipt(receipt, actor), N_("已封存"), at)
            return receipt
    except asyncpg.UniqueViolationError as twice:
        raise Conflict(
            N_("您的机构对这个采购包已经有一份封存的文件，可能是在另一个窗口里封存的。请在“我的投标”里查看，需要时替换。")
        ) from twice


async def _hold_until_deadline(place: Place) -> datetime:
    """Hold the listing (or the window) and compare its deadline with the county clock as it is after the wait."""
    if place.stage == Stage.FINAL:
        await execute("SELECT 1 FROM final_price_window WHERE listing = $1 FOR SHARE", place.listing)
        source = "final_price_window WHERE listing"
    else:
        if (await lock_listing(place.listing, "SHARE"))["status"] not in (Status.PUBLISHED, Status.CLOSED):
            raise BiddingNotOpen()
        source = "listing WHERE id"
    # a second statement: the clock is read after the lock is held, never at the transaction's start
    row = await fetchrow(f"SELECT closes_at, county_now() AS at FROM {source} = $1", place.listing)
    if row is None:
        raise NotFound()
    check_bid_is_in_time(row["closes_at"], row["at"])
    at: datetime = row["at"]
    return at


async def _end(receipt: str, to: BidStatus, at: datetime) -> None:
    """End a sealed bid from the state it was seen in. Raises Conflict when another was faster."""
    move(BID_TRANSITIONS, BidStatus.SEALED, to=to)
    ended = await fetchval(
        "UPDATE bid SET status = $2, ended_at = $3 WHERE receipt_number = $1 AND status = 'sealed' RETURNING id",
        receipt, to.value, at,
    )  # fmt: skip
    if ended is None:
        raise Conflict(N_("这份文件刚才已经被替换或者撤回。请在“我的投标”里看最新的一份。"))


async def _write(place: Place, sealed: Sealed, actor: Actor, at: datetime) -> str:
    receipt = random_reference("HZ")
    version = await fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM bid WHERE lot = $1 AND provider = $2 AND stage = $3",
        place.lot, place.provider, place.stage.value,
    )  # fmt: skip
    await insert(
        Bid, listing=place.listing, lot=place.lot, provider=place.provider, stage=place.stage.value, version=version,
        receipt_number=receipt, storage_key=sealed.storage_key, sealed_sha256=sealed.sha256, sealed_size=sealed.size,
        sealed_by=actor.person_id, sealed_at=at,
    )  # fmt: skip
    return receipt


async def _tell_bidder(actor: Actor, bid: Mapping[str, Any], done: str, at: datetime) -> None:
    """A mail to the bidder alone; one that cannot be sent stays out of every list before the deadline."""
    email = await fetchval("SELECT email FROM person WHERE id = $1", actor.person_id)
    if not email:
        return
    values = {
        "done": translate(done), "listing": bid["listing_reference"], "lot": bid["lot_number"],
        "receipt": bid["receipt_number"], "at": moment(at), "sha256": bid["sealed_sha256"],
        "closes_at": moment(bid["closes_at"]),
    }  # fmt: skip
    subject = translate(N_("{done}：{listing} 第 {lot} 包，回执 {receipt}")).format(**values)
    body = translate(
        N_(
            "{done}：{listing} 第 {lot} 包\n回执编号：{receipt}\n时间：{at}\nSHA-256：{sha256}\n"
            "截止时间：{closes_at}\n\n"
            "截止前可以替换或者撤回。请保存这封邮件。"
        )
    ).format(**values)
    await post_mail(email, subject, body, at, hidden_until=bid["closes_at"])
