"""The roster of one employer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch
from vendors.workers.spells import SPELL


async def roster(organisation: UUID) -> list[dict[str, Any]]:
    """Every spell of the workers of a provider or town, those still employed first."""
    rows = await fetch(
        SPELL + " WHERE coalesce(p.organisation, w.town) = $1 ORDER BY w.employed_to IS NOT NULL, w.community,"
        " w.employed_from, w.name",
        organisation,
    )
    return [dict(r) for r in rows]
