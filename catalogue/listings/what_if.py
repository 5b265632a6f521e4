"""Example bids scored by the rules that score real bids, with the weights as typed. Pure; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from catalogue.listings.drafts import Scoring
from catalogue.listings.methods import MethodRow
from catalogue.listings.terms import DeductionExample, deduction_example
from catalogue.listings.what_if_factors import TECHNICAL, Factor, Factors, example_fields, read_factors
from catalogue.scoring.price import round_half_up
from catalogue.scoring.ranking import Method, Offer, ScoredOffer, ScoringTerms, reason_sentence, score_offers
from marketplace.kernel.forms import (
    Bound,
    Field,
    choice,
    decimal,
    flag,
    money,
    parse,
    parse_rows,
    proper_name,
    whole_number,
)
from marketplace.kernel.i18n import N_, Sentence

HUNDRED = Decimal(100)
PREFIX = "example"
EXAMPLE_ROWS = 4

# only enterprises may declare to be small: social organisations are none (R-SME-02)
BIDDER_FORMS: dict[str, str] = {
    "social": N_("社会组织（不能享受扣除）"),
    "small_micro": N_("小微企业（可以享受扣除）"),
    "other": N_("其他企业（不能享受扣除）"),
}

EXAMPLE_ROW = [
    Field("name", N_("投标人"), proper_name(60)),
    Field("form", N_("主体"), choice(list(BIDDER_FORMS))),
    Field("price", N_("报价"), money()),
    Field("quality", N_("其余因素得分率"), decimal(Decimal(0), HUNDRED)),
]
WEIGHTS = [
    Field("is_price_fixed", N_("价格固定"), flag(), is_required=False),
    Field("price_weight", N_("价格分"), decimal(Decimal(0), HUNDRED)),
    Field("small_micro_deduction", N_("小微企业价格扣除"), decimal(Decimal(0), Decimal("99.99"))),
    Field("rounding", N_("价格分保留小数"), whole_number(0, 4)),
]
# the names, forms, and shares of ceiling and quality of the examples a page begins with
BEGIN = (
    (N_("甲（示例）"), "social", 97, "92"), (N_("乙（示例）"), "small_micro", 94, "88"),
    (N_("丙（示例）"), "social", 85, "80"), (N_("丁（示例）"), "other", 90, "90"),
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """An example with its scores and place; `refusal` says why it has none."""

    name: str
    form: str
    scored: ScoredOffer
    refusal: Sentence | None
    # the points of each factor by its title
    points: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Stretch:
    """Whole price weights, both ends included, at which the same examples stand first."""

    low: int
    high: int
    winners: tuple[str, ...]


@dataclass(frozen=True)
class WhatIf:
    """What the panel shows. `before` are those who stood first by the weights the page was opened with."""

    places: tuple[Placed, ...] = ()
    winners: tuple[str, ...] = ()
    before: tuple[str, ...] | None = None
    weight_before: Decimal | None = None
    stretches: tuple[Stretch, ...] = ()
    deduction: DeductionExample | None = None
    scoring: Scoring | None = None
    # all weights as typed, the price's with them; None while no factor has points
    total: Decimal | None = None
    mistakes: Mapping[str, Sentence] | None = None

    @property
    def is_changed(self) -> bool:
        """The weights typed put another one first than those before."""
        return self.before is not None and self.before != self.winners

    @property
    def is_price_weight_changed(self) -> bool:
        """The price weight is another one than before, and not only the factors'."""
        return self.scoring is not None and self.weight_before != self.scoring.price_weight

    @property
    def is_off_hundred(self) -> bool:
        """The weights typed do not total 100."""
        return self.total is not None and self.total != HUNDRED


def first_examples(listing: Mapping[str, Any], name_of: Any) -> dict[str, str]:
    """The rows a page begins with, as typed: priced below this listing's ceiling (or budget)."""
    most = listing["ceiling"] or listing["budget"]
    raw: dict[str, str] = {}
    for i, (name, form, share, quality) in enumerate(BEGIN):
        price = (most * share / HUNDRED).quantize(Decimal("0.01"))
        row = {"name": name_of(name), "form": form, "price": str(price), "quality": quality}
        raw |= {f"{PREFIX}-{i}-{key}": value for key, value in row.items()}
    return raw


def what_if(
    typed: Mapping[str, Any], listing: Mapping[str, Any], row: MethodRow, weights: tuple[int, int],
    order: tuple[str, ...] = (),
) -> WhatIf:  # fmt: skip
    """The examples by the weights typed, equals in this order; with mistakes where something cannot be read."""
    form = parse(WEIGHTS, typed)
    factors = read_factors(form, typed)
    examples = parse_rows(form, PREFIX, [*EXAMPLE_ROW, *example_fields(factors)], typed)
    readable = not any(each.name in form.errors for each in WEIGHTS)
    scoring = _scoring(form) if readable else None
    found = WhatIf(scoring=scoring, deduction=deduction_example(scoring) if scoring else None)
    if form.errors or scoring is None:
        return replace(found, mistakes=form.errors)
    terms = replace(_terms(scoring, listing, row), order=order)
    placed = _placed(terms, examples, factors)
    was = weights_before(typed, listing)
    return replace(
        found, places=placed, winners=_winners(placed),
        before=_winners(_placed(_with(terms, *was), examples, factors.before(typed), scaled=True)) if was else None,
        weight_before=was[0] if was else None,
        total=terms.price_weight + factors.total if factors.rows else None,
        stretches=() if scoring.is_price_fixed else _stretches(terms, examples, factors, weights),
    )  # fmt: skip


def weights_before(typed: Mapping[str, Any], listing: Mapping[str, Any]) -> tuple[Decimal, Decimal] | None:
    """Price weight and deduction the page was opened with; None while none was stored yet."""
    form = parse([replace(each, name=f"was-{each.name}", is_required=False) for each in WEIGHTS[1:3]], typed)
    weight, deduction = form.values["was-price_weight"], form.values["was-small_micro_deduction"]
    if weight is None or deduction is None:
        weight, deduction = listing["price_weight"], listing["small_micro_deduction"]
    return (weight, deduction) if weight else None


def _scoring(form: Bound) -> Scoring:
    is_fixed = bool(form["is_price_fixed"])
    return Scoring(
        criteria=(), price_weight=Decimal(0) if is_fixed else form["price_weight"], is_price_fixed=is_fixed,
        small_micro_deduction=form["small_micro_deduction"], rounding=form["rounding"],
    )  # fmt: skip


def _terms(scoring: Scoring, listing: Mapping[str, Any], row: MethodRow) -> ScoringTerms:
    return ScoringTerms(
        method=Method.CONSULTATION if row.final_price else Method.TENDER, price_weight=scoring.price_weight,
        rounding=scoring.rounding, deduction=scoring.small_micro_deduction, ceiling=listing["ceiling"],
        budget=listing["budget"],
    )  # fmt: skip


def _with(terms: ScoringTerms, weight: Decimal, deduction: Decimal) -> ScoringTerms:
    return replace(terms, price_weight=weight, deduction=deduction)


def _placed(
    terms: ScoringTerms, examples: Sequence[Mapping[str, Any]], factors: Factors, *, scaled: bool = False
) -> tuple[Placed, ...]:
    """Best first; those whose price is not valid last. Scaled, the factors share what the price leaves of 100."""
    rest = Fraction(HUNDRED - terms.price_weight)
    scale = rest / Fraction(factors.total) if scaled and factors.rows else Fraction(1)
    scores = [
        [(factor, points * scale) for factor, points in factors.scores(e)] for e in examples
    ]  # fmt: skip
    offers = [_offer(terms, e, given) for e, given in zip(examples, scores, strict=True)]
    placed = [
        Placed(
            e["name"], e["form"], scored, reason_sentence(scored.reason, terms) if scored.reason else None,
            tuple((factor.title, round_half_up(points, terms.rounding)) for factor, points in given),
        )
        for e, given, scored in zip(examples, scores, score_offers(terms, offers), strict=True)
    ]  # fmt: skip
    return tuple(sorted(placed, key=lambda each: each.scored.rank or len(placed) + 1))


def _offer(terms: ScoringTerms, e: Mapping[str, Any], given: Sequence[tuple[Factor, Fraction]]) -> Offer:
    """An example as it is scored: rounded once, and before there are factors by its share of all the rest."""
    other = sum((points for _, points in given), Fraction(0))
    if not given:
        other = Fraction(e["quality"]) * Fraction(HUNDRED - terms.price_weight) / 100
    technical = sum((points for factor, points in given if factor.kind == TECHNICAL), Fraction(0))
    return Offer(
        e["name"], e["price"], e["form"] == "small_micro", round_half_up(other, terms.rounding),
        round_half_up(technical, terms.rounding) if given else None,
    )  # fmt: skip


def _winners(placed: Sequence[Placed]) -> tuple[str, ...]:
    return tuple(each.name for each in placed if each.scored.rank == 1)


def _stretches(
    terms: ScoringTerms, examples: Sequence[Mapping[str, Any]], factors: Factors, weights: tuple[int, int]
) -> tuple[Stretch, ...]:
    """Who stands first at every whole weight the method allows, like neighbours taken together."""
    found: list[Stretch] = []
    for weight in range(weights[0], weights[1] + 1):
        winners = _winners(_placed(replace(terms, price_weight=Decimal(weight)), examples, factors, scaled=True))
        if found and found[-1].winners == winners:
            found[-1] = replace(found[-1], high=weight)
        else:
            found.append(Stretch(weight, weight, winners))
    return tuple(found)
