"""Reading for the API: pages are found by where the last one ended, so the last page costs what the first one does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.kernel.db import fetch

Row = dict[str, Any]

_PAGE = """
SELECT l.reference, CASE WHEN l.status = 'published' AND l.closes_at <= $1 THEN 'closed' ELSE l.status END AS status,
       l.method, l.title, l.title_en, unit.name AS procuring_unit, l.budget, l.published_at, l.closes_at
FROM listing l JOIN organisation unit ON unit.id = l.procuring_unit
WHERE l.published_at IS NOT NULL
  AND ($2::timestamptz IS NULL OR (l.published_at, l.reference) < ($2, $3))
  AND ($4::text IS NULL
       OR (CASE WHEN l.status = 'published' AND l.closes_at <= $1 THEN 'closed' ELSE l.status END) = $4)
  AND ($5::text IS NULL OR l.method = $5)
  AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM listing_lot t JOIN item i ON i.id = t.item
                                   WHERE t.listing = l.id AND i.code = $6))
  AND ($7::text IS NULL OR unit.name = $7)
  AND ($8::timestamptz IS NULL OR l.published_at >= $8) AND ($9::timestamptz IS NULL OR l.published_at < $9)
ORDER BY l.published_at DESC, l.reference DESC LIMIT $10
"""


@dataclass(frozen=True)
class Wanted:
    """Which listings are asked for; None means all."""

    status: str | None = None
    method: str | None = None
    item: str | None = None
    buyer: str | None = None
    published_from: datetime | None = None
    published_before: datetime | None = None


async def page_of_listings(
    wanted: Wanted, after: tuple[datetime, str] | None, size: int, now: datetime
) -> tuple[list[Row], bool]:
    """So many published listings after a place in the order, newest first, and whether there are more."""
    place = after or (None, "")
    rows = await fetch(
        _PAGE, now, place[0], place[1], wanted.status, wanted.method, wanted.item, wanted.buyer,
        wanted.published_from, wanted.published_before, size + 1,
    )  # fmt: skip
    return [dict(row) for row in rows[:size]], len(rows) > size
