"""Corrigenda in preparation: for the people of the procuring unit and those who read everything."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.rules import runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def lock_corrigendum(corrigendum: UUID) -> Row:
    """The row, locked in the caller's transaction. Raises NotFound."""
    row = await fetchrow("SELECT * FROM corrigendum WHERE id = $1 FOR UPDATE", corrigendum)
    if row is None:
        raise NotFound()
    return dict(row)


async def corrigendum_page(listing: Row, corrigendum: UUID, actor: Actor) -> Row:
    """One corrigendum of a listing. Raises NotFound for strangers."""
    row = await fetchrow(
        "SELECT c.*, p.name AS drafted_by_name FROM corrigendum c JOIN person p ON p.id = c.drafted_by"
        " WHERE c.id = $1 AND c.listing = $2",
        corrigendum, listing["id"],
    )  # fmt: skip
    own = runs(actor, listing, Entrusted.CHANGE)
    if row is None or not (own or actor.may(Permission.READ_EVERYTHING)):
        raise NotFound()
    return dict(row)


async def open_corrigendum(listing: UUID) -> UUID | None:
    """The one that is not published yet, if there is one."""
    found: UUID | None = await fetchval(
        "SELECT id FROM corrigendum WHERE listing = $1 AND status IN ('draft', 'review')", listing
    )
    return found


async def open_corrigenda_of(actor: Actor) -> list[Row]:
    """Those of the unit that wait for somebody, for “my work today”."""
    rows = await fetch(
        "SELECT c.id, c.kind, c.status, c.drafted_by, c.return_reason, p.name AS drafted_by_name, l.reference, l.title,"
        " l.closes_at FROM corrigendum c JOIN listing l ON l.id = c.listing JOIN person p ON p.id = c.drafted_by"
        " WHERE (l.procuring_unit = $1 OR l.agency_agreement = ANY($2)) AND c.status IN ('draft', 'review')"
        " AND l.status = 'published'"
        " ORDER BY c.drafted_at",
        actor.organisation_id, actor.agreements_for(Entrusted.CHANGE),
    )  # fmt: skip
    return [dict(r) for r in rows]
