"""The roster, and which worker an account belongs to."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from vendors.workers.rules import masked

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


async def county_workers() -> list[dict[str, Any]]:
    """Everybody on a roster of the county for civil affairs; of a certificate's number only the end is shown."""
    rows = await fetch(
        "SELECT w.name, w.certificate_level, w.certificate_number, w.community, w.employed_from, w.employed_to,"
        " o.name AS employer, o.name_en AS employer_en FROM worker w LEFT JOIN provider p ON p.id = w.provider"
        " JOIN organisation o ON o.id = coalesce(p.organisation, w.town)"
        " ORDER BY w.employed_to IS NOT NULL, o.sort_key, w.name LIMIT 1000"
    )
    return [{**dict(r), "certificate_number": masked(r["certificate_number"])} for r in rows]


async def worker_of(person: UUID, on: date) -> dict[str, Any] | None:
    """The worker an account belongs to on a day, with the provider; None when there is no running spell."""
    row = await fetchrow(
        _WORKER + " WHERE w.person = $1 AND w.employed_from <= $2 AND (w.employed_to IS NULL OR w.employed_to >= $2)"
        " ORDER BY w.employed_from DESC LIMIT 1",
        person, on,
    )  # fmt: skip
    return dict(row) if row else None
