"""Awards: every SELECT, and what one bidder may know."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_page
from evaluations.awards.comments import comments_on
from evaluations.panel.seats import check_settled
from evaluations.scoring.queries import criterion_points
from marketplace.kernel.db import fetch, fetchval, together
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def awards_of(listing: UUID) -> list[Row]:
    """The awards of a listing with winners and lots."""
    rows = await fetch(
        "SELECT a.*, l.number AS lot_number, l.title AS lot_title, l.quantity, l.unit, i.name AS item_name,"
        " i.name_en AS item_name_en, name_then(p.id, a.announced_at) AS provider_name,"
        " name_en_then(p.id, a.announced_at) AS provider_name_en, p.address,"
        " p.reference AS provider_reference, p.organisation, d.name AS determined_by_name,"
        " c.reference AS contract_reference, c.sign_by, c.published_at AS contract_published_at"
        " FROM award a JOIN listing_lot l ON l.id = a.lot JOIN item i ON i.id = l.item"
        " JOIN provider p ON p.id = a.provider LEFT JOIN person d ON d.id = a.determined_by"
        " LEFT JOIN contract c ON c.award_reference = a.reference WHERE a.listing = $1 ORDER BY l.number",
        listing,
    )
    return [dict(r) for r in rows]


async def award_of_lot(lot: UUID) -> Row | None:
    """The award of one lot, if it is determined."""
    rows = await fetch("SELECT * FROM award WHERE lot = $1", lot)
    return dict(rows[0]) if rows else None


async def expert_names(listing: UUID) -> list[str]:
    """Names of the members who judged, published with the award (R-AWD-01)."""
    rows = await fetch(
        "SELECT p.name FROM panel_member m JOIN person p ON p.id = m.person"
        " WHERE m.listing = $1 AND NOT m.has_interest AND m.locked_at IS NOT NULL ORDER BY m.kind DESC, p.name",
        listing,
    )
    return [r["name"] for r in rows]


async def bidders_to_tell(listing: UUID) -> list[Row]:
    """Each opened bid with its own result and the mail addresses of its provider."""
    rows = await fetch(
        "SELECT b.id, l.number AS lot_number, r.status, r.reason, r.total, r.rank, a.id IS NOT NULL AS won,"
        " y.reason AS passed_over, y.clause AS passed_clause, array_agg(x.email) AS emails"
        " FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider"
        " JOIN membership m ON m.organisation = p.organisation AND m.role = 'provider'"
        " JOIN person x ON x.id = m.person AND x.is_active LEFT JOIN bid_result r ON r.opened_bid = b.id"
        " LEFT JOIN award a ON a.opened_bid = b.id LEFT JOIN passed_over y ON y.opened_bid = b.id WHERE l.listing = $1"
        " GROUP BY b.id, l.number, r.status, r.reason, r.total, r.rank, a.id, y.reason, y.clause ORDER BY l.number",
        listing,
    )
    return [dict(r) for r in rows]


async def took_part(listing: UUID, organisation: UUID) -> bool:
    """Whether a bid of this organisation was opened."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider WHERE l.listing = $1 AND p.organisation = $2)",
        listing, organisation,
    )  # fmt: skip
    return found


async def debrief(reference: str, organisation: UUID) -> tuple[Row, list[Row]]:
    """The listing and this organisation's own results, lot by lot, once the award is announced.

    Raises NotFound for those who did not bid and before the announcement.
    """
    listing = await listing_page(reference)
    rows = await fetch(
        "SELECT b.id, b.past_grade, b.past_evidence, b.past_from_record, b.is_small_micro, l.number AS lot_number,"
        " l.title AS lot_title, q.is_qualified, q.reason AS qualification_reason, q.clause AS qualification_clause,"
        " f.passes AS is_conforming, f.reason AS conformity_reason, f.clause AS conformity_clause,"
        " r.id AS result, r.status, r.reason, r.quoted_price, r.evaluated_price, r.price_score, r.other_score,"
        " r.past_performance_score, r.total, r.rank, r.low_price_reasons, r.standing_grade, r.standing_score,"
        " r.standing_evaluation, a.id IS NOT NULL OR coalesce(n.is_admitted, false) AS won,"
        " c.opened_total AS opened_price, c.is_confirmed AS correction_confirmed,"
        " a.reference AS award_reference, y.reason AS passed_over, y.clause AS passed_clause"
        " FROM opened_bid b JOIN listing_lot l ON l.id = b.lot JOIN provider p ON p.id = b.provider"
        " LEFT JOIN qualification_decision q ON q.opened_bid = b.id LEFT JOIN bid_result r ON r.opened_bid = b.id"
        " LEFT JOIN conformity_decision f ON f.opened_bid = b.id"
        " LEFT JOIN award a ON a.opened_bid = b.id LEFT JOIN passed_over y ON y.opened_bid = b.id"
        " LEFT JOIN price_correction c ON c.opened_bid = b.id"
        " LEFT JOIN admission_row n ON n.opened_bid = b.id"
        " WHERE l.listing = $1 AND p.organisation = $2 ORDER BY l.number",
        listing["id"], organisation,
    )  # fmt: skip
    if not rows or listing["status"] not in ("awarded", "failed"):
        raise NotFound()
    await check_settled(listing)
    points, comments = await together(
        criterion_points(r["result"] for r in rows if r["result"]), comments_on([r["id"] for r in rows])
    )
    return listing, [{**r, "criteria": points.get(r["result"], []), "comments": comments[r["id"]]} for r in rows]
