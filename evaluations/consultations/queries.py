"""Rounds of a consultation: every SELECT; callers guard who reads what."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from evaluations.consultations.rules import Stage
from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]

_MEETINGS = """
SELECT m.*, p.name AS recorded_by_name, c.name AS confirmed_by_name, b.lot, t.listing
FROM consultation_meeting m JOIN opened_bid b ON b.id = m.opened_bid JOIN listing_lot t ON t.id = b.lot
JOIN panel_member x ON x.id = m.recorded_by JOIN person p ON p.id = x.person LEFT JOIN person c ON c.id = m.confirmed_by
"""


async def stage_of(listing: Row) -> Stage:
    """Where the listing stands, as the rounds ask."""
    row = await fetchrow(
        "SELECT w.opened_at AS asked_at, w.closes_at, (SELECT min(b.opened_at) FROM opened_bid b"
        " JOIN listing_lot t ON t.id = b.lot WHERE t.listing = l.id) AS opened_at"
        " FROM listing l LEFT JOIN final_price_window w ON w.listing = l.id WHERE l.id = $1",
        listing["id"],
    )
    assert row is not None, "the listing was read a moment ago"
    return Stage(row_of(listing), listing["status"], row["opened_at"], row["asked_at"], row["closes_at"])


async def meetings_of(listing: UUID) -> dict[UUID, list[Row]]:
    """Opened bid -> its meetings in order."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in await fetch(_MEETINGS + " WHERE t.listing = $1 ORDER BY m.opened_bid, m.round", listing):
        found[row["opened_bid"]].append(dict(row))
    return found


async def changes_of(listing: UUID) -> list[Row]:
    """What the panel changed or wants to change, in order."""
    rows = await fetch(
        "SELECT c.*, p.name AS proposed_by_name, f.name AS confirmed_by_name FROM consultation_change c"
        " JOIN panel_member x ON x.id = c.proposed_by JOIN person p ON p.id = x.person"
        " LEFT JOIN person f ON f.id = c.confirmed_by WHERE c.listing = $1 ORDER BY c.number",
        listing,
    )
    return [dict(row) for row in rows]


async def answers_of(listing: UUID) -> dict[tuple[UUID, UUID], Row]:
    """(Change, opened bid) -> what the bidder handed in again."""
    rows = await fetch(
        "SELECT a.* FROM consultation_answer a JOIN consultation_change c ON c.id = a.change WHERE c.listing = $1",
        listing,
    )
    return {(row["change"], row["opened_bid"]): dict(row) for row in rows}
