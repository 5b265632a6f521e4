"""Release the key, open the bids, and end a listing that drew too few.

The identity and its passphrase live in this process for one request: they are never stored, logged or audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.queries import asks_hours, lock_listing
from catalogue.listings.services import close_if_due, fail_listing, mark_opened
from catalogue.outages.services import move_after_outage
from evaluations.opening import contents_writer, queries
from evaluations.opening.consortia import members_of_bids
from evaluations.opening.containers import beginnings_of
from evaluations.opening.one_bid import one_at_a_time, open_one
from evaluations.opening.peeling import Layers, LayersBroken, OpenerKey, Peeled, Peeler
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
from evaluations.opening.seeing import Files, look_or_record
from evaluations.opening.tables import HalfOpened, KeyRelease, VoidedRelease
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_, Sentence
from vendors.bids.queries import SealedBid
from vendors.bids.services import mark_opened as mark_bids_opened
from vendors.credit.checks import CheckPoint, check_credit

UNREADABLE = N_("密封文件不见了，不能开启。请保留回执并报告。")


@dataclass(frozen=True)
class KeyFile:
    """An opener's locked identity file with its passphrase, for one release of one stage."""

    listing: UUID
    stage: str
    identity_file: bytes = field(repr=False)
    passphrase: str = field(repr=False)


async def release_key(file: KeyFile, documents: DocumentStore, actor: Actor, now: datetime) -> Outcome:
    """A named opener releases a part; the last needed one opens every bid of the stage.

    Raises NotFound for everybody else, Conflict before the deadline and for a second release, WrongIdentity.
    """
    actor.check_may(Permission.OPEN_BIDS)
    await move_after_outage(file.listing)
    own = await _check_may_release(await queries.opening_state(file.listing, now), file.stage, actor, now)
    if await end_without_bids(file.listing, actor, now):
        return Outcome.FAILED
    identity = await one_at_a_time(lambda: sealing.unprotect(file.identity_file, file.passphrase))
    key = OpenerKey(str(actor.person_id), identity)
    if sealing.recipient_of(key.identity) != own["recipient"]:
        raise sealing.WrongIdentity
    return await _release(file.listing, file.stage, key, documents, (actor, now))


async def release_peeled(
    listing: UUID, stage: str, layers: Mapping[UUID, Layers], documents: DocumentStore, act: tuple[Actor, datetime]
) -> Outcome:
    """The same with layers that the opener's browser peeled: no key comes here.

    Raises besides what `release_key` does Conflict when another opener released meanwhile: then one more layer waits.
    """
    actor, now = act
    actor.check_may(Permission.OPEN_BIDS)
    await move_after_outage(listing)
    await _check_may_release(await queries.opening_state(listing, now), stage, actor, now)
    if await end_without_bids(listing, actor, now):
        return Outcome.FAILED
    return await _release(listing, stage, Peeled(str(actor.person_id), layers), documents, act)


async def layers_for(
    listing: UUID, stage: str, documents: DocumentStore, actor: Actor, now: datetime
) -> dict[UUID, Layers]:
    """The layers of every bid that this opener peels next. Raises NotFound, Conflict before the deadline."""
    actor.check_may(Permission.OPEN_BIDS)
    state = await queries.opening_state(listing, now)
    await _check_may_release(state, stage, actor, now)
    known = await queries.half_opened_of(listing)
    found: dict[UUID, Layers] = {}
    for bid in await _bids_to_open(state, stage):
        try:
            container = await beginnings_of(bid, documents)
            found[bid.id] = sealing.next_layers(container, str(actor.person_id), known.get(bid.id, {}))
        except (sealing.SealBroken, FileNotFoundError):
            continue  # recorded at the opening
    return found


async def _release(
    listing: UUID, stage: str, peeler: Peeler, documents: DocumentStore, act: tuple[Actor, datetime]
) -> Outcome:
    try:
        return await _release_once(listing, stage, peeler, documents, act)
    except LayersBroken as broken:
        await _void_releases(listing, stage, broken.bid, act)
        raise


async def _void_releases(listing: UUID, stage: str, bid: UUID, act: tuple[Actor, datetime]) -> None:
    """Ask the earlier openers of this stage to release again; once, after that the bid counts as unreadable."""
    actor, now = act
    async with transaction():
        await lock_listing(listing)
        rows = await fetch("DELETE FROM key_release WHERE listing = $1 AND stage = $2 RETURNING opener", listing, stage)
        await execute(
            "DELETE FROM half_opened h USING bid b WHERE b.id = h.bid AND b.listing = $1 AND b.stage = $2",
            listing, stage,
        )  # fmt: skip
        for row in rows:
            await insert(VoidedRelease, listing=listing, stage=stage, opener=row["opener"], bid=bid, voided_at=now)
        reference = await fetchval("SELECT reference FROM listing WHERE id = $1", listing)
        detail = {"reference": reference, "stage": stage}
        await record("opening.release_voided", ("listing", str(listing)), actor, detail, now)


async def _release_once(
    listing: UUID, stage: str, peeler: Peeler, documents: DocumentStore, act: tuple[Actor, datetime]
) -> Outcome:
    actor, now = act
    async with transaction():
        await close_if_due(listing, now)
        await lock_listing(listing)
        await check_not_held(listing, Held.OPENING, now)
        # looked at again under the lock: whoever came first has released, opened or ended it
        state = await queries.opening_state(listing, now)
        await _check_may_release(state, stage, actor, now)
        await insert(KeyRelease, listing=listing, stage=stage, opener=actor.person_id, released_at=now)
        await record(
            "opening.key_released", ("listing", str(listing)), actor,
            {"reference": state.listing["reference"], "stage": stage}, now,
        )  # fmt: skip
        if len(state.releases[stage]) + 1 < state.listing["openers_needed"]:
            await _release_all(state, stage, peeler, documents)
            return Outcome.WAITING
        await _check_peeled_enough(state, stage, peeler, documents)
        await _open_all(state, stage, peeler, documents, actor, now)
        return Outcome.OPENED


async def _check_peeled_enough(state: OpeningState, stage: str, peeler: Peeler, documents: DocumentStore) -> None:
    """Layers that were fetched before the other opener released do not reach: fetch and peel once more."""
    if not isinstance(peeler, Peeled):
        return
    known = await queries.half_opened_of(state.listing["id"])
    for bid in await _bids_to_open(state, stage):
        waiting = known.get(bid.id, {})
        if waiting and not set(peeler.layers.get(bid.id, {})) & set(waiting):
            raise Conflict(N_("另一位开标人刚刚放行，还要再剥一层。请再按一次“放行”。"))


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


async def _release_all(state: OpeningState, stage: str, peeler: Peeler, documents: DocumentStore) -> None:
    for bid in await _bids_to_open(state, stage):
        known = await queries.half_opened(bid.id)
        try:
            sealed = await beginnings_of(bid, documents)
            wraps = await one_at_a_time(lambda: peeler.release(bid, sealed, known))  # noqa: B023
        except (sealing.SealBroken, FileNotFoundError):
            continue  # a broken one is recorded at the opening and does not stop the others
        for name, wrapped in wraps.items():
            if name not in known:
                await insert(HalfOpened, bid=bid.id, name=name, wrapped=wrapped)


async def _open_all(
    state: OpeningState, stage: str, peeler: Peeler, documents: DocumentStore, actor: Actor, now: datetime
) -> None:
    bids, faults = await _bids_to_open(state, stage), 0
    files: Files = {}
    writer = contents_writer.Writer(state.listing, documents, actor, now, await asks_hours(state.listing["id"]))
    for bid in bids:
        try:
            # of each bid its marks alone are kept: a hundred of them never stand in memory together
            files[bid.id] = await open_one(bid, stage, peeler, documents, writer)
        except LayersBroken:
            raise
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
    await look_or_record(state.listing, files, actor, now)
    detail = {
        "reference": state.listing["reference"], "stage": stage, "bids": str(len(bids)), "unreadable": str(faults)
    }  # fmt: skip
    await record("opening.bids_opened", ("listing", str(state.listing["id"])), actor, detail, now)


async def _check_credit_at_cut_off(state: OpeningState, bids: list[SealedBid], now: datetime) -> None:
    """The first moment at which names are known: look every bidder up as of the deadline and keep the proof.

    Members of a consortium are looked up as of the sealing too: a proof at that time would have told who they are.
    """
    listing = state.listing
    members = await members_of_bids([bid.id for bid in bids])
    for bid in bids:
        if of_bid := members[bid.id]:
            await check_credit(of_bid, CheckPoint("sealing", county_day(bid.sealed_at), listing["id"], bid.lot), now)
    for lot in {bid.lot for bid in bids}:
        point = CheckPoint("cut_off", county_day(listing["closes_at"]), listing["id"], lot)
        asked = [each for bid in bids if bid.lot == lot for each in (bid.provider, *members[bid.id])]
        await check_credit(dict.fromkeys(asked), point, now)
