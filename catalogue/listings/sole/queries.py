"""The intended provider of a single-source listing and the experts' opinions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]


async def sole_provider(listing: UUID) -> Row | None:
    """Who the purchase is meant for, once it is recorded."""
    row = await fetchrow("SELECT * FROM sole_provider WHERE listing = $1", listing)
    return dict(row) if row else None


async def expert_opinions(listing: UUID) -> list[Row]:
    """The opinions in the order they were entered."""
    rows = await fetch(
        "SELECT name, office, title, opinion FROM expert_opinion WHERE listing = $1 ORDER BY position", listing
    )
    return [dict(row) for row in rows]
