"""The parts of a requirement, the terms, and the versions of a draft's sections."""

from __future__ import annotations

from uuid import UUID

from catalogue.listings.drafts import Indicator, Quantity, Requirement, SourceShare, Terms
from catalogue.listings.queries import Row
from marketplace.kernel.db import fetch, fetchrow

TERM_NAMES = tuple(Terms.__dataclass_fields__)
NEVER_SAVED = 1


async def need_of(listing: Row) -> Requirement:
    """The requirement in its parts; one that was written as a single text is its services."""
    row = await fetchrow("SELECT * FROM listing_need WHERE listing = $1", listing["id"])
    if row is None:
        return Requirement(listing["requirement"])
    quantities = await fetch(
        "SELECT what, quantity, unit, times, unit_price FROM listing_quantity WHERE listing = $1 ORDER BY position",
        listing["id"],
    )
    indicators = await fetch(
        'SELECT title, target, points, source, "group", way FROM listing_indicator WHERE listing = $1'
        " ORDER BY position",
        listing["id"],
    )
    sources = await fetch(
        "SELECT source, weight FROM listing_source WHERE listing = $1 ORDER BY position", listing["id"]
    )
    return Requirement(
        row["services"], row["problem"], row["users"], row["standard"], row["evidence"], row["acceptance"],
        tuple(Quantity(**q) for q in quantities), tuple(Indicator(**i) for i in indicators),
        tuple(SourceShare(**s) for s in sources),
    )  # fmt: skip


async def terms_of(listing: UUID) -> Terms | None:
    """The terms as they were saved; None while nobody did, then the defaults hold."""
    row = await fetchrow("SELECT * FROM listing_terms WHERE listing = $1", listing)
    return Terms(**{name: row[name] for name in TERM_NAMES}) if row else None


async def section_of(listing: UUID, subject: str) -> Row:
    """Version of a section, who saved it and when."""
    row = await fetchrow(
        "SELECT s.version, s.saved_at, p.name AS saved_by FROM draft_section s JOIN person p ON p.id = s.saved_by"
        " WHERE s.listing = $1 AND s.subject = $2",
        listing,
        subject,
    )
    return dict(row) if row else {"version": NEVER_SAVED, "saved_at": None, "saved_by": ""}


async def drafters_of(listing: Row) -> list[UUID]:
    """Everybody who drafted a listing: who began it, and who saved a subject of it last."""
    rows = await fetch(
        "SELECT DISTINCT saved_by FROM draft_section WHERE listing = $1 AND saved_by <> $2",
        listing["id"], listing["drafted_by"],
    )  # fmt: skip
    return [listing["drafted_by"], *(row["saved_by"] for row in rows)]
