"""The directory in force: its edition and items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def current_edition() -> Row | None:
    """The newest edition, or None before the first one is loaded."""
    row = await fetchrow("SELECT * FROM edition ORDER BY effective_on DESC LIMIT 1")
    return dict(row) if row else None


async def current_items() -> list[Row]:
    """All items of the newest edition, in the order of its document."""
    rows = await fetch(
        "SELECT i.* FROM item i WHERE i.edition = (SELECT id FROM edition ORDER BY effective_on DESC LIMIT 1)"
        " ORDER BY i.position"
    )
    return [dict(r) for r in rows]


async def item_by_code(code: str) -> Row:
    """One item of the newest edition. Raises NotFound."""
    row = await fetchrow(
        "SELECT i.* FROM item i WHERE i.code = $1"
        " AND i.edition = (SELECT id FROM edition ORDER BY effective_on DESC LIMIT 1)",
        code,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def item_by_id(item: UUID) -> Row:
    """One item of any edition, as a listing of its time used it. Raises NotFound."""
    row = await fetchrow("SELECT * FROM item WHERE id = $1", item)
    if row is None:
        raise NotFound()
    return dict(row)


async def edition_of(item_id: UUID) -> Row:
    """The edition an item belongs to. Raises NotFound."""
    row = await fetchrow("SELECT e.* FROM edition e JOIN item i ON i.edition = e.id WHERE i.id = $1", item_id)
    if row is None:
        raise NotFound()
    return dict(row)
