"""Loaded years, newest loading first."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.kernel.db import fetch


async def loadings(year: int) -> list[dict[str, Any]]:
    """Every loading of a year with how many days it has."""
    rows = await fetch(
        "SELECT l.source, l.document_number, l.loaded_by_name, l.loaded_at,"
        " count(*) FILTER (WHERE d.kind = 'off') AS days_off, count(*) FILTER (WHERE d.kind = 'worked') AS worked"
        " FROM calendar_load l LEFT JOIN calendar_day d ON d.load = l.id WHERE l.year = $1"
        " GROUP BY l.id ORDER BY l.loaded_at DESC",
        year,
    )
    return [dict(each) for each in rows]


async def names_of(year: int) -> dict[date, str]:
    """What the days of the newest loading are called."""
    rows = await fetch(
        "SELECT d.day, d.name FROM calendar_day d WHERE d.name <> '' AND d.load ="
        " (SELECT id FROM calendar_load WHERE year = $1 ORDER BY loaded_at DESC, id LIMIT 1)",
        year,
    )
    return {each["day"]: each["name"] for each in rows}
