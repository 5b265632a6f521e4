"""Take in sealed files in pieces and enter them as bids. The deadline is looked at when the bid is entered, not before.

An upload begun before the deadline and finished after it is late: nothing here counts as a bid until it is entered.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.interest.services import note_bidder
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from vendors.bids.contents import MEGABYTE
from vendors.bids.entering import Place, enter_sealed_bid
from vendors.bids.queries import bid_receipt, current_bid, seal_terms
from vendors.bids.rules import Stage
from vendors.bids.services import keep_credit_proof, keep_sealed, place_of_bid, place_of_final_price
from vendors.providers.queries import own_provider
from vendors.sealing.rules import LARGEST_CONTAINER, check_container, chunks_of, length_of_chunk


@dataclass(frozen=True)
class Target:
    """What is being sealed: a lot in one stage."""

    lot: UUID
    stage: Stage


async def begin_upload(target: Target, sha256: str, size: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Begin an upload, or find the one of the same file and its pieces. Raises BiddingClosed, DomainError."""
    place = await _place(target, actor, now)
    if not 0 < size <= LARGEST_CONTAINER:
        raise DomainError(N_("密封文件最大 {most} MB。请压缩附件。"), most=LARGEST_CONTAINER // MEGABYTE)
    await execute(
        "INSERT INTO sealed_upload (id, lot, provider, stage, sha256, size, begun_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (lot, provider, stage, sha256) DO NOTHING",
        target.lot, place.provider, target.stage.value, sha256, size, now,
    )  # fmt: skip
    upload = await fetchval(
        "SELECT id FROM sealed_upload WHERE lot = $1 AND provider = $2 AND stage = $3 AND sha256 = $4 AND size = $5",
        target.lot, place.provider, target.stage.value, sha256, size,
    )  # fmt: skip
    if upload is None:
        raise DomainError(N_("文件的大小和校验值对不上。请重新封存。"))
    rows = await fetch("SELECT number FROM sealed_upload_chunk WHERE upload = $1 ORDER BY number", upload)
    return {"upload": str(upload), "received": [row["number"] for row in rows]}


async def keep_chunk(upload: UUID, number: int, content: bytes, actor: Actor) -> None:
    """Keep one piece; sending it twice does no harm. Raises NotFound for others, DomainError."""
    row = await _own_upload(upload, actor)
    if not 0 <= number < chunks_of(row["size"]) or len(content) != length_of_chunk(row["size"], number):
        raise DomainError(N_("这一块的位置或者长度不对。请刷新页面，从头上传。"))
    await execute(
        "INSERT INTO sealed_upload_chunk (id, upload, number, content) VALUES (gen_random_uuid(), $1, $2, $3)"
        " ON CONFLICT (upload, number) DO UPDATE SET content = excluded.content",
        upload, number, content,
    )  # fmt: skip


async def uploaded(upload: UUID, actor: Actor) -> bytes:
    """The whole file as it arrived, for its own bidder to compare. Raises NotFound, DomainError while not whole."""
    row = await _own_upload(upload, actor)
    rows = await fetch("SELECT content FROM sealed_upload_chunk WHERE upload = $1 ORDER BY number", upload)
    if len(rows) != chunks_of(row["size"]):
        raise DomainError(N_("文件还没有传完。请继续上传。"))
    content = b"".join(each["content"] for each in rows)
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        await execute("DELETE FROM sealed_upload WHERE id = $1", upload)
        raise DomainError(N_("传来的内容和原文件不一样，已经丢弃。请重新上传。"))
    return content


async def enter_upload(
    upload: UUID, replaces: str, store: DocumentStore, actor: Actor, now: datetime
) -> str:
    """Enter a whole upload as the bid; gives the receipt number. Raises BiddingClosed, NotSealedAsAsked, Conflict."""
    row = await _own_upload(upload, actor)
    sealed = await uploaded(upload, actor)
    receipt = await enter_container(Target(row["lot"], Stage(row["stage"])), sealed, replaces, store, (actor, now))
    await execute("DELETE FROM sealed_upload WHERE id = $1", upload)
    return receipt


async def enter_container(
    target: Target, sealed: bytes, replaces: str, store: DocumentStore, act: tuple[Actor, datetime]
) -> str:
    """Enter a container made elsewhere; gives the receipt number. Raises BiddingClosed, NotSealedAsAsked, Conflict."""
    actor, now = act
    place = await _place(target, actor, now)
    if replaces:
        earlier = await bid_receipt(replaces, actor)
        if (earlier["lot"], earlier["stage"]) != (target.lot, target.stage):
            raise NotFound()
    terms = await seal_terms(place.lot, place.provider, place.stage)
    await asyncio.to_thread(check_container, sealed, terms, target.stage)
    if target.stage == Stage.FIRST:
        # who bids has the documents and hears of every change
        await note_bidder(place.listing, actor, now)
        await keep_credit_proof(place, now)
    return await enter_sealed_bid(place, await keep_sealed(sealed, store), replaces or None, actor)


async def valid_receipt(target: Target, provider: UUID) -> str:
    """The receipt that a new file would replace, or nothing."""
    found = await current_bid(target.lot, provider, target.stage)
    return str(found["receipt_number"]) if found else ""


async def remove_old_uploads(now: datetime) -> None:
    """Remove what was never finished, once its deadline has passed."""
    await execute(
        "DELETE FROM sealed_upload u USING listing_lot t JOIN listing l ON l.id = t.listing"
        " LEFT JOIN final_price_window w ON w.listing = l.id"
        " WHERE t.id = u.lot AND CASE WHEN u.stage = 'final' THEN w.closes_at ELSE l.closes_at END <= $1",
        now,
    )


async def _place(target: Target, actor: Actor, now: datetime) -> Place:
    if target.stage == Stage.FINAL:
        return await place_of_final_price(target.lot, actor, now)
    return await place_of_bid(target.lot, actor, now)


async def _own_upload(upload: UUID, actor: Actor) -> dict[str, Any]:
    actor.check_may(Permission.BID)
    provider = (await own_provider(actor))["id"]
    row = await fetchrow("SELECT * FROM sealed_upload WHERE id = $1 AND provider = $2", upload, provider)
    if row is None:
        raise NotFound()
    return dict(row)
