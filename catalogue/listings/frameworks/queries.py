"""The terms of a framework as they stand, and what is still wrong with them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.checks import Mistake
from catalogue.listings.frameworks.rules import FrameworkDraft, FrameworkFacts, check_framework
from catalogue.listings.methods import row_of
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval

Row = dict[str, Any]


async def framework_of(listing: UUID) -> FrameworkDraft | None:
    """The terms of a listing, or None before they are written."""
    row = await fetchrow("SELECT * FROM listing_framework WHERE listing = $1", listing)
    if row is None:
        return None
    return FrameworkDraft(
        row["basis"], row["way"], row["elimination"], row["most_admitted"], row["state_price"], row["approval"],
        await unit_ceilings(listing),
    )  # fmt: skip


async def unit_ceilings(listing: UUID) -> dict[int, Decimal]:
    """The ceiling unit price of each lot; empty where there is no framework."""
    rows = await fetch(
        "SELECT lot_number, ceiling FROM listing_unit_price WHERE listing = $1 ORDER BY lot_number", listing
    )
    return {r["lot_number"]: r["ceiling"] for r in rows}


async def price_ceiling(listing: Row, lot: Row) -> Decimal | None:
    """The highest price that may be bid for a lot: its ceiling unit price, otherwise the listing's own ceiling."""
    unit: Decimal | None = (await unit_ceilings(listing["id"])).get(lot["number"])
    total: Decimal | None = listing["ceiling"]
    return total if unit is None else unit


async def facts_of(listing: Row) -> FrameworkFacts:
    """What of a stored listing decides about its terms."""
    unit_kind = await fetchval("SELECT kind FROM organisation WHERE id = $1", listing["procuring_unit"])
    return FrameworkFacts(
        kind=row_of(listing).framework, unit_kind=unit_kind, starts_on=listing["service_from"],
        ends_on=listing["service_to"], total_ceiling=listing["ceiling"],
        budgets={lot["number"]: lot["budget"] for lot in await listings.lots(listing["id"])},
        price_weight=listing["price_weight"], has_factors=bool(await listings.criteria(listing["id"])),
        closes_on=county_day(listing["closes_at"]) if listing["closes_at"] else None,
    )  # fmt: skip


async def framework_mistakes(listing: Row, now: datetime) -> list[Mistake]:
    """What is wrong with the terms of a stored draft; nothing where it is no framework."""
    if not row_of(listing).framework:
        return []
    return check_framework(await framework_of(listing["id"]), await facts_of(listing), county_day(now))
