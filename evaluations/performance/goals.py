"""What a unit does with its goals: declare, watch, report; and who evaluates and freezes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from evaluations.performance.goal_rules import (
    TRANSITIONS,
    GoalStatus,
    NewLine,
    check_evaluator_of_goal,
    check_may_freeze_goal,
)
from evaluations.performance.goal_tables import GoalBlackout, GoalLine, GoalReading, PerformanceGoal
from evaluations.performance.goal_texts import blacked_goal, goal_texts
from evaluations.performance.look_through import Look, check_look
from evaluations.performance.points import check_explained, docking_on, indicator_points
from evaluations.performance.rules import check_weights, grade_of, snapshot_hash, snapshot_text
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import blacked
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import move

Row = dict[str, Any]
_SELECT = (
    "SELECT g.*, o.name AS unit, o.name_en AS unit_en, b.reference AS line_reference, v.name AS evaluator_name,"
    " v.name_en AS evaluator_name_en, ARRAY(SELECT x.passage FROM goal_blackout x WHERE x.goal = g.id) AS hidden"
    " FROM performance_goal g JOIN organisation o ON o.id = g.organisation"
    " LEFT JOIN budget_line b ON b.id = g.budget_line LEFT JOIN organisation v ON v.id = g.evaluator"
)


@dataclass(frozen=True)
class NewGoal:
    """Goals as they are declared: of a budget line (a programme), or of the whole unit where there is none."""

    year: int
    title: str
    aim: str
    lines: Sequence[NewLine]
    budget_line: UUID | None = None


@dataclass(frozen=True)
class LineResult:
    """What was reached of a line, and why it is so."""

    line: UUID
    actual: Decimal
    words: str


async def list_goals(actor: Actor | None) -> list[Row]:
    """Frozen ones for everyone, those of the actor's unit; all for who plans or oversees. Newest first."""
    rows = await fetch(
        f"{_SELECT} WHERE $1 OR g.status = 'frozen' OR g.organisation = $2 OR ($3 AND g.status <> 'declared')"
        " ORDER BY g.year DESC, g.declared_at DESC LIMIT 200",
        _sees_all(actor), actor.organisation_id if actor else None, _evaluates(actor),
    )  # fmt: skip
    return [dict(r) | {"title": blacked(r["title"], r["hidden"])} for r in rows]


def _sees_all(actor: Actor | None) -> bool:
    return actor is not None and (actor.may(Permission.PLAN_EVALUATION) or actor.may(Permission.READ_EVERYTHING))


def _evaluates(actor: Actor | None) -> bool:
    return actor is not None and actor.may(Permission.EVALUATE)


async def get_goal(reference: str, visible_to: Actor | None) -> Row:
    """One goal with its `lines` and their `readings`, black where it was made so when it was frozen.

    Raises NotFound for strangers of one that is not frozen yet.
    """
    row = await fetchrow(f"{_SELECT} WHERE g.reference = $1", reference)
    sees = row is not None and (
        row["status"] == "frozen"
        or (visible_to is not None and visible_to.organisation_id == row["organisation"])
        or _sees_all(visible_to)
        or (_evaluates(visible_to) and row["status"] != "declared")
    )
    if row is None or not sees:
        raise NotFound()
    return blacked_goal(await _whole(dict(row)), row["hidden"])


async def _whole(goal: Row) -> Row:
    lines = await lines_of(goal["id"])
    readings = await fetch(
        "SELECT r.*, l.position, l.title, l.unit FROM goal_reading r JOIN goal_line l ON l.id = r.line"
        " WHERE l.goal = $1 ORDER BY r.read_on, l.position",
        goal["id"],
    )
    return goal | {"lines": lines, "readings": [dict(r) for r in readings]}


async def lines_of(goal: UUID) -> list[Row]:
    """The indicators in their order."""
    rows = await fetch("SELECT * FROM goal_line WHERE goal = $1 ORDER BY position", goal)
    return [dict(r) for r in rows]


async def declare_goal(new: NewGoal, actor: Actor, now: datetime) -> str:
    """Declare the goals of a year with the budget; gives their reference (R-PERF-03)."""
    actor.check_may(Permission.DECLARE_GOALS)
    check_weights([line.weight for line in new.lines])
    async with transaction():
        if new.budget_line is not None:
            line = await fetchrow("SELECT buyer, year FROM budget_line WHERE id = $1", new.budget_line)
            if line is None or line["buyer"] != actor.organisation_id:
                raise NotFound()
        reference = await next_reference("MB", county_day(now).year)
        try:
            async with transaction():
                goal = await insert(
                    PerformanceGoal, reference=reference, kind="programme" if new.budget_line else "unit",
                    year=new.year, organisation=actor.organisation_id, budget_line=new.budget_line, title=new.title,
                    aim=new.aim, declared_by=actor.person_id, declared_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这条预算已经申报过绩效目标。")) from None
        for position, each in enumerate(new.lines, 1):
            await insert(GoalLine, goal=goal, position=position, **asdict(each))
        await record("goal.declared", ("goal", reference), actor, {"year": str(new.year)}, now)
    return reference


async def read_goal(
    reference: str, readings: Sequence[tuple[UUID, Decimal, str, str]], actor: Actor, now: datetime
) -> None:
    """Note how lines stand today and whether they will be met; what may not be says why (运行监控)."""
    actor.check_may(Permission.DECLARE_GOALS)
    async with transaction():
        goal = await _lock(reference, actor)
        if goal["status"] != GoalStatus.DECLARED:
            raise Conflict(N_("已经自评，不再监控。"))
        own = {line["id"] for line in await lines_of(goal["id"])}
        for line, value, outlook, words in readings:
            if line not in own:
                raise NotFound()
            await insert(
                GoalReading, line=line, read_on=county_day(now), value=value, outlook=outlook, words=words,
                read_by=actor.person_id, read_at=now,
            )  # fmt: skip
        await record("goal.read", ("goal", reference), actor, {"count": str(len(readings))}, now)


async def report_goal(
    reference: str, results: Sequence[LineResult], words: str, actor: Actor, now: datetime
) -> Decimal:
    """The unit evaluates itself by the lines it declared; gives the score (自评表)."""
    actor.check_may(Permission.DECLARE_GOALS)
    async with transaction():
        goal = await _lock(reference, actor)
        status = move(TRANSITIONS, goal["status"], GoalStatus.REPORTED)
        total = await _score(goal["id"], results, "self_", county_day(now))
        await execute(
            "UPDATE performance_goal SET status = $2, self_score = $3, self_words = $4, reported_by = $5,"
            " reported_at = $6 WHERE id = $1",
            goal["id"], status, total, words, actor.person_id, now,
        )  # fmt: skip
        await record("goal.reported", ("goal", reference), actor, {"score": str(total)}, now)
    return total


async def _score(goal: UUID, results: Sequence[LineResult], prefix: str, on: date) -> Decimal:
    given, total = {each.line: each for each in results}, Decimal(0)
    for line in await lines_of(goal):
        result = given[line["id"]]
        points = goal_points(line, result.actual, on)
        check_explained(line["position"], points, line["weight"], result.words, on)
        await execute(
            f"UPDATE goal_line SET {prefix}actual = $2, {prefix}points = $3, {prefix}words = $4 WHERE id = $1",
            line["id"], result.actual, points, result.words,
        )  # fmt: skip
        total += points
    return total


def goal_points(line: Mapping[str, Any], actual: Decimal, on: date) -> Decimal:
    """By the same rule as the indicators of a contract (R-PERF-04)."""
    docking = docking_on(line["unit"], on)
    return indicator_points(line["weight"], line["target"], actual, is_at_most=line["is_at_most"], docking=docking)


async def evaluate_goal(reference: str, results: Sequence[LineResult], actor: Actor, now: datetime) -> Decimal:
    """An evaluator checks the report line by line; the unit may answer within the rulebook's days (部门评价)."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        goal = await _lock(reference, None)
        status = move(TRANSITIONS, goal["status"], GoalStatus.EVALUATED)
        check_evaluator_of_goal(
            str(actor.organisation_id), str(goal["organisation"]), str(actor.person_id), str(goal["reported_by"])
        )
        today = county_day(now)
        total = await _score(goal["id"], results, "", today)
        until = today + timedelta(days=int(number("R-INTL-01/comment", today)))
        await execute(
            "UPDATE performance_goal SET status = $2, score = $3, grade = $4, evaluator = $5, evaluated_by = $6,"
            " evaluated_at = $7, answer_until = $8 WHERE id = $1",
            goal["id"], status, total, grade_of(total, today), actor.organisation_id, actor.person_id, now, until,
        )  # fmt: skip
        await record("goal.evaluated", ("goal", reference), actor, {"score": str(total)}, now)
    return total


async def answer_goal(reference: str, words: str, actor: Actor, now: datetime) -> None:
    """The unit's answer, published beside the result."""
    actor.check_may(Permission.DECLARE_GOALS)
    async with transaction():
        goal = await _lock(reference, actor)
        if goal["status"] != GoalStatus.EVALUATED or goal["answer"] or county_day(now) > goal["answer_until"]:
            raise Conflict(N_("现在不能回应：已经回应过，或者过了回应的时间。"))
        await execute(
            "UPDATE performance_goal SET answer = $2, answered_at = $3 WHERE id = $1", goal["id"], words, now
        )
        await record("goal.answered", ("goal", reference), actor, {}, now)


async def freeze_goal(reference: str, look: Look, actor: Actor, now: datetime) -> str:
    """Freeze and publish what was looked through; gives the SHA-256 that stands in the audit."""
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        goal = await _whole(await _lock(reference, None))
        status = move(TRANSITIONS, goal["status"], GoalStatus.FROZEN)
        check_may_freeze_goal(
            goal["answer"], goal["answer_until"], str(goal["evaluated_by"]), str(actor.person_id), county_day(now)
        )
        check_look(goal_texts(goal), look)
        for position, passage in enumerate(look.hidden, 1):
            await insert(GoalBlackout, goal=goal["id"], position=position, passage=passage)
        told = blacked_goal(goal, look.hidden)
        kept = ("reference", "kind", "year", "title", "aim", "self_score", "score", "grade", "answer")
        lines = ("position", "group", "title", "weight", "target", "unit", "self_actual", "self_points", "actual",
                 "points", "words")  # fmt: skip
        parts = [{k: each[k] for k in lines} for each in told["lines"]]
        text = snapshot_text({**{k: told[k] for k in kept}, "lines": parts})
        sha256 = snapshot_hash(text)
        await execute(
            "UPDATE performance_goal SET status = $2, frozen_by = $3, frozen_at = $4, snapshot = $5,"
            " snapshot_sha256 = $6 WHERE id = $1",
            goal["id"], status, actor.person_id, now, text, sha256,
        )  # fmt: skip
        detail = {"sha256": sha256, "score": str(goal["score"]), "grade": goal["grade"]}
        if look.hidden:
            detail["passages"] = str(len(look.hidden))
        await record("goal.frozen", ("goal", reference), actor, detail, now)
    return sha256


async def _lock(reference: str, owner: Actor | None) -> Row:
    """The goal, held; for `owner` only where it is its unit's. Raises NotFound."""
    row = await fetchrow("SELECT * FROM performance_goal WHERE reference = $1 FOR UPDATE", reference)
    if row is None or (owner is not None and row["organisation"] != owner.organisation_id):
        raise NotFound()
    return dict(row)
