"""Reading for pages that join packages: the front page and the public data files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from catalogue.listings.public_states import way_condition
from contracts.agreements.queries import PAID
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch, fetchrow, together
from marketplace.overview.coverage import coverage_of
from marketplace.overview.yuan import PAID_DAY

OPEN_LISTINGS = 6
AWARDS = 6


async def front(now: datetime) -> dict[str, Any]:
    """What is open now, what was awarded to whom for how much and how well it went, and which town has what."""
    today = county_day(now)
    listings, awards, figures, grades, covered = await together(
        _open_listings(now), latest_awards(), _figures(now), _grades(), coverage_of(today.year, today)
    )
    return {
        "listings": listings, "awards": awards, "figures": figures, "grades": grades, "found": covered,
        "year": today.year,
    }  # fmt: skip


async def _open_listings(now: datetime) -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT reference, title, title_en, budget, closes_at FROM listing l"
        f" WHERE status = 'published' AND closes_at > $1 AND {way_condition('published')} ORDER BY closes_at LIMIT $2",
        now, OPEN_LISTINGS,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def latest_awards(most: int = AWARDS) -> list[dict[str, Any]]:
    """The newest results with their contract, and the newest frozen evaluation of it where there is one."""
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, a.amount, a.announced_at, o.name AS provider_name,"
        " o.name_en AS provider_name_en, p.reference AS provider_reference, c.reference AS contract,"
        " c.status AS contract_status, e.reference AS evaluation, e.grade, e.score"
        " FROM award a JOIN listing l ON l.id = a.listing JOIN provider p ON p.id = a.provider"
        " JOIN organisation o ON o.id = p.organisation"
        " LEFT JOIN contract c ON c.award_reference = a.reference AND c.published_at IS NOT NULL"
        " LEFT JOIN LATERAL (SELECT x.reference, x.grade, x.score FROM evaluation x WHERE x.contract = c.id"
        " AND x.status = 'frozen' ORDER BY x.frozen_at DESC LIMIT 1) e ON true"
        " WHERE a.announced_at IS NOT NULL AND a.status = 'announced'"
        " ORDER BY a.announced_at DESC, a.reference LIMIT $1",
        most,
    )
    return [dict(row) for row in rows]


async def _figures(now: datetime) -> dict[str, Any]:
    """Open purchases, and of this year: results and their yuan, what was paid to providers."""
    first = date(county_day(now).year, 1, 1)
    row = await fetchrow(
        "SELECT (SELECT count(*) FROM listing l WHERE l.status = 'published' AND l.closes_at > $1"
        f" AND {way_condition('published')}) AS open, x.awards, x.awarded,"
        " (SELECT coalesce(sum(y.amount), 0) FROM payment y WHERE y.status = 'paid' AND y.part = 'principal'"
        f" AND {PAID_DAY} >= $2) AS paid"
        " FROM (SELECT count(*) AS awards, coalesce(sum(a.amount), 0) AS awarded FROM award a"
        " WHERE a.status = 'announced' AND a.announced_at >= $3) x",
        now, first, at_county_time(first),
    )  # fmt: skip
    return dict(row or {})


async def _grades() -> dict[str, int]:
    """How many frozen evaluations came to each grade."""
    rows = await fetch("SELECT grade, count(*) AS count FROM evaluation WHERE status = 'frozen' GROUP BY grade")
    return {row["grade"]: row["count"] for row in rows}


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
