"""Which agreement a listing is run under, and the confirmation that stands for its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalogue.listings.content import content_of
from catalogue.listings.queries import listing_by_id
from catalogue.listings.versions import canonical_text, lines_of, sha256_of
from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]


async def text_hash(listing: UUID) -> str:
    """The SHA-256 of everything that a draft would tell the public."""
    found = await listing_by_id(listing)
    # the counted dates are written on publication only, so they are left out before and after
    content = {**await content_of(found), "timetable": []}
    return sha256_of(canonical_text(found["reference"], 0, lines_of(content)))


async def latest_confirmation(listing: UUID) -> Row | None:
    """The buyer's last confirmation, whether it still stands or not."""
    row = await fetchrow(
        "SELECT c.*, p.name AS confirmed_by_name FROM document_confirmation c JOIN person p ON p.id = c.confirmed_by"
        " WHERE c.listing = $1 ORDER BY c.confirmed_at DESC LIMIT 1",
        listing,
    )
    return dict(row) if row else None


async def standing_confirmation(listing: Mapping[str, Any]) -> Row | None:
    """The confirmation of exactly this text since it was handed over last; None when there is none."""
    found = await latest_confirmation(listing["id"])
    if found is None or listing["submitted_at"] is None or found["confirmed_at"] < listing["submitted_at"]:
        return None
    return found if found["content_sha256"] == await text_hash(listing["id"]) else None


async def confirmed_of(listings: list[UUID]) -> frozenset[UUID]:
    """Which of these the buyer confirmed since they were handed over last: nothing waits for the buyer there."""
    rows = await fetch(
        "SELECT DISTINCT c.listing FROM document_confirmation c JOIN listing l ON l.id = c.listing"
        " WHERE c.listing = ANY($1) AND l.status = 'review' AND c.confirmed_at >= l.submitted_at",
        listings,
    )
    return frozenset(r["listing"] for r in rows)


async def to_run(agreements: list[UUID], status: str) -> list[Row]:
    """An agency's listings in a state; for those in review, with the day of the buyer's confirmation."""
    rows = await fetch(
        "SELECT l.id, l.reference, l.title, l.title_en, l.drafted_at, l.return_reason, u.name AS unit,"
        " u.name_en AS unit_en, (SELECT max(c.confirmed_at) FROM document_confirmation c WHERE c.listing = l.id"
        " AND c.confirmed_at >= l.submitted_at) AS confirmed_at"
        " FROM listing l JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE l.agency_agreement = ANY($1) AND l.status = $2 ORDER BY l.drafted_at",
        agreements, status,
    )  # fmt: skip
    return [dict(r) for r in rows]
