"""What people do with an evaluation: plan, score, send the draft, reply, freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from evaluations.performance import queries
from evaluations.performance.rules import (
    TRANSITIONS,
    EvaluationStatus,
    IndicatorPlan,
    check_evaluator,
    check_may_freeze,
    check_weights,
    grade_of,
    indicator_points,
    snapshot_hash,
    snapshot_text,
)
from evaluations.performance.tables import Evaluation, Indicator
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


@dataclass(frozen=True)
class EvaluationPlan:
    """Which contract is evaluated over which days, by whom, with which table."""

    contract: UUID
    period_from: date
    period_to: date
    evaluator: UUID
    indicators: Sequence[IndicatorPlan]


@dataclass(frozen=True)
class IndicatorScore:
    """What the evaluator says of one indicator: a measured value or points, and why."""

    indicator: UUID
    actual: Decimal | None
    points: Decimal | None
    narrative: str


async def plan_evaluation(plan: EvaluationPlan, actor: Actor, now: datetime) -> str:
    """Appoint an evaluator and fix the table; gives the evaluation's reference."""
    actor.check_may(Permission.PLAN_EVALUATION)
    check_weights([i.weight for i in plan.indicators])
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
        check_evaluator(str(plan.evaluator), str(contract["provider_organisation"]), str(contract["buyer"]))
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
                measure=line.measure,
            )  # fmt: skip
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


async def score_evaluation(reference: str, scores: Sequence[IndicatorScore], actor: Actor, now: datetime) -> None:
    """Score every indicator and send the draft to the provider, who may answer within the rulebook's days."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        evaluation = await _lock(reference)
        if evaluation["evaluator"] != actor.organisation_id:
            raise NotFound()
        status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.DRAFTED)
        given = {s.indicator: s for s in scores}
        total = Decimal(0)
        for line in await queries.indicators_of(evaluation["id"]):
            total += await _score_line(line, given.get(line["id"]), evaluation)
        reply_until = county_day(now) + timedelta(days=int(number("R-INTL-01/comment", county_day(now))))
        await execute(
            "UPDATE evaluation SET status = $2, scored_by = $3, drafted_at = $4, reply_until = $5,"
            " score = $6, grade = $7 WHERE id = $1",
            evaluation["id"], status, actor.person_id, now, reply_until, total, grade_of(total, county_day(now)),
        )  # fmt: skip
        await record("evaluation.drafted", ("evaluation", reference), actor, {"score": str(total)}, now)


async def _score_line(line: dict[str, Any], given: IndicatorScore | None, evaluation: dict[str, Any]) -> Decimal:
    if given is None or not given.narrative.strip():
        raise DomainError(N_("每一项都要写依据。第 {position} 项还没有写。"), position=line["position"])
    actual = given.actual
    if line["method"] == "delivery":
        actual = await queries.measure(line["measure"], evaluation)
    if line["method"] == "qualitative":
        if given.points is None or not 0 <= given.points <= line["weight"]:
            raise DomainError(
                N_("第 {position} 项请填 0 到 {most} 之间的分。"), position=line["position"], most=line["weight"]
            )
        points = given.points
    else:
        if actual is None:
            raise DomainError(N_("第 {position} 项请填实际完成值。"), position=line["position"])
        points = indicator_points(line["weight"], line["target"], actual)
    await execute(
        "UPDATE indicator SET actual = $2, points = $3, narrative = $4 WHERE id = $1",
        line["id"], actual, points, given.narrative.strip(),
    )  # fmt: skip
    return Decimal(points)


async def reply_to_evaluation(reference: str, reply: str, actor: Actor, now: datetime) -> None:
    """The provider's answer, published beside the result."""
    actor.check_may(Permission.REPLY_TO_EVALUATION)
    async with transaction():
        evaluation = await _lock(reference)
        if evaluation["provider_organisation"] != actor.organisation_id or evaluation["status"] == "planned":
            raise NotFound()
        status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.REPLIED)
        if evaluation["reply_until"] and county_day(now) > evaluation["reply_until"]:
            raise Conflict(
                N_("答复时间到 {until} 为止，已经过了。对结果有异议，可以向民政局反映。"),
                until=Day(evaluation["reply_until"]),
            )
        await execute(
            "UPDATE evaluation SET status = $2, reply = $3, replied_by = $4, replied_at = $5 WHERE id = $1",
            evaluation["id"], status, reply, actor.person_id, now,
        )  # fmt: skip
        await record("evaluation.replied", ("evaluation", reference), actor, {}, now)


async def freeze_evaluation(reference: str, actor: Actor, now: datetime) -> str:
    """Freeze and publish the result, write it into the provider's standing; gives the snapshot's SHA-256."""
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        evaluation = await _lock(reference)
        status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.FROZEN)
        check_may_freeze(
            evaluation["status"], evaluation["reply_until"], str(evaluation["scored_by"]), str(actor.person_id), now
        )
        text = snapshot_text(_snapshot(evaluation, await queries.indicators_of(evaluation["id"])))
        sha256 = snapshot_hash(text)
        await execute(
            "UPDATE evaluation SET status = $2, frozen_by = $3, frozen_at = $4, snapshot = $5, snapshot_sha256 = $6"
            " WHERE id = $1",
            evaluation["id"], status, actor.person_id, now, text, sha256,
        )  # fmt: skip
        await _write_standing(evaluation, sha256, actor, now)
        detail = {"sha256": sha256, "score": str(evaluation["score"]), "grade": evaluation["grade"]}
        await record("evaluation.frozen", ("evaluation", reference), actor, detail, now)
    return sha256


async def _write_standing(evaluation: dict[str, Any], sha256: str, actor: Actor, now: datetime) -> None:
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


def _snapshot(evaluation: dict[str, Any], indicators: list[dict[str, Any]]) -> dict[str, object]:
    kept = ("reference", "contract_reference", "period_from", "period_to", "evaluator_name", "score", "grade", "reply")
    lines = ("position", "group", "title", "weight", "method", "source", "target", "actual", "points", "narrative")
    return {**{k: evaluation[k] for k in kept}, "indicators": [{k: i[k] for k in lines} for i in indicators]}


async def _lock(reference: str) -> dict[str, Any]:
    found = await fetchval("SELECT id FROM evaluation WHERE reference = $1 FOR UPDATE", reference)
    if found is None:
        raise NotFound()
    return await queries.evaluation_for_service(reference)
