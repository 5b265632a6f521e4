"""Improvement after an evaluation: the provider's plan, the bureau's decision, steps reported and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from evaluations.performance.improvement_rules import (
    CLAUSE,
    TRANSITIONS,
    ImprovementStatus,
    check_may_find,
    check_may_return,
    check_steps,
    outcome_of,
    plan_texts,
    report_of,
)
from evaluations.performance.improvement_tables import ImprovementStep
from evaluations.performance.rules import check_was_read
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class NewStep:
    """What the provider will do by when."""

    what: str
    due_on: date


@dataclass(frozen=True)
class PlanDecision:
    """What civil affairs says of a plan; `seen` is the mark of what it read. With a reason the plan goes back."""

    seen: str
    return_reason: str = ""


@dataclass(frozen=True)
class Finding:
    """What civil affairs found of a step; `seen` is the mark of the report it read."""

    finding: str
    words: str
    seen: str


async def improvement_of(evaluation: UUID) -> Row | None:
    """The plan that follows an evaluation, with its steps; None where none follows."""
    row = await fetchrow("SELECT * FROM improvement_plan WHERE evaluation = $1", evaluation)
    if row is None:
        return None
    return {**dict(row), "steps": await _steps(row["id"])}


async def _steps(plan: UUID) -> list[Row]:
    rows = await fetch("SELECT * FROM improvement_step WHERE plan = $1 ORDER BY position", plan)
    return [dict(row) for row in rows]


async def submit_improvement(
    reference: str, causes: str, steps: Sequence[NewStep], actor: Actor, now: datetime
) -> None:
    """The provider says why it came to the grade and what it mends by when; again after it was sent back."""
    actor.check_may(Permission.REPLY_TO_EVALUATION)
    async with transaction():
        plan = await _lock(reference)
        if plan["provider_organisation"] != actor.organisation_id:
            raise NotFound()
        status = move(TRANSITIONS, plan["status"], ImprovementStatus.SUBMITTED)
        check_steps([step.due_on for step in steps], county_day(now), plan["service_to"])
        await execute("DELETE FROM improvement_step WHERE plan = $1", plan["id"])
        for position, step in enumerate(steps, 1):
            await insert(ImprovementStep, plan=plan["id"], position=position, what=step.what, due_on=step.due_on)
        await execute(
            "UPDATE improvement_plan SET status = $2, causes = $3, submitted_by = $4, submitted_at = $5,"
            " return_reason = '' WHERE id = $1",
            plan["id"], status, causes, actor.person_id, now,
        )  # fmt: skip
        detail = {"count": str(len(steps))}
        await record("improvement.submitted", ("evaluation", reference), actor, detail, now)


async def decide_improvement(reference: str, decision: PlanDecision, actor: Actor, now: datetime) -> None:
    """Civil affairs agrees to the plan it read, or sends it back with the reason and new days to hand it in."""
    actor.check_may(Permission.PLAN_EVALUATION)
    return_reason = decision.return_reason
    async with transaction():
        plan = await _lock(reference)
        to = ImprovementStatus.DUE if return_reason else ImprovementStatus.AGREED
        status = move(TRANSITIONS, plan["status"], to)
        check_was_read(plan_texts({**plan, "steps": await _steps(plan["id"])}), decision.seen)
        today = county_day(now)
        again = today + timedelta(days=int(number("R-PERF-11/improve", today)))
        await execute(
            "UPDATE improvement_plan SET status = $2, return_reason = $3, decided_by = $4, decided_at = $5,"
            " submit_by = $6 WHERE id = $1",
            plan["id"], status, return_reason, actor.person_id, now, again if return_reason else plan["submit_by"],
        )  # fmt: skip
        act = "improvement.returned" if return_reason else "improvement.agreed"
        await record(act, ("evaluation", reference), actor, {}, now)


async def report_step(reference: str, position: int, report: str, actor: Actor, now: datetime) -> None:
    """The provider says that a step is done, and what shows it."""
    actor.check_may(Permission.REPLY_TO_EVALUATION)
    async with transaction():
        plan = await _lock(reference)
        if plan["provider_organisation"] != actor.organisation_id:
            raise NotFound()
        step = await _step(plan, position)
        if step["finding"]:
            raise Conflict(N_("这一步已经核实过。"), clause=CLAUSE)
        await execute(
            "UPDATE improvement_step SET report = $2, reported_at = $3, return_reason = '' WHERE id = $1",
            step["id"], report, now,
        )  # fmt: skip
        await record("improvement.step_reported", ("evaluation", reference), actor, {"number": str(position)}, now)


async def return_step(reference: str, position: int, reason: str, actor: Actor, now: datetime) -> None:
    """Civil affairs sends a report back before anybody else reads it, to be written anew (R-CIV-06)."""
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        plan = await _lock(reference)
        step = await _step(plan, position)
        check_may_return(step["finding"], step["reported_at"] is not None)
        await execute(
            "UPDATE improvement_step SET reported_at = NULL, return_reason = $2 WHERE id = $1", step["id"], reason
        )
        await record("improvement.step_returned", ("evaluation", reference), actor, {"number": str(position)}, now)


async def find_step(reference: str, position: int, found: Finding, actor: Actor, now: datetime) -> None:
    """Civil affairs finds whether a step was kept, which publishes its report; with the last one the plan ends."""
    actor.check_may(Permission.PLAN_EVALUATION)
    async with transaction():
        plan = await _lock(reference)
        step = await _step(plan, position)
        check_may_find(step["finding"], step["reported_at"] is not None, step["due_on"], county_day(now))
        report = report_of(step)
        check_was_read([report], found.seen)
        await execute(
            "UPDATE improvement_step SET finding = $2, finding_words = $3, found_by = $4, found_at = $5, report = $6"
            " WHERE id = $1",
            step["id"], found.finding, found.words, actor.person_id, now, report,
        )  # fmt: skip
        detail = {"number": str(position), "finding": found.finding}
        await record("improvement.step_found", ("evaluation", reference), actor, detail, now)
        findings = await fetch("SELECT finding FROM improvement_step WHERE plan = $1", plan["id"])
        if end := outcome_of([row["finding"] for row in findings]):
            status = move(TRANSITIONS, plan["status"], end)
            await execute(
                "UPDATE improvement_plan SET status = $2, ended_at = $3 WHERE id = $1", plan["id"], status, now
            )
            await record("improvement.ended", ("evaluation", reference), actor, {"outcome": status.value}, now)


async def _step(plan: Row, position: int) -> Row:
    if plan["status"] != ImprovementStatus.AGREED:
        raise Conflict(N_("整改计划还没有审核同意，或者已经结束。"), clause=CLAUSE)
    row = await fetchrow("SELECT * FROM improvement_step WHERE plan = $1 AND position = $2", plan["id"], position)
    if row is None:
        raise NotFound()
    return dict(row)


async def _lock(reference: str) -> Row:
    row = await fetchrow(
        "SELECT i.*, c.service_to, p.organisation AS provider_organisation FROM improvement_plan i"
        " JOIN evaluation e ON e.id = i.evaluation JOIN contract c ON c.id = e.contract"
        " JOIN provider p ON p.id = c.provider WHERE e.reference = $1 FOR UPDATE OF i",
        reference,
    )
    if row is None:
        raise NotFound()
    return dict(row)
