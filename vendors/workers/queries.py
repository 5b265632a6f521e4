"""The rosters of one employer and of the county."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch
from vendors.workers.rules import masked
from vendors.workers.spells import SPELL


async def roster(provider: UUID) -> list[dict[str, Any]]:
    """Every spell of a provider's workers, those still employed first."""
    rows = await fetch(
        SPELL + " WHERE w.provider = $1 ORDER BY w.employed_to IS NOT NULL, w.employed_from, w.name", provider
    )
    return [dict(r) for r in rows]


async def county_workers() -> list[dict[str, Any]]:
    """Everybody on a roster of the county for civil affairs; of a certificate's number only the end is shown."""
    rows = await fetch(
        "SELECT w.name, w.certificate_level, w.certificate_number, w.community, w.employed_from, w.employed_to,"
        " o.name AS employer, o.name_en AS employer_en FROM worker w LEFT JOIN provider p ON p.id = w.provider"
        " JOIN organisation o ON o.id = coalesce(p.organisation, w.town)"
        " ORDER BY w.employed_to IS NOT NULL, o.sort_key, w.name LIMIT 1000"
    )
    return [{**dict(r), "certificate_number": masked(r["certificate_number"])} for r in rows]
