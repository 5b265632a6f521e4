"""Budget lines with their money: whose rows a reader may see is said in the query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

_LINES = """
SELECT b.id, b.reference, b.year, b.item_code, b.title, b.buyer, b.source_document, b.allotted_at, b.ledger_line,
       o.name AS buyer_name, o.name_en AS buyer_name_en, p.name AS allotted_by_name,
       l.appropriated, l.free, l.reserved, l.committed, l.paid
FROM budget_line b JOIN organisation o ON o.id = b.buyer JOIN ledger_line l ON l.id = b.ledger_line
JOIN person p ON p.id = b.allotted_by
"""


def sees_all_lines(actor: Actor) -> bool:
    """Finance, auditors and civil affairs read every line; a buyer its own."""
    return actor.may(Permission.READ_EVERYTHING) or Role.CIVIL_AFFAIRS in actor.roles


def _whose(actor: Actor) -> UUID | None:
    return None if sees_all_lines(actor) else actor.organisation_id


async def list_lines(
    actor: Actor, year: int | None = None, item_code: str | None = None, buyer: UUID | None = None
) -> list[Row]:
    """The budget lines this reader may see, newest year first."""
    rows = await fetch(
        _LINES + " WHERE ($1::uuid IS NULL OR b.buyer = $1) AND ($2::int IS NULL OR b.year = $2)"
        " AND ($3::text IS NULL OR b.item_code = $3) AND ($4::uuid IS NULL OR b.buyer = $4)"
        " ORDER BY b.year DESC, b.reference DESC",
        _whose(actor), year, item_code, buyer,
    )  # fmt: skip
    return [dict(r) for r in rows]


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
        " l.title AS listing_title"
        " FROM ledger_posting g"
        " LEFT JOIN listing l ON g.source_kind = 'listing' AND l.id::text = g.source_id"
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
