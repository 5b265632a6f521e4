"""Planned purchases for the offices, intentions for everybody, and the intention behind a budget line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.plans.filters import PAGE_SIZE, ChosenLines
from catalogue.plans.queries import sees_all_lines
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

_PLANNED = """
SELECT p.*, o.name AS buyer_name, o.name_en AS buyer_name_en, b.reference AS budget_reference,
       planner.name AS planned_by_name, i.id AS intention_id, i.reference AS intention_reference,
       i.published_at,
       publisher.name AS published_by_name, count(*) OVER () AS total
FROM planned_purchase p JOIN organisation o ON o.id = p.buyer JOIN person planner ON planner.id = p.planned_by
LEFT JOIN budget_line b ON b.id = p.budget_line LEFT JOIN intention i ON i.planned_purchase = p.id
LEFT JOIN person publisher ON publisher.id = i.published_by
"""
_CHOSEN = """
 WHERE ($1::uuid IS NULL OR p.buyer = $1) AND ($2::int IS NULL OR p.year = $2)
   AND ($3::text IS NULL OR p.item_code = $3) AND ($4::uuid IS NULL OR p.buyer = $4)
   AND ($5::text IS NULL OR p.title ILIKE $5 OR p.reference ILIKE $5 OR i.reference ILIKE $5 OR p.need ILIKE $5)
"""


def _asked(whose: UUID | None, chosen: ChosenLines) -> tuple[Any, ...]:
    words = chosen.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return whose, chosen.year, chosen.item, chosen.buyer, f"%{words}%" if words else None


async def list_planned(actor: Actor, chosen: ChosenLines, number: int | None = None) -> tuple[list[Row], int]:
    """The procurement plan this reader may see, by its planned start; one page when a number is said."""
    whose = None if sees_all_lines(actor) else actor.organisation_id
    sql = _PLANNED + _CHOSEN + " ORDER BY p.year DESC, p.starts_on, p.reference" + _page(number)
    rows = [dict(r) for r in await fetch(sql, *_asked(whose, chosen))]
    return rows, rows[0]["total"] if rows else 0


async def list_intentions(chosen: ChosenLines, number: int) -> tuple[list[Row], int]:
    """Published intentions, the newest first."""
    sql = _PLANNED + _CHOSEN + " AND i.id IS NOT NULL ORDER BY i.published_at DESC, i.reference" + _page(number)
    rows = [dict(r) for r in await fetch(sql, *_asked(None, chosen))]
    return rows, rows[0]["total"] if rows else 0


def _page(number: int | None) -> str:
    return f" LIMIT {PAGE_SIZE} OFFSET {(number - 1) * PAGE_SIZE}" if number else ""


async def intention_page(reference: str) -> Row:
    """One published intention. Raises NotFound."""
    row = await fetchrow(_PLANNED + " WHERE i.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def planned_page(reference: str, actor: Actor) -> Row:
    """One planned purchase, for the buyer and who sees every budget. Raises NotFound."""
    row = await fetchrow(_PLANNED + " WHERE p.reference = $1", reference)
    if row is None or not (sees_all_lines(actor) or row["buyer"] == actor.organisation_id):
        raise NotFound()
    return dict(row)


async def planned_alike(buyer: UUID, values: Row) -> str | None:
    """The reference of a line of the buyer's plan that says exactly this and was not told to the public yet."""
    row = await fetchrow(
        "SELECT p.reference FROM planned_purchase p WHERE p.buyer = $1 AND p.year = $2 AND p.item_code = $3"
        " AND p.title = $4 AND p.amount = $5 AND p.method = $6 AND p.starts_on = $7 AND p.need = $8"
        " AND p.budget_line IS NOT DISTINCT FROM $9"
        " AND NOT EXISTS (SELECT 1 FROM intention i WHERE i.planned_purchase = p.id)",
        buyer, values["year"], values["item_code"], values["title"], values["amount"], values["method"],
        values["starts_on"], values["need"], values["budget_line"],
    )  # fmt: skip
    return row["reference"] if row else None


async def planned_choices() -> tuple[list[int], list[tuple[UUID, str, str]]]:
    """Years and buyers of published intentions."""
    rows = await fetch(
        "SELECT DISTINCT p.year, p.buyer, o.name, o.name_en FROM planned_purchase p JOIN organisation o"
        " ON o.id = p.buyer JOIN intention i ON i.planned_purchase = p.id"
    )
    years = sorted({row["year"] for row in rows}, reverse=True)
    return years, sorted({(row["buyer"], row["name"], row["name_en"]) for row in rows}, key=lambda b: b[1])


async def intention_for(budget_line: UUID) -> Row | None:
    """The first intention told for a line, or else for its buyer, item and year (R-TIME-01)."""
    row = await fetchrow(
        "SELECT i.reference, i.published_at FROM budget_line b JOIN planned_purchase p ON p.buyer = b.buyer"
        " AND p.item_code = b.item_code AND p.year = b.year AND (p.budget_line IS NULL OR p.budget_line = b.id)"
        " JOIN intention i ON i.planned_purchase = p.id WHERE b.id = $1"
        " ORDER BY p.budget_line IS NULL, i.published_at LIMIT 1",
        budget_line,
    )
    return dict(row) if row else None


async def waiting_to_be_published(buyer: UUID, person: UUID) -> list[Row]:
    """Planned purchases of an office whose intention somebody other than their planner has to publish."""
    rows = await fetch(
        _PLANNED + " WHERE p.buyer = $1 AND p.planned_by <> $2 AND i.id IS NULL ORDER BY p.starts_on", buyer, person
    )
    return [dict(r) for r in rows]


async def line_of_buyer(line: UUID, buyer: UUID) -> bool:
    """Whether a budget line is this buyer's."""
    return bool(await fetchval("SELECT 1 FROM budget_line WHERE id = $1 AND buyer = $2", line, buyer))
