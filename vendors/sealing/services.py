"""Take in sealed files in pieces and enter them as bids. The deadline is looked at when the bid is entered, not before.

An upload begun before the deadline and finished after it is late: nothing here counts as a bid until it is entered.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from catalogue.interest.services import note_bidder
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MEGABYTE
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.pool import NoConnectionFree
from marketplace.kernel.sealing import Container, SealBroken, beginnings, container_of
from vendors.bids.entering import Place, Sealed, enter_sealed_bid
from vendors.bids.queries import bid_receipt, current_bid, seal_terms
from vendors.bids.rules import Stage
from vendors.bids.services import keep_credit_proof, place_of_bid, place_of_final_price
from vendors.bids.traces import NO_TRACE, Trace
from vendors.providers.queries import own_provider
from vendors.sealing.rules import AT_ONCE, LARGEST_CONTAINER, MOST_UPLOADS, check_container, chunks_of, length_of_chunk

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """What is being sealed: a lot in one stage."""

    lot: UUID
    stage: Stage


@dataclass(frozen=True)
class Whole:
    """A sealed file that is all here: its size, and its pieces as often as they are wanted."""

    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class _Seen:
    """What one reading of a sealed file has shown: a container, or why it is none."""

    whole: Whole
    sha256: str
    container: Container | SealBroken


async def begin_upload(target: Target, sha256: str, size: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Begin an upload, or find the one of the same file and its pieces. Raises BiddingClosed, DomainError.

    Of those begun and never finished the last few stay: nobody fills the disk with beginnings.
    """
    place = await _place(target, actor, now)
    if not 0 < size <= LARGEST_CONTAINER:
        raise DomainError(N_("密封文件最大 {most} MB。请压缩附件。"), most=LARGEST_CONTAINER // MEGABYTE)
    await execute(
        "INSERT INTO sealed_upload (id, lot, provider, stage, sha256, size, begun_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (lot, provider, stage, sha256) DO NOTHING",
        target.lot, place.provider, target.stage.value, sha256, size, now,
    )  # fmt: skip
    await execute(
        "DELETE FROM sealed_upload u WHERE lot = $1 AND provider = $2 AND stage = $3 AND sha256 <> $4"
        " AND (SELECT count(*) FROM sealed_upload o WHERE o.lot = $1 AND o.provider = $2 AND o.stage = $3"
        " AND o.begun_at > u.begun_at) >= $5",
        target.lot, place.provider, target.stage.value, sha256, MOST_UPLOADS,
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


async def kept_piece(upload: UUID, number: int, actor: Actor) -> bytes:
    """One piece as it arrived, for its own bidder to compare. Raises NotFound for others, and while it is not here."""
    row = await _own_upload(upload, actor)
    piece = await fetchval(
        "SELECT content FROM sealed_upload_chunk WHERE upload = $1 AND number = $2", row["id"], number
    )
    if piece is None:
        raise NotFound()
    return bytes(piece)


async def checked_upload(upload: UUID, actor: Actor) -> Whole:
    """The whole file as it arrived, for its own bidder to compare. Raises NotFound, DomainError while not whole.

    One with another hash than was said is dropped, to be sent anew.
    """
    whole = await _whole(await _own_upload(upload, actor))
    digest = hashlib.sha256()
    async for piece in whole.pieces():
        await asyncio.to_thread(digest.update, piece)
    await _drop_if_other(upload, digest.hexdigest())
    return whole


async def enter_upload(
    upload: UUID, replaces: str, store: DocumentStore, act: tuple[Actor, datetime], trace: Trace = NO_TRACE
) -> str:
    """Enter a whole upload as the bid; gives the receipt number. Raises BiddingClosed, NotSealedAsAsked, Conflict."""
    actor, _ = act
    row = await _own_upload(upload, actor)
    seen = await _looked_at(await _whole(row))
    await _drop_if_other(upload, seen.sha256)
    receipt = await _enter(Target(row["lot"], Stage(row["stage"])), seen, (replaces, store), act, trace)
    await _drop_entered(upload)
    return receipt


async def _drop_entered(upload: UUID) -> None:
    """The bid is sealed and its receipt is told, whatever happens here; what stays goes after the deadline."""
    try:
        await execute("DELETE FROM sealed_upload WHERE id = $1", upload)
    except (NoConnectionFree, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as away:
        log.warning("an upload that was entered stays until its deadline: %s", type(away).__name__)


async def enter_container(
    target: Target, whole: Whole, replaces: str, store: DocumentStore, act: tuple[Actor, datetime],
    trace: Trace = NO_TRACE,
) -> str:  # fmt: skip
    """Enter a container made elsewhere; gives the receipt number. Raises BiddingClosed, NotSealedAsAsked, Conflict."""
    return await _enter(target, await _looked_at(whole), (replaces, store), act, trace)


async def _enter(
    target: Target, seen: _Seen, into: tuple[str, DocumentStore], act: tuple[Actor, datetime], trace: Trace
) -> str:
    (replaces, store), (actor, now) = into, act
    place = await _place(target, actor, now)
    if replaces:
        earlier = await bid_receipt(replaces, actor)
        if (earlier["lot"], earlier["stage"]) != (target.lot, target.stage):
            raise NotFound()
    if isinstance(seen.container, SealBroken):
        raise seen.container
    terms = await seal_terms(place.lot, place.provider, place.stage)
    check_container(seen.container, terms, target.stage)
    if target.stage == Stage.FIRST:
        # who bids has the documents and hears of every change
        await note_bidder(place.listing, actor, now)
        await keep_credit_proof(place, now)
    kept = await store.put(seen.whole.pieces(), "sealed")
    if kept.sha256 != seen.sha256:  # a piece was sent once more meanwhile
        raise SealBroken
    return await enter_sealed_bid(place, Sealed(kept.key, kept.sha256, kept.size), replaces or None, actor, trace)


async def _looked_at(whole: Whole) -> _Seen:
    """Hash and beginnings of a file, read once in pieces: however large it is, little of it is in memory."""
    reader, digest, broken = beginnings(), hashlib.sha256(), None
    async for piece in whole.pieces():
        await asyncio.to_thread(digest.update, piece)
        try:
            if broken is None:
                await asyncio.to_thread(reader.take, piece)
        except SealBroken as found:
            broken = found
    try:
        return _Seen(whole, digest.hexdigest(), broken or container_of(reader))
    except SealBroken as found:
        return _Seen(whole, digest.hexdigest(), found)


async def _whole(row: dict[str, Any]) -> Whole:
    count = await fetchval("SELECT count(*) FROM sealed_upload_chunk WHERE upload = $1", row["id"])
    if count != chunks_of(row["size"]):
        raise DomainError(N_("文件还没有传完。请继续上传。"))
    return Whole(row["size"], lambda: _kept(row["id"], count))


async def _kept(upload: UUID, count: int) -> AsyncIterator[bytes]:
    for first in range(0, count, AT_ONCE):
        rows = await fetch(
            "SELECT content FROM sealed_upload_chunk WHERE upload = $1 AND number BETWEEN $2 AND $3 ORDER BY number",
            upload, first, first + AT_ONCE - 1,
        )  # fmt: skip
        for row in rows:
            yield row["content"]


async def _drop_if_other(upload: UUID, sha256: str) -> None:
    if await fetchval("DELETE FROM sealed_upload WHERE id = $1 AND sha256 <> $2 RETURNING id", upload, sha256):
        raise DomainError(N_("传来的内容和原文件不一样，已经丢弃。请重新上传。"))


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
