"""The lines of closed months, a page of them at a time: what a payment opens down to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.visits.rules import last_day
from marketplace.kernel.db import fetch, fetchval

Row = dict[str, Any]
LINES_SHOWN = 100

_POINTS = (
    "v.id AS visit, v.day, v.begins_at, v.ends_at, v.recipient_code, v.village, v.town, v.worker, v.reason, l.kind,"
    " l.minutes"
)
# names are looked up for the rows that are shown, not for those that are passed over
_NAMED = (
    "SELECT s.*, t.name AS town_name, t.name_en AS town_name_en, w.name AS worker_name FROM ({rows}) s"
    " JOIN organisation t ON t.id = s.town CROSS JOIN LATERAL worker_as_of(s.worker, s.day) w"
    " ORDER BY s.day, s.begins_at, s.visit"
)
# by the days of the month, so that the index of a contract's days gives them in their order; from the end for a page
# that is nearer to it, so that at most half of them are passed over
_OWN_ROWS = (
    f"SELECT {_POINTS} FROM visit v JOIN month_line l ON l.visit = v.id AND l.month_close = $2 AND l.kind = 'visit'"
    " WHERE v.contract = $1 AND v.day BETWEEN $3 AND $4 ORDER BY {order} LIMIT $5 OFFSET $6"
)
_OWN = _NAMED.format(rows=_OWN_ROWS.replace("{order}", "v.day, v.begins_at, v.id"))
_OWN_BACKWARDS = _NAMED.format(rows=_OWN_ROWS.replace("{order}", "v.day DESC, v.begins_at DESC, v.id DESC"))
_ADJUSTMENTS = _NAMED.format(
    rows=f"SELECT {_POINTS} FROM month_line l JOIN visit v ON v.id = l.visit"
    " WHERE l.month_close = $1 AND l.kind <> 'visit' ORDER BY v.day, v.begins_at, v.id LIMIT $2 OFFSET $3"
)
# behind a closed month `m`: as it was counted when it was closed
RESIDENTS = (
    "coalesce(m.residents, (SELECT count(DISTINCT v.recipient_code) FROM month_line l JOIN visit v ON v.id = l.visit"
    " WHERE l.month_close = m.id))"
)


async def lines_shown(close: Mapping[str, Any], number: int) -> list[Row]:
    """One page of a closed month, counted from 1: its own visits by day, then its `adjustments` of earlier months."""
    passed, rows = (number - 1) * LINES_SHOWN, []
    if (own := close["visit_count"] - passed) > 0:
        month, shown = (close["month"], last_day(close["month"])), min(own, LINES_SHOWN)
        asked, passing = (_OWN, passed) if passed <= own - shown else (_OWN_BACKWARDS, own - shown)
        rows = await fetch(asked, close["contract"], close["id"], *month, shown, passing)
    left = LINES_SHOWN - len(rows)
    if left and close["adjustments"]:
        rows += await fetch(_ADJUSTMENTS, close["id"], left, max(passed - close["visit_count"], 0))
    return [dict(row) for row in rows]


async def adjustments_of(close: UUID) -> list[Row]:
    """Everything in a closed month that changes earlier ones."""
    return [dict(row) for row in await fetch(_ADJUSTMENTS, close, None, 0)]


async def serves_so_many(close: UUID, least: int) -> bool:
    """Whether at least so many residents stand behind a closed month."""
    residents: int = await fetchval(f"SELECT {RESIDENTS} FROM month_close m WHERE m.id = $1", close)
    return residents >= least
