"""Close a month of a contract for good, with an exact list of what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

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
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import audit_entry
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import Statement, execute_together, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day, Month

_CLOSE = """
INSERT INTO month_close (id, contract, month, visit_count, own_minutes, adjustment_minutes, lines_sha256, closed_by,
  closed_at, residents)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
  (SELECT count(DISTINCT recipient_code) FROM visit WHERE id = ANY($10::uuid[])))
"""
_LINES = """
INSERT INTO month_line (id, month_close, visit, person, kind, minutes)
SELECT gen_random_uuid(), $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[])
"""


async def close_month(contract_id: UUID, month: date, actor: Actor, now: datetime) -> UUID:
    """Close a month for good with an exact list of its visits; what comes later is an adjustment of the next one.

    Raises DomainError when the month has not ended, is not the next one, or has undecided visits; closing twice does
    no harm.
    """
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        closes = await queries.closed_months(contract_id)
        if month in closes:
            return closes[month]
        await _check_closing(contract, month, list(closes), now)
        lines = closing_lines(month, await queries.uncounted_visits(contract_id, last_day(month)))
        return await _write(contract, month, lines, actor, now)


async def _write(
    contract: dict[str, Any], month: date, lines: Sequence[ClosingLine], actor: Actor, now: datetime
) -> UUID:
    """The close, its lines and the audit entry in one journey to the database, however many visits a month has."""
    close, sha256 = uuid4(), lines_hash(lines)
    visits = [line for line in lines if line.kind == "visit"]
    own = sum(line.minutes for line in visits)
    detail = {"contract": contract["reference"], "month": f"{month:%Y-%m}", "lines_sha256": sha256}
    await execute_together(
        Statement(_CLOSE, (
            close, contract["id"], month, len(visits), own, sum(line.minutes for line in lines) - own, sha256,
            actor.person_id, now, [line.visit for line in lines],
        )),
        Statement(_LINES, (
            close, [line.visit for line in lines], [line.person for line in lines], [line.kind for line in lines],
            [line.minutes for line in lines],
        )),
        audit_entry("month.closed", ("contract", str(contract["id"])), actor, detail, now),
    )  # fmt: skip
    return close


async def _check_closing(contract: dict[str, Any], month: date, closed: list[date], now: datetime) -> None:
    if contract["status"] not in ("in_force", "terminated"):
        raise DomainError(N_("合同还没有生效，不能关闭月份。"))
    term = term_of(contract)
    expected = next_to_close(term, closed)
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
