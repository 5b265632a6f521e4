"""Listings as visitors and the offices see them: every SELECT, and whose drafts are whose."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.public_states import PUBLIC_STATES, way_condition
from catalogue.listings.rules import NEVER_PUBLIC
from catalogue.scoring.bands import Band
from marketplace.accounts.actor import Actor
from marketplace.accounts.membership.rules import ROLES_OF_KIND
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import as_dict, fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
PAGE_SIZE = 20
_UNPUBLISHED = sorted(NEVER_PUBLIC)

_LISTING = """
SELECT l.*, b.reference AS budget_reference, b.item_code, b.ledger_line, b.buyer,
       body.name AS purchasing_body_name, body.name_en AS purchasing_body_name_en,
       unit.name AS procuring_unit_name, unit.name_en AS procuring_unit_name_en,
       drafter.name AS drafted_by_name, approver.name AS approved_by_name,
       agency.id AS agency, agency.name AS agency_name, agency.name_en AS agency_name_en,
       entrusted.reference AS agreement_reference
FROM listing l JOIN budget_line b ON b.id = l.budget_line
LEFT JOIN agency_agreement entrusted ON entrusted.id = l.agency_agreement
LEFT JOIN organisation agency ON agency.id = entrusted.agency
JOIN organisation body ON body.id = l.purchasing_body JOIN organisation unit ON unit.id = l.procuring_unit
JOIN person drafter ON drafter.id = l.drafted_by LEFT JOIN person approver ON approver.id = l.approved_by
"""

_PUBLIC_ROW = """
SELECT l.id, l.reference, l.status, l.method, l.venue, l.rules_on, l.title, l.title_en, l.budget, l.closes_at,
       l.published_at, unit.name AS procuring_unit_name, unit.name_en AS procuring_unit_name_en
FROM listing l JOIN organisation unit ON unit.id = l.procuring_unit
"""
_OPEN = "l.status = 'published' AND l.closes_at > $1"
# two questions that an index answers each; in one the whole history would be sorted for every page
_OPEN_ROWS = f"{_PUBLIC_ROW} WHERE {_OPEN} ORDER BY l.closes_at LIMIT $2 OFFSET $3"
_OTHER_ROWS = (
    f"{_PUBLIC_ROW} WHERE l.published_at IS NOT NULL AND NOT ({_OPEN}) ORDER BY l.published_at DESC LIMIT $2 OFFSET $3"
)
_CLOSED = "(l.status = 'closed' OR (l.status = 'published' AND l.closes_at <= $1))"
# a state says what is taken here: bids, applications, or the result of what is done elsewhere
_STATE = {
    state: f"{_OPEN if state.endswith('published') else _CLOSED} AND {way_condition(state)}"
    for state in PUBLIC_STATES
    if state.endswith(("published", "closed"))
}


async def list_public(status: str | None, number: int, now: Any) -> tuple[list[Row], int]:
    """One page of published listings and how many there are: those open for bids by deadline, then the newest."""
    offset = (max(number, 1) - 1) * PAGE_SIZE
    if status:
        return await _list_in_state(status, offset, now)
    total = await fetchval("SELECT count(*) FROM listing WHERE published_at IS NOT NULL")
    is_open = await fetchval(f"SELECT count(*) FROM listing l WHERE {_OPEN}", now)
    rows = await fetch(_OPEN_ROWS, now, PAGE_SIZE, offset) if offset < is_open else []
    if len(rows) < PAGE_SIZE:
        rows += await fetch(_OTHER_ROWS, now, PAGE_SIZE - len(rows), max(0, offset - is_open))
    return [dict(r) for r in rows], total


async def _list_in_state(status: str, offset: int, now: Any) -> tuple[list[Row], int]:
    where = _STATE.get(status, "l.status = $2")
    given = [now] if status in _STATE else [now, status]
    if status not in _STATE:
        where += " AND $1::timestamptz IS NOT NULL"  # every question is handed the time
    order = "l.closes_at" if status.endswith("published") else "l.published_at DESC"
    total = await fetchval(f"SELECT count(*) FROM listing l WHERE l.published_at IS NOT NULL AND {where}", *given)
    rows = await fetch(
        f"{_PUBLIC_ROW} WHERE l.published_at IS NOT NULL AND {where} ORDER BY {order}"
        f" LIMIT {PAGE_SIZE} OFFSET {int(offset)}",
        *given,
    )
    return [dict(r) for r in rows], total


async def listing_page(reference: str) -> Row:
    """A listing that was published, by its reference. Raises NotFound for drafts too."""
    row = await fetchrow(_LISTING + " WHERE l.reference = $1 AND l.published_at IS NOT NULL", reference)
    if row is None:
        raise NotFound()
    return as_dict(row)


async def listing_by_id(listing: UUID) -> Row:
    """A listing in any state, for rules of the packages above. Raises NotFound."""
    row = await fetchrow(_LISTING + " WHERE l.id = $1", listing)
    if row is None:
        raise NotFound()
    return as_dict(row)


async def lock_listing(listing: UUID, strength: str = "UPDATE") -> Row:
    """The listing's own row, locked (`SHARE` or `UPDATE`) in the caller's transaction. Raises NotFound."""
    if strength not in ("SHARE", "UPDATE"):
        raise ValueError(strength)
    row = await fetchrow(f"SELECT * FROM listing WHERE id = $1 FOR {strength}", listing)
    if row is None:
        raise NotFound()
    return as_dict(row)


async def draft_page(listing: UUID, actor: Actor) -> Row:
    """A draft for the people of its procuring unit and those who read everything. Raises NotFound for strangers."""
    row = await fetchrow(_LISTING + " WHERE l.id = $1", listing)
    if row is None or not (
        actor.may(Permission.READ_EVERYTHING)
        or row["procuring_unit"] == actor.organisation_id
        # whose mandate ended still reads what it ran; what it may do is asked at each act
        or actor.mandate(row["agency_agreement"]) is not None
    ):
        raise NotFound()
    return dict(row)


async def list_drafts(actor: Actor) -> list[Row]:
    """Drafts and listings under review that this reader may see, newest first."""
    everything = actor.may(Permission.READ_EVERYTHING)
    rows = await fetch(
        _LISTING + " WHERE l.status = ANY($1) AND ($2::uuid IS NULL OR l.procuring_unit = $2 OR entrusted.agency = $2)"
        " ORDER BY l.drafted_at DESC",
        _UNPUBLISHED, None if everything else actor.organisation_id,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def _rows(sql: str, *args: Any) -> list[Row]:
    return [as_dict(r) for r in await fetch(sql, *args)]


async def lots(listing: UUID) -> list[Row]:
    """The packages with their items, in order."""
    return await _rows(
        "SELECT t.*, i.code AS item_code, i.name AS item_name, i.name_en AS item_name_en, i.category, i.legal_forms,"
        " i.logs_visits, i.evidence, i.evidence_en FROM listing_lot t JOIN item i ON i.id = t.item"
        " WHERE t.listing = $1 ORDER BY t.number",
        listing,
    )


async def lot_of(reference: str, lot_number: int) -> Row:
    """One package of a published listing. Raises NotFound."""
    for lot in await lots((await listing_page(reference))["id"]):
        if lot["number"] == lot_number:
            return lot
    raise NotFound()


async def criteria(listing: UUID) -> list[Row]:
    """The factors in order."""
    return await _rows("SELECT * FROM criterion WHERE listing = $1 ORDER BY position", listing)


async def band_rows(listing: UUID) -> dict[UUID, tuple[Band, ...]]:
    """Criterion -> its bands in printed order, for those that were entered row by row."""
    rows = await fetch(
        "SELECT criterion, points, condition, hours_from FROM criterion_band WHERE listing = $1"
        " ORDER BY criterion, position",
        listing,
    )
    found: dict[UUID, tuple[Band, ...]] = {}
    for r in rows:
        band = Band(r["points"], r["condition"], r["hours_from"])
        found[r["criterion"]] = (*found.get(r["criterion"], ()), band)
    return found


async def asks_hours(listing: UUID) -> bool:
    """Whether bidders state annual service hours, because a factor scores them (R-EVAL-12)."""
    asked: bool = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM criterion WHERE listing = $1 AND kind = 'hours')", listing
    )
    return asked


async def bands(listing: UUID) -> dict[str, Any]:
    """The printed past-performance table: grade to points."""
    rows = await _rows("SELECT grade, points FROM past_performance_band WHERE listing = $1", listing)
    return {r["grade"]: r["points"] for r in rows}


async def milestones(listing: UUID) -> list[Row]:
    """The payment milestones in order."""
    return await _rows("SELECT * FROM payment_milestone WHERE listing = $1 ORDER BY position", listing)


async def deductions(listing: UUID) -> list[Row]:
    """What is deducted at acceptance, in order."""
    return await _rows("SELECT * FROM payment_deduction WHERE listing = $1 ORDER BY position", listing)


async def openers(listing: UUID) -> list[Row]:
    """The named openers with their recipients."""
    return await _rows(
        "SELECT DISTINCT ON (o.id) o.*, p.name, g.name AS organisation_name, g.name_en AS organisation_name_en"
        " FROM listing_opener o JOIN person p ON p.id = o.person"
        " JOIN membership m ON m.person = p.id JOIN organisation g ON g.id = m.organisation"
        " WHERE o.listing = $1 ORDER BY o.id",
        listing,
    )


async def towns(listing: UUID) -> list[Row]:
    """The using units."""
    return await _rows(
        "SELECT o.id, o.name, o.name_en FROM listing_town t JOIN organisation o ON o.id = t.town"
        " WHERE t.listing = $1 ORDER BY o.sort_key",
        listing,
    )


async def timetable(listing: UUID) -> list[Row]:
    """The computed dates with their rules, in order."""
    return await _rows("SELECT * FROM timetable_date WHERE listing = $1 ORDER BY position", listing)


async def listings_of_item(code: str) -> list[Row]:
    """Published listings with a lot of an item, newest first."""
    return await _rows(
        "SELECT DISTINCT l.id, l.reference, l.status, l.method, l.venue, l.rules_on, l.title, l.title_en, l.closes_at,"
        " l.published_at, l.budget"
        " FROM listing l JOIN listing_lot t ON t.listing = l.id JOIN item i ON i.id = t.item"
        " WHERE i.code = $1 AND l.published_at IS NOT NULL ORDER BY l.published_at DESC LIMIT 20",
        code,
    )


async def list_towns() -> list[Row]:
    """Towns that may use a service."""
    return await _rows("SELECT id, name, name_en FROM organisation WHERE kind = 'town' ORDER BY sort_key")


async def purchasing_body() -> UUID:
    """The county government, the body that purchases (R-SEED-08). Raises NotFound before it is entered."""
    found: UUID | None = await fetchval("SELECT id FROM organisation WHERE kind = 'county' ORDER BY sort_key LIMIT 1")
    if found is None:
        raise NotFound()
    return found


async def opener_candidates() -> list[Row]:
    """People with a registered key who may open: never finance, experts, providers or evaluators (R-OPEN-01)."""
    return await _rows(
        "SELECT DISTINCT ON (p.id) p.id, p.name, o.name AS organisation, o.name_en AS organisation_en,"
        " k.recipient, k.fingerprint"
        " FROM opener_key k JOIN person p ON p.id = k.person"
        " JOIN membership m ON m.person = p.id AND m.role = 'opener' JOIN organisation o ON o.id = m.organisation"
        " WHERE k.retired_at IS NULL AND p.is_active AND NOT EXISTS (SELECT 1 FROM membership x WHERE x.person = p.id"
        " AND (x.role IN ('finance', 'expert', 'evaluator') OR x.role = ANY($1))) ORDER BY p.id, k.registered_at DESC",
        [role.value for role in ROLES_OF_KIND["provider"]],
    )


async def earlier_listings(unit: UUID) -> list[Row]:
    """What a unit drafted or published before, the newest first: to copy from."""
    return await _rows(
        "SELECT id, reference, title FROM listing WHERE procuring_unit = $1 ORDER BY drafted_at DESC LIMIT 30", unit
    )
