"""Acceptances and what they rest on."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.queries import deductions
from contracts.agreements.queries import milestones_of
from contracts.visits.queries import closes_of
from contracts.visits.rules import months_by_milestone, term_of
from marketplace.kernel.db import fetch, fetchrow, together
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def milestones_with_months(contract: Row) -> list[Row]:
    """Every milestone with the months it rests on, which of them are closed, their minutes, and its certificate."""
    milestones, closed, rows = await together(
        milestones_of(contract["id"]), closes_of(contract["id"]),
        fetch("SELECT * FROM acceptance WHERE contract = $1", contract["id"]),
    )  # fmt: skip
    closes = {close["month"]: close for close in closed}
    acceptances = {row["milestone"]: dict(row) for row in rows}
    live = [m for m in milestones if not m["is_advance"] and m["status"] != "cancelled"]
    months_of_all = _months(contract, [m["due_on"] for m in live])
    owned = {m["id"]: months for m, months in zip(live, months_of_all, strict=True)}
    for milestone in milestones:
        months = owned.get(milestone["id"], [])
        milestone["months"] = [{"month": m, "close": closes.get(m)} for m in months]
        milestone["minutes"] = sum(
            closes[m]["own_minutes"] + closes[m]["adjustment_minutes"] for m in months if m in closes
        )
        milestone["acceptance"] = acceptances.get(milestone["id"])
        milestone["deducted"] = milestone["amount"] - (milestone["acceptance"] or milestone)["amount"]
        milestone["is_ready"] = milestone["id"] in owned and all(m in closes for m in months)
    return milestones


def _months(contract: Row, due_days: list[date]) -> list[list[date]]:
    if not contract["logs_visits"]:
        return [[] for _ in due_days]
    return months_by_milestone(due_days, term_of(contract))


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
    """The closed months a certificate rests on, with the number of their lines that change earlier months."""
    rows = await fetch(
        "SELECT m.*, (SELECT count(*) FROM month_line l WHERE l.month_close = m.id AND l.kind <> 'visit')::int"
        " AS adjustments FROM acceptance_month a JOIN month_close m ON m.id = a.month_close WHERE a.acceptance = $1"
        " ORDER BY m.month",
        acceptance_id,
    )
    return [dict(r) for r in rows]


async def requests_of(milestone_id: UUID) -> list[Row]:
    """Each time the provider asked for the acceptance of a milestone, the first one first."""
    rows = await fetch(
        "SELECT r.*, p.name AS requested_by_name FROM acceptance_request r JOIN person p ON p.id = r.requested_by"
        " WHERE r.milestone = $1 ORDER BY r.round",
        milestone_id,
    )
    return [dict(r) for r in rows]


async def rejections_of(milestone_id: UUID) -> list[Row]:
    """Each time a milestone was sent back, with its `items`, the first one first."""
    rows = await fetch(
        "SELECT r.*, p.name AS rejected_by_name FROM acceptance_rejection r JOIN person p ON p.id = r.rejected_by"
        " WHERE r.milestone = $1 ORDER BY r.rejected_at",
        milestone_id,
    )
    items: dict[UUID, list[Row]] = defaultdict(list)
    for item in await fetch(
        "SELECT i.* FROM rejection_item i JOIN acceptance_rejection r ON r.id = i.rejection"
        " WHERE r.milestone = $1 ORDER BY i.position",
        milestone_id,
    ):
        items[item["rejection"]].append(dict(item))
    return [{**r, "items": items[r["id"]]} for r in rows]


async def deductions_of(acceptance_id: UUID) -> list[Row]:
    """What was deducted in a certificate."""
    rows = await fetch("SELECT * FROM acceptance_deduction WHERE acceptance = $1 ORDER BY position", acceptance_id)
    return [dict(r) for r in rows]


async def printed_deductions(listing_id: UUID) -> list[tuple[str, Decimal]]:
    """What the listing printed of deductions: the failing and its percent of the milestone, each time."""
    return [(row["condition"], row["percent"]) for row in await deductions(listing_id)]


async def accepter_emails(contract: Row) -> list[str]:
    """Mail addresses of the buyer's people who had no hand in the listing and may accept (R-ROLE-03)."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active AND p.email <> ''"
        " WHERE m.organisation = $1 AND m.role = 'buyer' AND p.id <> ALL($2::uuid[]) ORDER BY p.email",
        contract["buyer"],
        [person for person in (contract["listing_drafted_by"], contract["listing_approved_by"]) if person],
    )
    return [r["email"] for r in rows]
