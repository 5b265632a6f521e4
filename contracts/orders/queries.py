"""Service orders as towns, providers and workers see them; residents stand there by code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.orders.rules import Candidate, may_see_order
from contracts.suspensions.queries import RESTS
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
PAGE_SIZE = 25

_ORDER = f"""
SELECT s.*, a.reference AS case_reference, a.capacity, a.status AS case_status, a.help_kind,
       c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en, c.service_to,
       c.status AS contract_status, i.code AS item_code, i.name AS item_name, i.name_en AS item_name_en,
       c.provider, p.organisation AS provider_organisation, po.name AS provider_name, po.name_en AS provider_name_en,
       t.name AS town_name, t.name_en AS town_name_en, q.name AS asked_by_name, w.name AS worker_name,
       w.person AS worker_person
FROM service_order s JOIN assistance_case a ON a.id = s."case" JOIN contract c ON c.id = s.contract
JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item JOIN provider p ON p.id = c.provider
JOIN organisation po ON po.id = p.organisation JOIN organisation t ON t.id = s.town JOIN person q ON q.id = s.asked_by
LEFT JOIN worker w ON w.id = s.worker
"""


async def order_page(reference: str, visible_to: Actor) -> Row:
    """An order by its reference. Raises NotFound for whoever may not see it."""
    row = await fetchrow(_ORDER + " WHERE s.reference = $1", reference)
    if row is None or not may_see_order(visible_to, row):
        raise NotFound()
    return dict(row)


async def lock_order(order_id: UUID) -> Row:
    """The order's row, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM service_order WHERE id = $1 FOR NO KEY UPDATE", order_id) is None:
        raise NotFound()
    row = await fetchrow(_ORDER + " WHERE s.id = $1", order_id)
    assert row is not None
    return dict(row)


async def steps_of(order_id: UUID) -> list[Row]:
    """What was done with an order, in its order in time, with the provider it then stood with."""
    rows = await fetch(
        "SELECT s.what, s.note, s.at, c.reference AS contract_reference, o.name AS provider_name,"
        " o.name_en AS provider_name_en, p.name AS person_name FROM service_order_step s"
        " JOIN contract c ON c.id = s.contract JOIN provider v ON v.id = c.provider"
        " JOIN organisation o ON o.id = v.organisation LEFT JOIN person p ON p.id = s.person"
        " WHERE s.service_order = $1 ORDER BY s.nth",
        order_id,
    )
    return [dict(r) for r in rows]


async def orders_of_case(case_id: UUID) -> list[Row]:
    """The orders of a case, newest first."""
    rows = await fetch(_ORDER + ' WHERE s."case" = $1 ORDER BY s.asked_at DESC, s.reference', case_id)
    return [dict(r) for r in rows]


async def declined_by(order_id: UUID) -> frozenset[UUID]:
    """The contracts whose provider has declined this order."""
    rows = await fetch(
        "SELECT DISTINCT contract FROM service_order_step WHERE service_order = $1 AND what = 'declined'", order_id
    )
    return frozenset(r["contract"] for r in rows)


async def contracts_for(town: UUID, on: date) -> list[Row]:
    """The running contracts under which a town may give orders: its own, and those whose listing serves it.

    One that rests takes none, unless its suspension lets necessary care go on (R-CON-07).

    With the framework's way, the provider's turn, and when the town last gave it an order (R-FRM-05).
    """
    rows = await fetch(
        f"SELECT c.id, c.reference, c.title, {TITLE_EN} AS title_en, c.service_from, c.service_to, c.provider,"
        " i.code AS item_code, i.name AS item_name, i.name_en AS item_name_en, o.name AS provider_name,"
        " o.name_en AS provider_name_en, f.id AS framework, coalesce(f.way, '') AS framework_way,"
        " coalesce((SELECT x.turn FROM framework_place x WHERE x.framework = f.id AND x.lot = c.lot"
        "  AND x.provider = c.provider), 0) AS turn,"
        " (SELECT max(s.at) FROM service_order_step s JOIN service_order r ON r.id = s.service_order"
        "  WHERE s.contract = c.id AND r.town = $1 AND s.what IN ('asked', 'reassigned')) AS last_asked_at"
        " FROM contract c JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " LEFT JOIN call_off k ON k.contract = c.id LEFT JOIN framework f ON f.id = k.framework"
        " WHERE c.status = 'in_force' AND c.service_from <= $2 AND c.service_to >= $2"
        f" AND NOT {RESTS.format(day='$2::date')}"
        " AND (c.buyer = $1 OR EXISTS (SELECT FROM listing_town y WHERE y.listing = c.listing AND y.town = $1))"
        " ORDER BY i.code, turn, c.service_from, c.reference",
        town, on,
    )  # fmt: skip
    return [dict(r) for r in rows]


def candidates_of(rows: list[Row], item_code: str) -> list[Candidate]:
    """The contracts of one item as the rule of assignment reads them."""
    return [
        Candidate(r["id"], r["provider"], r["framework"], r["framework_way"], r["turn"], r["last_asked_at"])
        for r in rows
        if r["item_code"] == item_code
    ]


async def workers_of(provider: UUID, on: date) -> list[Row]:
    """Who of a provider may be sent on a day."""
    rows = await fetch(
        "SELECT id, name, person FROM worker WHERE provider = $1 AND employed_from <= $2"
        " AND (employed_to IS NULL OR employed_to >= $2) ORDER BY name",
        provider, on,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def orders_for_worker(person: UUID) -> list[Row]:
    """The accepted orders that a social worker is to carry out, by their last day; by code, never by name."""
    rows = await fetch(
        _ORDER + " WHERE w.person = $1 AND s.status = 'accepted' ORDER BY s.due_on, s.reference", person
    )
    return [dict(r) for r in rows]


async def waiting_at_provider(office: UUID) -> list[Row]:
    """Orders that a provider has to answer or to carry out."""
    rows = await fetch(
        _ORDER + " WHERE p.organisation = $1 AND s.status IN ('asked', 'accepted') ORDER BY s.due_on, s.reference"
        " LIMIT 200",
        office,
    )
    return [dict(r) for r in rows]


async def waiting_at_town(town: UUID, sees_restricted: bool) -> list[Row]:
    """Orders that a town has to reassign or to close, and those not answered yet."""
    rows = await fetch(
        _ORDER + " WHERE s.town = $1 AND s.status IN ('asked', 'declined', 'done') AND (a.capacity = 'full' OR $2)"
        " ORDER BY s.due_on, s.reference LIMIT 200",
        town, sees_restricted,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def unassigned_of(contract: UUID) -> list[Row]:
    """Orders of a contract that nobody has accepted or that came back: they are settled before the contract ends."""
    rows = await fetch(
        _ORDER + " WHERE s.contract = $1 AND s.status IN ('asked', 'declined') ORDER BY s.asked_at", contract
    )
    return [dict(r) for r in rows]


async def open_under(contract: UUID) -> list[Row]:
    """Every order of a contract that is not closed, for a handover or a suspension."""
    rows = await fetch(
        _ORDER + " WHERE s.contract = $1 AND s.status NOT IN ('closed', 'cancelled') ORDER BY s.asked_at", contract
    )
    return [dict(r) for r in rows]


async def visits_under(order_id: UUID) -> Row:
    """How many visits were recorded under an order, and their minutes; struck-out ones do not count."""
    row = await fetchrow(
        "SELECT count(*)::int AS count, coalesce(sum(minutes), 0)::int AS minutes FROM visit"
        " WHERE service_order = $1 AND status IN ('logged', 'approved') AND NOT is_void",
        order_id,
    )
    assert row is not None
    return dict(row)


async def silent_on(today: date) -> list[Row]:
    """Orders whose provider has let its days to answer go by, and whose head was not told yet (R-ORDER-01)."""
    rows = await fetch(
        _ORDER + " WHERE s.status = 'asked' AND s.answer_by < $1 AND s.escalated_at IS NULL ORDER BY s.asked_at", today
    )
    return [dict(r) for r in rows]


@dataclass(frozen=True)
class OrderList:
    """One page of orders."""

    rows: list[Row]
    number: int
    pages: int
    total: int
    filters: Mapping[str, str]

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        kept = {name: value for name, value in self.filters.items() if value}
        return f"?{urlencode({**kept, 'number': number})}"


# of an order `s`: what may_see_order says, for lists
_SEEN = (
    " WHERE ((p.organisation = $1 AND $2) OR ((s.town = $1 AND $3 OR $4) AND (a.capacity = 'full' OR $5)))"
    " AND ($6 = '' OR s.status = $6) AND (NOT $7 OR (s.status IN ('asked', 'accepted', 'declined') AND s.due_on < $8))"
    " AND ($9 = '' OR s.reference ILIKE $9 OR s.recipient_code ILIKE $9 OR s.village ILIKE $9 OR s.task ILIKE $9)"
)


async def list_orders(  # noqa: PLR0913 - what a list is narrowed to
    actor: Actor, today: date, q: str = "", status: str = "", overdue: bool = False, number: int = 1
) -> OrderList:
    """One page of the orders this reader may see, open ones first by their last day."""
    escaped = q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    arguments = [
        actor.organisation_id, actor.may(Permission.ANSWER_ORDERS), actor.may(Permission.HANDLE_CASES),
        actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING),
        actor.may(Permission.SEE_RESTRICTED_CASES), status, overdue, today, f"%{escaped}%" if escaped else "",
    ]  # fmt: skip
    total = await fetchval(
        'SELECT count(*) FROM service_order s JOIN assistance_case a ON a.id = s."case"'
        f" JOIN contract c ON c.id = s.contract JOIN provider p ON p.id = c.provider{_SEEN}",
        *arguments,
    )
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = await fetch(
        f"{_ORDER}{_SEEN} ORDER BY s.status IN ('closed', 'cancelled'), s.due_on, s.reference"
        f" LIMIT {PAGE_SIZE} OFFSET $10",
        *arguments, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    filters = {"q": q, "status": status, "overdue": "1" if overdue else ""}
    return OrderList([dict(r) for r in rows], number, pages, total, filters)
