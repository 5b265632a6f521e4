"""Price scores, ranking and the signs of a low price, by the written rules."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.scoring.price import LowPriceLimits, evaluated_price, low_price_findings, low_price_limits, price_score
from catalogue.scoring.ranking import InvalidOffer, Method, Offer, ScoringTerms, score_offers

D = Decimal
LIMITS = LowPriceLimits(mean=D(50), next_lowest=D(50), ceiling=D(45))


def terms(method: Method = Method.TENDER, weight: str = "20", **more: object) -> ScoringTerms:
    return ScoringTerms(method=method, price_weight=D(weight), limits=LIMITS, **more)  # type: ignore[arg-type]


def offer(
    bidder: str, price: str | None, other: str = "70", technical: str | None = None, small: bool = False
) -> Offer:
    return Offer(
        bidder, None if price is None else D(price), small, D(other), None if technical is None else D(technical)
    )


def ranks(scored: list) -> list[int | None]:
    return [each.rank for each in scored]


def test_R_EVAL_04_the_deduction_comes_first_and_then_the_base_price_is_found():
    # 90,000 quoted is the lowest, but 95,000 less 10 % is lower.
    small, large = score_offers(terms(deduction=D(10)), [offer("A", "95000", small=True), offer("B", "90000")])
    assert small.evaluated_price == D("85500")
    assert small.price_score == D("20.00")
    assert large.price_score == D("19.00")


def test_R_SME_04_consortia_with_small_enterprises_have_the_lesser_deduction_and_never_both():
    offers = [
        Offer("small", D("1000"), True, D("70")), Offer("alone", D("1000"), False, D("70")),
        Offer("together", D("1000"), False, D("70"), small_consortium=True),
        Offer("all small", D("1000"), True, D("70"), small_consortium=True),
    ]  # fmt: skip
    scored = score_offers(terms(deduction=D(10), consortium_deduction=D(5)), offers)
    assert [each.evaluated_price for each in scored] == [D("900"), D("1000"), D("950"), D("900")]
    scored = score_offers(terms(deduction=D(10)), offers)
    assert [each.evaluated_price for each in scored] == [D("900"), D("1000"), D("1000"), D("900")]


def test_the_evaluated_price_is_not_rounded():
    assert evaluated_price(D("333.33"), D("10")) == D("299.997")
    price, percent = D("999999999999.99"), D("12.3456789123")
    assert Fraction(evaluated_price(price, percent)) == Fraction(price) * (100 - Fraction(percent)) / 100


def test_an_invalid_bid_takes_no_part_in_the_base_price():
    dear, cheap, silent = score_offers(
        terms(ceiling=D(500), budget=D(400)), [offer("A", "450"), offer("B", "400"), offer("C", None)]
    )
    assert (dear.reason, dear.rank, dear.total) == (InvalidOffer.OVER_BUDGET, None, None)
    assert (cheap.rank, cheap.price_score) == (1, D("20.00"))
    assert silent.reason is InvalidOffer.NO_PRICE


def test_a_price_exactly_at_the_ceiling_is_valid_and_a_fen_more_is_not():
    at, over = score_offers(terms(ceiling=D("505000")), [offer("A", "505000.00"), offer("B", "505000.01")])
    assert at.is_valid
    assert over.reason is InvalidOffer.OVER_CEILING


def test_when_all_bids_are_invalid_nobody_is_ranked():
    assert ranks(score_offers(terms(ceiling=D(10)), [offer("A", "11"), offer("B", None)])) == [None, None]


def test_a_single_bid_has_full_price_points_and_the_first_rank():
    (only,) = score_offers(terms(), [offer("A", "123.45")])
    assert (only.price_score, only.rank, only.low_price_reasons) == (D("20.00"), 1, ())


def test_a_price_score_is_rounded_half_up_once_from_the_exact_quotient():
    assert price_score(D(1), D(8), D("1"), 2) == D("0.13")  # 0.125
    assert price_score(D("1249999999"), D("10000000000"), D(1), 2) == D("0.12")  # 0.1249999999
    assert price_score(D(1), D(2), D(1), 0) == D(1)
    assert price_score(D(1), D(3), D(20), 6) == D("6.666667")


def test_a_weight_of_zero_scores_zero_for_everyone():
    scored = score_offers(terms(weight="0"), [offer("A", "100", "90"), offer("B", "100", "80")])
    assert [(s.price_score, s.total, s.rank) for s in scored] == [(D(0), D(90), 1), (D(0), D(80), 2)]


def test_R_EVAL_06_equal_totals_are_ranked_by_quoted_price_and_not_by_the_deducted_one():
    # both are evaluated at 90: A quotes 100 as a small enterprise, B quotes 90
    scored = score_offers(terms(deduction=D(10)), [offer("A", "100", small=True), offer("B", "90")])
    assert scored[0].total == scored[1].total
    assert ranks(scored) == [2, 1]


def test_three_equal_bids_share_the_first_rank_and_the_next_is_fourth():
    scored = score_offers(terms(), [offer("D", "100", "60"), *(offer(name, "100") for name in "ABC")])
    assert ranks(scored) == [4, 1, 1, 1]


def test_R_EVAL_11_the_technical_score_breaks_a_tie_in_consultation_only():
    offers = [offer("A", "100", technical="30"), offer("B", "100", technical="40"), offer("C", "100")]
    assert ranks(score_offers(terms(Method.CONSULTATION), offers)) == [2, 1, 3]
    assert ranks(score_offers(terms(Method.TENDER), offers)) == [1, 1, 1]


def test_a_missing_technical_score_stands_below_a_zero():
    offers = [offer("A", "100"), offer("B", "100", technical="0")]
    assert ranks(score_offers(terms(Method.CONSULTATION), offers)) == [2, 1]


def test_the_order_given_is_the_order_returned():
    scored = score_offers(terms(ceiling=D(200)), [offer("C", "150"), offer("X", "300"), offer("A", "100")])
    assert [each.bidder for each in scored] == ["C", "X", "A"]


def test_a_price_of_zero_takes_no_part_and_holds_nobody_up():
    nothing, other = score_offers(terms(), [offer("A", "0"), offer("B", "100")])
    assert (nothing.reason, nothing.rank, other.rank) == (InvalidOffer.NOT_POSITIVE, None, 1)


@pytest.mark.parametrize(
    ("price", "others", "ceiling", "reasons"),
    [
        ("50", ["150", "100"], None, ()),  # exactly half of the mean 100 and of the next 100
        ("49.99", ["150", "100.01"], None, ("R-LOW-01/mean", "R-LOW-01/next_lowest")),
        ("49.99", ["99.98"], None, ()),  # exactly half of the next
        ("49.99", ["99.99"], None, ("R-LOW-01/next_lowest",)),
        ("45", ["46"], "100", ()),  # exactly 45 %
        ("44.99", ["46"], "100", ("R-LOW-01/ceiling",)),
        ("40", ["40", "200"], None, ("R-LOW-01/mean",)),  # two equal lowest are each other's next
        ("44.99", [], "100", ("R-LOW-01/ceiling",)),
    ],
)
def test_R_LOW_01_a_low_price_lies_strictly_below_its_limit(price, others, ceiling, reasons):
    prices = [D(price), *map(D, others)]
    assert low_price_findings(D(price), prices, None if ceiling is None else D(ceiling), LIMITS) == reasons


def test_R_LOW_01_the_limits_are_those_of_the_rulebook_from_february_2026_on():
    assert low_price_limits(date(2026, 2, 1)) == LIMITS
    assert low_price_limits(date(2026, 1, 31)) is None


def test_R_LOW_03_a_deducted_price_below_the_limit_is_no_reason_to_look():
    # A quotes 60 and is evaluated at 48; the limit is 45 % of 120, which is 54
    offers = [offer("A", "60", small=True), offer("B", "100")]
    deducted, plain = terms(deduction=D(20), ceiling=D(120)), terms(ceiling=D(100), deduction=D(20))
    assert [each.low_price_review for each in score_offers(deducted, offers)] == [False, False]
    lower = [offer("A", "44", small=True), offer("B", "100")]
    assert [each.low_price_review for each in score_offers(plain, lower)] == [True, False]


def test_low_prices_are_judged_by_quoted_prices_of_valid_bids():
    scored = score_offers(
        terms(deduction=D(20), ceiling=D(1000)),
        [offer("A", "460", small=True), offer("B", "470"), offer("X", "99999"), offer("Y", None)],
    )
    assert [each.low_price_review for each in scored] == [False, False, False, False]


def test_the_budget_stands_in_where_no_ceiling_is_set():
    (only,) = score_offers(terms(budget=D(1000)), [offer("A", "449.99")])
    assert only.low_price_reasons == ("R-LOW-01/ceiling",)


def test_without_limits_in_force_nothing_is_reviewed():
    assert low_price_findings(D(1), [D(1), D(1000)], D(1000), None) == ()


money = st.integers(1, 10**9).map(lambda fen: D(fen) / 100)
points = st.integers(0, 10000).map(lambda hundredths: D(hundredths) / 100)
offers_of_many = st.lists(
    st.tuples(st.none() | money | st.sampled_from([D(100), D(200)]), st.booleans(), points | st.just(D(50)),
              st.none() | points), min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(Method)), st.integers(0, 100).map(D), offers_of_many, st.integers(0, 4),
    st.integers(0, 20).map(D), st.none() | money, st.none() | money,
)  # fmt: skip
def test_scores_and_ranks_agree_with_a_slow_reading_of_the_law(
    method, weight, rows, places, deduction, ceiling, budget
):
    offers = [Offer(str(i), *row) for i, row in enumerate(rows)]
    scored = score_offers(ScoringTerms(method, weight, places, deduction, ceiling, budget, LIMITS), offers)
    valid = {}
    for i, (price, small, *_) in enumerate(rows):
        if price is not None and not any(top is not None and price > top for top in (ceiling, budget)):
            valid[i] = Fraction(price) * (1 - Fraction(deduction if small else 0) / 100)
    assert [each.is_valid for each in scored] == [i in valid for i in range(len(rows))]
    expected = {i: slow_total(min(valid.values()) / price * Fraction(weight), places, rows[i][2])
                for i, price in valid.items()}  # fmt: skip
    quoted = sorted(Fraction(rows[i][0]) for i in valid)
    for i, total in expected.items():
        assert Fraction(scored[i].total) == total
        assert Fraction(scored[i].evaluated_price) == valid[i]
        better = 0
        for j, other in expected.items():
            mine, theirs = (-total, rows[i][0]), (-other, rows[j][0])
            if method is Method.CONSULTATION:
                mine, theirs = (*mine, -(rows[i][3] + 1 if rows[i][3] is not None else 0)), (
                    *theirs, -(rows[j][3] + 1 if rows[j][3] is not None else 0))  # fmt: skip
            better += theirs < mine
        assert scored[i].rank == better + 1
        price = Fraction(rows[i][0])
        top = ceiling if ceiling is not None else budget
        assert scored[i].low_price_review == (
            price * 2 < sum(quoted) / len(quoted)
            or (len(quoted) > 1 and price * 2 < quoted[1])
            or (top is not None and price * 20 < Fraction(top) * 9)
        )


def slow_total(exact: Fraction, places: int, other: Decimal) -> Fraction:
    """Rounds by long division in integers."""
    units, rest = divmod(exact.numerator * 10**places, exact.denominator)
    if rest * 2 >= exact.denominator:
        units += 1
    return Fraction(units, 10**places) + Fraction(other)
