"""What people see of their own second factor."""

from __future__ import annotations

import time
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.second_factor.rules import SECRET, next_code
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.private_columns import reveal


async def own_factor(actor: Actor) -> dict[str, Any]:
    """User name, since when a code is asked (None: not yet), and how many recovery codes are left."""
    row = await fetchrow(
        "SELECT p.username, f.begun_at, (SELECT count(*) FROM recovery_code r WHERE r.person = p.id"
        " AND r.used_at IS NULL) AS codes_left FROM person p LEFT JOIN second_factor f ON f.person = p.id"
        " WHERE p.id = $1",
        actor.person_id,
    )
    assert row is not None
    return dict(row)


async def codes_of(usernames: list[str]) -> dict[str, dict[str, Any]]:
    """A code that would be accepted for each of these accounts. Only pages of a demo may show it."""
    rows = await fetch(
        "SELECT p.username, f.secret, array_agg(u.step) FILTER (WHERE u.step IS NOT NULL) AS used"
        " FROM person p JOIN second_factor f ON f.person = p.id LEFT JOIN used_code u ON u.person = p.id"
        " WHERE p.username = ANY($1::text[]) GROUP BY 1, 2 ORDER BY 1",
        usernames,
    )
    seconds, codes = time.time(), {}
    for row in rows:
        code, wait = next_code(reveal(row["secret"], SECRET), frozenset(row["used"] or ()), seconds)
        codes[row["username"]] = {"code": code, "wait_seconds": wait}
    return codes
