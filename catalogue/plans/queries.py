"""Budget lines with their money: whose rows a reader may see is said in the query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.plans.filters import EVERY_LINE, PAGE_SIZE, ChosenLines
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

_LINES = """
SELECT b.id, b.reference, b.year, b.item_code, b.title, b.buyer, b.source_document, b.allotted_at, b.ledger_line,
       b.project_code, b.function_code, b.economic_code, b.fund_source, b.procurement_category,
       b.service_directory_code, b.procurement_plan_number, b.approval_number, b.industry, b.imported_from,
       source.reference AS carried_from_reference,
       o.name AS buyer_name, o.name_en AS buyer_name_en, p.name AS allotted_by_name,
       l.appropriated, l.free, l.reserved, l.committed, l.paid
FROM budget_line b JOIN organisation o ON o.id = b.buyer JOIN ledger_line l ON l.id = b.ledger_line
JOIN person p ON p.id = b.allotted_by LEFT JOIN budget_line source ON source.id = b.carried_from
"""

_CHOSEN = """
 WHERE ($1::uuid IS NULL OR b.buyer = $1) AND ($2::int IS NULL OR b.year = $2)
   AND ($3::text IS NULL OR b.item_code = $3) AND ($4::uuid IS NULL OR b.buyer = $4)
   AND ($5::text IS NULL OR b.title ILIKE $5 OR b.reference ILIKE $5 OR b.source_document ILIKE $5
        OR b.project_code ILIKE $5)
   AND ($6::uuid IS NULL OR b.imported_from = $6)
"""
CODES = (
    "project_code", "function_code", "economic_code", "fund_source", "procurement_category",
    "service_directory_code", "procurement_plan_number", "approval_number", "industry",
)  # fmt: skip
PARTS = ("appropriated", "free", "reserved", "committed", "paid")


def sees_all_lines(actor: Actor) -> bool:
    """Finance, auditors and civil affairs read every line; a buyer its own."""
    return actor.may(Permission.READ_EVERYTHING) or Role.CIVIL_AFFAIRS in actor.roles


def _whose(actor: Actor) -> UUID | None:
    return None if sees_all_lines(actor) else actor.organisation_id


def _asked(actor: Actor, chosen: ChosenLines) -> tuple[Any, ...]:
    words = chosen.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"%{words}%" if words else None
    return _whose(actor), chosen.year, chosen.item, chosen.buyer, like, chosen.imported_from


async def list_lines(actor: Actor, chosen: ChosenLines = EVERY_LINE, number: int | None = None) -> list[Row]:
    """The budget lines this reader may see, newest year first; one page of them when a number is said."""
    some = f" LIMIT {PAGE_SIZE} OFFSET {(number - 1) * PAGE_SIZE}" if number else ""
    ordered = " ORDER BY b.year DESC, b.reference DESC"
    rows = await fetch(_LINES + _CHOSEN + ordered + some, *_asked(actor, chosen))
    return [dict(r) for r in rows]


async def sum_lines(actor: Actor, chosen: ChosenLines) -> Row:
    """How many lines were chosen and where their money stands together."""
    sums = ", ".join(f"coalesce(sum(l.{part}), 0) AS {part}" for part in PARTS)
    row = await fetchrow(
        f"SELECT count(*) AS count, {sums} FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line" + _CHOSEN,
        *_asked(actor, chosen),
    )
    return dict(row or {})


async def sums_by_buyer(actor: Actor, year: int | None) -> list[Row]:
    """Where the money of each buyer stands, the largest first."""
    sums = ", ".join(f"sum(l.{part}) AS {part}" for part in PARTS)
    rows = await fetch(
        f"SELECT o.id, o.name, o.name_en, count(*) AS count, {sums} FROM budget_line b"
        " JOIN ledger_line l ON l.id = b.ledger_line JOIN organisation o ON o.id = b.buyer"
        " WHERE ($1::uuid IS NULL OR b.buyer = $1) AND ($2::int IS NULL OR b.year = $2)"
        " GROUP BY o.id ORDER BY sum(l.appropriated) DESC, o.name",
        _whose(actor),
        year,
    )
    return [dict(r) for r in rows]


async def filter_choices(actor: Actor) -> tuple[list[int], list[tuple[UUID, str, str]]]:
    """The years and buyers this reader can choose among."""
    rows = await fetch(
        "SELECT DISTINCT b.year, b.buyer, o.name, o.name_en FROM budget_line b JOIN organisation o ON o.id = b.buyer"
        " WHERE ($1::uuid IS NULL OR b.buyer = $1)",
        _whose(actor),
    )
    years = sorted({row["year"] for row in rows}, reverse=True)
    return years, sorted({(row["buyer"], row["name"], row["name_en"]) for row in rows}, key=lambda b: b[1])


async def line_page(reference: str, actor: Actor) -> Row:
    """One line by its reference. Raises NotFound for strangers."""
    row = await fetchrow(
        _LINES + " WHERE b.reference = $1 AND ($2::uuid IS NULL OR b.buyer = $2)", reference, _whose(actor)
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def line_money(line: UUID) -> Row:
    """Free money and owner of a line, for the rules of a listing. Raises NotFound."""
    row = await fetchrow(_LINES + " WHERE b.id = $1", line)
    if row is None:
        raise NotFound()
    return dict(row)


async def lines_of_buyer(buyer: UUID) -> list[Row]:
    """The lines from which a buyer may draft."""
    rows = await fetch(_LINES + " WHERE b.buyer = $1 ORDER BY b.year DESC, b.reference", buyer)
    return [dict(r) for r in rows]


async def postings_of(ledger_line: UUID) -> list[Row]:
    """Every movement of a line with what caused it, oldest first."""
    rows = await fetch(
        "SELECT g.kind, g.amount, g.source_kind, g.source_id, g.posted_at, l.reference AS listing_reference,"
        " l.title AS listing_title, c.document, c.reason"
        " FROM ledger_posting g"
        " LEFT JOIN listing l ON g.source_kind = 'listing' AND l.id::text = g.source_id"
        " LEFT JOIN budget_change c ON g.source_kind = 'budget_change' AND c.id::text = g.source_id"
        " WHERE g.line = $1 ORDER BY g.id",
        ledger_line,
    )
    return [dict(r) for r in rows]


async def list_buyers() -> list[Row]:
    """Offices that may buy: the county, its departments and civil affairs, and the towns."""
    rows = await fetch(
        "SELECT id, name, name_en FROM organisation WHERE kind IN ('county', 'department', 'civil_affairs', 'town')"
        " ORDER BY sort_key"
    )
    return [dict(r) for r in rows]
