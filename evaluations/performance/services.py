"""What people do with an evaluation: plan it, reply to its draft, freeze it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.indicators import Source
from evaluations.performance import queries
from evaluations.performance.conflicts import check_organisation_free
from evaluations.performance.improvement_rules import needs_improvement
from evaluations.performance.improvement_tables import ImprovementPlan
from evaluations.performance.look_through import Look, Result, check_look, result_of
from evaluations.performance.rules import (
    TRANSITIONS,
    EvaluationStatus,
    IndicatorPlan,
    SeatPlan,
    check_may_freeze,
    check_seats,
    check_weights,
    snapshot_hash,
    snapshot_text,
)
from evaluations.performance.tables import Evaluation, EvaluationBlackout, EvaluationSeat, Indicator
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import move
from vendors.standing.services import NewStanding, record_standing

Row = dict[str, Any]
REVIEW, IMPROVE = "R-PERF-11/review", "R-PERF-11/improve"
THIRD_PARTIES = frozenset({Source.THIRD_PARTY, Source.THIRD_PARTY_FINANCE})


def score_by(now: datetime) -> date:
    """The usual last day for an evaluator's form (R-PERF-11)."""
    return _days_on(now, "R-PERF-11/score")


def _days_on(now: datetime, rule: str) -> date:
    return county_day(now) + timedelta(days=int(number(rule, county_day(now))))


@dataclass(frozen=True)
class EvaluationPlan:
    """Which contract is evaluated over which days, by whom, with which table.

    `evaluator` leads; without `seats` it is the only one who scores.
    """

    contract: UUID
    period_from: date
    period_to: date
    evaluator: UUID
    indicators: Sequence[IndicatorPlan]
    seats: Sequence[SeatPlan] = ()


async def plan_evaluation(plan: EvaluationPlan, actor: Actor, now: datetime) -> str:
    """Appoint an evaluator and fix the table; gives the evaluation's reference."""
    actor.check_may(Permission.PLAN_EVALUATION)
    check_weights([i.weight for i in plan.indicators])
    seats = list(plan.seats) or [SeatPlan(Source.THIRD_PARTY, Decimal(100), plan.evaluator, score_by(now))]
    check_seats(seats, [i.group for i in plan.indicators if i.method != "delivery"])
    async with transaction():
        contract = await fetchrow(
            "SELECT c.*, p.organisation AS provider_organisation FROM contract c JOIN provider p ON p.id = c.provider"
            " WHERE c.id = $1 AND c.status IN ('in_force', 'completed', 'terminated') FOR SHARE OF c",
            plan.contract,
        )
        if contract is None:
            raise NotFound()
        if not contract["service_from"] <= plan.period_from <= plan.period_to <= contract["service_to"]:
            raise DomainError(N_("评价期间要在合同的服务期之内。请改日期。"))
        for organisation in dict.fromkeys(each.organisation for each in seats if each.source in THIRD_PARTIES):
            await check_organisation_free(contract, organisation)
        reference = await next_reference("JX", county_day(now).year)  # two who plan at once wait for each other here
        await _refuse_a_second_time(plan)
        evaluation: UUID = await insert(
            Evaluation, reference=reference, contract=plan.contract, period_from=plan.period_from,
            period_to=plan.period_to, evaluator=plan.evaluator, planned_by=actor.person_id, planned_at=now,
        )  # fmt: skip
        for position, line in enumerate(plan.indicators, 1):
            await insert(
                Indicator, evaluation=evaluation, position=position, group=line.group, title=line.title,
                weight=line.weight, method=line.method, source=line.source, target=line.target, unit=line.unit,
                measure=line.measure, is_at_most=line.is_at_most,
            )  # fmt: skip
        for position, seat in enumerate(seats, 1):
            await insert(EvaluationSeat, evaluation=evaluation, position=position, **asdict(seat))
        await record("evaluation.planned", ("evaluation", reference), actor, {"contract": contract["reference"]}, now)
    return reference


async def _refuse_a_second_time(plan: EvaluationPlan) -> None:
    earlier = await fetchval(
        "SELECT reference FROM evaluation WHERE contract = $1 AND period_from = $2 AND period_to = $3"
        " AND evaluator = $4",
        plan.contract, plan.period_from, plan.period_to, plan.evaluator,
    )  # fmt: skip
    if earlier:
        raise Conflict(
            N_("这份合同这段期间已经安排这家机构评价：{earlier}。请打开那一次评价，不用再安排。"), earlier=earlier
        )


async def reply_to_evaluation(
    reference: str, reply: str, actor: Actor, now: datetime, *, disputes: bool = False
) -> None:
    """The provider's answer, published beside the result; one that disputes the draft has it reviewed first."""
    actor.check_may(Permission.REPLY_TO_EVALUATION)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        if evaluation["provider_organisation"] != actor.organisation_id or evaluation["status"] == "planned":
            raise NotFound()
        review_by = _days_on(now, REVIEW) if disputes else None
        to = EvaluationStatus.DISPUTED if disputes else EvaluationStatus.REPLIED
        status = move(TRANSITIONS, evaluation["status"], to)
        if evaluation["reply_until"] and county_day(now) > evaluation["reply_until"]:
            raise Conflict(
                N_("答复时间到 {until} 为止，已经过了。对结果有异议，可以向民政局反映。"),
                until=Day(evaluation["reply_until"]),
            )
        await execute(
            "UPDATE evaluation SET status = $2, reply = $3, replied_by = $4, replied_at = $5, is_disputed = $6,"
            " review_by = $7 WHERE id = $1",
            evaluation["id"], status, reply, actor.person_id, now, disputes, review_by,
        )  # fmt: skip
        act = "evaluation.disputed" if disputes else "evaluation.replied"
        await record(act, ("evaluation", reference), actor, {}, now)


async def freeze_evaluation(reference: str, look: Look, actor: Actor, now: datetime) -> str:
    """Freeze and publish the result, write it into the provider's standing; gives the snapshot's SHA-256.

    `look`: what was looked through; its passages are made black in all that is published.
    """
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.FROZEN)
        seats = await queries.seats_of(evaluation["id"])
        scorers = {str(seat["submitted_by"]) for seat in seats} | {str(evaluation["scored_by"])}
        check_may_freeze(evaluation["status"], evaluation["reply_until"], scorers, str(actor.person_id), now)
        result = await result_of(evaluation)
        check_look(result.texts(), look)
        for position, passage in enumerate(look.hidden, 1):
            await insert(EvaluationBlackout, evaluation=evaluation["id"], position=position, passage=passage)
        text = snapshot_text(_snapshot(result.blacked(look.hidden)))
        sha256 = snapshot_hash(text)
        await execute(
            "UPDATE evaluation SET status = $2, frozen_by = $3, frozen_at = $4, snapshot = $5, snapshot_sha256 = $6"
            " WHERE id = $1",
            evaluation["id"], status, actor.person_id, now, text, sha256,
        )  # fmt: skip
        await _write_standing(evaluation, sha256, actor, now)
        if needs_improvement(evaluation["grade"]):
            await insert(ImprovementPlan, evaluation=evaluation["id"], submit_by=_days_on(now, IMPROVE))
        detail = {"sha256": sha256, "score": str(evaluation["score"]), "grade": evaluation["grade"]}
        if look.hidden:
            detail["passages"] = str(len(look.hidden))
        await record("evaluation.frozen", ("evaluation", reference), actor, detail, now)
    return sha256


async def _write_standing(evaluation: Row, sha256: str, actor: Actor, now: datetime) -> None:
    today = county_day(now)
    years = int(number("R-PERF-08/years", today))
    # a leap day's anniversary is 28 February: the record never counts a day longer than the rule allows
    until = today.replace(year=today.year + years, day=28 if (today.month, today.day) == (2, 29) else today.day)
    await record_standing(
        NewStanding(
            provider=evaluation["provider_id"],
            category=evaluation["item_category"],
            item_code=evaluation["item_code"],
            evaluation_reference=evaluation["reference"],
            contract_reference=evaluation["contract_reference"],
            score=evaluation["score"],
            grade=evaluation["grade"],
            snapshot_sha256=sha256,
            counts_from=today,
            counts_until=until,
            contract_amount=evaluation["contract_amount"],
        ),
        actor,
        now,
    )


def _snapshot(result: Result) -> dict[str, object]:
    kept = ("reference", "contract_reference", "period_from", "period_to", "evaluator_name", "score", "grade", "reply",
            "draft_score", "is_disputed", "review")  # fmt: skip
    changed = ("position", "points_before", "points_after", "reason")
    lines = ("position", "group", "title", "weight", "method", "source", "target", "actual", "points", "narrative")
    sources = ("source", "weight", "organisation_name", "submitted_at", "left_out_reason")
    return {
        **{k: result.evaluation[k] for k in kept},
        "indicators": [{k: i[k] for k in lines} for i in result.lines],
        "sources": [{k: seat[k] for k in sources} for seat in result.seats],
        "corrections": [{k: each[k] for k in changed} for each in result.corrections],
    }


async def lock_evaluation(reference: str) -> Row:
    """One evaluation, held until the end of the transaction. Raises NotFound."""
    found = await fetchval("SELECT id FROM evaluation WHERE reference = $1 FOR UPDATE", reference)
    if found is None:
        raise NotFound()
    return await queries.evaluation_for_service(reference)
