"""A locked mark changes only here: on one of four grounds, by the member concerned or the majority (R-COM-07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.queries import lock_listing
from evaluations.panel.queries import is_locked, judging_members
from evaluations.panel.seats import is_reviewed_again, own_seat
from evaluations.reports import queries
from evaluations.reports.rules import (
    CORRECTING,
    Ground,
    Locked,
    check_correction,
    check_may_correct,
    outcome_of,
    outcome_unanimous,
)
from evaluations.reports.services import void_report
from evaluations.reports.tables import MarkCorrection
from evaluations.scoring.queries import opened_bid_of, printed_bands
from evaluations.scoring.services import compute_again
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
OPEN = ("opened", "evaluated", "determined")


@dataclass(frozen=True)
class Wish:
    """Which mark is to be what instead, on which ground and why."""

    mark: UUID
    ground: Ground
    points: Decimal
    reason: str


async def _begin(listing: UUID, ground: Ground, actor: Actor) -> tuple[Row, Row, Row | None]:
    """The locked listing, the actor's seat, and the re-evaluation under way. Raises Conflict, Forbidden, NotFound."""
    row = await lock_listing(listing)
    member = await own_seat(listing, actor)
    if row["status"] not in OPEN and not await is_reviewed_again(row):
        raise Conflict(N_("现在不能更正评分。请刷新页面，看采购走到了哪一步。"), clause=CORRECTING)
    again, report = await queries.open_re_evaluation(listing), await queries.report_of(listing)
    is_whole = report is not None and report["whole_at"] is not None
    if again and report and again["before"] != report["id"] and is_whole:
        raise Conflict(N_("重新评审的报告已经签署。请等采购人结束这次重新评审。"), clause="R-REEV-01")
    check_may_correct(await is_locked(listing), is_whole, Ground(again["ground"]) if again else None, ground)
    return row, member, again


async def _check_lot(again: Row | None, opened_bid: UUID) -> None:
    """A challenge attacks one lot: the announced results of the others stay. Raises Conflict."""
    if again is None or not again["lot"]:
        return
    bid = await opened_bid_of(opened_bid)
    if bid is not None and bid["lot"] != again["lot"]:
        raise Conflict(N_("这次重新评审只针对被质疑的采购包，其他采购包的评分不能更正。"), clause="R-REEV-01")


async def propose_correction(listing: UUID, wish: Wish, actor: Actor, now: datetime) -> str:
    """Ask for a correction; gives its outcome, "" while votes are awaited.

    Raises DomainError where the ground is not a fact of the mark or without a reason, Conflict when it is too late.
    """
    async with transaction():
        row, member, again = await _begin(listing, wish.ground, actor)
        mark = await queries.mark_facts(wish.mark, listing)
        if mark is None:
            raise NotFound()
        await _check_lot(again, mark["opened_bid"])
        if not wish.reason.strip():
            raise DomainError(N_("请写明为什么要更正。"), clause=CORRECTING)
        is_own = mark["member"] == member["id"]
        rows = (await printed_bands(listing)).get(mark["criterion"], ())
        facts = Locked(
            mark["points"], mark["highest"], mark["is_objective"], bool(mark["bands"]), mark["others"], is_own, rows
        )
        check_correction(wish.ground, facts, wish.points)
        if any(c["mark"] == wish.mark and not c["outcome"] for c in await queries.corrections_of(listing)):
            raise Conflict(N_("这一项评分已经有人提出更正，等待表决。"), clause=CORRECTING)
        correction = await insert(
            MarkCorrection, listing=listing, opened_bid=mark["opened_bid"], mark=wish.mark, ground=wish.ground.value,
            old_points=mark["points"], new_points=wish.points, reason=wish.reason.strip(),
            re_evaluation=again["id"] if again else None, proposed_by=member["id"], proposed_at=now,
        )  # fmt: skip
        await _record_vote(correction, member["id"], True, now)
        detail = {"correction": str(correction), "ground": wish.ground.value, "bid": str(mark["opened_bid"])}
        await record("report.correction_asked", ("listing", str(listing)), actor, detail, now)
        return await _settle(row, correction, is_own, actor, now)


async def propose_unqualified(listing: UUID, opened_bid: UUID, reason: str, actor: Actor, now: datetime) -> str:
    """In a re-evaluation: a bid was wrongly found qualified. The majority decides. Raises as above (R-REEV-01)."""
    async with transaction():
        row, member, again = await _begin(listing, Ground.QUALIFICATION, actor)
        bid = await opened_bid_of(opened_bid)
        if again is None or bid is None or bid["listing"] != listing:
            raise NotFound()
        await _check_lot(again, opened_bid)
        if not bid["is_qualified"]:
            words = N_("这份响应没有通过资格审查，也没有评过分。确实认定错误的，应当重新开展采购活动。")
            raise Conflict(words, clause="R-REEV-01")
        if not reason.strip():
            raise DomainError(N_("请写明为什么要更正。"), clause="R-REEV-01")
        correction = await insert(
            MarkCorrection, listing=listing, opened_bid=opened_bid, ground=Ground.QUALIFICATION.value,
            reason=reason.strip(), re_evaluation=again["id"], proposed_by=member["id"], proposed_at=now,
        )  # fmt: skip
        await _record_vote(correction, member["id"], True, now)
        detail = {"correction": str(correction), "ground": Ground.QUALIFICATION.value, "bid": str(opened_bid)}
        await record("report.correction_asked", ("listing", str(listing)), actor, detail, now)
        return await _settle(row, correction, False, actor, now)


async def vote_on_correction(listing: UUID, correction: UUID, agrees: bool, actor: Actor, now: datetime) -> str:
    """Say whether one agrees; gives the outcome. A second vote is a Conflict."""
    async with transaction():
        await lock_listing(listing)
        found = await queries.correction_by(correction, listing)
        if found is None:
            await own_seat(listing, actor)
            raise NotFound()
        row, member, _ = await _begin(listing, Ground(found["ground"]), actor)
        if found["outcome"]:
            raise Conflict(N_("这项更正已经有了结论。"), clause=CORRECTING)
        if not await _record_vote(correction, member["id"], agrees, now):
            raise Conflict(N_("您已经表决过这项更正。"), clause=CORRECTING)
        is_own = agrees and found["member"] == member["id"]
        return await _settle(row, correction, is_own, actor, now)


async def _record_vote(correction: UUID, member: UUID, agrees: bool, now: datetime) -> bool:
    existing = await execute(
        "INSERT INTO correction_vote (id, correction, member, agrees, voted_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4) ON CONFLICT (correction, member) DO NOTHING",
        correction, member, agrees, now,
    )  # fmt: skip
    return existing != "INSERT 0 0"


async def _settle(row: Row, correction: UUID, by_concerned: bool, actor: Actor, now: datetime) -> str:
    found = await queries.correction_by(correction, row["id"])
    assert found is not None, "it was written in this transaction"
    ground, count = Ground(found["ground"]), len(await judging_members(row["id"]))
    if await queries.open_re_evaluation(row["id"]) and ground is Ground.ABNORMAL and row_of(row).final_price:
        outcome = outcome_unanimous(found["agreeing"], found["against"], count)
    else:
        outcome = outcome_of(ground, found["agreeing"], found["against"], count, by_concerned)
    if not outcome:
        return ""
    await execute("UPDATE mark_correction SET outcome = $2, decided_at = $3 WHERE id = $1", correction, outcome, now)
    detail = {
        "correction": str(correction), "ground": found["ground"], "outcome": outcome, "bid": str(found["opened_bid"]),
        "from": str(found["old_points"] or ""), "points": str(found["new_points"] or ""),
    }  # fmt: skip
    await record("report.correction_decided", ("listing", str(row["id"])), actor, detail, now)
    if outcome == "made":
        await _carry_out(row, found, actor, now)
    return outcome


async def _carry_out(row: Row, found: Row, actor: Actor, now: datetime) -> None:
    if found["mark"]:
        # the trigger on the table lets a locked mark change to exactly this value, at exactly this moment
        await execute(
            "UPDATE mark SET points = $2, marked_at = $3, comment = CASE WHEN comment = '' THEN $4 ELSE comment END"
            " WHERE id = $1",
            found["mark"], found["new_points"], now, found["reason"],
        )  # fmt: skip
    else:
        await execute(
            "UPDATE qualification_decision SET is_qualified = false, reason = $2, clause = $3 WHERE opened_bid = $1",
            found["opened_bid"], found["reason"], "R-REEV-01",
        )  # fmt: skip
    await void_report(row["id"], actor, now)
    if row["status"] != "opened":
        await compute_again(row, actor, now)
