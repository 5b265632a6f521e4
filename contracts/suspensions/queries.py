"""Suspensions of a contract, and whom they touch."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from catalogue.listings.checks import months_later
from contracts.agreements.residents import RULE_LOOKBACK
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
# of a visit `v`: it was made while its contract rested
IN_SUSPENSION = (
    "EXISTS (SELECT 1 FROM contract_suspension z WHERE z.contract = v.contract AND v.day >= z.from_on"
    " AND v.day <= coalesce(z.ended_on - 1, z.to_on, v.day))"
)


# of a contract `c`: it rests on a day (a placeholder), and no necessary care goes on under it
RESTS = (
    "EXISTS (SELECT 1 FROM contract_suspension z WHERE z.contract = c.id AND NOT z.visits_go_on"
    " AND {day} >= z.from_on AND {day} <= coalesce(z.ended_on - 1, z.to_on, {day}))"
)


async def suspensions_of(contract: UUID) -> list[Row]:
    """Every suspension of a contract that came into force, the oldest first."""
    rows = await fetch("SELECT * FROM contract_suspension WHERE contract = $1 ORDER BY begun_at", contract)
    return [dict(r) for r in rows]


async def standing_of(contract: UUID) -> Row | None:
    """The suspension that stands or is agreed for a day to come; a contract has one at a time."""
    row = await fetchrow("SELECT * FROM contract_suspension WHERE contract = $1 AND status = 'standing'", contract)
    return dict(row) if row else None


async def suspension_of_amendment(reference: str) -> Row | None:
    """What a signed change brought, with its reviews under `reviews`."""
    row = await fetchrow("SELECT * FROM contract_suspension WHERE amendment = $1", reference)
    if row is None:
        return None
    reviews = await fetch(
        "SELECT r.reason, r.next_on, r.reviewed_at, p.name AS reviewed_by_name FROM suspension_review r"
        " JOIN person p ON p.id = r.reviewed_by WHERE r.suspension = $1 ORDER BY r.reviewed_at",
        row["id"],
    )
    return {**row, "reviews": [dict(each) for each in reviews]}


async def residents_touched(contract: Row, today: date) -> list[Row]:
    """Everybody served in the last months by code, with the town and day of the last visit: they are looked after."""
    months = int(number(RULE_LOOKBACK, county_day(contract["signed_at"])))
    rows = await fetch(
        "SELECT DISTINCT ON (v.recipient_code) v.recipient_code, v.town, v.day, o.name AS town_name,"
        " o.name_en AS town_name_en FROM visit v JOIN organisation o ON o.id = v.town"
        " WHERE v.contract = $1 AND v.day >= $2 AND v.status IN ('logged', 'approved') AND NOT v.is_void"
        " ORDER BY v.recipient_code, v.day DESC, v.begins_at DESC",
        contract["id"], months_later(min(contract["service_to"], today), -months),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def to_review(buyer: UUID, by: date) -> list[Row]:
    """Suspensions without an agreed end that an office has to look at by a day."""
    rows = await fetch(
        "SELECT z.amendment, z.review_on, c.title, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM contract_suspension z JOIN contract c ON c.id = z.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE z.status = 'standing' AND c.buyer = $1"
        " AND z.review_on <= $2 ORDER BY z.review_on",
        buyer, by,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def over(today: date) -> list[Row]:
    """Suspensions whose last day has passed, and those of contracts that are not performed any more."""
    rows = await fetch(
        "SELECT z.id, z.contract, z.amendment FROM contract_suspension z JOIN contract c ON c.id = z.contract"
        " WHERE z.status = 'standing' AND (z.to_on < $1 OR c.service_to < $1 OR c.status <> 'in_force')"
        " ORDER BY z.begun_at",
        today,
    )
    return [dict(r) for r in rows]
