"""How evaluators score: each on a form of its own; with the last one the draft goes to the provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.indicators import Source, sources_asked
from evaluations.performance import queries
from evaluations.performance.conflicts import people_kept_out
from evaluations.performance.measures import measure
from evaluations.performance.points import (
    Judged,
    check_explained,
    combined,
    docking_on,
    indicator_points,
)
from evaluations.performance.rules import (
    TRANSITIONS,
    EvaluationStatus,
    check_may_leave_out,
    check_scorer_free,
    grade_of,
)
from evaluations.performance.services import lock_evaluation
from evaluations.performance.tables import SeatScore
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import move

Row = dict[str, Any]
RECIPIENTS = Source.RECIPIENTS
COMMENT = "R-INTL-01/comment"


@dataclass(frozen=True)
class IndicatorScore:
    """What an evaluator says of one indicator: a measured value or points, and why."""

    indicator: UUID
    actual: Decimal | None
    points: Decimal | None
    narrative: str


def lines_for(seat: Mapping[str, Any], lines: Sequence[Row], seats: Sequence[Row]) -> list[Row]:
    """The indicators a seat is asked for; what is computed here is nobody's."""
    sources = frozenset(each["source"] for each in seats)
    return [
        line
        for line in lines
        if line["method"] != "delivery" and seat["source"] in sources_asked(line["group"], sources)
    ]


async def score_evaluation(
    reference: str, scores: Sequence[IndicatorScore], actor: Actor, now: datetime, seat: UUID | None = None
) -> None:
    """Hand in the form of one seat, by default the actor's first open one; the last form makes the draft."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        seats = await queries.seats_of(evaluation["id"])
        mine = [each for each in seats_with_forms(seats, actor) if seat in (None, each["id"])]
        if not mine:
            raise NotFound()
        chosen = next((each for each in mine if is_open(each)), None)
        if chosen is None or evaluation["status"] != EvaluationStatus.PLANNED:
            raise Conflict(N_("这份评价表已经交了，不能再改。"))
        check_scorer_free(await people_kept_out(evaluation["contract"], [actor.person_id]))
        lines = await queries.indicators_of(evaluation["id"])
        given, today = {each.indicator: each for each in scores}, county_day(now)
        for line in lines_for(chosen, lines, seats):
            await _keep(chosen["id"], line, given.get(line["id"]), today)
        await execute(
            "UPDATE evaluation_seat SET submitted_by = $2, submitted_at = $3 WHERE id = $1",
            chosen["id"], actor.person_id, now,
        )  # fmt: skip
        detail = {"source": chosen["source"]}
        await record("evaluation.seat_scored", ("evaluation", reference), actor, detail, now)
        await draft_when_complete(evaluation, actor, now)


def seats_with_forms(seats: Sequence[Row], actor: Actor) -> list[Row]:
    """The seats of the actor's office that have a form; that of recipients is filled by their survey."""
    return [each for each in seats if each["organisation"] == actor.organisation_id and each["source"] != RECIPIENTS]


def is_open(seat: Mapping[str, Any]) -> bool:
    """Whether its form is still awaited."""
    return seat["submitted_at"] is None and seat["left_out_at"] is None


async def _keep(seat: UUID, line: Row, given: IndicatorScore | None, on: date) -> None:
    if given is None:
        raise DomainError(N_("每一项都要打分。第 {position} 项还没有。"), position=line["position"])
    actual = None
    if line["method"] == "qualitative":
        if given.points is None or not 0 <= given.points <= line["weight"]:
            raise DomainError(
                N_("第 {position} 项请填 0 到 {most} 之间的分。"), position=line["position"], most=line["weight"]
            )
        points = given.points
    else:
        if given.actual is None:
            raise DomainError(N_("第 {position} 项请填实际完成值。"), position=line["position"])
        actual = given.actual
        points = points_for(line, actual, on)
    check_explained(line["position"], points, line["weight"], given.narrative, on)
    await insert(
        SeatScore, seat=seat, indicator=line["id"], actual=actual, points=points, narrative=given.narrative.strip()
    )


def points_for(line: Mapping[str, Any], actual: Decimal, on: date) -> Decimal:
    """The points of a value against the line's target; a computed value is never docked."""
    docking = None if line["method"] == "delivery" else docking_on(line["unit"], on)
    return indicator_points(
        line["weight"], line["target"], actual, is_at_most=line["is_at_most"], docking=docking
    )


async def leave_out(reference: str, seat: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """An evaluator whose form did not come in time counts no more, with the reason on record."""
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        seats = await queries.seats_of(evaluation["id"])
        found = next((each for each in seats if each["id"] == seat), None)
        if found is None:
            raise NotFound()
        if not is_open(found) or evaluation["status"] != EvaluationStatus.PLANNED:
            raise Conflict(N_("这份评价表已经交了，不能再改。"))
        check_may_leave_out(found["due_on"], county_day(now), sum(each["submitted_at"] is not None for each in seats))
        await execute(
            "UPDATE evaluation_seat SET left_out_by = $2, left_out_at = $3, left_out_reason = $4 WHERE id = $1",
            seat, actor.person_id, now, reason,
        )  # fmt: skip
        detail = {"source": found["source"], "reason": reason}
        await record("evaluation.seat_left_out", ("evaluation", reference), actor, detail, now)
        await draft_when_complete(evaluation, actor, now)


async def draft_when_complete(evaluation: Row, actor: Actor, now: datetime) -> None:
    """Once no form is awaited: combine them, measure what was delivered, and send the draft to the provider."""
    seats = await queries.seats_of(evaluation["id"])
    if any(is_open(each) for each in seats):
        return
    status = move(TRANSITIONS, evaluation["status"], EvaluationStatus.DRAFTED)
    given = await queries.judged_of(evaluation["id"])
    total, today = Decimal(0), county_day(now)
    for line in await queries.indicators_of(evaluation["id"]):
        total += await _combine(line, given.get(line["id"], []), evaluation, today)
    reply_until = today + timedelta(days=int(number(COMMENT, today)))
    await execute(
        "UPDATE evaluation SET status = $2, scored_by = $3, drafted_at = $4, reply_until = $5,"
        " score = $6, draft_score = $6, grade = $7 WHERE id = $1",
        evaluation["id"], status, actor.person_id, now, reply_until, total, grade_of(total, today),
    )  # fmt: skip
    detail = {"score": str(total)}
    await record("evaluation.drafted", ("evaluation", evaluation["reference"]), actor, detail, now)


async def _combine(line: Row, given: Sequence[Row], evaluation: Row, on: date) -> Decimal:
    """The points of one line: measured here, or the evaluators' by their weights."""
    if line["method"] == "delivery":
        actual: Decimal | None = await measure(line["measure"], evaluation)
        assert actual is not None
        points, words = points_for(line, actual, on), ""
    else:
        points = combined([Judged(each["source"], each["seat_weight"], each["points"]) for each in given])
        values = {each["actual"] for each in given}
        actual = values.pop() if len(values) == 1 else None
        words = "\n".join(each["narrative"] for each in given if each["narrative"])
    await execute(
        "UPDATE indicator SET actual = $2, points = $3, narrative = $4 WHERE id = $1", line["id"], actual, points, words
    )
    return points
