"""How offers are scored by price and ranked: who stands where, and which price takes no part. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from catalogue.scoring.price import LowPriceLimits, evaluated_price, low_price_findings, price_score
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import BrokenRulebook


class Method(StrEnum):
    """How offers compete: open tender, or competitive consultation."""

    TENDER = "tender"
    CONSULTATION = "consultation"


USUAL_ORDER: Mapping[Method, tuple[str, ...]] = {
    Method.TENDER: ("total", "price"),
    Method.CONSULTATION: ("total", "price", "technical"),
}
# what a tie rule of the rulebook calls each (R-TIE-01)
MEASURE_WORDS: Mapping[str, str] = {
    "总得分": "total", "投标报价": "price", "最后报价": "price", "报价": "price", "技术得分": "technical",
}  # fmt: skip


def order_of(words: str) -> tuple[str, ...]:
    """The order that the words of a tie rule say, such as 总得分、最后报价、技术得分. Raises BrokenRulebook."""
    names = words.split("、")
    if unknown := [name for name in names if name not in MEASURE_WORDS]:
        raise BrokenRulebook(f"R-TIE-01 compares {unknown[0]!r}, which is nothing that offers are ranked by")
    return tuple(MEASURE_WORDS[name] for name in names)


class InvalidOffer(StrEnum):
    """Why an offer takes no part in the ranking (R-BID-06)."""

    NO_PRICE = "no_price"
    NOT_POSITIVE = "not_positive"
    OVER_CEILING = "over_ceiling"
    OVER_BUDGET = "over_budget"


@dataclass(frozen=True)
class ScoringTerms:
    """What the listing printed: weight in points, places, deduction in percent, ceiling and budget in yuan."""

    method: Method
    price_weight: Decimal
    rounding: int = 2
    deduction: Decimal = Decimal(0)
    ceiling: Decimal | None = None
    budget: Decimal | None = None
    limits: LowPriceLimits | None = None
    # the order among offers by what it compares, from the tie rule in force; empty: the method's usual one
    order: tuple[str, ...] = ()
    # percent, for a consortium with the lawful share of small enterprises (R-SME-04)
    consortium_deduction: Decimal = Decimal(0)

    @property
    def compared(self) -> tuple[str, ...]:
        """What ranks the offers, one after the other."""
        return self.order or USUAL_ORDER[self.method]


@dataclass(frozen=True)
class Offer:
    """One bidder's quoted (or final) price in yuan and all its points but price."""

    bidder: str
    price: Decimal | None
    small_micro: bool
    other_score: Decimal
    technical_score: Decimal | None = None
    # of enterprises together, with the share of small ones that the rulebook asks
    small_consortium: bool = False


@dataclass(frozen=True)
class ScoredOffer:
    """An offer with its place; `reason` says why it has none."""

    bidder: str
    price: Decimal | None
    evaluated_price: Decimal | None = None
    price_score: Decimal | None = None
    other_score: Decimal | None = None
    total: Decimal | None = None
    rank: int | None = None
    low_price_reasons: tuple[str, ...] = ()
    reason: InvalidOffer | None = None

    @property
    def low_price_review(self) -> bool:
        """The panel must ask for a written explanation before it goes on (R-LOW-04)."""
        return bool(self.low_price_reasons)

    @property
    def is_valid(self) -> bool:
        """The offer takes part in the ranking."""
        return self.reason is None


def score_offers(terms: ScoringTerms, offers: Sequence[Offer]) -> list[ScoredOffer]:
    """Score and rank the offers, in the order given (R-EVAL-03 to 06, 10, 11; R-LOW-01; R-TIE-01).

    The deduction comes first; the base price is the lowest evaluated price among the valid offers.
    """
    valid = [offer for offer in offers if reason_against(offer.price, terms) is None]
    ranked = iter(_scored(terms, valid))
    return [
        next(ranked) if reason is None else ScoredOffer(offer.bidder, offer.price, reason=reason)
        for offer in offers
        for reason in [reason_against(offer.price, terms)]
    ]


def deduction_of(terms: ScoringTerms, small_micro: bool, small_consortium: bool) -> Decimal:
    """What an offer's price is lessened by, in percent: the one for small enterprises goes first (R-SME-04)."""
    if small_micro:
        return terms.deduction
    return terms.consortium_deduction if small_consortium else Decimal(0)


def _scored(terms: ScoringTerms, valid: Sequence[Offer]) -> list[ScoredOffer]:
    quoted = [Decimal(offer.price or 0) for offer in valid]
    nothing = Decimal(0)
    deductions = [deduction_of(terms, offer.small_micro, offer.small_consortium) for offer in valid]
    evaluated = [evaluated_price(price, percent) for price, percent in zip(quoted, deductions, strict=True)]
    base = min(evaluated, default=nothing)
    scores = [price_score(base, price, terms.price_weight, terms.rounding) for price in evaluated]
    totals = [score + offer.other_score for score, offer in zip(scores, valid, strict=True)]
    keys = [ranking_key(terms.compared, total, offer) for total, offer in zip(totals, valid, strict=True)]
    ceiling = terms.budget if terms.ceiling is None else terms.ceiling
    return [
        ScoredOffer(
            bidder=offer.bidder,
            price=quoted[i],
            evaluated_price=evaluated[i],
            price_score=scores[i],
            other_score=offer.other_score,
            total=totals[i],
            rank=1 + sum(key < keys[i] for key in keys),
            low_price_reasons=low_price_findings(quoted[i], quoted, ceiling, terms.limits),
        )
        for i, offer in enumerate(valid)
    ]


def reason_against(price: Decimal | None, terms: ScoringTerms) -> InvalidOffer | None:
    """Why a price makes its bid invalid, or None; exactly at the ceiling is valid (87 Art 63).

    A price of zero or less takes no part: every other score would be divided by it.
    """
    if price is None:
        return InvalidOffer.NO_PRICE
    if price <= 0:
        return InvalidOffer.NOT_POSITIVE
    if terms.ceiling is not None and price > terms.ceiling:
        return InvalidOffer.OVER_CEILING
    if terms.budget is not None and price > terms.budget:
        return InvalidOffer.OVER_BUDGET
    return None


# for the record, which is read in both languages: the amounts stand beside it, in the bid's own price and the listing
REASON_WORDS: dict[InvalidOffer, str] = {
    InvalidOffer.NO_PRICE: N_("没有报价，响应无效（R-BID-06）。"),
    InvalidOffer.NOT_POSITIVE: N_("报价不大于 0，响应无效（R-BID-06）。"),
    InvalidOffer.OVER_CEILING: N_("报价超过最高限价，响应无效（R-BID-06）。"),
    InvalidOffer.OVER_BUDGET: N_("报价超过预算，响应无效（R-BID-06）。"),
}


def reason_sentence(reason: InvalidOffer, terms: ScoringTerms) -> Sentence:
    """The reason with the amount that was passed, for those who have no record beside it."""
    if reason in (InvalidOffer.NO_PRICE, InvalidOffer.NOT_POSITIVE):
        return say(REASON_WORDS[reason])
    if reason is InvalidOffer.OVER_CEILING:
        return say(N_("报价超过最高限价 {amount} 元，响应无效（R-BID-06）。"), amount=f"{terms.ceiling:f}")
    return say(N_("报价超过预算 {amount} 元，响应无效（R-BID-06）。"), amount=f"{terms.budget:f}")


def _technical(_: Decimal, offer: Offer) -> Decimal:
    """A missing technical score stands below every given one: nobody gains by leaving it out."""
    return Decimal(1) if offer.technical_score is None else -offer.technical_score


MEASURES: Mapping[str, Callable[[Decimal, Offer], Decimal]] = {
    "total": lambda total, _: -total,
    "price": lambda _, offer: Decimal(offer.price or 0),
    "technical": _technical,
}


def ranking_key(compared: Sequence[str], total: Decimal, offer: Offer) -> tuple[Decimal, ...]:
    """Smaller stands higher: what the tie rule compares, one after the other (R-TIE-01)."""
    return tuple(MEASURES[name](total, offer) for name in compared)
