"""Lists and invitations, and whether this reader is among the invited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.inviting.rules import (
    CLAUSE,
    NOT_INVITED,
    Way,
    invites_only,
    keeps_documents,
    may_read_as_official,
)
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.names import Name

Row = dict[str, Any]


async def invitation_list(listing: UUID) -> Row | None:
    """How the list of a listing came about, once it is written."""
    row = await fetchrow("SELECT * FROM invitation_list WHERE listing = $1", listing)
    return dict(row) if row else None


async def listed_providers(listing: UUID) -> list[Row]:
    """Everybody on the list in its order, with whether it was invited."""
    rows = await fetch(
        "SELECT p.position, p.organisation, p.reason, o.name, o.name_en, i.sent_at, i.id AS invitation"
        " FROM listed_provider p"
        " JOIN organisation o ON o.id = p.organisation"
        " LEFT JOIN listing_invitation i ON i.listing = p.listing AND i.organisation = p.organisation"
        " WHERE p.listing = $1 ORDER BY p.position",
        listing,
    )
    return [dict(r) for r in rows]


async def provider_organisations(names: Sequence[str]) -> dict[str, UUID]:
    """Registered providers by their exact names."""
    rows = await fetch("SELECT id, name FROM organisation WHERE kind = 'provider' AND name = ANY($1)", list(names))
    return {r["name"]: r["id"] for r in rows}


async def invited_at(listing: UUID, organisation: UUID) -> datetime | None:
    """When an organisation was invited, or None."""
    found: datetime | None = await fetchval(
        "SELECT sent_at FROM listing_invitation WHERE listing = $1 AND organisation = $2", listing, organisation
    )
    return found


_INVITATION = (
    "SELECT i.id, i.listing, i.organisation, i.sent_at, o.name, o.name_en FROM listing_invitation i"
    " JOIN organisation o ON o.id = i.organisation"
)


async def invitation_by_id(invitation: UUID) -> Row | None:
    """One invitation with the name of the invited."""
    row = await fetchrow(_INVITATION + " WHERE i.id = $1", invitation)
    return dict(row) if row else None


async def invitations_sent(listing: UUID) -> list[Row]:
    """Every invitation of a listing, by the name of the invited."""
    rows = await fetch(_INVITATION + " WHERE i.listing = $1 ORDER BY o.sort_key, o.name", listing)
    return [dict(r) for r in rows]


async def letters_without_paper(slug: str, since: datetime, most: int) -> list[Row]:
    """Invitations sent after a moment under whose identity no paper of this name stands yet; the oldest first."""
    rows = await fetch(
        _INVITATION + " WHERE i.sent_at > $2 AND NOT EXISTS (SELECT 1 FROM published_paper p"
        " WHERE p.subject = i.id::text AND p.slug = $1) ORDER BY i.sent_at, i.id LIMIT $3",
        slug, since, most,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def mails_of(organisations: Sequence[UUID]) -> list[Row]:
    """The mail addresses of those who act for each of these providers."""
    rows = await fetch(
        "SELECT DISTINCT o.name, x.email FROM organisation o"
        " JOIN membership m ON m.organisation = o.id AND m.role = 'provider'"
        " JOIN person x ON x.id = m.person AND x.is_active AND x.email <> '' WHERE o.id = ANY($1) ORDER BY o.name",
        list(organisations),
    )
    return [dict(r) for r in rows]


async def invited_names(listing: UUID) -> list[Row]:
    """Everybody invited, by name."""
    rows = await fetch(
        "SELECT o.name, o.name_en, i.sent_at FROM listing_invitation i JOIN organisation o ON o.id = i.organisation"
        " WHERE i.listing = $1 ORDER BY o.sort_key, o.name",
        listing,
    )
    return [dict(r) for r in rows]


async def may_read_documents(listing: Mapping[str, Any], actor: Actor | None) -> bool:
    """Whether the reader may see the procurement document: anybody, unless only the invited may."""
    if not keeps_documents(listing) or may_read_as_official(actor, listing):
        return True
    return actor is not None and await invited_at(listing["id"], actor.organisation_id) is not None


async def check_may_read_documents(listing: Mapping[str, Any], actor: Actor | None) -> None:
    """Raises Forbidden (R-METH-10) for those who were not invited."""
    if not await may_read_documents(listing, actor):
        raise Forbidden(NOT_INVITED, clause=CLAUSE)


async def check_invited(listing: Mapping[str, Any], organisation: UUID) -> None:
    """Only the invited prepare and seal bids. Raises Forbidden (R-METH-10)."""
    if invites_only(listing) and await invited_at(listing["id"], organisation) is None:
        raise Forbidden(NOT_INVITED, clause=CLAUSE)


async def invitations_of(organisation: UUID, now: datetime) -> list[Row]:
    """The invitations of an organisation whose bids may still come, the nearest deadline first."""
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, l.closes_at, u.name AS unit, u.name_en AS unit_en"
        " FROM listing_invitation i JOIN listing l ON l.id = i.listing JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE i.organisation = $1 AND l.status = 'published' AND l.closes_at > $2 ORDER BY l.closes_at",
        organisation, now,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def recommended_of(listing: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Names and reasons of a written recommendation, which the result publishes with it; nothing for other ways."""
    if not invites_only(listing):
        return ()
    written = await invitation_list(listing["id"])
    if written is None or written["way"] != Way.RECOMMENDATION:
        return ()
    return tuple((str(Name.of(row, "name")), row["reason"]) for row in await listed_providers(listing["id"]))
