"""Everything held about a person, and who looked at it."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.privacy.corrections import requests_of
from marketplace.kernel.db import fetch, fetchrow, together

Row = dict[str, Any]


async def held_about(actor: Actor) -> Row:
    """The account, roles, consents, looks and requests of the person who asks."""
    account, roles, consents, looks, requests = await together(
        fetchrow(
            "SELECT username, name, email, created_at, coalesce((SELECT a.email FROM address_confirmation a"
            " WHERE a.person = person.id AND a.ended_at IS NULL), '') AS waiting_email FROM person WHERE id = $1",
            actor.person_id,
        ),
        _rows(
            "SELECT o.name, o.name_en, m.role FROM membership m JOIN organisation o ON o.id = m.organisation"
            " WHERE m.person = $1 ORDER BY o.sort_key, m.role", actor,
        ),
        _rows("SELECT edition, given_at, withdrawn_at FROM consent WHERE person = $1 ORDER BY given_at DESC", actor),
        looks_at(actor), requests_of(actor),
    )  # fmt: skip
    assert account is not None
    return {"account": dict(account), "roles": roles, "consents": consents, "looks": looks, "requests": requests}


async def acts_of(actor: Actor) -> list[Row]:
    """What the person did here, counted by kind of act."""
    return await _rows(
        "SELECT act, count(*) AS times, min(at) AS first_at, max(at) AS last_at FROM audit_entry"
        " WHERE actor_id = $1 GROUP BY act ORDER BY act", actor,
    )  # fmt: skip


async def _rows(sql: str, actor: Actor) -> list[Row]:
    return [dict(row) for row in await fetch(sql, actor.person_id)]


async def looks_at(actor: Actor) -> list[Row]:
    """Who was shown hidden values of this person or of the organisation they act for, the newest first."""
    rows = await fetch(
        "SELECT l.what, l.reference, l.purpose, l.seen_at, p.name AS seen_by FROM personal_data_look l"
        " JOIN person p ON p.id = l.seen_by WHERE l.of_person = $1 OR l.of_organisation = $2"
        " ORDER BY l.seen_at DESC, l.id LIMIT 200",
        actor.person_id, actor.organisation_id,
    )  # fmt: skip
    return [dict(row) for row in rows]
