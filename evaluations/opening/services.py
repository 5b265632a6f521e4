"""Release the key, open the bids, and end a listing that drew too few.

The identity and its passphrase live in this process for one request: they are never stored, logged or audited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from catalogue.listings.queries import asks_hours, lock_listing
from catalogue.listings.services import close_if_due, fail_listing, mark_opened
from evaluations.opening import contents_writer, queries
from evaluations.opening.queries import FINAL, FIRST, OpeningState
from evaluations.opening.rules import (
    Least,
    Outcome,
    check_due,
    least_bids,
    lots_with_enough,
    too_few_bids,
    too_few_final_prices,
)  # fmt: skip
from evaluations.opening.tables import HalfOpened, KeyRelease
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_, Sentence
from vendors.bids.contents import unpack, unpack_final_price
from vendors.bids.queries import SealedBid
from vendors.bids.services import mark_opened as mark_bids_opened
from vendors.credit.checks import CheckPoint, check_credit

T = TypeVar("T")
# a passphrase costs a gigabyte of memory at worst: one at a time
_ONE_AT_A_TIME = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opening")
UNREADABLE = N_("密封文件不见了，不能开启。请保留回执并报告。")


@dataclass(frozen=True)
class KeyFile:
    """An opener's locked identity file with its passphrase, for one release of one stage."""

    listing: UUID
    stage: str
    identity_file: bytes = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class _Key:
    opener: str
    identity: str = field(repr=False)


async def release_key(file: KeyFile, documents: DocumentStore, actor: Actor, now: datetime) -> Outcome:
    """A named opener releases a part; the last needed one opens every bid of the stage.

    Raises NotFound for everybody else, Conflict before the deadline and for a second release, WrongIdentity.
    """
    actor.check_may(Permission.OPEN_BIDS)
    await _check_may_release(await queries.opening_state(file.listing, now), file.stage, actor, now)
    if await end_without_bids(file.listing, actor, now):
        return Outcome.FAILED
    key = _Key(str(actor.person_id), await _in_thread(lambda: sealing.unprotect(file.identity_file, file.passphrase)))
    async with transaction():
        await close_if_due(file.listing, now)
        await lock_listing(file.listing)
        # looked at again under the lock: whoever came first has released, opened or ended it
        state = await queries.opening_state(file.listing, now)
        own = await _check_may_release(state, file.stage, actor, now)
        if sealing.recipient_of(key.identity) != own["recipient"]:
            raise sealing.WrongIdentity
        await insert(KeyRelease, listing=file.listing, stage=file.stage, opener=actor.person_id, released_at=now)
        await record(
            "opening.key_released", ("listing", str(file.listing)), actor,
            {"reference": state.listing["reference"], "stage": file.stage}, now,
        )  # fmt: skip
        if len(state.releases[file.stage]) + 1 < state.listing["openers_needed"]:
            await _release_all(state, file.stage, key, documents)
            return Outcome.WAITING
        await _open_all(state, file.stage, key, documents, actor, now)
        return Outcome.OPENED


async def _check_may_release(state: OpeningState, stage: str, actor: Actor, now: datetime) -> queries.Row:
    """The actor's own place among the openers. Raises NotFound, Conflict."""
    own = next((o for o in state.openers if o["person"] == actor.person_id), None)
    if own is None or stage not in (FIRST, FINAL) or state.listing["published_at"] is None:
        raise NotFound()
    closes_at = state.listing["closes_at"] if stage == FIRST else state.window["closes_at"] if state.window else None
    if closes_at is None:
        raise Conflict(N_("最后报价还没有开始，现在没有要开启的。"))
    check_due(closes_at, now)
    if state.is_final_opened if stage == FINAL else state.is_opened:
        raise Conflict(N_("这个项目已经开标，不需要再放行。"))
    if state.has_released(actor.person_id, stage):
        raise Conflict(N_("您已经放行过了，正在等待另一位开标人。"))
    if state.stage != stage:
        raise Conflict(N_("这个项目现在没有要开启的投标。请看公告页面上的最新情况。"))
    return own


async def end_without_bids(listing_id: UUID, actor: Actor | None, now: datetime) -> bool:
    """End a listing whose deadline has passed and of which no lot drew enough; needs no key. Whether it ended."""
    async with transaction():
        await close_if_due(listing_id, now)
        await lock_listing(listing_id)
        state = await queries.opening_state(listing_id, now)
        if state.stage is None:
            return False
        least = least_of(state)
        bids = await queries.sealed_bids(listing_id, state.stage)
        if lots_with_enough([bid.lot for bid in bids], least):
            return False
        reason: Sentence = too_few_bids(least) if state.stage == FIRST else too_few_final_prices(least)
        await fail_listing(listing_id, reason, least.clause, actor, now)
        return True


def least_of(state: OpeningState) -> Least:
    """How many bids each lot of this listing needs."""
    listing = state.listing
    return least_bids(listing["method"], listing["rules_on"] or county_day(listing["published_at"]))


async def _bids_to_open(state: OpeningState, stage: str) -> list[SealedBid]:
    """The bids of the lots that drew enough; those of the other lots stay sealed."""
    bids = await queries.sealed_bids(state.listing["id"], stage)
    enough = lots_with_enough([bid.lot for bid in bids], least_of(state))
    return [bid for bid in bids if bid.lot in enough]


async def _release_all(state: OpeningState, stage: str, key: _Key, documents: DocumentStore) -> None:
    for bid in await _bids_to_open(state, stage):
        known = await queries.half_opened(bid.id)
        try:
            sealed = await _sealed_bytes(bid, documents)
            wraps = await _in_thread(lambda: sealing.release(sealed, key.opener, key.identity, known))  # noqa: B023
        except (sealing.SealBroken, FileNotFoundError):
            continue  # a broken one is recorded at the opening and does not stop the others
        for name, wrapped in wraps.items():
            if name not in known:
                await insert(HalfOpened, bid=bid.id, name=name, wrapped=wrapped)


async def _open_all(
    state: OpeningState, stage: str, key: _Key, documents: DocumentStore, actor: Actor, now: datetime
) -> None:
    bids, faults = await _bids_to_open(state, stage), 0
    names = ("qualification", "technical", "price") if stage == FIRST else ("price",)
    writer = contents_writer.Writer(state.listing, documents, actor, now, await asks_hours(state.listing["id"]))
    for bid in bids:
        try:
            parts = await _parts(bid, key, names, documents)
            async with transaction():  # a savepoint: a bid is written whole or recorded as unreadable
                if stage == FIRST:
                    await writer.write(bid, unpack(parts))
                else:
                    await writer.write_final(bid, *unpack_final_price(parts))
        except (DomainError, FileNotFoundError) as broken:
            faults += 1
            fault = broken.sentence.text("zh") if isinstance(broken, DomainError) else UNREADABLE
            await (writer.write_fault(bid, fault) if stage == FIRST else writer.write_final_fault(bid, fault))
    await mark_bids_opened([bid.id for bid in bids])
    # what is open needs no half-open keys any more
    await execute("DELETE FROM half_opened WHERE bid = ANY($1)", [bid.id for bid in bids])
    if stage == FIRST:
        await mark_opened(state.listing["id"], actor, now)
        await _check_credit_at_cut_off(state, bids, now)
    detail = {
        "reference": state.listing["reference"], "stage": stage, "bids": str(len(bids)), "unreadable": str(faults)
    }  # fmt: skip
    await record("opening.bids_opened", ("listing", str(state.listing["id"])), actor, detail, now)


async def _check_credit_at_cut_off(state: OpeningState, bids: list[SealedBid], now: datetime) -> None:
    """The first moment at which names are known: look every bidder up as of the deadline and keep the proof."""
    listing = state.listing
    for lot in {bid.lot for bid in bids}:
        point = CheckPoint("cut_off", county_day(listing["closes_at"]), listing["id"], lot)
        await check_credit([bid.provider for bid in bids if bid.lot == lot], point, now)


async def _parts(bid: SealedBid, key: _Key, names: tuple[str, ...], documents: DocumentStore) -> dict[str, bytes]:
    sealed, known = await _sealed_bytes(bid, documents), await queries.half_opened(bid.id)
    return await _in_thread(lambda: sealing.open_parts(sealed, key.opener, key.identity, known, names))


async def _sealed_bytes(bid: SealedBid, documents: DocumentStore) -> bytes:
    sealed = await documents.get(bid.storage_key)
    await asyncio.to_thread(sealing.check_unchanged, sealed, bid.sealed_sha256)
    return sealed


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, work)
