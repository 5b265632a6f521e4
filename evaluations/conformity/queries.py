"""The conformity review: what is asked of each bid, and what each member found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.content import rules_day
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.frameworks.queries import unit_ceilings
from catalogue.listings.methods import row_of
from catalogue.listings.terms import term_limits_on
from evaluations.conformity.rules import Asked, items_of
from evaluations.opening.items import Finding, Item
from marketplace.kernel.db import fetch
from marketplace.kernel.formats import day, percent
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day

Row = dict[str, Any]


async def asked_of(listing: Row) -> Asked:
    """What the document as published asks; after publication it changes only with a new version."""
    terms = await terms_of(listing["id"]) or Terms()
    milestones = await listings.milestones(listing["id"])
    return Asked(
        validity=terms.bid_validity or term_limits_on(rules_day(listing)).usual_validity,
        deposit=terms.bid_deposit,
        service=f"{day(listing['service_from'], 'zh')}至{day(listing['service_to'], 'zh')}",
        milestones=[f"{m['title']} {percent(m['share'])}" for m in milestones],
        requirement=listing["requirement"], subcontract_share=terms.subcontract_share,
        admits_consortium=terms.admits_consortium,
        prices_are_out=not row_of(listing).final_price and not listing["is_price_fixed"],
        service_told=say(N_("{since}至{until}"), since=Day(listing["service_from"]), until=Day(listing["service_to"])),
    )  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """What a bid for a lot is looked at for, and the highest price it may have."""

    items: list[Item]
    ceiling: Decimal


async def sheets_of(listing: Row) -> dict[UUID, Sheet]:
    """The sheet of every lot: its ceiling is its unit price or the listing's, or its budget where that is less."""
    asked, units = await asked_of(listing), await unit_ceilings(listing["id"])
    found = {}
    for lot in await listings.lots(listing["id"]):
        ceiling = units.get(lot["number"], listing["ceiling"])
        highest = lot["budget"] if ceiling is None else min(ceiling, lot["budget"])
        found[lot["id"]] = Sheet(items_of(asked, highest), highest)
    return found


async def votes_of(listing: UUID) -> dict[UUID, dict[UUID, list[Row]]]:
    """Opened bid -> member -> findings in order, of the members without an interest (R-COM-08)."""
    rows = await fetch(
        "SELECT v.*, p.name AS member_name, d.name AS paper FROM conformity_vote v"
        " JOIN panel_member m ON m.id = v.member JOIN person p ON p.id = m.person"
        " LEFT JOIN document d ON d.id = v.evidence"
        " WHERE m.listing = $1 AND NOT m.has_interest ORDER BY m.appointed_at, p.name, v.position",
        listing,
    )
    found: dict[UUID, dict[UUID, list[Row]]] = defaultdict(dict)
    for row in rows:
        found[row["opened_bid"]].setdefault(row["member"], []).append(dict(row))
    return found


def findings(rows: list[Row]) -> list[Finding]:
    """Stored findings as the rules read them."""
    return [Finding(r["passes"], r["reason"], r["evidence"], r["place"]) for r in rows]


def by_item(votes: Mapping[UUID, list[Row]], names: bool = True) -> list[Row]:
    """Item by item: what it was, how many found it met, who found otherwise and why; without `names` only why."""
    columns = list(votes.values())
    return [
        {
            **rows[0], "met": sum(r["passes"] for r in rows), "count": len(rows),
            "against": [r if names else {**r, "member_name": ""} for r in rows if not r["passes"]],
            "shown": [r for r in rows if r["evidence"] or r["place"]],
        }
        for rows in zip(*columns, strict=True)
    ]  # fmt: skip
