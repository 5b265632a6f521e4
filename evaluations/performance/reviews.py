"""A draft that the provider disputes, reviewed one level up by somebody new: upheld or corrected line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from evaluations.performance import queries
from evaluations.performance.rules import TRANSITIONS, EvaluationStatus, Hands, check_reviewer, grade_of
from evaluations.performance.scoring import points_for
from evaluations.performance.services import lock_evaluation
from evaluations.performance.tables import EvaluationCorrection
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class Corrected:
    """A line the review changes: its true value, or the points of a judgement, and why."""

    indicator: UUID
    value: Decimal
    reason: str


async def hands_of(evaluation: Row) -> Hands:
    """Who had a part in an evaluation so far."""
    seats = await queries.seats_of(evaluation["id"])
    scored = [seat for seat in seats if seat["submitted_at"]]
    return Hands(
        str(evaluation["planned_by"]), frozenset(str(seat["submitted_by"]) for seat in scored),
        frozenset(str(seat["organisation"]) for seat in scored),
    )  # fmt: skip


async def review_evaluation(
    reference: str, review: str, corrections: Sequence[Corrected], actor: Actor, now: datetime
) -> None:
    """Uphold or correct a disputed draft; score and grade follow. Raises Forbidden for who had a part (R-INTL-01)."""
    actor.check_may(Permission.REVIEW_EVALUATION)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.REVIEWED)
        check_reviewer(str(actor.person_id), str(actor.organisation_id), await hands_of(evaluation))
        lines = {line["id"]: line for line in await queries.indicators_of(evaluation["id"])}
        for each in corrections:
            await _correct(lines[each.indicator], each, actor, now)
        total = sum((line["points"] for line in await queries.indicators_of(evaluation["id"])), Decimal(0))
        await execute(
            "UPDATE evaluation SET status = $2, review = $3, reviewed_by = $4, reviewed_at = $5, score = $6, grade = $7"
            " WHERE id = $1",
            evaluation["id"], status, review, actor.person_id, now, total, grade_of(total, county_day(now)),
        )  # fmt: skip
        detail = {"score": str(total), "before": str(evaluation["score"])}
        await record("evaluation.reviewed", ("evaluation", reference), actor, detail, now)


async def _correct(line: Row, correction: Corrected, actor: Actor, now: datetime) -> None:
    points, actual = corrected_points(line, correction.value, county_day(now))
    if points == line["points"]:
        raise DomainError(N_("第 {position} 项改了以后得分不变。请留空，或者改成别的值。"), position=line["position"])
    await execute("UPDATE indicator SET actual = $2, points = $3 WHERE id = $1", line["id"], actual, points)
    await insert(
        EvaluationCorrection, evaluation=line["evaluation"], indicator=line["id"], actual_before=line["actual"],
        actual_after=actual, points_before=line["points"], points_after=points, reason=correction.reason,
        corrected_by=actor.person_id, corrected_at=now,
    )  # fmt: skip


def corrected_points(line: Row, value: Decimal, on: date) -> tuple[Decimal, Decimal | None]:
    """Points and value of a corrected line: a value is scored like any other, a judgement is its points."""
    if line["target"] is None:
        return value, None
    return points_for(line, value, on), value
