"""Mark, lock, review low prices, compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.methods import row_of
from catalogue.listings.queries import lots
from catalogue.listings.services import fail_listing, mark_evaluated
from evaluations.arithmetic.queries import waits_for_correction
from evaluations.opening.failing import tell_of_failure
from evaluations.opening.queries import lots_ended
from evaluations.opening.review import end_lot
from evaluations.opening.rules import Ended, EndedAt, least_bids, too_few_valid
from evaluations.panel.queries import is_locked, judging_members, size_of
from evaluations.panel.rules import check_whole
from evaluations.panel.seats import open_for_scoring, own_seat
from evaluations.scoring import queries
from evaluations.scoring.printed import check_printed
from evaluations.scoring.results import (
    TOO_FEW,
    BidFacts,
    BidOutcome,
    low_price_suspects,
    objective_differences,
    results_of_lot,
)
from evaluations.scoring.rules import check_mark, lacks_comment
from evaluations.scoring.tables import BidResult, CriterionResult
from evaluations.signs.queries import check_signs_answered
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]
Marks = Mapping[UUID, tuple[Decimal, str]]
COMMENT_MOST = 2000


class EndsWithoutComment(DomainError):
    """A mark at an end of its range without a word; `criterion` says which."""

    def __init__(self, message: str, /, clause: str, criterion: UUID, **values: object) -> None:
        super().__init__(message, clause, **values)
        self.criterion = criterion


async def put_marks(listing: UUID, opened_bid: UUID, marks: Marks, actor: Actor, now: datetime) -> None:
    """Write one member's own marks for one bid; a mark written again replaces the earlier one until locking.

    Raises Forbidden, NotFound, Conflict once locked, DomainError for marks over the printed points.
    """
    async with transaction():
        row = await open_for_scoring(listing)
        member = await own_seat(listing, actor)
        if member["locked_at"]:
            raise Conflict(N_("您的评分已经锁定，不能再改。"))
        judging = await judging_members(listing)
        check_whole([m["kind"] for m in judging], await size_of(row))
        bid = await queries.opened_bid_of(opened_bid)
        if bid is None or bid["listing"] != listing:
            raise NotFound()
        if not bid["is_qualified"]:
            raise DomainError(N_("这份响应还没有通过资格审查，不能评分。"), clause="R-COM-05")
        if bid["lot_has_ended"]:
            words = N_("这一包剩下的供应商不足规定的家数，已经终止，不再评审。")
            raise DomainError(words, clause="R-BID-04")
        if not bid["is_conforming"]:
            raise DomainError(N_("这份响应还没有通过符合性审查，不能评分。"), clause="R-COM-05")
        printed = {c["id"]: c for c in await queries.marked_criteria(listing)}
        rows = await queries.printed_bands(listing)
        for criterion, (points, comment) in marks.items():
            if criterion not in printed:
                raise DomainError(N_("公告里没有这一项评审因素，或者它不由评审成员评分。"), clause="R-COM-07")
            check_mark(points, printed[criterion]["points"])
            check_printed(points, rows.get(criterion, ()))
            if lacks_comment(points, printed[criterion]["points"], comment):
                words = N_("“{factor}”给了最低分或者满分（{points} 分），请写评语说明理由。")
                raise EndsWithoutComment(
                    words, clause="R-COM-06", criterion=criterion, factor=printed[criterion]["title"],
                    points=f"{points.normalize():f}",
                )  # fmt: skip
            await execute(
                "INSERT INTO mark (id, member, opened_bid, criterion, points, comment, marked_at)"
                " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (member, opened_bid, criterion)"
                " DO UPDATE SET points = $4, comment = $5, marked_at = $6",
                member["id"], opened_bid, criterion, points, comment.strip()[:COMMENT_MOST], now,
            )  # fmt: skip
        detail = {"member": str(member["id"]), "bid": str(opened_bid), "criteria": str(len(marks))}
        await record("scoring.marked", ("listing", str(listing)), actor, detail, now)


async def lock_marks(listing: UUID, actor: Actor, now: datetime) -> bool:
    """Lock the actor's marks; True unless members differ on an objective factor (R-COM-07).

    Then nothing stays locked and every member looks at that factor again. Locking again does nothing.
    Raises DomainError while marks are missing.
    """
    async with transaction():
        row = await open_for_scoring(listing)
        member = await own_seat(listing, actor)
        if member["locked_at"]:
            return True
        await check_not_held(listing, Held.JUDGING, now)
        await check_signs_answered(listing)
        check_whole([m["kind"] for m in await judging_members(listing)], await size_of(row))
        await _check_complete(listing, member["id"])
        await take_duty(listing, Duty.SCORING, actor.person_id, now)
        await execute("UPDATE panel_member SET locked_at = $2, reopened_at = NULL WHERE id = $1", member["id"], now)
        await record("scoring.locked", ("listing", str(listing)), actor, {"member": str(member["id"])}, now)
        if not await is_locked(listing) or not await differences(row):
            return True
        await execute(
            "UPDATE panel_member SET locked_at = NULL, reopened_at = $2 WHERE listing = $1 AND NOT has_interest",
            listing,
            now,
        )
        await record("scoring.reopened", ("listing", str(listing)), actor, {"clause": "R-COM-07"}, now)
    return False


async def differences(row: Row) -> list[tuple[str, str]]:
    """(opened bid, criterion) pairs on which the members differ though the factor is objective."""
    found = []
    facts = await queries.bid_facts(row)
    for lot in await lots(row["id"]):
        terms = await queries.lot_terms(row, lot)
        found += objective_differences(terms.criteria, facts.get(lot["id"], []))
    return found


async def _check_complete(listing: UUID, member: UUID) -> None:
    bids = await queries.opened_bids(listing)
    if any(bid["is_qualified"] is None for bid in bids):
        raise DomainError(N_("资格审查还没有全部做完，暂不能锁定评分。"), clause="R-COM-05")
    if any(queries.waits_for_conformity(bid) for bid in bids):
        raise DomainError(N_("符合性审查还没有全部做完，暂不能锁定评分。"), clause="R-COM-05")
    marks = await queries.own_marks(member)
    criteria = await queries.marked_criteria(listing)
    missing = sum((b["id"], c["id"]) not in marks for b in bids if queries.is_scored(b) for c in criteria)
    if missing:
        raise DomainError(N_("还有 {count} 处没有评分。请补齐再锁定。"), clause="R-COM-06", count=missing)


async def compute_results(listing: UUID, actor: Actor, now: datetime) -> None:
    """Compute and store the results of every lot; the listing moves to evaluated, or fails without a valid bid.

    Raises DomainError while marks, final prices or low-price reviews are missing, Conflict when done before.
    """
    async with transaction():
        row = await open_for_scoring(listing)
        await own_seat(listing, actor)
        await check_not_held(listing, Held.JUDGING, now)
        judging = await judging_members(listing)
        check_whole([m["kind"] for m in judging], await size_of(row))
        if not await is_locked(listing):
            raise DomainError(N_("还有评审成员没有锁定评分，暂不能汇总。"), clause="R-COM-06")
        # a recusal after the locking takes the panel's decision back, and final prices bring signs of their own
        await check_signs_answered(listing)
        if any(queries.waits_for_conformity(b) for b in await queries.opened_bids(listing)):
            raise DomainError(N_("评审小组还没有做完符合性审查，暂不能汇总。"), clause="R-COM-05")
        facts = await queries.bid_facts(row)
        over = {each["lot"] for each in await lots_ended(listing)}
        qualified = [bid for lot, bids in facts.items() if lot not in over for bid in bids if bid.is_qualified]
        if row_of(row).final_price and qualified and all(bid.price is None for bid in qualified):
            raise DomainError(N_("还没有开启最后报价，暂不能汇总。"), clause="R-CONS-01")
        await check_corrected(row)
        if await queries.waits_for_low_price(listing):
            raise DomainError(N_("有报价明显偏低，评审小组要先记录供应商的说明和处理意见。"), clause="R-LOW-04")
        valid = await _store_all(row, facts, actor, now)
        detail = {"valid": str(valid), "members": str(len(judging)), "day": county_day(now).isoformat()}
        await record("scoring.computed", ("listing", str(listing)), actor, detail, now)
        if valid:
            await mark_evaluated(listing, actor, now)
        else:
            await fail_without_valid(row, actor, now)


async def fail_without_valid(row: Row, actor: Actor, now: datetime) -> None:
    """No bid is left that could win: the listing fails, by the rule that asks for a number or by the plain one."""
    if await lots_ended(row["id"]):
        least = least_bids(row["method"], row["rules_on"] or county_day(row["published_at"]))
        await fail_listing(row["id"], too_few_valid(least), least.clause, actor, now)
    else:
        await fail_listing(row["id"], say(N_("没有有效响应，采购失败。")), "R-BID-06", actor, now)
    # of a bid that stood only too few others it is no reason
    found = await queries.result_rows(row["id"])
    reasons = {r["opened_bid"]: r["reason"] for r in found if r["reason"] != TOO_FEW}
    await tell_of_failure(row["id"], now, reasons)


async def _store_all(row: Row, facts: Mapping[UUID, list[BidFacts]], actor: Actor, now: datetime) -> int:
    """Keep the outcome of every bid and end lots with too few; gives how many are valid."""
    valid = 0
    for lot in await lots(row["id"]):
        outcomes = results_of_lot(await queries.lot_terms(row, lot), facts.get(lot["id"], []))
        valid += sum(outcome.status == "valid" for outcome in outcomes)
        if any(outcome.reason == TOO_FEW for outcome in outcomes):
            await _end_lot(row, lot["id"], outcomes, actor, now)
        for outcome in outcomes:
            await store_result(lot["id"], outcome, now)
    return valid


async def _end_lot(row: Row, lot: UUID, outcomes: Sequence[BidOutcome], actor: Actor, now: datetime) -> None:
    least = least_bids(row["method"], row["rules_on"] or county_day(row["published_at"]))
    left = sum(outcome.reason == TOO_FEW for outcome in outcomes)
    await end_lot(row["id"], Ended(lot, EndedAt.VALID, left), least, actor, now)


async def check_corrected(row: Row) -> None:
    """No result and no low-price review rests on a price that is not mended yet. Raises DomainError (R-EVAL-08)."""
    if await waits_for_correction(row):
        words = N_("有报价前后不一致，评审小组要先记录修正，等供应商确认。请到“报价核对”页面办理。")
        raise DomainError(words, clause="R-EVAL-08")


async def waits_for_explanation(row: Row) -> bool:
    """Whether a price looks too low and the panel has decided nothing of it yet (R-LOW-01)."""
    facts = await queries.bid_facts(row)
    for lot in await lots(row["id"]):
        bids = {bid.opened_bid: bid for bid in facts.get(lot["id"], [])}
        suspects = low_price_suspects(await queries.lot_terms(row, lot), list(bids.values()))
        if any(bids[name].low_price_accepted is None for name in suspects):
            return True
    return await queries.waits_for_low_price(row["id"])


async def compute_again(row: Row, actor: Actor, now: datetime) -> None:
    """After a lawful correction (R-COM-07): the results anew, in the transaction that corrected.

    Without a bid that should not have taken part another price may look too low for the first time: then its review
    comes first, and whoever decides it computes (R-LOW-04).
    """
    if await waits_for_explanation(row):
        detail = {"clause": "R-LOW-04"}
        await record("scoring.computing_waits", ("listing", str(row["id"])), actor, detail, now)
        return
    await forget_results(row["id"])
    valid = await _store_all(row, await queries.bid_facts(row), actor, now)
    await record("scoring.computed_again", ("listing", str(row["id"])), actor, {"valid": str(valid)}, now)


async def forget_results(listing: UUID) -> None:
    """Take results out that no longer stand, and the ends of lots that rested on them alone."""
    mine = "SELECT r.id FROM bid_result r JOIN listing_lot l ON l.id = r.lot WHERE l.listing = $1"
    await execute(f"DELETE FROM criterion_result WHERE result IN ({mine})", listing)
    await execute(f"DELETE FROM bid_result WHERE id IN ({mine})", listing)
    await execute(
        "DELETE FROM ended_lot e USING listing_lot t WHERE t.id = e.lot AND t.listing = $1 AND e.stage = 'valid'",
        listing,
    )


async def store_result(lot: UUID, outcome: Any, now: datetime) -> None:
    """Keep the outcome of one bid with its points by factor."""
    values = asdict(outcome)
    by_criterion = values.pop("by_criterion")
    opened_bid = UUID(values.pop("opened_bid"))
    values["reason"] = values["reason"][: queries.REASON_MOST]
    result = await insert(BidResult, lot=lot, opened_bid=opened_bid, computed_at=now, **values)
    for criterion, points in by_criterion:
        await insert(CriterionResult, result=result, criterion=UUID(criterion), points=points)
