"""Who is on duty, and reports of harm as their few readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.safeguarding.rules import may_see_report
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]

_REPORT = """
SELECT s.*, o.name AS office_name, o.name_en AS office_name_en, r.name AS reported_by_name, f.name AS officer_name,
  t.name AS taken_by_name, c.name AS closed_by_name
FROM safeguarding_report s JOIN organisation o ON o.id = s.office JOIN person r ON r.id = s.reported_by
LEFT JOIN person f ON f.id = s.officer LEFT JOIN person t ON t.id = s.taken_by LEFT JOIN person c ON c.id = s.closed_by
"""
# an officer's reports: the own office's, and every one for who oversees cases
_MINE = "($2 OR s.office = $1)"


async def officers_of(offices: Sequence[UUID], on: date) -> dict[UUID, Row]:
    """Who is called for each office on a day: its own officer on duty, else the county's; nobody where neither is."""
    rows = await fetch(
        "SELECT o.id AS of, d.person, d.phone, p.name, x.kind FROM organisation o"
        " CROSS JOIN LATERAL (SELECT d.*, y.kind = 'civil_affairs' AND y.id <> o.id AS far FROM safeguarding_duty d"
        "  JOIN organisation y ON y.id = d.office JOIN person q ON q.id = d.person AND q.is_active"
        "  WHERE (d.office = o.id OR y.kind = 'civil_affairs') AND $2 BETWEEN d.from_on AND d.to_on"
        "  AND d.ended_at IS NULL ORDER BY far, d.from_on DESC, d.entered_at DESC LIMIT 1) d"
        " JOIN person p ON p.id = d.person JOIN organisation x ON x.id = d.office WHERE o.id = ANY($1::uuid[])",
        list(offices), on,
    )  # fmt: skip
    return {row["of"]: {**row, "phone": reveal(row["phone"], "safeguarding_duty.phone")} for row in rows}


async def office_for(town: UUID | None, recipient_code: str, actor: Actor, roles: Sequence[str]) -> UUID:
    """Whom a report goes to: the town that was said, the resident's, the reporter's own, where the reporter was last.

    Of these the first that has one of the named few; else whichever office has: nobody reports to an empty desk.
    """
    found: UUID | None = await fetchval(
        "SELECT o.id FROM organisation o LEFT JOIN (VALUES (1, $1::uuid),"
        "  (2, (SELECT town FROM resident WHERE code = $2)), (3, $3::uuid),"
        "  (4, (SELECT v.town FROM visit v WHERE v.person = $4 ORDER BY v.day DESC, v.begins_at DESC LIMIT 1)))"
        "  AS said (place, id) ON said.id = o.id WHERE o.kind IN ('town', 'civil_affairs')"
        " ORDER BY NOT EXISTS (SELECT FROM membership m JOIN person p ON p.id = m.person AND p.is_active"
        "  WHERE m.organisation = o.id AND m.role = ANY($5::text[])), said.place NULLS LAST, o.kind, o.sort_key"
        " LIMIT 1",
        town, recipient_code, actor.organisation_id, actor.person_id, list(roles),
    )  # fmt: skip
    if found is None:
        raise NotFound()
    return found


async def known_report(report: UUID) -> Row | None:
    """Whether a report of this identity is there: its reporter and reference."""
    row = await fetchrow("SELECT reported_by, reference FROM safeguarding_report WHERE id = $1", report)
    return dict(row) if row else None


async def report_page(reference: str, visible_to: Actor) -> Row:
    """A report with its texts. Raises NotFound for whoever may not see it (R-CHILD-01)."""
    row = await fetchrow(_REPORT + " WHERE s.reference = $1", reference)
    if row is None or not may_see_report(visible_to, row):
        raise NotFound()
    return {
        **row, "words": reveal(row["words"], "safeguarding_report.words"),
        "done": reveal(row["done"], "safeguarding_report.done"),
    }  # fmt: skip


async def lock_report(report: UUID) -> Row:
    """The row as it lies, held until the transaction ends."""
    row = await fetchrow("SELECT * FROM safeguarding_report WHERE id = $1 FOR NO KEY UPDATE", report)
    assert row is not None
    return dict(row)


async def queue_of(actor: Actor) -> list[Row]:
    """The officer's reports: open ones by their clock, then what is closed; without the texts."""
    rows = await fetch(
        _REPORT + f" WHERE {_MINE} ORDER BY s.status = 'closed', CASE s.status WHEN 'open' THEN s.take_by"
        " WHEN 'taken' THEN s.finish_by END, s.reported_at DESC LIMIT 200",
        actor.organisation_id, actor.may(Permission.OVERSEE_CASES),
    )  # fmt: skip
    return [{**row, "words": "", "done": ""} for row in rows]


async def reported_by(person: UUID) -> list[Row]:
    """What somebody reported: number, kind and state."""
    rows = await fetch(
        "SELECT reference, kind, status, reported_at FROM safeguarding_report WHERE reported_by = $1"
        " ORDER BY reported_at DESC LIMIT 50",
        person,
    )
    return [dict(row) for row in rows]


async def untaken(now: datetime) -> list[UUID]:
    """Reports that nobody took up in time and of which the county was not told yet."""
    rows = await fetch(
        "SELECT id FROM safeguarding_report WHERE status = 'open' AND take_by < $1 AND escalated_at IS NULL", now
    )
    return [row["id"] for row in rows]


async def duties_of(actor: Actor, on: date) -> list[Row]:
    """Who is and will be on duty, of the own office, for the county of all."""
    rows = await fetch(
        "SELECT d.*, p.name AS person_name, o.name AS office_name, o.name_en AS office_name_en"
        " FROM safeguarding_duty d JOIN person p ON p.id = d.person JOIN organisation o ON o.id = d.office"
        " WHERE ($2 OR d.office = $1) AND d.to_on >= $3 AND d.ended_at IS NULL ORDER BY d.from_on, p.name LIMIT 200",
        actor.organisation_id, actor.may(Permission.OVERSEE_CASES), on,
    )  # fmt: skip
    return [{**row, "phone": reveal(row["phone"], "safeguarding_duty.phone")} for row in rows]


async def colleagues_of(office: UUID, roles: Sequence[str]) -> list[Row]:
    """Who of an office may be put on duty."""
    rows = await fetch(
        "SELECT DISTINCT p.id, p.name FROM membership m JOIN person p ON p.id = m.person AND p.is_active"
        " WHERE m.organisation = $1 AND m.role = ANY($2::text[]) ORDER BY p.name",
        office, list(roles),
    )  # fmt: skip
    return [dict(row) for row in rows]
