"""Leads and sweeps as a town and the county see them; what a lead tells stands on its own page alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.discovery.rules import VillageCount, coverage, may_see_lead
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]
MOST = 300

_LEAD = """
SELECT l.id, l.reference, l.town, l.village, l.channel, l.about, l.came_at, l.status, l.close_kind, l.settled_at,
       l.told, l.contact, o.name AS town_name, o.name_en AS town_name_en, p.name AS entered_by_name,
       s.name AS settled_by_name, a.reference AS case_reference, a.capacity
FROM lead l JOIN organisation o ON o.id = l.town LEFT JOIN person p ON p.id = l.entered_by
LEFT JOIN person s ON s.id = l.settled_by LEFT JOIN assistance_case a ON a.id = l."case"
"""
# of a lead `l`: what may_see_lead says, for lists: own town, reads others
_SEEN = "(l.town = $1 OR ($2 AND l.about = 'self'))"


def scope(actor: Actor) -> tuple[UUID | None, bool]:
    """What lists of leads and sweeps are asked with for a reader: own town, whether the county's are read."""
    own = actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None
    return own, actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)


async def lead_page(reference: str, visible_to: Actor) -> Row:
    """One lead; only the town's window reads what it tells. Raises NotFound (R-LEAD-01)."""
    row = await fetchrow(_LEAD + " WHERE l.reference = $1", reference)
    if row is None or not may_see_lead(visible_to, row):
        raise NotFound()
    is_own = visible_to.organisation_id == row["town"] and visible_to.may(Permission.HANDLE_CASES)
    shown = {name: reveal(row[name], f"lead.{name}") if is_own else "" for name in ("told", "contact")}
    hides = row["capacity"] not in (None, "full") and not visible_to.may(Permission.SEE_RESTRICTED_CASES)
    return {**row, **shown, "is_own": is_own, "case_reference": None if hides else row["case_reference"]}


async def lock_lead(lead: UUID) -> str:
    """The state of a lead, held until the transaction ends."""
    status: str = await fetchval("SELECT status FROM lead WHERE id = $1 FOR UPDATE", lead)
    return status


async def list_leads(actor: Actor, status: str, channel: str) -> list[Row]:
    """The leads this reader may see, new ones first, without what they tell."""
    rows = await fetch(
        "SELECT l.reference, l.village, l.channel, l.about, l.came_at, l.status, l.close_kind, o.name AS town_name,"
        f" o.name_en AS town_name_en FROM lead l JOIN organisation o ON o.id = l.town WHERE {_SEEN}"
        " AND ($3 = '' OR l.status = $3) AND ($4 = '' OR l.channel = $4)"
        f" ORDER BY l.status <> 'new', l.came_at DESC, l.reference LIMIT {MOST}",
        *scope(actor), status, channel,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def counts_by_town() -> list[Row]:
    """How many leads each town got and what became of them: numbers alone, those about others counted in."""
    rows = await fetch(
        "SELECT o.name AS town_name, o.name_en AS town_name_en, count(*)::int AS came,"
        " count(*) FILTER (WHERE l.status = 'new')::int AS waiting,"
        " count(*) FILTER (WHERE l.status = 'case')::int AS cases,"
        " count(*) FILTER (WHERE l.status = 'closed')::int AS closed"
        " FROM lead l JOIN organisation o ON o.id = l.town GROUP BY o.id ORDER BY o.sort_key"
    )
    return [dict(r) for r in rows]


async def new_of(town: UUID) -> list[Row]:
    """Leads of a town that nobody has settled."""
    rows = await fetch(
        "SELECT reference, came_at FROM lead WHERE town = $1 AND status = 'new' ORDER BY came_at, reference LIMIT 200",
        town,
    )
    return [dict(r) for r in rows]


async def towns() -> list[Row]:
    """The towns somebody may turn to."""
    rows = await fetch("SELECT id, name, name_en FROM organisation WHERE kind = 'town' ORDER BY sort_key")
    return [dict(r) for r in rows]


_SWEEP = """
SELECT w.*, o.name AS town_name, o.name_en AS town_name_en, p.name AS opened_by_name, f.name AS finished_by_name,
       coalesce(v.permanent, 0)::int AS permanent, coalesce(v.permanent_visited, 0)::int AS permanent_visited,
       coalesce(v.serviced, 0)::int AS serviced, coalesce(v.serviced_visited, 0)::int AS serviced_visited,
       coalesce(v.villages, 0)::int AS villages
FROM sweep w JOIN organisation o ON o.id = w.town JOIN person p ON p.id = w.opened_by
LEFT JOIN person f ON f.id = w.finished_by
LEFT JOIN LATERAL (SELECT sum(permanent) AS permanent, sum(permanent_visited) AS permanent_visited,
                   sum(serviced) AS serviced, sum(serviced_visited) AS serviced_visited, count(*) AS villages
                   FROM sweep_village x WHERE x.sweep = w.id) v ON true
"""


def _covered(row: Any) -> Row:
    return {
        **row, "permanent_share": coverage(row["permanent_visited"], row["permanent"]),
        "serviced_share": coverage(row["serviced_visited"], row["serviced"]),
    }  # fmt: skip


async def list_sweeps(actor: Actor) -> list[Row]:
    """Sweeps by year with their coverage; a town sees its own."""
    rows = await fetch(
        _SWEEP + " WHERE (w.town = $1 OR $2) ORDER BY w.year DESC, o.sort_key LIMIT 300", *scope(actor)
    )
    return [_covered(r) for r in rows]


async def sweep_page(sweep: UUID, visible_to: Actor) -> Row:
    """One sweep. Raises NotFound for strangers."""
    own, reads = scope(visible_to)
    row = await fetchrow(_SWEEP + " WHERE w.id = $1", sweep)
    if row is None or not (row["town"] == own or reads):
        raise NotFound()
    return _covered(row)


async def villages_of(sweep: UUID) -> list[Row]:
    """The villages of a sweep, with the leads of that year's sweep from each and the cases they became."""
    rows = await fetch(
        "SELECT v.*, count(l.id)::int AS leads, count(l.\"case\")::int AS cases FROM sweep_village v"
        " JOIN sweep w ON w.id = v.sweep LEFT JOIN lead l ON l.town = w.town AND l.channel = 'sweep'"
        "  AND l.village = v.village AND extract(year FROM l.came_at AT TIME ZONE 'Asia/Shanghai') = w.year"
        " WHERE v.sweep = $1 GROUP BY v.id ORDER BY v.village",
        sweep,
    )
    return [_covered(r) for r in rows]


def counts_of(rows: list[Row]) -> list[VillageCount]:
    """The counts of villages as the rule reads them."""
    return [
        VillageCount(r["village"], r["permanent"], r["permanent_visited"], r["serviced"], r["serviced_visited"])
        for r in rows
    ]


async def sweep_of(town: UUID, year: int) -> Row | None:
    """A town's sweep of a year, if it began."""
    row = await fetchrow("SELECT id, year, finished_on FROM sweep WHERE town = $1 AND year = $2", town, year)
    return dict(row) if row else None
