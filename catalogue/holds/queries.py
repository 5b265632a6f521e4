"""Holds: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch

Row = dict[str, Any]


async def holds_of(listing: UUID) -> list[Row]:
    """Every hold of a procurement, the newest first."""
    rows = await fetch("SELECT * FROM procurement_hold WHERE listing = $1 ORDER BY begun_at DESC, subject", listing)
    return [dict(row) for row in rows]
