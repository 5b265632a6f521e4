"""Recorded results: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow, fetchval

Row = dict[str, Any]


async def record_of(listing: UUID) -> Row | None:
    """The recorded result of a listing with the names of both people."""
    row = await fetchrow(
        "SELECT r.*, a.name AS recorded_by_name, b.name AS confirmed_by_name FROM result_record r"
        " JOIN person a ON a.id = r.recorded_by LEFT JOIN person b ON b.id = r.confirmed_by WHERE r.listing = $1",
        listing,
    )
    return dict(row) if row else None


async def platform_days(listing: UUID) -> Row | None:
    """The days of a confirmed record that ran on the platform; None for others and for those without days."""
    row = await fetchrow(
        "SELECT noticed_on, opened_on, decided_on, announced_on, outcome FROM result_record"
        " WHERE listing = $1 AND status = 'confirmed' AND noticed_on IS NOT NULL",
        listing,
    )
    return dict(row) if row else None


async def offers_of(record: UUID) -> list[Row]:
    """Its offers, lot by lot."""
    rows = await fetch(
        "SELECT o.*, l.number AS lot_number, p.reference AS provider_reference FROM recorded_offer o"
        " JOIN listing_lot l ON l.id = o.lot LEFT JOIN provider p ON p.id = o.provider"
        " WHERE o.record = $1 ORDER BY l.number, o.is_winner DESC, o.price NULLS LAST, o.position",
        record,
    )
    return [dict(r) for r in rows]


async def admitted_of(listing: UUID) -> list[Row]:
    """Who came into a framework by a confirmed record, lot by lot in their order, with lot and address."""
    rows = await fetch(
        "SELECT l.number AS lot_number, l.title AS lot_title, l.unit AS measure, o.price AS unit_price, o.total_score,"
        " row_number() OVER (PARTITION BY o.lot ORDER BY o.position) AS position, g.name AS provider_name,"
        " g.name_en AS provider_name_en, p.address FROM recorded_offer o JOIN result_record r ON r.id = o.record"
        " JOIN listing_lot l ON l.id = o.lot JOIN provider p ON p.id = o.provider"
        " JOIN organisation g ON g.id = p.organisation"
        " WHERE r.listing = $1 AND r.status = 'confirmed' AND o.is_winner ORDER BY l.number, o.position",
        listing,
    )
    return [dict(r) for r in rows]


async def people_of(record: UUID) -> list[Row]:
    """Who judged or decided."""
    rows = await fetch("SELECT name, role FROM recorded_person WHERE record = $1 ORDER BY position", record)
    return [dict(r) for r in rows]


async def recorded_experts(listing: UUID) -> list[str]:
    """The experts of a confirmed record, published with the award like those of a panel (R-AWD-01)."""
    rows = await fetch(
        "SELECT p.name FROM recorded_person p JOIN result_record r ON r.id = p.record"
        " WHERE r.listing = $1 AND r.status = 'confirmed' AND p.role = 'expert' ORDER BY p.position",
        listing,
    )
    return [r["name"] for r in rows]


async def papers_of(record: UUID) -> list[Row]:
    """Its documents with size and hash."""
    rows = await fetch(
        "SELECT d.id, d.name, d.size, d.sha256, d.uploaded_at FROM recorded_paper p"
        " JOIN document d ON d.id = p.document WHERE p.record = $1 ORDER BY d.uploaded_at, d.name",
        record,
    )
    return [dict(r) for r in rows]


async def has_minutes(record: UUID) -> bool:
    """Whether the minutes of the deciding meeting are among the papers."""
    return bool(await fetchval("SELECT 1 FROM recorded_paper WHERE record = $1 AND kind = 'minutes' LIMIT 1", record))


async def providers_to_choose() -> list[Row]:
    """Registered providers by name."""
    rows = await fetch(
        "SELECT p.id, o.name, o.name_en, p.credit_code FROM provider p JOIN organisation o ON o.id = p.organisation"
        " ORDER BY o.name LIMIT 2000"
    )
    return [dict(r) for r in rows]
