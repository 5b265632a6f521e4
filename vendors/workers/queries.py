"""The roster, and which worker an account belongs to."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

_WORKER = (
    "SELECT w.*, pe.username FROM worker w JOIN provider p ON p.id = w.provider"
    " LEFT JOIN person pe ON pe.id = w.person"
)


async def roster(provider: UUID) -> list[dict[str, Any]]:
    """Every spell of a provider's workers, those still employed first."""
    rows = await fetch(
        _WORKER + " WHERE w.provider = $1 ORDER BY w.employed_to IS NOT NULL, w.employed_from, w.name", provider
    )
    return [dict(r) for r in rows]


async def own_worker(worker: UUID, visible_to: Actor) -> dict[str, Any]:
    """One worker of the actor's own provider. Raises NotFound for strangers."""
    row = await fetchrow(_WORKER + " WHERE w.id = $1 AND p.organisation = $2", worker, visible_to.organisation_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def worker_of(person: UUID, on: date) -> dict[str, Any] | None:
    """The worker an account belongs to on a day, with the provider; None when there is no running spell."""
    row = await fetchrow(
        _WORKER + " WHERE w.person = $1 AND w.employed_from <= $2 AND (w.employed_to IS NULL OR w.employed_to >= $2)"
        " ORDER BY w.employed_from DESC LIMIT 1",
        person, on,
    )  # fmt: skip
    return dict(row) if row else None
