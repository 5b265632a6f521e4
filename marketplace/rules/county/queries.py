"""County rows with their decisions: finance sees all of them, the public what was approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.rules.county.rules import Proposed

Row = dict[str, Any]
MOST_DECIDED = 200

_ROW = (
    "SELECT r.*, d.is_approved, d.reason, d.decided_by_name, d.decided_at"
    " FROM county_rule r LEFT JOIN county_rule_decision d ON d.rule = r.id"
)


async def waiting() -> list[Row]:
    """Rows that nobody decided yet, the oldest first."""
    return [dict(each) for each in await fetch(_ROW + " WHERE d.id IS NULL ORDER BY r.proposed_at")]


async def decided() -> list[Row]:
    """The rows decided last."""
    sql = _ROW + " WHERE d.id IS NOT NULL ORDER BY d.decided_at DESC LIMIT $1"
    return [dict(each) for each in await fetch(sql, MOST_DECIDED)]


async def approved_for(rule_id: str) -> list[Row]:
    """What the county entered for one rule, newest first: its history for everybody."""
    sql = _ROW + " WHERE split_part(r.key, '/', 1) = $1 AND d.is_approved ORDER BY d.decided_at DESC"
    return [dict(each) for each in await fetch(sql, rule_id)]


async def county_rule(identity: UUID) -> Row:
    """One row. Raises NotFound."""
    found = await fetchrow(_ROW + " WHERE r.id = $1", identity)
    if found is None:
        raise NotFound()
    return dict(found)


def proposed(row: Mapping[str, Any]) -> Proposed:
    """A row as the rules judge it."""
    return Proposed(row["proposed_by"], row["effective_from"], row["decided_at"])
