"""One line with the visits behind it, what was said about it and what has to come back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.subsidies.queries import line_by
from contracts.visits.rules import last_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

# a month's hours of one person: those closed months hold for every post of the line's worker
_VISITS = """
SELECT v.id, v.day, ml.minutes, c.reference AS contract FROM visit v JOIN month_line ml ON ml.visit = v.id
JOIN contract c ON c.id = v.contract
WHERE v.day BETWEEN $1 AND $2 AND v.worker IN (
  SELECT w.id FROM worker w WHERE w.id = $3 OR w.file = (SELECT file FROM worker WHERE id = $3))
ORDER BY v.day, v.id LIMIT 400
"""


async def line_page(line_id: UUID, visible_to: Actor) -> Row:
    """A line for its worker, or for those who run, approve or supervise subsidies. Raises NotFound."""
    line = await line_by(line_id)
    if line is None or not _sees(line, visible_to):
        raise NotFound()
    return line


def _sees(row: Any, actor: Actor) -> bool:
    return row["of_person"] == actor.person_id or any(
        actor.may(each)
        for each in (Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING)
    )


async def visits_behind(line: Row) -> list[Row]:
    """The visits whose minutes the line counted, day by day."""
    return [dict(row) for row in await fetch(_VISITS, line["month"], last_day(line["month"]), line["worker"])]


async def objections_to(line: UUID) -> list[Row]:
    """What the worker objected to and what was answered, the newest first."""
    rows = await fetch(
        "SELECT b.*, a.name AS answered_by_name FROM subsidy_objection b LEFT JOIN person a ON a.id = b.answered_by"
        " WHERE b.line = $1 ORDER BY b.raised_at DESC",
        line,
    )
    return [dict(row) for row in rows]


async def recoveries_of(line: UUID) -> list[Row]:
    """What has to come back, the newest first."""
    rows = await fetch(
        "SELECT v.*, p.name AS proposed_by_name, d.name AS decided_by_name, l.name AS lifted_by_name"
        " FROM subsidy_recovery v JOIN person p ON p.id = v.proposed_by LEFT JOIN person d ON d.id = v.decided_by"
        " LEFT JOIN person l ON l.id = v.lifted_by"
        " WHERE v.line = $1 ORDER BY v.proposed_at DESC",
        line,
    )
    return [dict(row) for row in rows]


async def open_objections(run: UUID) -> int:
    """How many objections to a run wait for an answer."""
    return int(
        await fetchval(
            "SELECT count(*) FROM subsidy_objection b JOIN subsidy_line l ON l.id = b.line"
            " WHERE l.run = $1 AND b.status = 'open'",
            run,
        )
    )


async def waiting_objections() -> list[Row]:
    """Lines with an objection to be answered, the oldest first."""
    rows = await fetch(
        "SELECT l.id, l.name, r.month, r.run_by, b.raised_at FROM subsidy_objection b"
        " JOIN subsidy_line l ON l.id = b.line JOIN subsidy_run r ON r.id = l.run"
        " WHERE b.status = 'open' ORDER BY b.raised_at LIMIT 100"
    )
    return [dict(row) for row in rows]


async def waiting_recoveries() -> list[Row]:
    """Lines with a recovery to be decided or money to come, the oldest first."""
    rows = await fetch(
        "SELECT l.id, l.name, r.month, v.status, v.amount, v.proposed_by FROM subsidy_recovery v"
        " JOIN subsidy_line l ON l.id = v.line JOIN subsidy_run r ON r.id = l.run"
        " WHERE v.status IN ('proposed', 'ordered') ORDER BY v.proposed_at LIMIT 100"
    )
    return [dict(row) for row in rows]
