"""The chain of a listing: what it took up, and what took it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, fetchval

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
        f"SELECT {_COLUMNS} FROM (SELECT earlier, later, attempt FROM relisting"
        " UNION ALL SELECT earlier, later, attempt FROM relisted_lot) r JOIN listing l ON l.id = r.earlier"
        " WHERE r.later = $1",
        listing,
    )
    return dict(row) if row else None


async def lots_to_relist(listing: UUID, actor: Actor | None) -> list[Row]:
    """The lots of a listing that ended while others stand, with what took each up as far as the reader may see it."""
    rows = await fetch(
        "SELECT e.lot AS ended_lot, e.ground, e.reason, e.clause, t.number, t.title AS lot_title, t.budget, x.attempt,"
        " l.id, l.reference, l.published_at, l.procuring_unit FROM lot_ending e JOIN listing_lot t ON t.id = e.lot"
        " LEFT JOIN relisted_lot x ON x.lot = e.lot LEFT JOIN listing l ON l.id = x.later"
        " WHERE e.listing = $1 ORDER BY t.number",
        listing,
    )
    found = []
    for row in rows:
        own = actor is not None and actor.organisation_id == row["procuring_unit"]
        is_seen = row["published_at"] is not None or own
        hidden = {} if is_seen else {"id": None, "reference": None, "attempt": None}
        found.append({**row, **hidden, "is_relisted": row["id"] is not None})
    return found


async def attempts_before(listing: UUID) -> int:
    """Which attempt this listing is at the same need."""
    found: int = await fetchval(
        "SELECT coalesce(max(attempt), 1) FROM (SELECT later, attempt FROM relisting"
        " UNION ALL SELECT later, attempt FROM relisted_lot) r WHERE later = $1",
        listing,
    )
    return found
