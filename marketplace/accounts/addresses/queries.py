"""Which address of a person counts, and which waits for its link to be opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetchrow, fetchval

Row = dict[str, Any]


async def confirmed_address(person: UUID) -> str:
    """Where letters go; "" while none is confirmed."""
    found: str = await fetchval("SELECT email FROM person WHERE id = $1", person)
    return found


async def waiting_address(person: UUID) -> Row | None:
    """The address that waits for its link; `is_late` says that the link works no longer."""
    row = await fetchrow(
        "SELECT email, asked_at, expires_at < clock_timestamp() AS is_late FROM address_confirmation"
        " WHERE person = $1 AND ended_at IS NULL",
        person,
    )
    return dict(row) if row else None


async def address_of_link(link: bytes) -> Row | None:
    """Person and address behind a link that still works, by its hash."""
    row = await fetchrow(
        "SELECT a.person, a.email FROM address_confirmation a JOIN person p ON p.id = a.person AND p.is_active"
        " WHERE a.token_hash = $1 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp()",
        link,
    )
    return dict(row) if row else None
