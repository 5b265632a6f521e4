"""From marks and prices to the result of a lot: pure, so that it can be computed again and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.scoring.bands import HOURS, Band, counted_hours, hours_points
from catalogue.scoring.ranking import REASON_WORDS, Offer, ScoredOffer, ScoringTerms, score_offers
from evaluations.arithmetic.rules import Corrected
from evaluations.scoring.rules import (
    MARK_PLACES,
    PastPerformanceTable,
    criterion_average,
    may_count_evaluation,
    other_score,
    past_performance_points,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

# no figure was below its limit, and the panel itself found the price too low
JUDGED, JUDGED_BEFORE = "R-LOW-01/judgement", "R-LOW-06"
NOT_QUALIFIED = N_("资格审查未通过。")
TOO_FEW = N_("这一包的有效响应不足规定的家数，终止，不确定供应商（R-BID-04、R-BID-08）。")
LOW_PRICE = N_("报价明显偏低，说明未被评审小组接受，响应无效（R-LOW-04）。")


@dataclass(frozen=True)
class ScoredCriterion:
    """A criterion as the listing printed it."""

    id: str
    kind: str
    title: str
    points: Decimal
    is_objective: bool


@dataclass(frozen=True)
class BidFacts:
    """One opened bid: its price in yuan, the panel's marks (criterion -> member -> points), its past performance."""

    opened_bid: str
    is_qualified: bool
    price: Decimal | None
    is_small_micro: bool
    past_grade: str
    past_evaluated_on: date | None
    marks: Mapping[str, Mapping[str, Decimal]]
    low_price_accepted: bool | None = None
    refusal: str = ""
    annual_hours: int | None = None
    service_staff: int | None = None
    is_small_consortium: bool = False
    # the price was mended; `price` is then what it was mended to, where the bidder confirmed it (R-EVAL-08)
    correction: Corrected | None = None
    # an enterprise that gives a small one the share the rulebook asks (R-SME-04)
    is_small_subcontract: bool = False


@dataclass(frozen=True)
class LotTerms:
    """What the listing printed for a lot, and the day its bids closed."""

    scoring: ScoringTerms
    criteria: Sequence[ScoredCriterion]
    table: PastPerformanceTable | None
    closed_on: date
    hours: Sequence[Band] = ()
    hours_per_person: Decimal = Decimal(0)
    # with fewer valid bids the lot ends without a winner (R-BID-04, R-BID-08)
    least: int = 0


@dataclass(frozen=True)
class BidOutcome:
    """The result of a bid; points of 100, prices in yuan. `reason` is set when it is invalid."""

    opened_bid: str
    status: str
    reason: str = ""
    quoted_price: Decimal | None = None
    evaluated_price: Decimal | None = None
    price_score: Decimal | None = None
    other_score: Decimal | None = None
    technical_score: Decimal | None = None
    past_performance_score: Decimal | None = None
    total: Decimal | None = None
    rank: int | None = None
    low_price_reasons: str = ""
    by_criterion: tuple[tuple[str, Decimal], ...] = ()


def counted_grade(bid: BidFacts, closed_on: date) -> str | None:
    """The grade that the printed table reads, or None when no evaluation of the last 3 years counts (R-PERF-08)."""
    if bid.past_grade == "none" or bid.past_evaluated_on is None:
        return None
    return bid.past_grade if may_count_evaluation(bid.past_evaluated_on, closed_on) else None


def _past_points(bid: BidFacts, terms: LotTerms) -> Decimal:
    if terms.table is None:
        return Decimal(0)
    return past_performance_points(terms.table, counted_grade(bid, terms.closed_on))


def _hours_points(bid: BidFacts, terms: LotTerms) -> Decimal:
    """The printed band of the hours that count; who stated none stands in the lowest (R-EVAL-12)."""
    counted = counted_hours(bid.annual_hours, bid.service_staff, terms.hours_per_person)
    return hours_points(terms.hours, counted)


def _marks_of(bid: BidFacts, terms: LotTerms, kinds: Sequence[str]) -> dict[str, Mapping[str, Decimal]]:
    return {c.id: bid.marks.get(c.id, {}) for c in terms.criteria if c.kind in kinds}


def _offer(bid: BidFacts, terms: LotTerms) -> Offer:
    places = terms.scoring.rounding
    printed = _past_points(bid, terms) + _hours_points(bid, terms)
    return Offer(
        bidder=bid.opened_bid,
        price=bid.price,
        small_micro=bid.is_small_micro,
        small_consortium=bid.is_small_consortium or bid.is_small_subcontract,
        other_score=other_score(_marks_of(bid, terms, ("technical", "business")), places, printed),
        technical_score=other_score(_marks_of(bid, terms, ("technical",)), places),
    )


def low_price_suspects(terms: LotTerms, bids: Sequence[BidFacts]) -> dict[str, tuple[str, ...]]:
    """Opened bids whose quoted price must be explained, with the parts of R-LOW-01 they fall under."""
    if _are_too_few(terms, bids):
        return {}
    return _suspects(terms, bids, [_offer(bid, terms) for bid in bids if bid.is_qualified])


def _suspects(terms: LotTerms, bids: Sequence[BidFacts], offers: Sequence[Offer]) -> dict[str, tuple[str, ...]]:
    by_figures = {s.bidder: s.low_price_reasons for s in score_offers(terms.scoring, offers) if s.low_price_review}
    judged = JUDGED_BEFORE if terms.scoring.limits is None else JUDGED
    asked = [bid.opened_bid for bid in bids if bid.is_qualified and bid.low_price_accepted is not None]
    return {**{name: (judged,) for name in asked}, **by_figures}


def results_of_lot(terms: LotTerms, bids: Sequence[BidFacts]) -> list[BidOutcome]:
    """The outcome of every opened bid in the order given. Raises DomainError while a low price is not reviewed."""
    if _are_too_few(terms, bids):
        return [_without_winner(bid, terms) for bid in bids]
    offers = {bid.opened_bid: _offer(bid, terms) for bid in bids if bid.is_qualified}
    suspects = _suspects(terms, bids, list(offers.values()))
    known = {bid.opened_bid: bid for bid in bids}
    if any(known[suspect].low_price_accepted is None for suspect in suspects):
        raise DomainError(N_("有报价明显偏低，评审小组要先记录供应商的说明和处理意见。"), clause="R-LOW-04")
    refused = {name for name in suspects if not known[name].low_price_accepted}
    ranked = score_offers(terms.scoring, [offer for name, offer in offers.items() if name not in refused])
    ends = sum(each.reason is None for each in ranked) < terms.least
    scored = {each.bidder: each for each in ranked}
    outcomes = []
    for bid in bids:
        findings = " ".join(suspects.get(bid.opened_bid, ()))
        if not bid.is_qualified:
            outcomes.append(BidOutcome(bid.opened_bid, "invalid", bid.refusal or NOT_QUALIFIED))
        elif bid.opened_bid in refused:
            outcomes.append(
                BidOutcome(
                    bid.opened_bid, "invalid", LOW_PRICE, quoted_price=bid.price, low_price_reasons=findings,
                    by_criterion=_by_criterion(bid, terms),
                )
            )  # fmt: skip
        elif ends and scored[bid.opened_bid].reason is None:
            outcomes.append(_without_winner(bid, terms, findings))
        else:
            outcomes.append(_outcome(bid, offers[bid.opened_bid], scored[bid.opened_bid], terms, findings))
    return outcomes


def _are_too_few(terms: LotTerms, bids: Sequence[BidFacts]) -> bool:
    return sum(bid.is_qualified for bid in bids) < terms.least


def _without_winner(bid: BidFacts, terms: LotTerms, findings: str = "") -> BidOutcome:
    """A bid of a lot with too few: it has no score and no place."""
    if not bid.is_qualified:
        return BidOutcome(bid.opened_bid, "invalid", bid.refusal or NOT_QUALIFIED)
    return BidOutcome(
        bid.opened_bid, "invalid", TOO_FEW, quoted_price=bid.price, low_price_reasons=findings,
        by_criterion=_by_criterion(bid, terms),
    )  # fmt: skip


def _outcome(bid: BidFacts, offer: Offer, scored: ScoredOffer, terms: LotTerms, findings: str) -> BidOutcome:
    if scored.reason is not None:
        words = REASON_WORDS[scored.reason]
        return BidOutcome(
            bid.opened_bid, "invalid", words, quoted_price=bid.price, by_criterion=_by_criterion(bid, terms)
        )
    return BidOutcome(
        opened_bid=bid.opened_bid,
        status="valid",
        quoted_price=scored.price,
        evaluated_price=scored.evaluated_price,
        price_score=scored.price_score,
        other_score=scored.other_score,
        technical_score=offer.technical_score,
        past_performance_score=None if terms.table is None else _past_points(bid, terms),
        total=scored.total,
        rank=scored.rank,
        low_price_reasons=findings,
        by_criterion=_by_criterion(bid, terms),
    )


def _by_criterion(bid: BidFacts, terms: LotTerms) -> tuple[tuple[str, Decimal], ...]:
    """Points for showing; the score itself is rounded only once."""
    found = []
    for criterion in terms.criteria:
        marks = list(bid.marks.get(criterion.id, {}).values())
        if criterion.kind == "past_performance":
            found.append((criterion.id, _past_points(bid, terms)))
        elif criterion.kind == HOURS:
            found.append((criterion.id, _hours_points(bid, terms)))
        elif marks:
            found.append((criterion.id, criterion_average(marks, MARK_PLACES)))
    return tuple(found)


def objective_differences(criteria: Sequence[ScoredCriterion], bids: Sequence[BidFacts]) -> list[tuple[str, str]]:
    """(opened bid, criterion) pairs where members differ on an objective factor (R-COM-07)."""
    return [
        (bid.opened_bid, criterion.id)
        for bid in bids
        for criterion in criteria
        if criterion.is_objective and len(set(bid.marks.get(criterion.id, {}).values())) > 1
    ]
