"""Acceptances and what they rest on."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.agreements.queries import milestones_of
from contracts.visits.queries import closes_of
from contracts.visits.rules import ContractTime, months_of_milestone
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def milestones_with_months(contract: Row) -> list[Row]:
    """Every milestone with the months it rests on, which of them are closed, their minutes, and its certificate."""
    milestones = await milestones_of(contract["id"])
    closes = {close["month"]: close for close in await closes_of(contract["id"])}
    rows = await fetch("SELECT * FROM acceptance WHERE contract = $1", contract["id"])
    acceptances = {row["milestone"]: dict(row) for row in rows}
    due_days = [m["due_on"] for m in milestones if not m["is_advance"]]
    for milestone in milestones:
        months = _months(contract, milestone["position"], due_days)
        milestone["months"] = [{"month": m, "close": closes.get(m)} for m in months]
        milestone["minutes"] = sum(
            closes[m]["own_minutes"] + closes[m]["adjustment_minutes"] for m in months if m in closes
        )
        milestone["acceptance"] = acceptances.get(milestone["id"])
        milestone["is_ready"] = not milestone["is_advance"] and all(m in closes for m in months)
    return milestones


def _months(contract: Row, position: int, due_days: list[date]) -> list[date]:
    if not contract["logs_visits"]:
        return []
    term = ContractTime(contract["service_from"], contract["service_to"])
    return months_of_milestone(position, due_days, term)


async def acceptance_of(milestone_id: UUID) -> Row | None:
    """The certificate of a milestone with its accepter, or None."""
    row = await fetchrow(
        "SELECT a.*, p.name AS accepted_by_name FROM acceptance a JOIN person p ON p.id = a.accepted_by"
        " WHERE a.milestone = $1",
        milestone_id,
    )
    return dict(row) if row else None


async def acceptance_by_id(acceptance_id: UUID) -> Row:
    """A certificate. Raises NotFound."""
    row = await fetchrow(
        "SELECT a.*, p.name AS accepted_by_name, m.position, m.title AS milestone_title FROM acceptance a"
        " JOIN person p ON p.id = a.accepted_by JOIN contract_milestone m ON m.id = a.milestone WHERE a.id = $1",
        acceptance_id,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def items_of(acceptance_id: UUID) -> list[Row]:
    """Every requirement of a certificate with its finding."""
    rows = await fetch("SELECT * FROM acceptance_item WHERE acceptance = $1 ORDER BY position", acceptance_id)
    return [dict(r) for r in rows]


async def months_of(acceptance_id: UUID) -> list[Row]:
    """The closed months a certificate rests on."""
    rows = await fetch(
        "SELECT m.* FROM acceptance_month a JOIN month_close m ON m.id = a.month_close WHERE a.acceptance = $1"
        " ORDER BY m.month",
        acceptance_id,
    )
    return [dict(r) for r in rows]
