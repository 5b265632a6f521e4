"""Members, invitations and accounts, for those who look after them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.membership.rules import code_hash
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def is_owner(actor: Actor) -> bool:
    """Whether the actor answers for the members of the organisation they act for."""
    found = await fetchval(
        "SELECT 1 FROM organisation_owner WHERE organisation = $1 AND person = $2",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return bool(found)


OFFICES_SHOWN = 100


async def organisations_to_invite_for(actor: Actor, words: str = "", chosen: UUID | None = None) -> list[Row]:
    """Whom the administrator may invite for: offices, or by words also providers; the own one for its owner.

    `chosen` is among them whatever the words. None for others.
    """
    if actor.may(Permission.MANAGE_ACCOUNTS):
        rows = await fetch(
            "SELECT id, kind, name, name_en FROM organisation WHERE id = $2 OR CASE WHEN $1 = ''"
            " THEN kind <> 'provider' ELSE strpos(lower(name || ' ' || name_en), lower($1)) > 0 END"
            f" ORDER BY kind = 'provider', sort_key, id LIMIT {OFFICES_SHOWN}",
            words, chosen,
        )  # fmt: skip
    elif await is_owner(actor):
        rows = await fetch("SELECT id, kind, name, name_en FROM organisation WHERE id = $1", actor.organisation_id)
    else:
        rows = []
    return [dict(row) for row in rows]


async def invites_for(actor: Actor, organisation: UUID) -> Row | None:
    """The organisation if the actor invites for it: any for the administrator, the own one for its owner."""
    mine = actor.may(Permission.MANAGE_ACCOUNTS) or (organisation == actor.organisation_id and await is_owner(actor))
    row = await fetchrow("SELECT id, kind, name, name_en FROM organisation WHERE id = $1 AND $2", organisation, mine)
    return dict(row) if row else None


async def open_invitations(actor: Actor) -> list[Row]:
    """Invitations that still work, the newest first: all for the administrator, of the own organisation for others."""
    rows = await fetch(
        "SELECT i.id, i.role, i.email, i.made_at, i.expires_at, o.name, o.name_en, p.name AS made_by"
        " FROM invitation i JOIN organisation o ON o.id = i.organisation JOIN person p ON p.id = i.made_by"
        " WHERE ($1::uuid IS NULL OR i.organisation = $1) AND i.used_at IS NULL AND i.withdrawn_at IS NULL"
        " AND i.expires_at > clock_timestamp() ORDER BY i.made_at DESC, i.id LIMIT 200",
        None if actor.may(Permission.MANAGE_ACCOUNTS) else actor.organisation_id,
    )
    return [dict(row) for row in rows]


async def invitation_of(code: str) -> Row | None:
    """The invitation behind a code that still works."""
    row = await fetchrow(
        "SELECT i.id, i.role, i.email, i.organisation, o.name, o.name_en, o.kind FROM invitation i"
        " JOIN organisation o ON o.id = i.organisation WHERE i.code_hash = $1 AND i.used_at IS NULL"
        " AND i.withdrawn_at IS NULL AND i.expires_at > clock_timestamp()",
        code_hash(code),
    )
    return dict(row) if row else None


async def members_of(organisation: UUID) -> list[Row]:
    """Everybody in an organisation with their roles, owners first."""
    rows = await fetch(
        "SELECT p.id, p.name, p.username, p.is_active, array_agg(m.role ORDER BY m.role) AS roles,"
        " EXISTS (SELECT 1 FROM organisation_owner w WHERE w.person = p.id AND w.organisation = $1) AS is_owner"
        " FROM membership m JOIN person p ON p.id = m.person WHERE m.organisation = $1 GROUP BY p.id"
        " ORDER BY is_owner DESC, p.username",
        organisation,
    )
    return [dict(row) for row in rows]


async def owners_of(organisation: UUID) -> list[Row]:
    """Who answers for the members: owners whose account is open and who still have a role there."""
    rows = await fetch(
        "SELECT p.id, p.name FROM organisation_owner w JOIN person p ON p.id = w.person AND p.is_active"
        " WHERE w.organisation = $1 AND EXISTS (SELECT 1 FROM membership m WHERE m.person = w.person"
        " AND m.organisation = w.organisation) ORDER BY w.since, p.name",
        organisation,
    )
    return [dict(row) for row in rows]


async def organisations_found(words: str, limit: int, offset: int) -> list[Row]:
    """Organisations with members whose name holds the words; those without an owner first; `total` counts all."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en, m.people, w.owners, count(*) OVER () AS total FROM organisation o"
        " JOIN (SELECT organisation, count(DISTINCT person) AS people FROM membership GROUP BY organisation) m"
        " ON m.organisation = o.id LEFT JOIN (SELECT w.organisation, array_agg(p.name ORDER BY w.since) AS owners"
        " FROM organisation_owner w JOIN person p ON p.id = w.person AND p.is_active WHERE EXISTS (SELECT 1"
        " FROM membership m WHERE m.person = w.person AND m.organisation = w.organisation) GROUP BY w.organisation) w"
        " ON w.organisation = o.id WHERE $1 = '' OR strpos(lower(o.name || ' ' || o.name_en), lower($1)) > 0"
        " ORDER BY w.owners IS NULL DESC, o.kind = 'provider' DESC, o.sort_key, o.id LIMIT $2 OFFSET $3",
        words, limit, offset,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def organisation_named(organisation: UUID) -> Row:
    """The organisation's name and kind. Raises NotFound."""
    row = await fetchrow("SELECT id, kind, name, name_en FROM organisation WHERE id = $1", organisation)
    if row is None:
        raise NotFound()
    return dict(row)


async def accounts_found(words: str, limit: int, offset: int) -> list[Row]:
    """Accounts whose name, user name or organisation holds the words; `total` counts all of them."""
    rows = await fetch(
        "SELECT p.id, p.name, p.username, p.is_active, f.begun_at IS NOT NULL AS has_code,"
        " array_agg(m.role ORDER BY m.role) FILTER (WHERE m.role IS NOT NULL) AS roles,"
        " min(o.name) AS organisation, min(o.name_en) AS organisation_en, count(*) OVER () AS total"
        " FROM person p LEFT JOIN membership m ON m.person = p.id LEFT JOIN organisation o ON o.id = m.organisation"
        " LEFT JOIN second_factor f ON f.person = p.id"
        " WHERE $1 = '' OR strpos(lower(p.name || ' ' || p.username || ' ' || coalesce(o.name, '')), lower($1)) > 0"
        " GROUP BY p.id, f.begun_at ORDER BY p.username LIMIT $2 OFFSET $3",
        words, limit, offset,
    )  # fmt: skip
    return [dict(row) for row in rows]
