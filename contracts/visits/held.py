"""The visits held about one person, for the person to read and take along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch

Row = dict[str, Any]

_EVERY = """
SELECT v.id, v.day, v.begins_at, v.ends_at, v.minutes, v.status, v.recipient_code, v.note, v.reason, v.entered_at,
  v.decided_at, d.name AS decided_by, c.reference AS contract, e.name AS employer, t.name AS town, v.village
FROM visit v JOIN contract c ON c.id = v.contract JOIN provider p ON p.id = c.provider
JOIN organisation e ON e.id = p.organisation JOIN organisation t ON t.id = v.town
LEFT JOIN person d ON d.id = v.decided_by
WHERE v.person = $1 ORDER BY v.day, v.begins_at, v.entered_at
"""
_MONTHS = """
SELECT date_trunc('month', v.day)::date AS month, e.name AS employer, e.name_en AS employer_en, count(*)::int AS visits,
  coalesce(sum(v.minutes) FILTER (WHERE v.status = 'approved'), 0)::int AS approved_minutes,
  string_agg(DISTINCT d.name, '、') AS decided_by
FROM visit v JOIN contract c ON c.id = v.contract JOIN provider p ON p.id = c.provider
JOIN organisation e ON e.id = p.organisation LEFT JOIN person d ON d.id = v.decided_by
WHERE v.person = $1 AND v.status <> 'replaced' GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2
"""


async def every_visit(person: UUID) -> list[Row]:
    """Each visit a person logged with its points and who decided on it, from the first to the last."""
    return [dict(row) for row in await fetch(_EVERY, person)]


async def months_of(person: UUID) -> list[Row]:
    """What a person logged by month and employer, with those who decided on it; the newest first."""
    return [dict(row) for row in await fetch(_MONTHS, person)]
