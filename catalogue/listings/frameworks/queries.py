"""The terms of a framework as they stand, and what is still wrong with them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.checks import Mistake
from catalogue.listings.frameworks.rules import (
    BASIS_LABELS,
    ELIMINATION,
    IN_CHARGE,
    OPEN,
    WAY_HINTS,
    WAY_LABELS,
    Basis,
    FrameworkDraft,
    FrameworkFacts,
    Way,
    check_framework,
)  # fmt: skip
from catalogue.listings.methods import row_of, rules_day
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.rulebook import number

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


async def _unit_kind(listing: Row) -> str:
    return str(await fetchval("SELECT kind FROM organisation WHERE id = $1", listing["procuring_unit"]))


async def facts_of(listing: Row) -> FrameworkFacts:
    """What of a stored listing decides about its terms."""
    return FrameworkFacts(
        kind=row_of(listing).framework, unit_kind=await _unit_kind(listing), starts_on=listing["service_from"],
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


async def term_choices(listing: Row) -> Row:
    """What the page of the terms offers: the ways that this kind of framework has, and who must approve."""
    is_open = row_of(listing).framework == OPEN
    return {
        "is_open": is_open,
        "bases": [(key, words) for key, words in BASIS_LABELS.items() if (key == Basis.PAY_STANDARD) == is_open],
        "ways": [(key, words, WAY_HINTS[key]) for key, words in WAY_LABELS.items() if not is_open or key == Way.DIRECT],
        "needs_approval": await _unit_kind(listing) not in IN_CHARGE,
        "least_elimination": number(ELIMINATION, rules_day(listing)),
    }
