"""Take a duty for a listing, or be told which other one stands in the way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.duties.rules import Duty, check_duties_apart
from marketplace.kernel.db import execute, fetch


async def take_duty(listing: UUID, duty: Duty, person: UUID, now: datetime) -> None:
    """Note that a person acts in this duty, in the transaction of the act; done again it changes nothing.

    Raises Forbidden (R-ROLE-02, R-ROLE-03) when the person holds a duty that must stay apart from it.
    """
    # the same person in two windows at once: the second waits and then sees what the first took
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", f"duty {listing} {person}")
    rows = await fetch("SELECT duty FROM listing_duty WHERE listing = $1 AND person = $2", listing, person)
    check_duties_apart([Duty(row["duty"]) for row in rows], duty)
    await execute(
        "INSERT INTO listing_duty (id, listing, person, duty, taken_at) VALUES (gen_random_uuid(), $1, $2, $3, $4)"
        " ON CONFLICT (listing, person, duty) DO NOTHING",
        listing, person, duty.value, now,
    )  # fmt: skip
