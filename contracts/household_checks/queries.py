"""Household checks of a case for whoever may see it; findings are decrypted for the page of one check alone."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.cases.rules import may_see_case
from contracts.household_checks.rules import ITEM_LABELS, OTHER
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]
ORDER = (*ITEM_LABELS, OTHER)
NOTES = ("conclusion_note", "neighbours_note", "review_note")

_CHECK = """
SELECT k.*, a.reference AS case_reference, a.town, a.capacity, a.help_kind, a.recipient_kind, a.village, r.code,
       o.name AS town_name, o.name_en AS town_name_en, p.name AS planned_by_name, g.name AS recorded_by_name
FROM household_check k JOIN assistance_case a ON a.id = k."case" JOIN resident r ON r.id = a.resident
JOIN organisation o ON o.id = a.town JOIN person p ON p.id = k.planned_by LEFT JOIN person g ON g.id = k.recorded_by
"""


async def check_page(reference: str, visible_to: Actor) -> Row:
    """One household check with its people and items; findings for the town and the county that decides.

    Raises NotFound for whoever may not see its case.
    """
    row = await fetchrow(_CHECK + " WHERE k.reference = $1", reference)
    if row is None or not may_see_case(visible_to, row):
        raise NotFound()
    people = await fetch(
        "SELECT p.name, i.unit FROM household_investigator i JOIN person p ON p.id = i.person"
        " WHERE i.household_check = $1 ORDER BY i.unit, p.name",
        row["id"],
    )
    items = await fetch(
        "SELECT item, asked, finding FROM household_check_item WHERE household_check = $1 ORDER BY item", row["id"]
    )
    # who reads everything for supervision sees that it was done and its result, not how a family lives
    is_own = visible_to.organisation_id == row["town"] and visible_to.may(Permission.HANDLE_CASES)
    reads = is_own or visible_to.may(Permission.OVERSEE_CASES)
    notes = {name: reveal(row[name], f"household_check.{name}") if reads else "" for name in NOTES}
    shown = [
        {**i, "finding": reveal(i["finding"], "household_check_item.finding") if reads else ""}
        for i in map(dict, items)
    ]
    shown.sort(key=lambda i: ORDER.index(i["item"]))
    return {**row, **notes, "people": [dict(p) for p in people], "items_asked": shown}


async def lock_check(check: UUID) -> str:
    """The state of a check, held until the transaction ends."""
    status: str = await fetchval("SELECT status FROM household_check WHERE id = $1 FOR UPDATE", check)
    return status


async def investigators_for(town: UUID, on: date) -> list[Row]:
    """Who may go: the town's own people, and social workers with an account of who serves the town by contract."""
    rows = await fetch(
        "SELECT p.id, p.name, o.name AS unit, o.name_en AS unit_en FROM membership m"
        " JOIN person p ON p.id = m.person AND p.is_active"
        " JOIN organisation o ON o.id = m.organisation WHERE m.organisation = $1"
        " UNION SELECT p.id, p.name, o.name, o.name_en FROM worker w JOIN person p ON p.id = w.person AND p.is_active"
        " JOIN provider v ON v.id = w.provider JOIN organisation o ON o.id = v.organisation"
        " WHERE (w.employed_to IS NULL OR w.employed_to >= $2) AND EXISTS (SELECT FROM contract c"
        "  WHERE c.provider = v.id AND c.status = 'in_force' AND c.service_from <= $2 AND c.service_to >= $2"
        "  AND (c.buyer = $1 OR EXISTS (SELECT FROM listing_town y WHERE y.listing = c.listing AND y.town = $1)))"
        " ORDER BY unit, name LIMIT 200",
        town, on,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def planned_of(town: UUID, sees_restricted: bool) -> list[Row]:
    """Checks of a town that are planned and have no result."""
    rows = await fetch(
        f"{_CHECK} WHERE a.town = $1 AND k.status = 'planned' AND (a.capacity = 'full' OR $2)"
        " ORDER BY k.planned_on, k.reference LIMIT 100",
        town, sees_restricted,
    )  # fmt: skip
    return [dict(r) for r in rows]
