"""Reading for pages that join packages: the front page and the public data files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.public_states import way_condition
from contracts.agreements.names import TITLE_EN
from contracts.agreements.queries import PAID
from marketplace.kernel.db import fetch, fetchrow

OPEN_LISTINGS = 6


async def front(now: datetime) -> dict[str, Any]:
    """What is open now, the newest contracts, and four sums; yuan and counts."""
    listings = await fetch(
        "SELECT reference, title, title_en, budget, closes_at FROM listing l"
        f" WHERE status = 'published' AND closes_at > $1 AND {way_condition('published')} ORDER BY closes_at LIMIT $2",
        now, OPEN_LISTINGS,
    )  # fmt: skip
    contracts = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, c.amount, o.name AS provider_name,"
        " o.name_en AS provider_name_en, c.signed_at FROM contract c"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.published_at IS NOT NULL ORDER BY c.published_at DESC LIMIT 5"
    )
    sums = await fetchrow(
        "SELECT (SELECT coalesce(sum(appropriated), 0) FROM ledger_line) AS appropriated,"
        " (SELECT coalesce(sum(paid), 0) FROM ledger_line) AS paid,"
        " (SELECT count(*) FROM provider) AS providers,"
        " (SELECT count(*) FROM listing WHERE published_at IS NOT NULL) AS published"
    )
    return {"listings": listings, "contracts": contracts, "sums": dict(sums or {})}


async def public_listings() -> list[dict[str, Any]]:
    """Every published listing, public fields only, oldest first."""
    rows = await fetch(
        "SELECT l.reference, l.status, l.method, l.title, l.title_en, o.name AS procuring_unit, l.budget, l.ceiling,"
        " l.published_at, l.closes_at, l.service_from, l.service_to FROM listing l"
        " JOIN organisation o ON o.id = l.procuring_unit WHERE l.published_at IS NOT NULL"
        " ORDER BY l.published_at, l.reference"
    )
    return [dict(r) for r in rows]


async def public_contracts() -> list[dict[str, Any]]:
    """Every published contract with what was paid so far, oldest first."""
    rows = await fetch(
        "SELECT c.reference, l.reference AS listing, c.status, c.title, b.name AS buyer, o.name AS provider,"
        f" p.credit_code, c.amount, {PAID} AS paid,"
        " c.service_from, c.service_to, c.signed_at FROM contract c JOIN listing l ON l.id = c.listing"
        " JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE c.published_at IS NOT NULL"
        " ORDER BY c.published_at, c.reference"
    )
    return [dict(r) for r in rows]


async def public_evaluations() -> list[dict[str, Any]]:
    """Every frozen evaluation with its hash, oldest first."""
    rows = await fetch(
        "SELECT e.reference, c.reference AS contract, o.name AS provider, v.name AS evaluator,"
        " e.period_from, e.period_to, e.score, e.grade, e.snapshot_sha256, e.frozen_at"
        " FROM evaluation e JOIN contract c ON c.id = e.contract"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " JOIN organisation v ON v.id = e.evaluator WHERE e.status = 'frozen' ORDER BY e.frozen_at, e.reference"
    )
    return [dict(r) for r in rows]
