"""Events, who came to them, and who looks for work: by code, for the own town and for the county."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


def scope(actor: Actor) -> tuple[UUID | None, bool]:
    """What lists of residents are asked with for a reader: own town, whether all towns are read."""
    own = actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None
    return own, actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)


_EVENT = """
SELECT e.*, p.name AS planned_by_name,
       (SELECT coalesce(sum(v.places), 0)::int FROM job_vacancy v WHERE v.event = e.id) AS places,
       c.came, c.hired, c.still, c.asked
FROM job_event e JOIN person p ON p.id = e.planned_by
LEFT JOIN LATERAL (SELECT count(*)::int AS came, count(a.hired_on)::int AS hired, count(a.asked_on)::int AS asked,
                   count(*) FILTER (WHERE a.still)::int AS still FROM job_attendance a WHERE a.event = e.id) c ON true
"""


async def list_events() -> list[Row]:
    """Every event with its numbers, newest first."""
    return [dict(r) for r in await fetch(_EVENT + " ORDER BY e.planned_on DESC, e.reference LIMIT 200")]


async def event_page(reference: str) -> Row:
    """One event with its numbers. Raises NotFound."""
    row = await fetchrow(_EVENT + " WHERE e.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def lock_event(event: UUID) -> Row:
    """The event, held until the transaction ends."""
    row = await fetchrow("SELECT * FROM job_event WHERE id = $1 FOR UPDATE", event)
    assert row is not None
    return dict(row)


async def vacancies_of(event: UUID) -> list[Row]:
    """The posts of an event, with how many were hired for each."""
    rows = await fetch(
        "SELECT v.*, (SELECT count(*)::int FROM job_attendance a WHERE a.vacancy = v.id) AS hired FROM job_vacancy v"
        " WHERE v.event = $1 ORDER BY v.employer, v.post, v.id",
        event,
    )
    return [dict(r) for r in rows]


_ATTENDANCE = """
SELECT a.*, coalesce(r.code, '') AS code, o.name AS town_name, o.name_en AS town_name_en, v.employer, v.post,
       e.reference, e.held_on
FROM job_attendance a JOIN organisation o ON o.id = a.town JOIN job_event e ON e.id = a.event
LEFT JOIN resident r ON r.id = a.resident LEFT JOIN job_vacancy v ON v.id = a.vacancy
"""


async def attendance_of(event: UUID, actor: Actor) -> list[Row]:
    """Who came, by code: a town sees its own residents."""
    rows = await fetch(
        _ATTENDANCE + " WHERE a.event = $1 AND (a.town = $2 OR $3) ORDER BY o.sort_key, r.code, a.id LIMIT 1000",
        event, *scope(actor),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def lock_attendance(attendance: UUID, town: UUID) -> Row:
    """One who came of a town, held until the transaction ends. Raises NotFound."""
    row = await fetchrow(_ATTENDANCE + " WHERE a.id = $1 AND a.town = $2 FOR UPDATE OF a", attendance, town)
    if row is None:
        raise NotFound()
    return dict(row)


async def resident_of(code: str, town: UUID) -> UUID | None:
    """A resident of a town by code."""
    found: UUID | None = await fetchval("SELECT id FROM resident WHERE code = $1 AND town = $2", code, town)
    return found


async def has_event(first: date, last: date) -> bool:
    """Whether an event of a quarter is planned or was held."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT FROM job_event WHERE status <> 'cancelled'"
        " AND coalesce(held_on, planned_on) BETWEEN $1 AND $2)",
        first, last,
    )  # fmt: skip
    return found


async def planned_until(on: date) -> list[Row]:
    """Events whose day has come and whose result nobody entered."""
    rows = await fetch(
        "SELECT reference, planned_on FROM job_event WHERE status = 'planned' AND planned_on <= $1"
        " ORDER BY planned_on, reference",
        on,
    )
    return [dict(r) for r in rows]


async def not_asked_of(town: UUID) -> list[Row]:
    """Hired residents of a town who were not asked again."""
    rows = await fetch(
        _ATTENDANCE + " WHERE a.town = $1 AND a.hired_on IS NOT NULL AND a.asked_on IS NULL"
        " ORDER BY a.hired_on, r.code LIMIT 200",
        town,
    )
    return [dict(r) for r in rows]


async def list_seekers(actor: Actor) -> list[Row]:
    """Who looks for work, by code: open ones first; a town sees its own residents."""
    rows = await fetch(
        "SELECT s.*, coalesce(r.code, '') AS code, o.name AS town_name, o.name_en AS town_name_en,"
        " l.reference AS list_reference FROM job_seeker s JOIN organisation o ON o.id = s.town"
        " LEFT JOIN resident r ON r.id = s.resident LEFT JOIN job_list_line x ON x.seeker = s.id"
        " LEFT JOIN job_list l ON l.id = x.job_list WHERE (s.town = $1 OR $2)"
        " ORDER BY s.ended_at IS NOT NULL, s.entered_at DESC, r.code LIMIT 500",
        *scope(actor),
    )
    return [dict(r) for r in rows]


async def seekers_to_send() -> list[UUID]:
    """Disabled people who look for work, agreed, and stand on no list."""
    rows = await fetch(
        "SELECT s.id FROM job_seeker s WHERE s.kind = 'disabled' AND s.ended_at IS NULL"
        " AND NOT EXISTS (SELECT FROM job_list_line x WHERE x.seeker = s.id) ORDER BY s.id FOR UPDATE"
    )
    return [r["id"] for r in rows]


async def list_lists() -> list[Row]:
    """The lists that were made, newest first."""
    rows = await fetch(
        "SELECT l.*, p.name AS made_by_name, (SELECT count(*)::int FROM job_list_line x WHERE x.job_list = l.id)"
        " AS people FROM job_list l JOIN person p ON p.id = l.made_by ORDER BY l.made_at DESC LIMIT 100"
    )
    return [dict(r) for r in rows]


async def list_page(reference: str) -> Row:
    """One list. Raises NotFound."""
    row = await fetchrow("SELECT * FROM job_list WHERE reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def people_of(job_list: UUID) -> list[Row]:
    """Who stands on a list, with what lies encrypted: for the making of its file alone."""
    rows = await fetch(
        "SELECT s.resident, s.wish, o.name AS town, r.name, r.phone FROM job_list_line x"
        " JOIN job_seeker s ON s.id = x.seeker JOIN organisation o ON o.id = s.town"
        " JOIN resident r ON r.id = s.resident"
        " WHERE x.job_list = $1 AND s.ended_at IS NULL ORDER BY o.sort_key, r.code",
        job_list,
    )
    return [dict(r) for r in rows]
