"""The qualification review by the buyer, and the round of final prices that follows in a consultation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.services import fail_listing
from evaluations.opening import queries
from evaluations.opening.failing import tell_of_failure
from evaluations.opening.items import Finding, check_findings, items_of, verdict_of
from evaluations.opening.rules import (
    Ended,
    EndedAt,
    Judged,
    Least,
    check_may_review,
    could_be_read,
    ended_lots,
    lots_with_enough,
    too_few_conforming,
    too_few_qualified,
)
from evaluations.opening.seeing import look_at_deposits
from evaluations.opening.services import least_of
from evaluations.opening.tables import EndedLot, QualificationDecision, QualificationFinding
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from vendors.bids.services import open_final_price_window

NOT_QUALIFIED = "R-BID-06"


@dataclass(frozen=True)
class Verdict:
    """What the buyer found of one opened bid, item by item."""

    opened_bid: UUID
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Decided:
    """What comes of it."""

    is_qualified: bool
    reason: str = ""
    clause: str = ""


async def every_item_met(opened_bid: UUID) -> Verdict:
    """The findings of a bid in which nothing is missing."""
    bid = await queries.opened_bid(opened_bid)
    return Verdict(opened_bid, tuple(Finding(True) for _ in items_of(await listing_by_id(bid["listing"]))))


async def decide_qualification(verdict: Verdict, actor: Actor, now: datetime) -> bool:
    """Review a bid once, item by item; a statutory exclusion decides by itself. Gives the decision that stands.

    Raises Forbidden for the drafter, NotFound for other units, Conflict for a second decision, FormRefused.
    """
    bid = await queries.opened_bid(verdict.opened_bid)
    check_may_review(await listing_by_id(bid["listing"]), actor)
    async with transaction():
        listing = await lock_listing(bid["listing"])
        if listing["status"] != "opened":
            raise Conflict(N_("这个项目不在资格审查阶段。请看公告页面上的最新情况。"))
        bid = await queries.opened_bid(verdict.opened_bid)
        if bid["is_qualified"] is not None:
            raise Conflict(N_("这家供应商已经审查过了，决定不能再改。"))
        final = await _forced(bid, listing["closes_at"]) or await _found(bid, listing, verdict)
        await insert(
            QualificationDecision, opened_bid=bid["id"], is_qualified=final.is_qualified, reason=final.reason,
            clause=final.clause, decided_by=actor.person_id, decided_at=now,
        )  # fmt: skip
        detail = {"bid": str(bid["id"]), "qualified": "yes" if final.is_qualified else "no", "clause": final.clause}
        await record("qualification.decided", ("listing", str(listing["id"])), actor, detail, now)
        if all(each["is_qualified"] is not None for each in await queries.opened_bids(listing["id"])):
            await look_at_deposits(await listing_by_id(listing["id"]), actor, now)
        await end_when_too_few(listing["id"], actor, now)
    return final.is_qualified


async def _found(bid: queries.Row, listing: queries.Row, verdict: Verdict) -> Decided:
    """Keep each finding and say what they come to. Raises FormRefused, NotFound for a paper of another bid."""
    items = items_of(listing)
    check_findings(items, verdict.findings)
    known = {paper["id"] for paper in (await queries.papers_of([bid["id"]]))[bid["id"]]}
    for position, (item, found) in enumerate(zip(items, verdict.findings, strict=True)):
        if found.evidence is not None and found.evidence not in known:
            raise NotFound()
        await insert(
            QualificationFinding, opened_bid=bid["id"], position=position, item=item.words, clause=item.clause,
            passes=found.passes, reason="" if found.passes else found.reason.strip(), evidence=found.evidence,
            place=found.place.strip()[:120],
        )  # fmt: skip
    return Decided(*verdict_of(items, verdict.findings))


async def _forced(bid: queries.Row, closes_at: datetime) -> Decided | None:
    """What no buyer may decide otherwise: a statutory exclusion on the closing day, or an unreadable bid."""
    if against := (await queries.exclusions_of(bid["listing"], [bid], closes_at))[bid["id"]]:
        return Decided(False, against[0].sentence.text("zh"), against[0].clause)
    if bid["fault"] and not could_be_read(bid["technical_text"], bid["qualification_text"], bid["price"]):
        return Decided(False, bid["fault"], NOT_QUALIFIED)
    return None


async def end_when_too_few(listing_id: UUID, actor: Actor, now: datetime) -> None:
    """End the lots with too few left after qualification and conformity, and the listing with the last of them."""
    bids = await queries.opened_bids(listing_id)
    least = least_of(await queries.opening_state(listing_id, now))
    judged = [Judged(bid["lot"], bid["is_qualified"], bid["is_conforming"]) for bid in bids]
    for ended in ended_lots(judged, least):
        await end_lot(listing_id, ended, least, actor, now)
    if any(bid["is_qualified"] is None for bid in bids):
        return
    over = {lot["lot"]: lot["stage"] for lot in await queries.lots_ended(listing_id)}
    if all(bid["lot"] in over for bid in bids):
        conforming = EndedAt.CONFORMING in over.values()
        reason = too_few_conforming(least) if conforming else too_few_qualified(least)
        await fail_listing(listing_id, reason, least.clause, actor, now)
        await tell_of_failure(listing_id, now)


async def end_lot(listing_id: UUID, ended: Ended, least: Least, actor: Actor, now: datetime) -> None:
    """Put on record that a lot has too few left; the same again changes nothing."""
    known = await fetchval("SELECT stage FROM ended_lot WHERE lot = $1", ended.lot)
    if known is not None:
        return
    await insert(
        EndedLot, lot=ended.lot, stage=ended.stage.value, least=least.count, left=ended.left, clause=least.clause,
        ended_at=now,
    )  # fmt: skip
    detail = {"lot": str(ended.lot), "stage": ended.stage.value, "clause": least.clause}
    await record("opening.lot_ended", ("listing", str(listing_id)), actor, detail, now)


async def open_final_price_round(listing_id: UUID, closes_at: datetime, actor: Actor, now: datetime) -> None:
    """Invite every qualified bidder to seal a final price until the same moment (R-CONS-01).

    Raises FormRefused for a moment that has passed, Conflict while a bid is undecided or a second time.
    """
    check_may_review(await listing_by_id(listing_id), actor)
    if closes_at <= now:
        raise FormRefused({"closes_at": say(N_("最后报价的截止时间要晚于现在。"))})
    async with transaction():
        listing = await lock_listing(listing_id)
        state = await queries.opening_state(listing_id, now)
        if not row_of(listing).final_price or listing["status"] != "opened":
            raise Conflict(N_("这个项目现在不能开始最后报价。"))
        if state.window:
            raise Conflict(N_("最后报价已经开始，时间对每一家都一样，不能再改。"), clause="R-CONS-01")
        bids = await queries.opened_bids(listing_id)
        if any(bid["is_qualified"] is None for bid in bids):
            raise Conflict(N_("还有供应商没有审查完，不能开始最后报价。"))
        if any(waits_for_conformity(bid) for bid in bids):
            words = N_("评审小组还没有做完符合性审查。作了实质性响应的供应商，才请它们提交最后报价。")
            raise Conflict(words, clause="R-COM-05")
        enough = lots_with_enough([bid["lot"] for bid in bids if takes_part(bid)], least_of(state))
        invited = [bid["bid"] for bid in bids if takes_part(bid) and bid["lot"] in enough]
        if not invited:
            raise DomainError(N_("没有可以邀请的供应商。"))
        await open_final_price_window(listing_id, invited, closes_at, actor, now)


def waits_for_conformity(bid: queries.Row) -> bool:
    """Qualified, not judged by the panel yet, and in a lot that goes on."""
    return bool(bid["is_qualified"]) and bid["is_conforming"] is None and not bid["lot_has_ended"]


def takes_part(bid: queries.Row) -> bool:
    """Qualified, and found to conform: one of them may be taken back after the other was decided (R-COLL-01)."""
    return bool(bid["is_qualified"] and bid["is_conforming"])
