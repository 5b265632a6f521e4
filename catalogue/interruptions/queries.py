"""Pauses and ends as the public reads them, and what falls due."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]


async def suspensions_of(listing: UUID) -> list[Row]:
    """Every pause of a listing, the oldest first."""
    rows = await fetch(
        "SELECT ground, reason, document_number, begun_at, until, resumed_at FROM listing_suspension"
        " WHERE listing = $1 ORDER BY begun_at",
        listing,
    )
    return [dict(r) for r in rows]


async def ending_of(listing: UUID) -> Row | None:
    """On what ground it ended without award, or None."""
    row = await fetchrow("SELECT ground, told_at FROM listing_ending WHERE listing = $1", listing)
    return dict(row) if row else None


async def due_to_resume(today: date) -> list[str]:
    """References of suspended listings whose day has come."""
    rows = await fetch(
        "SELECT l.reference FROM listing_suspension s JOIN listing l ON l.id = s.listing"
        " WHERE s.resumed_at IS NULL AND s.until <= $1 AND l.status = 'suspended'",
        today,
    )
    return [r["reference"] for r in rows]


async def ended_untold(since: datetime) -> list[UUID]:
    """Listings that ended without award since a moment and whose interested were not told yet."""
    rows = await fetch(
        "SELECT l.id FROM listing l LEFT JOIN listing_ending e ON e.listing = l.id"
        " WHERE l.status IN ('failed', 'cancelled') AND l.published_at IS NOT NULL AND e.told_at IS NULL"
        " AND l.ended_at > $1",
        since,
    )
    return [r["id"] for r in rows]


async def finance_mails() -> list[str]:
    """Where finance of the county reads that a procurement was cancelled (87 Art. 29)."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.role = 'finance' AND p.is_active AND p.email <> '' ORDER BY p.email"
    )
    return [r["email"] for r in rows]
