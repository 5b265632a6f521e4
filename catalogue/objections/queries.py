"""Objections: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.queries import listing_page
from catalogue.objections.rules import has_publicity
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def publicised(reference: str) -> Row:
    """A published listing whose single source stands open for objections. Raises NotFound for any other."""
    listing = await listing_page(reference)
    if not has_publicity(listing, (await procedure_of(listing)).ground):
        raise NotFound()
    return listing


async def objections_of(listing: UUID) -> list[Row]:
    """Every objection with its outcome, in the order they came."""
    rows = await fetch(
        "SELECT o.*, p.name AS answered_by_name FROM objection o LEFT JOIN person p ON p.id = o.answered_by"
        " WHERE o.listing = $1 ORDER BY o.number",
        listing,
    )
    return [dict(row) for row in rows]


async def outcomes_of(listing: UUID) -> list[str]:
    """What came of each."""
    return [r["outcome"] for r in await fetch("SELECT outcome FROM objection WHERE listing = $1", listing)]


async def to_argue(actor: Actor) -> list[Row]:
    """Open objections to the unit's listings, for “my work today”."""
    if not actor.may(Permission.DRAFT_LISTING):
        return []
    rows = await fetch(
        "SELECT o.number, o.objector, o.argue_by, l.reference, l.title, l.title_en FROM objection o"
        " JOIN listing l ON l.id = o.listing WHERE l.procuring_unit = $1 AND o.outcome = 'open'"
        " AND l.status IN ('published', 'closed', 'suspended') ORDER BY o.argue_by, o.number",
        actor.organisation_id,
    )
    return [dict(row) for row in rows]
