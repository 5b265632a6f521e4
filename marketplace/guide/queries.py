"""What the guide shows besides its words: towns with how they are reached, and who serves there now."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from marketplace.kernel.db import fetch
from marketplace.overview.coverage import TOWNS_OF

Row = dict[str, Any]


async def windows() -> list[Row]:
    """Every town with the address and telephone it gave; empty where it gave none."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en, coalesce(c.address, '') AS address, coalesce(c.phone, '') AS phone"
        " FROM organisation o LEFT JOIN office_contact c ON c.organisation = o.id WHERE o.kind = 'town'"
        " ORDER BY o.sort_key, o.name"
    )
    return [dict(row) for row in rows]


async def serving(items: list[str], town: UUID | None, today: date) -> list[Row]:
    """Contracts that run today for these services, in one town or in all: who comes, where, until when."""
    rows = await fetch(
        f"SELECT i.code, i.name, i.name_en, c.reference, {TITLE_EN} AS title_en, c.title, c.service_to,"
        " o.name AS provider_name, o.name_en AS provider_name_en, p.reference AS provider_reference,"
        " w.name AS town_name, w.name_en AS town_name_en"
        " FROM contract c JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        f" JOIN organisation w ON w.id IN (SELECT x.town FROM {TOWNS_OF} x)"
        " WHERE c.published_at IS NOT NULL AND c.status = 'in_force' AND i.code = ANY($1)"
        " AND c.service_from <= $3 AND c.service_to >= $3 AND ($2::uuid IS NULL OR w.id = $2)"
        " ORDER BY i.code, w.sort_key, c.reference LIMIT 60",
        items, town, today,
    )  # fmt: skip
    return [dict(row) for row in rows]
