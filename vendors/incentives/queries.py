"""Grants as the public sees those of one provider, and finance all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
_GRANTS = (
    "SELECT g.*, p.reference AS provider_reference, o.name, o.name_en, d.name AS paper_name, d.size AS paper_size"
    " FROM incentive g LEFT JOIN document d ON d.id = g.paper"
    " JOIN provider p ON p.id = g.provider JOIN organisation o ON o.id = p.organisation"
)


async def grants_of(provider: UUID) -> list[Row]:
    """What stands on a provider's profile: grants not taken back, newest first."""
    rows = await fetch(
        _GRANTS + " WHERE g.provider = $1 AND g.withdrawn_at IS NULL ORDER BY g.starts_on DESC", provider
    )
    return [dict(r) for r in rows]


async def all_grants(year: int | None = None) -> list[Row]:
    """Every grant, those taken back too, of one year or of all."""
    rows = await fetch(
        _GRANTS + " WHERE $1::int IS NULL OR extract(year FROM g.starts_on) = $1"
        " ORDER BY g.starts_on DESC, g.reference DESC LIMIT 5000",
        year,
    )
    return [dict(r) for r in rows]


async def grant_by_reference(reference: str) -> Row:
    """One grant. Raises NotFound."""
    rows = await fetch(_GRANTS + " WHERE g.reference = $1", reference)
    if not rows:
        raise NotFound()
    return dict(rows[0])
