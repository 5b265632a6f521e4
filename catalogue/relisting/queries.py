"""The chain of a listing: what it took up, and what took it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchrow

Row = dict[str, Any]
_COLUMNS = "r.attempt, l.id, l.reference, l.title, l.title_en, l.status, l.published_at, l.procuring_unit"


async def taken_up_by(listing: UUID, actor: Actor | None) -> Row | None:
    """The listing that took this one up: once published for all, before that for its own unit."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM relisting r JOIN listing l ON l.id = r.later WHERE r.earlier = $1", listing
    )
    if row is None:
        return None
    own = actor is not None and actor.organisation_id == row["procuring_unit"]
    return dict(row) if row["published_at"] is not None or own else None


async def takes_up(listing: UUID) -> Row | None:
    """The listing that this one takes up."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM relisting r JOIN listing l ON l.id = r.earlier WHERE r.later = $1", listing
    )
    return dict(row) if row else None
