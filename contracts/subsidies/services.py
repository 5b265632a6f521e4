"""Compute a month or a quarter by a scheme, publish the list, approve it: from then on it stays as it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.subsidies import queries
from contracts.subsidies.computing import overtaken, write_lines
from contracts.subsidies.doubles import find_doubles
from contracts.subsidies.line_queries import open_objections
from contracts.subsidies.line_rules import check_no_open_objection, check_not_overtaken
from contracts.subsidies.rules import (
    FROZEN,
    RULE_CONDITIONS,
    RULE_DOCUMENT,
    TRANSITIONS,
    RunStatus,
    check_approver,
    check_computed_alike,
    check_document,
    check_period,
    check_publicity_over,
    period_end,
)
from contracts.subsidies.scheme_rules import check_scheme_in_force
from contracts.subsidies.tables import SubsidyRun
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Month
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


class _TheSame(Exception):
    """What was computed is what stands already."""


async def compute_run(scheme_id: UUID, first: date, months: int, actor: Actor, now: datetime) -> str:
    """Compute a month or a quarter and return the run's reference. The same facts give the same run.

    What is frozen stays as it is. Raises DomainError while the time has not ended, a contract has a month open, the
    scheme is not in force then, or another run of the scheme has one of the months; Forbidden, NotFound.
    """
    actor.check_may(Permission.RUN_SUBSIDIES)
    check_period(months, first)
    async with transaction():
        await one_at_a_time(scheme_id)
        scheme = await queries.scheme_page(scheme_id)
        last = period_end(first, months)
        standing = await queries.run_over(scheme_id, first, last)
        if standing and (standing["month"], standing["months"]) != (first, months):
            raise DomainError(
                N_("这段时间已经在 {reference} 里计算。同一个月只算一次，请打开那一次。"),
                reference=standing["reference"],
            )
        if standing and standing["status"] in FROZEN:
            return str(standing["reference"])
        await _check_period(scheme, first, last, now)
        try:
            async with transaction():
                return await _compute(scheme, (first, months), standing, actor, now)
        except _TheSame:
            assert standing is not None
            return str(standing["reference"])


async def one_at_a_time(scheme_id: UUID) -> None:
    """Two who press at once for a scheme: the second waits here and then finds what the first one did."""
    await execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"subsidy {scheme_id}")


async def _one_at_a_time_of(run_id: UUID) -> None:
    """Before the run itself, as computing takes them: neither waits for the other, nor is refused for it."""
    await one_at_a_time(await fetchval("SELECT scheme FROM subsidy_run WHERE id = $1", run_id))


async def _compute(
    scheme: dict[str, Any], period: tuple[date, int], standing: dict[str, Any] | None, actor: Actor, now: datetime
) -> str:
    first, months = period
    last = period_end(first, months)
    if standing:
        await move_run(standing["id"], RunStatus(standing["status"]), RunStatus.SUPERSEDED)
    reference = await next_reference("BT", county_day(now).year)
    run = await insert(
        SubsidyRun, reference=reference, month=first, months=months, scheme=scheme["id"], total=0, lines_sha256="",
        run_by=actor.person_id, run_at=now,
    )  # fmt: skip
    total, sha256 = await write_lines(run, scheme, first, last)
    if standing and standing["lines_sha256"] == sha256:
        raise _TheSame
    if standing:
        await _carry_objections(standing["id"], run)
    detail = {"month": f"{first:%Y-%m}", "total": str(total), "lines_sha256": sha256}
    await record("subsidy.computed", ("subsidy_run", str(run)), actor, detail, now)
    return reference


async def _check_period(scheme: dict[str, Any], first: date, last: date, now: datetime) -> None:
    check_scheme_in_force(scheme["status"])
    if county_day(now) <= last:
        words = N_("{month}还没有过完，不能计算补贴。")
        raise DomainError(words, clause=RULE_DOCUMENT, month=Month(last.replace(day=1)))
    if scheme["effective_from"] > first or (scheme["effective_to"] and scheme["effective_to"] < last):
        raise DomainError(
            N_("这个办法在{month}没有整月生效。请换一个办法，或者检查月份。"), clause=RULE_DOCUMENT, month=Month(first)
        )
    asks_hours = scheme["min_minutes"] > 0 and scheme["proof"] != "duty"
    if asks_hours and (waiting := await queries.open_contracts(first, last)):
        raise DomainError(
            N_("{month}的时数还没有全部关闭：{contracts}。请采购人先关闭月份，再计算补贴。"),
            clause="R-HOUR-05",
            month=Month(first),
            contracts="、".join(waiting),
        )


async def _carry_objections(superseded: UUID, run: UUID) -> None:
    """What was said about a worker's line is said about the line that takes its place."""
    await execute(
        "UPDATE subsidy_objection b SET line = n.id FROM subsidy_line o JOIN subsidy_line n ON"
        " (n.worker_key, n.month, n.kind) IS NOT DISTINCT FROM (o.worker_key, o.month, o.kind)"
        " WHERE b.line = o.id AND o.run = $1 AND n.run = $2",
        superseded, run,
    )  # fmt: skip


async def publish_run(run_id: UUID, actor: Actor, now: datetime) -> None:
    """Show the list in public, names masked as the county sets, for the days of R-SOCW-05; done again it stays."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        await _one_at_a_time_of(run_id)
        run = await lock_run(run_id)
        if run["status"] == RunStatus.PUBLIC:
            return
        await move_run(run_id, RunStatus(run["status"]), RunStatus.PUBLIC)
        await execute(
            "UPDATE subsidy_run SET published_by = $2, published_at = $3 WHERE id = $1", run_id, actor.person_id, now
        )
        # what seems to be paid twice is on the table before anybody approves
        await find_doubles(run_id, run["month"], period_end(run["month"], run["months"]), now)
        detail = {"month": f"{run['month']:%Y-%m}", "total": str(run["total"])}
        await record("subsidy.published", ("subsidy_run", str(run_id)), actor, detail, now)


async def approve_run(run_id: UUID, actor: Actor, now: datetime) -> None:
    """Finance freezes the lines, each computed once more. Raises Forbidden without a document number (R-SOCW-06) or
    on an own run, Conflict before publicity ended, over an open objection, or when the same is paid elsewhere."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        await _one_at_a_time_of(run_id)
        run = await lock_run(run_id)
        check_approver(actor.person_id, run["run_by"])
        check_document(run["document_number"])
        if run["status"] in FROZEN:
            return
        check_scheme_in_force(run["scheme_status"])
        check_no_open_objection(await open_objections(run_id))
        check_publicity_over(run["published_at"] and county_day(run["published_at"]), county_day(now))
        await _check_lines(run)
        await move_run(run_id, RunStatus(run["status"]), RunStatus.APPROVED)
        await execute(
            "UPDATE subsidy_run SET approved_by = $2, approved_at = $3 WHERE id = $1", run_id, actor.person_id, now
        )
        detail = {"month": f"{run['month']:%Y-%m}", "total": str(run["total"]), "document": run["document_number"]}
        await record("subsidy.approved", ("subsidy_run", str(run_id)), actor, detail, now)


async def _check_lines(run: dict[str, Any]) -> None:
    scheme = queries.facts_of(await queries.scheme_page(run["scheme"]))
    for line in await queries.bare_lines(run["id"]):
        if line["month"]:
            check_computed_alike(line, scheme)
    check_not_overtaken(await overtaken(run["id"], run["scheme"]))
    if twice := await queries.paid_since(run["id"]):
        raise Conflict(
            N_("计算以后又按别的名单给这些人发过同一件事：{names}。请重新计算。"),
            clause=RULE_CONDITIONS, names="、".join(twice),
        )  # fmt: skip


async def lock_run(run_id: UUID) -> dict[str, Any]:
    """A run held until the transaction ends. Raises NotFound."""
    reference = await fetchval("SELECT reference FROM subsidy_run WHERE id = $1 FOR UPDATE", run_id)
    if reference is None:
        raise NotFound()
    return await queries.run_page(reference)


async def move_run(run_id: UUID, seen: RunStatus, to: RunStatus) -> None:
    """Move a run on from the state that was seen. Raises IllegalMove, Conflict."""
    status = move(TRANSITIONS, seen, to=to)
    if await fetchval(
        "UPDATE subsidy_run SET status = $2 WHERE id = $1 AND status = $3 RETURNING"
        " id", run_id, status.value, seen.value
    ) is None:  # fmt: skip
        raise Conflict(N_("这个月的补贴刚刚被处理过。请刷新页面，再看下一步。"))
