"""From the budget of a year down: items, lines, published contracts, and the months behind a contract. All public."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.agreements.queries import PAID
from contracts.promises.sql import day_of
from contracts.visits.line_queries import RESIDENTS
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
# of a payment `y`: the treasury's own day, else the day on which finance entered it
PAID_DAY = f"coalesce(y.paid_on, {day_of('y.paid_at')})"
PARTS = ("appropriated", "free", "reserved", "committed", "paid")
_SUMS = ", ".join(f"coalesce(sum(l.{part}), 0) AS {part}" for part in PARTS)
_LINE = (
    "SELECT b.id, b.reference, b.year, b.item_code, b.title, b.source_document, b.allotted_at, b.ledger_line,"
    " o.name AS buyer_name, o.name_en AS buyer_name_en, i.name AS item_name, i.name_en AS item_name_en,"
    " l.appropriated, l.free, l.reserved, l.committed, l.paid"
    " FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line JOIN organisation o ON o.id = b.buyer"
    " LEFT JOIN LATERAL (SELECT i.name, i.name_en FROM item i JOIN edition e ON e.id = i.edition"
    " WHERE i.code = b.item_code ORDER BY e.effective_on DESC LIMIT 1) i ON true"
)


async def budget_years() -> list[int]:
    """The years with a budget, the newest first."""
    return [row["year"] for row in await fetch("SELECT DISTINCT year FROM budget_line ORDER BY year DESC")]


async def sums_by_item(year: int) -> list[Row]:
    """Where the money of each service stands in a year, in yuan: the parts always add up to what was appropriated."""
    rows = await fetch(
        f"SELECT b.item_code AS code, max(i.name) AS name, max(i.name_en) AS name_en, count(*) AS lines, {_SUMS}"
        " FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line"
        " LEFT JOIN LATERAL (SELECT i.name, i.name_en FROM item i JOIN edition e ON e.id = i.edition"
        " WHERE i.code = b.item_code ORDER BY e.effective_on DESC LIMIT 1) i ON true"
        " WHERE b.year = $1 GROUP BY b.item_code ORDER BY b.item_code",
        year,
    )
    return [dict(row) for row in rows]


async def lines_of(year: int, item: str = "") -> list[Row]:
    """The lines of a year, of one service or of all."""
    rows = await fetch(
        _LINE + " WHERE b.year = $1 AND ($2 = '' OR b.item_code = $2) ORDER BY b.item_code, b.reference", year, item
    )
    return [dict(row) for row in rows]


async def line_of(reference: str) -> Row:
    """One line. Raises NotFound."""
    row = await fetchrow(_LINE + " WHERE b.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


LINE_ROWS_SHOWN = 50
# the contracts paid from a line: those that name it, and those of its listings that name none
_PAID_FROM = f"""
WITH theirs AS (SELECT c.id FROM contract c WHERE c.budget_line = $1 AND c.published_at IS NOT NULL
  UNION ALL SELECT c.id FROM listing l JOIN contract c ON c.listing = l.id
  WHERE l.budget_line = $1 AND c.budget_line IS NULL AND c.published_at IS NOT NULL),
sums AS (SELECT c.id, c.amount, {PAID} AS paid, count(*) OVER () AS all_count, c.signed_at, c.reference
  FROM theirs JOIN contract c USING (id)),
shown AS (SELECT id, paid, all_count, sum(amount) OVER () AS all_amount, sum(paid) OVER () AS all_paid FROM sums
  ORDER BY signed_at, reference LIMIT {LINE_ROWS_SHOWN} OFFSET $2)
SELECT c.reference, c.title, {TITLE_EN} AS title_en, c.amount, c.status, c.signed_at, s.paid, s.all_count,
  s.all_amount, s.all_paid, o.name AS provider_name, o.name_en AS provider_name_en,
  p.reference AS provider_reference
FROM shown s JOIN contract c USING (id) JOIN listing l ON l.id = c.listing JOIN provider p ON p.id = c.provider
JOIN organisation o ON o.id = p.organisation ORDER BY c.signed_at, c.reference
"""


async def contracts_of_line(line: UUID, number: int = 1) -> list[Row]:
    """A page of the published contracts paid from a line with what was paid of each, in yuan; `all_` is of all."""
    return [dict(row) for row in await fetch(_PAID_FROM, line, (number - 1) * LINE_ROWS_SHOWN)]


# in the order of an index of the line's own: by another all listings would be read for a line with few
_GOING_ON = f"""
SELECT l.reference, l.title, l.title_en, l.budget, l.published_at FROM listing l
WHERE l.budget_line = $1 AND l.published_at IS NOT NULL AND l.status NOT IN ('failed', 'cancelled')
AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.listing = l.id AND c.published_at IS NOT NULL) {{more}}
ORDER BY l.published_at DESC NULLS LAST, l.reference DESC LIMIT {LINE_ROWS_SHOWN} + 1
"""
_AFTER = """
AND (l.published_at, l.reference) < (SELECT a.published_at, a.reference FROM listing a WHERE a.reference = $2)
"""


async def open_listings_of_line(line: UUID, after: str = "") -> list[Row]:
    """Published purchases that hold money of a line without a contract yet, the newest first, or those after one.

    One more than a page shows where there are more: a page is found from the last one, however many there are.
    """
    rows = await fetch(_GOING_ON.format(more=_AFTER if after else ""), line, *([after] if after else []))
    return [dict(row) for row in rows]


async def months_of_contract(contract: UUID) -> list[Row]:
    """Each closed month with its minutes, the residents behind it, and the payment of the part it belongs to."""
    rows = await fetch(
        "SELECT m.month, m.own_minutes + m.adjustment_minutes AS minutes,"
        f" {RESIDENTS} AS residents, a.reference AS acceptance, a.amount AS accepted,"
        " t.position, t.title AS milestone, pay.reference AS payment, pay.amount AS paid, pay.paid_on"
        " FROM month_close m LEFT JOIN acceptance_month am ON am.month_close = m.id"
        " LEFT JOIN acceptance a ON a.id = am.acceptance LEFT JOIN contract_milestone t ON t.id = a.milestone"
        f" LEFT JOIN LATERAL (SELECT y.reference, y.amount, {PAID_DAY} AS paid_on FROM payment y"
        " JOIN invoice i ON i.id = y.invoice WHERE i.acceptance = a.id AND y.part = 'principal' AND y.status = 'paid'"
        " ORDER BY 3 LIMIT 1) pay"
        " ON true WHERE m.contract = $1 ORDER BY m.month",
        contract,
    )
    return [dict(row) for row in rows]


def total(rows: list[Row], part: str) -> Decimal:
    """The sum of a column, in yuan."""
    return sum((row[part] for row in rows), Decimal(0))


async def paid_by_month(year: int) -> list[Row]:
    """What providers were paid in each month of a year, in yuan; interest for lateness is not in it."""
    rows = await fetch(
        f"SELECT date_trunc('month', {PAID_DAY})::date AS month, sum(y.amount) AS paid, count(*) AS payments"
        f" FROM payment y WHERE y.status = 'paid' AND y.part = 'principal' AND {PAID_DAY} >= $1 AND {PAID_DAY} < $2"
        " GROUP BY 1 ORDER BY 1",
        date(year, 1, 1), date(year + 1, 1, 1),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def payments_of_month(year: int, month: int) -> list[Row]:
    """The payments of a month, the latest first: the rows behind its sum."""
    first = date(year, month, 1)
    end = date(year + month // 12, month % 12 + 1, 1)
    rows = await fetch(
        f"SELECT y.reference, y.amount, {PAID_DAY} AS paid_on, c.reference AS contract_reference, c.title,"
        f" {TITLE_EN} AS title_en, o.name AS provider_name, o.name_en AS provider_name_en, c.published_at"
        " FROM payment y JOIN invoice i ON i.id = y.invoice JOIN contract c ON c.id = i.contract"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        f" WHERE y.status = 'paid' AND y.part = 'principal' AND {PAID_DAY} >= $1 AND {PAID_DAY} < $2"
        " ORDER BY 3 DESC, y.reference",
        first, end,
    )  # fmt: skip
    return [dict(row) for row in rows]
