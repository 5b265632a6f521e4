"""What may be asked of interest in a listing: one's own, and after the document period whether it was too little.

There is no count and no list here on purpose (R-DOC-08, R-COUNT-01). Only the mails of `services.tell_interested`
reach those who took documents, each one alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.interest.rules import SHORTAGE_LIMIT, documents_end, may_learn_of_shortage
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def own_taking(listing: UUID, actor: Actor) -> Any:
    """When the actor's own organisation took the documents, or None."""
    return await fetchval(
        "SELECT taken_at FROM document_taking WHERE listing = $1 AND organisation = $2", listing, actor.organisation_id
    )


async def follows(listing: UUID, actor: Actor) -> bool:
    """Whether this person follows the listing."""
    return bool(
        await fetchval("SELECT 1 FROM listing_follower WHERE listing = $1 AND person = $2", listing, actor.person_id)
    )


async def followed_by(actor: Actor) -> list[Row]:
    """The published listings this person follows, newest first."""
    rows = await fetch(
        "SELECT l.id, l.reference, l.status, l.method, l.venue, l.rules_on, l.title, l.title_en, l.closes_at,"
        " f.since FROM listing_follower f"
        " JOIN listing l ON l.id = f.listing WHERE f.person = $1 ORDER BY f.since DESC",
        actor.person_id,
    )
    return [dict(r) for r in rows]


async def too_few_took_documents(listing: Row, actor: Actor, now: datetime) -> bool:
    """“Fewer than 3” for the one handling the listing after the document period; False for everybody else."""
    if not may_learn_of_shortage(actor, listing, now):
        return False
    limit = number(SHORTAGE_LIMIT, listing["rules_on"])
    return bool(
        await fetchval(
            "SELECT count(*) < $2 FROM document_taking WHERE listing = $1 AND taken_at < $3",
            listing["id"], int(limit), documents_end(listing),
        )
    )  # fmt: skip


async def listings_short_of_takers(actor: Actor, now: datetime) -> list[Row]:
    """The unit's listings whose document period ended with too few, for “my work today”."""
    if not actor.may(Permission.DRAFT_LISTING):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.closes_at FROM listing l"
        " WHERE (l.procuring_unit = $1 OR l.agency_agreement = ANY($4)) AND l.status = 'published'"
        " AND l.documents_until <= $2 AND l.closes_at > $2 AND (SELECT count(*) FROM document_taking t"
        " WHERE t.listing = l.id AND t.taken_at < l.documents_until) < $3 ORDER BY l.closes_at",
        actor.organisation_id, now, int(number(SHORTAGE_LIMIT, county_day(now))),
        actor.agreements_for(Entrusted.CHANGE),
    )  # fmt: skip
    return [dict(r) for r in rows]
