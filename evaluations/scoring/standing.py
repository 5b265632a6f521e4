"""Under the limit, where the listing says so, the county's own standing places the offers (R-PERF-08). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.clock import county_day
from marketplace.kernel.rulebook import holds, number
from vendors.standing.rules import Figure, grade_of_figure

WEIGHTED_ORDER = "R-PERF-10/weighted_order"

# no record stands at the printed neutral place, between fair and good (R-PERF-08)
GRADE_PLACE = {"excellent": 0, "good": 1, "none": 2, "fair": 3, "poor": 4}


@dataclass(frozen=True)
class StandingOffer:
    """A qualified offer within the budget, with the county's own standing of its provider on the closing day."""

    opened_bid: UUID
    price: Decimal
    grade: str = "none"
    score: Decimal | None = None
    evaluation: str = ""


@dataclass(frozen=True)
class PlacedOffer:
    """An offer with its place; equal in all stands at the same place."""

    offer: StandingOffer
    rank: int


def place_by_standing(offers: Sequence[StandingOffer]) -> list[PlacedOffer]:
    """Grade, then score, then the lower price; in order of place."""
    keys = {o.opened_bid: (GRADE_PLACE[o.grade], -(o.score or Decimal(0)), o.price) for o in offers}
    placed = [PlacedOffer(o, 1 + sum(key < keys[o.opened_bid] for key in keys.values())) for o in offers]
    return sorted(placed, key=lambda each: (each.rank, str(each.offer.opened_bid)))


def orders_by_weight(listing: Mapping[str, Any]) -> bool:
    """Whether the weighted standing orders the offers, by the row in force when the listing was published."""
    day = listing["rules_on"] or county_day(listing["published_at"])
    return holds(WEIGHTED_ORDER, day) and number(WEIGHTED_ORDER, day) == 1


def weighted_offers(offers: Sequence[StandingOffer], figures: Sequence[Figure], on: date) -> list[StandingOffer]:
    """The same offers by their weighted standing; not enough record stands where no record does (R-PERF-09)."""
    return [
        replace(offer, grade=grade_of_figure(found, on), score=found.score,
                evaluation=offer.evaluation if found.is_enough else "")
        for offer, found in zip(offers, figures, strict=True)
    ]  # fmt: skip
