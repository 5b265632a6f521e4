"""Admissions: what stands, for whom, and the bids they are made from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch

Row = dict[str, Any]


async def admissions_of(listing: UUID) -> list[Row]:
    """Each lot's admission with its rows, best first."""
    found = await fetch(
        "SELECT a.*, l.number AS lot_number, l.title AS lot_title, l.unit AS measure, d.name AS determined_by_name"
        " FROM admission a JOIN listing_lot l ON l.id = a.lot JOIN person d ON d.id = a.determined_by"
        " WHERE a.listing = $1 ORDER BY l.number",
        listing,
    )
    rows = await fetch(
        "SELECT r.*, b.provider, b.technical_text, o.name AS provider_name, o.name_en AS provider_name_en,"
        " o.id AS organisation, p.address, p.reference AS provider_reference FROM admission_row r"
        " JOIN admission a ON a.id = r.admission JOIN opened_bid b ON b.id = r.opened_bid"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE a.listing = $1 ORDER BY r.position",
        listing,
    )
    return [{**dict(a), "rows": [dict(r) for r in rows if r["admission"] == a["id"]]} for a in found]


async def responsive_bids(listing: UUID) -> list[Row]:
    """The valid results of the panel that nothing bars, lot by lot."""
    rows = await fetch(
        "SELECT r.lot, r.opened_bid, b.provider, r.quoted_price, r.evaluated_price, r.total, o.name, o.name_en"
        " FROM bid_result r"
        " JOIN opened_bid b ON b.id = r.opened_bid JOIN listing_lot l ON l.id = r.lot"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE l.listing = $1 AND r.status = 'valid'"
        " AND NOT EXISTS (SELECT 1 FROM passed_over x WHERE x.opened_bid = r.opened_bid)"
        " ORDER BY l.number, r.rank, o.sort_key",
        listing,
    )
    return [dict(r) for r in rows]


async def drawn_at_line(lots: list[UUID]) -> dict[UUID, Row]:
    """Lot -> the draw held at its line and the names drawn, in the order of their lots."""
    rows = await fetch(
        "SELECT d.subject, d.reference, array_agg(c.name ORDER BY c.place) AS names FROM draw d"
        " JOIN draw_candidate c ON c.draw = d.id AND c.place <= d.take"
        " WHERE d.kind = 'tie' AND d.status = 'drawn' AND d.subject = ANY($1) GROUP BY d.subject, d.reference",
        lots,
    )
    return {r["subject"]: dict(r) for r in rows}


async def bidders_to_tell(listing: UUID) -> list[Row]:
    """Each opened bid with what came of it and the mail addresses of its provider."""
    rows = await fetch(
        "SELECT b.id, l.number AS lot_number, l.unit AS measure, coalesce(r.is_admitted, false) AS is_admitted,"
        " r.position, r.unit_price, coalesce(z.reason, v.reason) AS reason,"
        " array_agg(x.email ORDER BY x.email) AS emails"
        " FROM opened_bid b JOIN listing_lot l ON l.id = b.lot JOIN provider p ON p.id = b.provider"
        " JOIN membership m ON m.organisation = p.organisation AND m.role = 'provider'"
        " JOIN person x ON x.id = m.person AND x.is_active LEFT JOIN admission_row r ON r.opened_bid = b.id"
        " LEFT JOIN bid_result v ON v.opened_bid = b.id LEFT JOIN passed_over z ON z.opened_bid = b.id"
        " WHERE l.listing = $1"
        " GROUP BY b.id, l.number, l.unit, r.is_admitted, r.position, r.unit_price, z.reason, v.reason"
        " ORDER BY l.number, b.id",
        listing,
    )
    return [dict(r) for r in rows]
