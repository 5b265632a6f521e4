"""Requests to join: behind a link, and those that wait for an owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.membership.queries import is_owner
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

# an owner whose account is open and who still has a role there
_HAS_OWNER = (
    "EXISTS (SELECT 1 FROM organisation_owner w JOIN person p ON p.id = w.person AND p.is_active"
    " JOIN membership m ON m.person = w.person AND m.organisation = w.organisation WHERE w.organisation = o.id)"
)


async def organisation_to_join(organisation: UUID) -> Row:
    """A provider that somebody may ask to join. Raises NotFound for offices: they invite by themselves."""
    row = await fetchrow(
        "SELECT id, name, name_en FROM organisation WHERE id = $1 AND kind = 'provider'", organisation
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def request_of_link(link: bytes) -> Row | None:
    """The request behind a link that still works, by its hash."""
    row = await fetchrow(
        "SELECT r.id, r.organisation, r.name, r.email, r.status, o.name AS office, o.name_en AS office_en"
        " FROM join_request r JOIN organisation o ON o.id = r.organisation"
        " WHERE r.token_hash = $1 AND r.status = 'asked' AND r.expires_at > clock_timestamp()",
        link,
    )
    return dict(row) if row else None


async def requests_waiting(actor: Actor) -> list[Row]:
    """What waits for this owner; for the administrator, what waits where no owner is left."""
    may_all, owns = actor.may(Permission.MANAGE_ACCOUNTS), await is_owner(actor)
    if not (may_all or owns):
        return []
    rows = await fetch(
        "SELECT r.id, r.organisation, r.name, r.email, r.words, r.asked_at, r.status, o.name AS office,"
        " o.name_en AS office_en, o.kind FROM join_request r JOIN organisation o ON o.id = r.organisation"
        f" WHERE r.status = 'waiting' AND (($1 AND o.id = $2) OR ($3 AND NOT {_HAS_OWNER}))"
        " ORDER BY r.asked_at, r.id LIMIT 200",
        owns, actor.organisation_id, may_all,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def request_to_answer(request: UUID, actor: Actor) -> Row:
    """One that waits for this actor. Raises NotFound."""
    found = next((row for row in await requests_waiting(actor) if row["id"] == request), None)
    if found is None:
        raise NotFound()
    return found
