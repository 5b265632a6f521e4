"""Under the limit, where the listing says so, the county's own standing places the offers (R-PERF-08). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

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
