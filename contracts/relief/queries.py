"""Reserve funds by town, their movements, and the advances made from them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

_ADVANCE = """
SELECT v.*, a.reference AS case_reference, a.town, a.capacity, p.name AS advanced_by_name, s.name AS stated_by_name
FROM relief_advance v JOIN assistance_case a ON a.id = v."case" JOIN person p ON p.id = v.advanced_by
LEFT JOIN person s ON s.id = v.stated_by
"""


def sees_all(actor: Actor) -> bool:
    """Whether the reader sees every town's fund."""
    return actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)


async def funds(actor: Actor) -> list[Row]:
    """The towns' funds in yuan: balance, and what waits to be topped up; a town sees its own."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en, coalesce(sum(m.amount), 0) AS balance,"
        " coalesce(-sum(m.amount) FILTER (WHERE m.kind = 'advance' AND v.status <> 'settled'), 0) AS waiting,"
        " count(*) FILTER (WHERE m.kind = 'advance')::int AS advances"
        " FROM organisation o LEFT JOIN reserve_movement m ON m.town = o.id"
        " LEFT JOIN relief_advance v ON v.id = m.advance"
        " WHERE o.kind = 'town' AND ($1 OR o.id = $2) GROUP BY o.id ORDER BY o.sort_key",
        sees_all(actor), actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def fund_of(town: UUID, actor: Actor) -> Row:
    """One town's fund. Raises NotFound for strangers."""
    found = next((row for row in await funds(actor) if row["id"] == town), None)
    if found is None:
        raise NotFound()
    return found


async def balance_of(town: UUID) -> Decimal:
    """What a town's fund holds, in yuan."""
    found: Decimal = await fetchval("SELECT coalesce(sum(amount), 0) FROM reserve_movement WHERE town = $1", town)
    return found


async def hold_fund(town: UUID) -> Decimal:
    """The balance, while nobody else moves this fund until the transaction ends."""
    await fetchval("SELECT id FROM organisation WHERE id = $1 FOR NO KEY UPDATE", town)
    return await balance_of(town)


async def movements_of(town: UUID) -> list[Row]:
    """The movements of a fund, newest first, each with the balance after it."""
    rows = await fetch(
        "SELECT m.kind, m.amount, m.document, m.entered_at, p.name AS entered_by_name,"
        " v.reference AS advance_reference,"
        " sum(m.amount) OVER (ORDER BY m.entered_at, m.id) AS balance"
        " FROM reserve_movement m JOIN person p ON p.id = m.entered_by LEFT JOIN relief_advance v ON v.id = m.advance"
        " WHERE m.town = $1 ORDER BY m.entered_at DESC, m.id DESC LIMIT 500",
        town,
    )
    return [dict(r) for r in rows]


async def advances_of(town: UUID, actor: Actor) -> list[Row]:
    """The advances of a town, newest first; a restricted case is named to the few who may see it (R-CHILD-01)."""
    rows = await fetch(_ADVANCE + " WHERE a.town = $1 ORDER BY v.helped_at DESC, v.reference LIMIT 500", town)
    hides = not actor.may(Permission.SEE_RESTRICTED_CASES)
    return [
        {**r, "case_reference": "" if hides and r["capacity"] != "full" else r["case_reference"]} for r in rows
    ]


async def advance_page(reference: str, actor: Actor) -> Row:
    """One advance. Raises NotFound for strangers."""
    row = await fetchrow(_ADVANCE + " WHERE v.reference = $1", reference)
    is_own = row is not None and row["town"] == actor.organisation_id and actor.may(Permission.HANDLE_CASES)
    if row is None or not (is_own or sees_all(actor)):
        raise NotFound()
    return dict(row)


async def waiting_statements(town: UUID) -> list[Row]:
    """Advances of a town whose papers are still to come."""
    rows = await fetch(_ADVANCE + " WHERE a.town = $1 AND v.status = 'advanced' ORDER BY v.helped_at", town)
    return [dict(r) for r in rows]


async def waiting_top_ups() -> list[Row]:
    """Advances that were stated and are not topped up."""
    rows = await fetch(
        "SELECT v.reference, a.town, o.name AS town_name, o.name_en AS town_name_en, v.amount FROM relief_advance v"
        ' JOIN assistance_case a ON a.id = v."case" JOIN organisation o ON o.id = a.town WHERE v.status = \'stated\''
        " ORDER BY v.stated_on, v.reference"
    )
    return [dict(r) for r in rows]
