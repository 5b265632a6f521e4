"""What falls due in credit: providers registered since are compared with the lists and checked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.kernel.db import execute, fetch, transaction
from vendors.credit.checks import check_new_providers
from vendors.credit.lists import RegisterLookup, enter_candidates, enter_matches
from vendors.credit.rules import Known, Match


async def check_registrations(now: datetime) -> None:
    """Compare providers registered since with the confirmed lists, then check them and keep the proof (R-CRED-01)."""
    rows = await fetch(
        "SELECT p.id, p.credit_code, o.name FROM provider p JOIN organisation o ON o.id = p.organisation"
        " WHERE NOT EXISTS (SELECT 1 FROM credit_check k WHERE k.provider = p.id AND k.moment = 'registration')"
        " ORDER BY p.registered_at LIMIT 500"
    )
    if not rows:
        return
    lookup = RegisterLookup([Known(row["id"], row["credit_code"], row["name"]) for row in rows])
    async with transaction():
        for entry in await fetch(
            "SELECT r.id, r.name, r.credit_code, r.credit_list, l.confirmed_by FROM credit_list_row r"
            " JOIN credit_list l ON l.id = r.credit_list AND l.status = 'confirmed' WHERE r.is_same <> 'yes'"
        ):
            match = lookup.match(entry["name"], entry["credit_code"])
            if match.matched_by != "none":
                await _match_later(entry, match, now)
        await check_new_providers(now)


async def _match_later(row: Any, match: Match, now: datetime) -> None:
    """Whoever came since with the code is it; one that came with the name is put before a person, beside the others."""
    await enter_candidates([(row["id"], match)])
    await execute(
        "UPDATE credit_list_row SET provider = $2, matched_by = $3, is_same = $4, decided_by = NULL, decided_at = NULL"
        " WHERE id = $1",
        row["id"], match.provider if match.is_same == "yes" else None, match.matched_by, match.is_same,
    )  # fmt: skip
    if match.is_same == "yes":
        await enter_matches(row["credit_list"], row["confirmed_by"], now)
