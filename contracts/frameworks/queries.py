"""Frameworks as readers see them: public from the day the providers were announced (R-FRM-05, order 110 article 30)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from vendors.standing.queries import figures_at
from vendors.standing.rules import Figure, method_on

Row = dict[str, Any]

_FRAMEWORK = """
SELECT f.*, l.reference AS listing_reference, l.title, l.title_en, l.procuring_unit, l.requirement, l.drafted_by,
       u.name AS unit_name, u.name_en AS unit_name_en
FROM framework f JOIN listing l ON l.id = f.listing JOIN organisation u ON u.id = l.procuring_unit
"""

_PLACES = """
SELECT s.*, lot.number AS lot_number, lot.title AS lot_title, lot.unit AS measure, i.code AS item_code,
       i.category, i.name AS item_name, i.name_en AS item_name_en, i.content, o.id AS organisation,
       o.name AS provider_name, o.name_en AS provider_name_en, p.reference AS provider_reference, p.credit_code,
       p.address, price.ceiling, f.reference AS framework_reference,
       f.kind AS framework_kind, f.starts_on, f.ends_on,
       coalesce(given.orders, 0) AS orders, coalesce(given.quantity, 0) AS quantity
FROM framework_place s JOIN framework f ON f.id = s.framework JOIN listing_lot lot ON lot.id = s.lot
JOIN item i ON i.id = lot.item JOIN provider p ON p.id = s.provider JOIN organisation o ON o.id = p.organisation
LEFT JOIN listing_unit_price price ON price.listing = f.listing AND price.lot_number = lot.number
LEFT JOIN LATERAL (SELECT count(*) AS orders, sum(c.quantity) AS quantity FROM call_off c WHERE c.place = s.id) given
  ON true
"""


async def list_frameworks() -> list[Row]:
    """Every framework, the newest first, with how many providers hold a place."""
    rows = await fetch(
        "SELECT t.*, (SELECT count(DISTINCT s.provider) FROM framework_place s WHERE s.framework = t.id"
        f" AND s.status IN ('admitted', 'agreed')) AS providers FROM ({_FRAMEWORK}) t ORDER BY t.announced_at DESC"
    )
    return [dict(r) for r in rows]


async def framework_page(reference: str) -> Row:
    """A framework by its reference. Raises NotFound."""
    row = await fetchrow(_FRAMEWORK + " WHERE f.reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def framework_by_id(framework: UUID) -> Row:
    """A framework for a service that has already found it. Raises NotFound."""
    row = await fetchrow(_FRAMEWORK + " WHERE f.id = $1", framework)
    if row is None:
        raise NotFound()
    return dict(row)


async def framework_of_listing(listing: UUID) -> Row | None:
    """The framework that came of a listing, if there is one."""
    row = await fetchrow(_FRAMEWORK + " WHERE f.listing = $1", listing)
    return dict(row) if row else None


async def places_of(framework: UUID) -> list[Row]:
    """Every place, lot by lot in the order of the turns."""
    rows = await fetch(_PLACES + " WHERE s.framework = $1 ORDER BY lot.number, s.turn", framework)
    return [dict(r) for r in rows]


async def place_by_id(place: UUID) -> Row:
    """One place. Raises NotFound."""
    row = await fetchrow(_PLACES + " WHERE s.id = $1", place)
    if row is None:
        raise NotFound()
    return dict(row)


async def place_page(reference: str, place: UUID) -> tuple[Row, Row]:
    """A framework and one of its places. Raises NotFound."""
    framework = await framework_page(reference)
    found = await place_by_id(place)
    if found["framework"] != framework["id"]:
        raise NotFound()
    return framework, found


async def lock_framework(framework: UUID) -> Row:
    """The framework's row, held until the transaction ends: turns and vouchers are counted under it."""
    if await fetchval("SELECT id FROM framework WHERE id = $1 FOR NO KEY UPDATE", framework) is None:
        raise NotFound()
    return await framework_by_id(framework)


async def users_of(listing: UUID) -> list[Row]:
    """The buyers a framework is for: the unit that ran it and the towns its listing names."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en FROM organisation o WHERE o.id = (SELECT procuring_unit FROM listing"
        " WHERE id = $1) OR o.id IN (SELECT town FROM listing_town WHERE listing = $1) ORDER BY o.sort_key",
        listing,
    )
    return [dict(r) for r in rows]


async def buyers_to_tell(listing: UUID) -> list[str]:
    """Mail addresses of the buyers a framework is for (R-TIME-30)."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active"
        " WHERE m.role = 'buyer' AND (m.organisation = (SELECT procuring_unit FROM listing WHERE id = $1)"
        " OR m.organisation IN (SELECT town FROM listing_town WHERE listing = $1)) ORDER BY p.email",
        listing,
    )
    return [r["email"] for r in rows]


async def signatures_of(places: list[UUID]) -> dict[UUID, list[Row]]:
    """Signatures by place, the buyer's first."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    rows = await fetch("SELECT * FROM place_signature WHERE place = ANY($1) ORDER BY side", places)
    for row in rows:
        found[row["place"]].append(dict(row))
    return found


async def refusal_of(place: UUID) -> Row | None:
    """What was said of a place that is not signed, and what was decided; callers guard it."""
    row = await fetchrow(
        "SELECT r.*, x.name AS stated_by_name, y.name AS decided_by_name, o.name AS next_name,"
        " o.name_en AS next_name_en"
        " FROM place_refusal r JOIN person x ON x.id = r.stated_by LEFT JOIN person y ON y.id = r.decided_by"
        " LEFT JOIN framework_place n ON n.id = r.next_place LEFT JOIN provider p ON p.id = n.provider"
        " LEFT JOIN organisation o ON o.id = p.organisation WHERE r.place = $1",
        place,
    )
    return dict(row) if row else None


async def call_offs_of(framework: UUID) -> list[Row]:
    """Every order, the newest first, with its contract."""
    rows = await fetch(
        "SELECT c.*, k.reference AS contract_reference, k.published_at, k.status AS contract_status, k.sign_by,"
        " b.name AS buyer_name, b.name_en AS buyer_name_en, o.name AS provider_name, o.name_en AS provider_name_en,"
        " lot.unit AS measure, lot.title AS lot_title, lot.number AS lot_number, k.service_from, k.service_to"
        " FROM call_off c JOIN contract k ON k.id = c.contract JOIN organisation b ON b.id = c.buyer"
        " JOIN framework_place s ON s.id = c.place JOIN listing_lot lot ON lot.id = s.lot"
        " JOIN provider p ON p.id = s.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.framework = $1 ORDER BY c.given_at DESC, c.reference DESC",
        framework,
    )
    return [dict(r) for r in rows]


async def rounds_of(framework: UUID, lot: UUID) -> dict[UUID, list[int]]:
    """In which rounds each place of a lot had its order."""
    found: dict[UUID, list[int]] = defaultdict(list)
    rows = await fetch(
        "SELECT c.place, c.round FROM call_off c JOIN framework_place s ON s.id = c.place"
        " WHERE c.framework = $1 AND s.lot = $2 AND c.round IS NOT NULL",
        framework, lot,
    )  # fmt: skip
    for row in rows:
        found[row["place"]].append(row["round"])
    return found


async def own_places(actor: Actor) -> list[Row]:
    """The places the actor's own provider holds."""
    rows = await fetch(_PLACES + " WHERE o.id = $1 ORDER BY s.letter_at DESC", actor.organisation_id)
    return [dict(r) for r in rows]


async def lines_for_order(buyer: UUID, item_code: str, year: int) -> list[Row]:
    """The buyer's own lines of the year for an item, with what is free."""
    rows = await fetch(
        "SELECT b.id, b.reference, b.title, l.free FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line"
        " WHERE b.buyer = $1 AND b.item_code = $2 AND b.year = $3 ORDER BY b.reference",
        buyer, item_code, year,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def standings_of_places(places: Sequence[Row], on: date) -> dict[UUID, Figure]:
    """Each place's provider by its weighted standing; shown where a buyer chooses directly, only there (R-PERF-10)."""
    keys = [(place["provider"], place["category"], on) for place in places]
    found = await figures_at(keys, method_on(on)) if keys else []
    return {place["id"]: each for place, each in zip(places, found, strict=True)}
