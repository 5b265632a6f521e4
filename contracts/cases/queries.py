"""Cases as the town's window, civil affairs and supervision see them; no list says who a resident is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from contracts.cases.rules import may_see_case
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
PAGE_SIZE = 25
EXPORT_MOST = 5000

_CASE = """
SELECT a.*, r.code, o.name AS town_name, o.name_en AS town_name_en, h.name AS handler_name,
       b.name AS held_by_name, b.name_en AS held_by_name_en, g.name AS registered_by_name,
       d.name AS decided_by_name, d.name_en AS decided_by_name_en, k.name AS recorded_by_name
FROM assistance_case a JOIN resident r ON r.id = a.resident JOIN organisation o ON o.id = a.town
JOIN person h ON h.id = a.handler JOIN organisation b ON b.id = a.held_by JOIN person g ON g.id = a.registered_by
LEFT JOIN organisation d ON d.id = a.decided_by_office LEFT JOIN person k ON k.id = a.recorded_by
"""
# of a case `a`: what may_see_case says, for lists: sees all, own town, sees restricted
SEEN = "(a.capacity = 'full' OR $3) AND ($1 OR a.town = $2)"


def scope(actor: Actor) -> tuple[bool, UUID | None, bool]:
    """What `SEEN` is asked with for a reader."""
    sees_all = actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)
    own = actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None
    return sees_all, own, actor.may(Permission.SEE_RESTRICTED_CASES)


async def case_page(reference: str, visible_to: Actor) -> Row:
    """A case by its reference. Raises NotFound for whoever may not see it (R-LAW-01, R-CHILD-01)."""
    row = await fetchrow(_CASE + " WHERE a.reference = $1", reference)
    if row is None or not may_see_case(visible_to, row):
        raise NotFound()
    return dict(row)


async def lock_case(case_id: UUID) -> Row:
    """The case's row, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM assistance_case WHERE id = $1 FOR NO KEY UPDATE", case_id) is None:
        raise NotFound()
    row = await fetchrow(_CASE + " WHERE a.id = $1", case_id)
    assert row is not None
    return dict(row)


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to; empty texts narrow nothing."""

    q: str = ""
    status: str = ""
    help_kind: str = ""
    village: str = ""
    mine: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class CaseList:
    """One page of cases."""

    rows: list[Row]
    number: int
    pages: int
    total: int
    filters: Mapping[str, str]

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        kept = {name: value for name, value in self.filters.items() if value}
        return f"?{urlencode({**kept, 'number': number})}"


_NARROWED = (
    f" WHERE {SEEN} AND ($4 = '' OR a.status = $4) AND ($5 = '' OR a.help_kind = $5) AND ($6 = '' OR a.village = $6)"
    " AND (NOT $7 OR a.handler = $8)"
    " AND (NOT $9 OR (a.status = 'open' AND (a.due_at < $10 OR (a.due_at IS NULL AND a.due_on < $11))))"
    " AND ($12 = '' OR a.reference ILIKE $12 OR r.code ILIKE $12 OR a.village ILIKE $12)"
)
_ORDER = " ORDER BY a.status <> 'open', a.due_on NULLS LAST, a.registered_at DESC, a.reference"


def _arguments(wanted: CaseFilter, actor: Actor, now: datetime) -> list[Any]:
    escaped = wanted.q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [
        *scope(actor), wanted.status, wanted.help_kind, wanted.village, wanted.mine, actor.person_id, wanted.overdue,
        now, county_day(now), f"%{escaped}%" if escaped else "",
    ]  # fmt: skip


async def list_cases(wanted: CaseFilter, actor: Actor, now: datetime, number: int = 1) -> CaseList:
    """One page of what this reader may see: open ones first, by their last day."""
    arguments = _arguments(wanted, actor, now)
    total = await fetchval(
        f"SELECT count(*) FROM assistance_case a JOIN resident r ON r.id = a.resident{_NARROWED}", *arguments
    )
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = await fetch(
        f"{_CASE}{_NARROWED}{_ORDER} LIMIT {PAGE_SIZE} OFFSET $13", *arguments, (number - 1) * PAGE_SIZE
    )
    filters = {
        "q": wanted.q, "status": wanted.status, "help_kind": wanted.help_kind, "village": wanted.village,
        "mine": "1" if wanted.mine else "", "overdue": "1" if wanted.overdue else "",
    }  # fmt: skip
    return CaseList([dict(r) for r in rows], number, pages, total, filters)


async def all_cases(wanted: CaseFilter, actor: Actor, now: datetime) -> list[Row]:
    """What the list holds in all, for its spreadsheet; without identity."""
    rows = await fetch(f"{_CASE}{_NARROWED}{_ORDER} LIMIT {EXPORT_MOST}", *_arguments(wanted, actor, now))
    return [dict(r) for r in rows]


async def villages_of(actor: Actor) -> list[str]:
    """The villages of the cases this reader may see, for the filter."""
    rows = await fetch(
        f"SELECT DISTINCT a.village FROM assistance_case a WHERE {SEEN} ORDER BY a.village LIMIT 300", *scope(actor)
    )
    return [r["village"] for r in rows]


async def steps_of(case_id: UUID) -> list[Row]:
    """Who had the case when, in order."""
    rows = await fetch(
        "SELECT s.what, s.note, s.at, o.name AS office_name, o.name_en AS office_name_en, p.name AS person_name,"
        " d.name AS done_by_name FROM case_step s JOIN organisation o ON o.id = s.office"
        " LEFT JOIN person p ON p.id = s.person JOIN person d ON d.id = s.done_by"
        ' WHERE s."case" = $1 ORDER BY s.nth',
        case_id,
    )
    return [dict(r) for r in rows]


async def looks_at(resident: UUID) -> list[Row]:
    """Who was shown this resident's identity, why, newest first."""
    rows = await fetch(
        "SELECT l.reference, l.purpose, l.seen_at, p.name AS seen_by_name FROM resident_look l"
        " JOIN person p ON p.id = l.seen_by WHERE l.resident = $1 ORDER BY l.seen_at DESC LIMIT 50",
        resident,
    )
    return [dict(r) for r in rows]


async def cases_of_resident(resident: UUID, visible_to: Actor, besides: UUID) -> list[Row]:
    """Other cases of the same resident that this reader may see."""
    rows = await fetch(
        f"SELECT a.reference, a.help_kind, a.status, a.registered_at FROM assistance_case a WHERE {SEEN}"
        " AND a.resident = $4 AND a.id <> $5 ORDER BY a.registered_at DESC LIMIT 50",
        *scope(visible_to), resident, besides,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def pauses_of(case_id: UUID) -> list[Row]:
    """When the clock stood still, in order."""
    rows = await fetch('SELECT * FROM case_pause WHERE "case" = $1 ORDER BY from_on, id', case_id)
    return [dict(r) for r in rows]


async def guardian_of(case_id: UUID) -> Row | None:
    """Who stands for the resident now; name and telephone stay hidden."""
    row = await fetchrow(
        'SELECT id, model, relation, entered_at FROM case_guardian WHERE "case" = $1 AND ended_at IS NULL', case_id
    )
    return dict(row) if row else None


async def consents_of(case_id: UUID) -> list[Row]:
    """What was agreed to, the withdrawn ones too."""
    rows = await fetch('SELECT * FROM case_consent WHERE "case" = $1 ORDER BY entered_at, id', case_id)
    return [dict(r) for r in rows]


async def holds_consent(case_id: UUID, about: str) -> bool:
    """Whether there is a consent of this kind that was not withdrawn (R-CIV-06)."""
    found: bool = await fetchval(
        'SELECT EXISTS (SELECT FROM case_consent WHERE "case" = $1 AND about = $2 AND withdrawn_at IS NULL)',
        case_id, about,
    )  # fmt: skip
    return found


async def colleagues_of(town: UUID) -> list[Row]:
    """Who of a town may have a case in hand."""
    rows = await fetch(
        "SELECT DISTINCT p.id, p.name, bool_or(m.role = 'child_officer') OVER (PARTITION BY p.id) AS sees_restricted"
        " FROM membership m JOIN person p ON p.id = m.person AND p.is_active WHERE m.organisation = $1"
        " AND m.role IN ('clerk', 'child_officer') ORDER BY p.name",
        town,
    )
    return [dict(r) for r in rows]


async def open_of(person: UUID, town: UUID) -> list[Row]:
    """Open cases that somebody of a town has in hand."""
    rows = await fetch(
        _CASE + " WHERE a.handler = $1 AND a.town = $2 AND a.status = 'open' ORDER BY a.due_on NULLS LAST, a.reference",
        person, town,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def county_office() -> Row | None:
    """The county's civil affairs bureau, to which cases are passed for its decision."""
    row = await fetchrow(
        "SELECT id, name, name_en FROM organisation WHERE kind = 'civil_affairs' ORDER BY sort_key LIMIT 1"
    )
    return dict(row) if row else None


async def held_by_county(office: UUID, today: date) -> list[Row]:
    """Open cases that wait for an office's decision to be recorded."""
    rows = await fetch(
        _CASE + " WHERE a.held_by = $1 AND a.town <> $1 AND a.status = 'open'"
        " ORDER BY a.due_on NULLS LAST, a.reference LIMIT 200",
        office,
    )
    return [dict(r) for r in rows]


async def unfiled_of(town: UUID, sees_restricted: bool) -> list[Row]:
    """Temporary relief that a town has granted and not filed with the county (R-RELIEF-01)."""
    rows = await fetch(
        _CASE + " WHERE a.town = $1 AND a.help_kind = 'temporary' AND a.status IN ('granted', 'ended')"
        " AND a.decided_by_office = a.town AND a.filed_on IS NULL AND (a.capacity = 'full' OR $2)"
        " ORDER BY a.decided_on, a.reference LIMIT 100",
        town, sees_restricted,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def orders_beside(case_id: UUID) -> list[Row]:
    """The service orders of a case in short, newest first; each has a page of its own."""
    rows = await fetch(
        "SELECT s.reference, s.task, s.status, s.due_on, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM service_order s JOIN contract c ON c.id = s.contract JOIN provider p ON p.id = c.provider"
        ' JOIN organisation o ON o.id = p.organisation WHERE s."case" = $1 ORDER BY s.asked_at DESC, s.reference',
        case_id,
    )
    return [dict(r) for r in rows]


async def checks_beside(case_id: UUID) -> list[Row]:
    """The household checks of a case in short, newest first; each has a page of its own."""
    rows = await fetch(
        'SELECT reference, status, planned_on, visited_on, conclusion FROM household_check WHERE "case" = $1'
        " ORDER BY planned_at DESC, reference",
        case_id,
    )
    return [dict(r) for r in rows]


async def referrals_beside(case_id: UUID) -> list[Row]:
    """The referrals of a case in short, newest first; each has a page of its own."""
    rows = await fetch(
        'SELECT reference, department, status, answer_until FROM case_referral WHERE "case" = $1'
        " ORDER BY sent_at DESC, reference",
        case_id,
    )
    return [dict(r) for r in rows]


async def advance_beside(case_id: UUID) -> Row | None:
    """What was given at once from the reserve fund for a case, if anything was."""
    row = await fetchrow('SELECT reference, amount, event_at, helped_at FROM relief_advance WHERE "case" = $1', case_id)
    return dict(row) if row else None
