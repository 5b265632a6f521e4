"""What another rule would have given in past awards, how closely a low price is watched, what next year gets. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.listings.rules import GRADES
from evaluations.scoring.standing import StandingOffer, place_by_standing, weighted_offers
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number
from vendors.standing.rules import Figure, grade_on

RULE, FORBIDDEN_RULE = "R-PERF-10", "R-PERF-08"
HUNDRED = Decimal(100)


class Order(StrEnum):
    """What orders the offers under the limit in a trial."""

    NEWEST = "newest"
    WEIGHTED = "weighted"
    PRICE = "price"


BANDS = GRADES


@dataclass(frozen=True)
class PastOffer:
    """A valid offer of an announced award, with what its place rested on."""

    opened_bid: UUID
    name: str
    price: Decimal
    rank: int
    grade: str = "none"
    score: Decimal | None = None
    evaluation: str = ""
    total: Decimal | None = None
    past_points: Decimal | None = None
    technical: Decimal | None = None
    figure: Figure | None = None
    name_en: str = ""


@dataclass(frozen=True)
class PastLot:
    """A lot whose award was announced. `compared`: what ranks scored offers, empty where the standing decided."""

    listing: str
    title: str
    lot: int
    closed_on: date
    offers: Sequence[PastOffer]
    compared: tuple[str, ...] = ()
    title_en: str = ""

    @property
    def is_by_standing(self) -> bool:
        """Under the limit, decided by the county's standing."""
        return not self.compared


@dataclass(frozen=True)
class Candidate:
    """A rule that is tried: the order under the limit, and the printed table; None leaves what was printed."""

    order: Order | None = None
    bands: Mapping[str, Decimal] | None = None


@dataclass(frozen=True)
class Trial:
    """One past lot under the rule that is tried."""

    lot: PastLot
    then: Sequence[PastOffer]
    under: Sequence[PastOffer]

    @property
    def is_changed(self) -> bool:
        """Whether other offers would have stood first."""
        return {offer.opened_bid for offer in self.then} != {offer.opened_bid for offer in self.under}

    @property
    def difference(self) -> Decimal:
        """How much more the first offer would have cost; below nothing when it would have been cheaper."""
        return min(offer.price for offer in self.under) - min(offer.price for offer in self.then)


def try_rule(candidate: Candidate, lots: Sequence[PastLot]) -> list[Trial]:
    """Every past lot that the rule speaks of, with who stood first and who would have."""
    tried = []
    for lot in lots:
        under = _first_under(candidate, lot)
        if under is not None and lot.offers:
            least = min(offer.rank for offer in lot.offers)
            tried.append(Trial(lot, [offer for offer in lot.offers if offer.rank == least], under))
    return tried


def _first_under(candidate: Candidate, lot: PastLot) -> list[PastOffer] | None:
    if not lot.offers:
        return None
    if lot.is_by_standing:
        return None if candidate.order is None else _first_by_order(candidate.order, lot)
    if candidate.bands is None:
        return None
    keys = {offer.opened_bid: _scored_key(lot.compared, offer, candidate.bands) for offer in lot.offers}
    return [offer for offer in lot.offers if keys[offer.opened_bid] == min(keys.values())]


def _first_by_order(order: Order, lot: PastLot) -> list[PastOffer]:
    if order is Order.PRICE:
        least = min(offer.price for offer in lot.offers)
        return [offer for offer in lot.offers if offer.price == least]
    offers = [StandingOffer(o.opened_bid, o.price, o.grade, o.score, o.evaluation) for o in lot.offers]
    if order is Order.WEIGHTED:
        offers = weighted_offers(offers, [o.figure for o in lot.offers if o.figure is not None], lot.closed_on)
    first = {placed.offer.opened_bid for placed in place_by_standing(offers) if placed.rank == 1}
    return [offer for offer in lot.offers if offer.opened_bid in first]


def _scored_key(compared: Sequence[str], offer: PastOffer, bands: Mapping[str, Decimal]) -> tuple[Decimal, ...]:
    """The stored total with the points of the new table in the place of the printed ones; smaller stands higher."""
    nothing = Decimal(0)
    total = (offer.total or nothing) - (offer.past_points or nothing) + bands[offer.grade]
    measures = {"total": -total, "price": offer.price, "technical": -(offer.technical or nothing)}
    return tuple(measures[name] for name in compared)


@dataclass(frozen=True)
class Outcome:
    """All lots that were tried, added up."""

    looked_at: int
    changed: int
    difference: Decimal


def added_up(trials: Sequence[Trial]) -> Outcome:
    """How many were looked at, how many would have ended otherwise, and what that would have cost."""
    changed = [trial for trial in trials if trial.is_changed]
    return Outcome(len(trials), len(changed), sum((trial.difference for trial in changed), Decimal(0)))


def share_to_check(found: Figure, on: date) -> Decimal:
    """Which share of the visits is checked on the spot after an award at a low price (R-LOW-05).

    The usual one for a good standing; the doubled one for all others, not enough record included.
    """
    is_good = found.score is not None and found.score >= number(f"{RULE}/watch_above", on)
    return number(f"{RULE}/{'watch_usual' if is_good else 'watch_closer'}", on)


@dataclass(frozen=True)
class Suggestion:
    """What next year's budget of a line might be. Finance decides."""

    grade: str
    score: Decimal
    cut: Decimal
    amount: Decimal


def suggested_budget(appropriated: Decimal, results: Sequence[tuple[Decimal, Decimal]], on: date) -> Suggestion | None:
    """From the evaluations of the line's contracts, (score, contract amount): good keeps, fair and poor lose a share.

    None where nothing was evaluated: no result suggests nothing (R-PERF-05).
    """
    weight = sum((amount for _, amount in results), Decimal(0))
    if not weight:
        return None
    score = to_fen(sum((score * amount for score, amount in results), Decimal(0)) / weight)
    grade = grade_on(score, on)
    cut = number(f"{RULE}/budget_{grade}", on) if grade in ("fair", "poor") else Decimal(0)
    return Suggestion(grade, score, cut, to_fen(appropriated * (HUNDRED - cut) / HUNDRED))


def band_mistakes(bands: Mapping[str, Decimal]) -> bool:
    """Whether a table treats a better grade worse, or no record better than the best or worse than the worst."""
    falling = [bands[grade] for grade in GRADES if grade != "none"]
    return falling != sorted(falling, reverse=True) or not bands["poor"] <= bands["none"] <= bands["excellent"]


def as_words(trial: Trial) -> dict[str, Any]:
    """A trial as plain data, for the command."""
    return {
        "listing": trial.lot.listing, "lot": trial.lot.lot, "closed_on": trial.lot.closed_on.isoformat(),
        "then": [offer.name for offer in trial.then], "under": [offer.name for offer in trial.under],
        "is_changed": trial.is_changed, "difference": str(trial.difference),
    }  # fmt: skip
