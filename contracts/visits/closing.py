"""Close a month of a contract for good, with an exact list of what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.visits import queries
from contracts.visits.rules import (
    RULE_HOURS,
    ClosingLine,
    closing_lines,
    last_day,
    lines_hash,
    may_close_on,
    next_to_close,
    term_of,
)
from contracts.visits.services import check_reviewer
from contracts.visits.tables import MonthClose
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day, Month


async def close_month(contract_id: UUID, month: date, actor: Actor, now: datetime) -> UUID:
    """Close a month for good with an exact list of its visits; what comes later is an adjustment of the next one.

    Raises DomainError when the month has not ended, is not the next one, or has undecided visits; closing twice does
    no harm.
    """
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        done: UUID | None = await fetchval(
            "SELECT id FROM month_close WHERE contract = $1 AND month = $2", contract_id, month
        )
        if done:
            return done
        await _check_closing(contract, month, now)
        lines = closing_lines(month, await queries.uncounted_visits(contract_id, last_day(month)))
        own = sum(line.minutes for line in lines if line.kind == "visit")
        close: UUID = await insert(
            MonthClose, contract=contract_id, month=month, visit_count=sum(line.kind == "visit" for line in lines),
            own_minutes=own, adjustment_minutes=sum(line.minutes for line in lines) - own,
            lines_sha256=lines_hash(lines), closed_by=actor.person_id, closed_at=now,
        )  # fmt: skip
        await _write_lines(close, lines)
        detail = {"contract": contract["reference"], "month": f"{month:%Y-%m}", "lines_sha256": lines_hash(lines)}
        await record("month.closed", ("contract", str(contract_id)), actor, detail, now)
    return close


async def _write_lines(close: UUID, lines: Sequence[ClosingLine]) -> None:
    # one statement however many visits a month has
    await execute(
        "INSERT INTO month_line (id, month_close, visit, person, kind, minutes)"
        " SELECT gen_random_uuid(), $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[])",
        close, [line.visit for line in lines], [line.person for line in lines], [line.kind for line in lines],
        [line.minutes for line in lines],
    )  # fmt: skip


async def _check_closing(contract: dict[str, Any], month: date, now: datetime) -> None:
    if contract["status"] not in ("in_force", "terminated"):
        raise DomainError(N_("合同还没有生效，不能关闭月份。"))
    term = term_of(contract)
    expected = next_to_close(term, [c["month"] for c in await queries.closes_of(contract["id"])])
    if expected is None:
        raise DomainError(N_("合同的月份都已经关闭。"))
    if month != expected:
        raise DomainError(N_("月份要按顺序关闭，现在应先关闭 {month}。"), clause=RULE_HOURS, month=Month(expected))
    if county_day(now) < may_close_on(month, term):
        raise DomainError(
            N_("{month}还没有过完，不能关闭。{day}起可以关闭。"),
            clause=RULE_HOURS,
            month=Month(month),
            day=Day(may_close_on(month, term)),
        )
    if waiting := await queries.waiting_visits(contract["id"], last_day(month)):
        raise DomainError(
            N_("还有 {count} 条服务记录没有审核。请先全部通过或退回，再关闭月份。"),
            clause=RULE_HOURS,
            count=len(waiting),
        )
