"""Seal, replace and withdraw bids and final prices. The ciphertext is on disk before the row says so."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.interest.services import note_bidder
from catalogue.listings.inviting.queries import check_invited
from catalogue.listings.methods import takes_sealed_bids
from catalogue.listings.queries import listing_by_id
from catalogue.listings.rules import Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import hide_stream, record
from marketplace.gateways.files import DocumentStore, pieces_of
from marketplace.kernel import sealing
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from vendors.bids.contents import WITH_PAPERS, BidContents, Stated, pack, pack_final_price
from vendors.bids.entering import Place, Sealed, end_sealed_bid, enter_sealed_bid
from vendors.bids.papers import Attachment
from vendors.bids.queries import bid_receipt, current_bid, final_price_invitation, seal_terms
from vendors.bids.rules import BiddingNotOpen, BidStatus, Stage, check_bid_is_in_time, check_is_not_the_agency
from vendors.bids.tables import FinalPriceInvitation, FinalPriceWindow
from vendors.bids.traces import NO_TRACE, Trace
from vendors.credit.checks import CheckPoint, check_credit
from vendors.providers.queries import own_provider


@dataclass(frozen=True)
class FinalPrice:
    """A final price in yuan with the small-enterprise declaration."""

    amount: Decimal
    is_small_micro: bool = False
    stated: Stated = Stated()


async def seal_bid(
    lot: UUID, contents: BidContents, store: DocumentStore, actor: Actor, now: datetime, trace: Trace = NO_TRACE
) -> str:
    """Seal a bid for a lot; gives the receipt number. Raises BiddingClosed, BiddingNotOpen, Conflict."""
    place = await place_of_bid(lot, actor, now)
    # who bids has the documents and hears of every change; nobody has to take them first (R-QUAL-01)
    await note_bidder(place.listing, actor, now)
    await keep_credit_proof(place, now)
    sealed = await _seal(place, await asyncio.to_thread(pack, contents), contents.attachments, store)
    return await enter_sealed_bid(place, sealed, None, actor, trace)


async def replace_bid(
    receipt: str, contents: BidContents, store: DocumentStore, actor: Actor, now: datetime, trace: Trace = NO_TRACE
) -> str:
    """Seal a new version in place of a sealed one; gives the new receipt number. Raises as `seal_bid` does."""
    earlier = await bid_receipt(receipt, actor)
    if earlier["stage"] != Stage.FIRST:
        raise NotFound()
    place = await place_of_bid(earlier["lot"], actor, now)
    await keep_credit_proof(place, now)
    sealed = await _seal(place, await asyncio.to_thread(pack, contents), contents.attachments, store)
    return await enter_sealed_bid(place, sealed, receipt, actor, trace)


async def seal_final_price(
    lot: UUID, price: FinalPrice, store: DocumentStore, actor: Actor, now: datetime, trace: Trace = NO_TRACE
) -> str:
    """Seal the final price of an invited bidder; a second one replaces the first.

    Raises NotFound for those who were not invited, BiddingClosed, Conflict when two windows seal at once.
    """
    place = await place_of_final_price(lot, actor, now)
    sealed = await _seal(place, pack_final_price(price.amount, price.is_small_micro, price.stated), (), store)
    earlier = await current_bid(lot, place.provider, Stage.FINAL)
    return await enter_sealed_bid(place, sealed, earlier["receipt_number"] if earlier else None, actor, trace)


async def place_of_bid(lot: UUID, actor: Actor, now: datetime) -> Place:
    """Where the actor's bid for a lot would stand now.

    Raises NotFound, Forbidden for who was not invited (R-METH-10) or runs it (R-ROLE-04), BiddingClosed,
    BiddingNotOpen.
    """
    place = await _first_place(lot, actor)
    listing = await listing_by_id(place.listing)
    await check_invited(listing, actor.organisation_id)
    if listing["agency_name"]:
        check_is_not_the_agency((await own_provider(actor))["name"], listing["agency_name"])
    await _check_open(listing, now)
    return place


async def place_of_final_price(lot: UUID, actor: Actor, now: datetime) -> Place:
    """Where the actor's final price would stand now. Raises NotFound for those not invited, BiddingClosed."""
    actor.check_may(Permission.BID)
    provider = (await own_provider(actor))["id"]
    invitation = await final_price_invitation(lot, provider)
    check_bid_is_in_time(invitation.closes_at, now)
    return Place(invitation.listing, lot, provider, Stage.FINAL)


async def withdraw_bid(receipt: str, actor: Actor, now: datetime) -> None:
    """Take a sealed bid back before the deadline; doing it twice does no harm. Raises BiddingClosed, NotFound."""
    actor.check_may(Permission.BID)
    bid = await bid_receipt(receipt, actor)
    place = Place(bid["listing"], bid["lot"], bid["provider"], Stage(bid["stage"]))
    if bid["status"] == BidStatus.WITHDRAWN:
        return
    await end_sealed_bid(place, receipt, bid["sealed_sha256"], actor)


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
    if listing["status"] != Status.PUBLISHED or not takes_sealed_bids(listing):
        raise BiddingNotOpen()


async def keep_credit_proof(place: Place, now: datetime) -> None:
    """Whoever is barred may still seal: the answer falls at qualification review, from the proof kept here."""
    await check_credit([place.provider], CheckPoint("sealing", county_day(now), place.listing, place.lot), now)


async def _seal(
    place: Place, parts: Mapping[str, bytes], papers: Sequence[Attachment], store: DocumentStore
) -> Sealed:
    """Encrypt in memory, paper by paper and each in pieces, and put the ciphertext on disk; clear text goes nowhere."""
    terms = await seal_terms(place.lot, place.provider, place.stage)
    with tempfile.TemporaryFile() as held:
        sealer = await asyncio.to_thread(sealing.Sealer, held, parts, terms.openers, terms.needed, terms.place)
        for paper in papers:
            with await paper.open() as file:
                await asyncio.to_thread(sealer.add_raw, WITH_PAPERS, file, paper.size)
        await asyncio.to_thread(sealer.end)
        kept = await store.put(pieces_of(held), "sealed")
    return Sealed(kept.key, kept.sha256, kept.size)
