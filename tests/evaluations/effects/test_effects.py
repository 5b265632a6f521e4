"""What a record may do and what it may not: the same for all, nothing within a listing, and tried out beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.scoring.ranking import Method, ScoringTerms
from evaluations.effects.forms import read
from evaluations.effects.rules import (
    BANDS,
    Candidate,
    Order,
    PastLot,
    PastOffer,
    added_up,
    share_to_check,
    suggested_budget,
    try_rule,
)
from evaluations.effects.trial import typed_of
from evaluations.scoring.results import BidFacts, LotTerms, ScoredCriterion, results_of_lot
from evaluations.scoring.rules import PastPerformanceTable
from evaluations.scoring.standing import StandingOffer, place_by_standing, weighted_offers
from tests.architecture.source import ROOT, modules
from vendors.standing.rules import Evidence, Sums, figure, method_on, weigh

CLOSED = date(2026, 3, 2)
METHOD = method_on(CLOSED)
TABLE = PastPerformanceTable(
    {"excellent": Decimal(5), "good": Decimal(4), "fair": Decimal(2), "poor": Decimal(0)}, Decimal(3), Decimal(5)
)
TERMS = LotTerms(
    ScoringTerms(Method.TENDER, Decimal(20)),
    [
        ScoredCriterion("plan", "technical", "方案", Decimal(75), False),
        ScoredCriterion("past", "past_performance", "履约评价", Decimal(5), True),
    ],
    TABLE, CLOSED,
)  # fmt: skip

grades = st.sampled_from(["excellent", "good", "fair", "poor", "none"])
days = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2026, 6, 1)))
facts = st.builds(
    lambda name, price, grade, day, mark: BidFacts(
        name, True, price, False, grade, day, {"plan": {"one": mark}}, None
    ),
    st.uuids().map(str), st.decimals(100, 900, places=2), grades, days, st.decimals(0, 75, places=2),
)  # fmt: skip
offers = st.builds(
    StandingOffer, st.uuids(), st.decimals(100, 900, places=2), grades,
    st.one_of(st.none(), st.decimals(0, 100, places=2)),
)  # fmt: skip


def points(bid: BidFacts) -> Decimal:
    return dict(results_of_lot(TERMS, [bid])[0].by_criterion)["past"]


def order(bids: list[BidFacts]) -> list[str]:
    ranked = sorted(results_of_lot(TERMS, bids), key=lambda each: (each.rank or 0, each.opened_bid))
    return [f"{each.rank}-{each.opened_bid}" for each in ranked]


@given(facts, facts)
def test_the_table_treats_every_bidder_alike(one, other):
    """Who it is, what it asks and how it was marked elsewhere changes nothing: the same record gets the same points."""
    same = replace(other, past_grade=one.past_grade, past_evaluated_on=one.past_evaluated_on)
    assert points(same) == points(one)
    counts = one.past_evaluated_on is not None and date(2023, 3, 2) <= one.past_evaluated_on <= CLOSED
    expected = TABLE.points_by_grade[one.past_grade] if counts and one.past_grade != "none" else TABLE.neutral_points
    assert points(one) == expected


@given(st.lists(facts, min_size=1, max_size=5, unique_by=lambda bid: bid.opened_bid), facts, st.integers(0, 999))
def test_a_bidder_without_a_record_never_changes_the_order_of_the_others(bids, more, seed):
    """It is not the cheapest: a new lowest price moves everybody's price points, which no record has a part in."""
    unrated = replace(more, past_grade="none", past_evaluated_on=None, price=max(bid.price for bid in bids))
    before = {each.opened_bid: each.total for each in results_of_lot(TERMS, bids)}
    mixed = [*bids, unrated]
    Random(seed).shuffle(mixed)
    after = {each.opened_bid: each.total for each in results_of_lot(TERMS, mixed)}
    assert {name: after[name] for name in before} == before
    assert order(sorted(mixed, key=lambda bid: bid.opened_bid)) == order(mixed), "the order of rows decides nothing"


@given(st.lists(offers, max_size=5, unique_by=lambda each: each.opened_bid), offers, st.integers(0, 999))
def test_under_the_limit_an_unrated_offer_never_changes_the_order_of_the_others(known, more, seed):
    unrated = replace(more, grade="none", score=None)
    mixed = [*known, unrated]
    Random(seed).shuffle(mixed)
    placed = [each.offer for each in place_by_standing(mixed) if each.offer.opened_bid != unrated.opened_bid]
    assert placed == [each.offer for each in place_by_standing(known)]


@given(st.lists(st.integers(1, 900), max_size=4), st.integers(0, 90))
def test_what_comes_after_the_closing_day_changes_nothing_in_a_listing(ages, later):
    evidence = [
        Evidence(f"PJ-{age}", Decimal(70), Decimal(200_000), CLOSED - timedelta(age), CLOSED + timedelta(900))
        for age in ages
    ]
    new = Evidence("PJ-new", Decimal(0), Decimal(900_000), CLOSED + timedelta(1 + later), CLOSED + timedelta(900))
    assert weigh([*evidence, new], CLOSED, METHOD) == weigh(evidence, CLOSED, METHOD)


def an_offer(number: int, price: str, grade: str = "none", **changed: object) -> PastOffer:
    return PastOffer(UUID(int=number), f"中心{number}", Decimal(price), number, grade, **changed)  # type: ignore[arg-type]


def a_figure(score: str, weight: str):
    return figure(Sums(Decimal(weight), Decimal(weight) * Decimal(score), 1), Sums(), METHOD)


BY_STANDING = PastLot("JT-1", "走访", 1, CLOSED, [
    an_offer(1, "99", "excellent", score=Decimal(92), evaluation="PJ-1", figure=a_figure("92", "0.4")),
    an_offer(2, "95", "good", score=Decimal(85), evaluation="PJ-2", figure=a_figure("85", "6")),
    an_offer(3, "90", figure=a_figure("0", "0")),
])  # fmt: skip
SCORED = PastLot("JT-2", "探访", 1, CLOSED, [
    an_offer(1, "99", "excellent", total=Decimal("90"), past_points=Decimal(5)),
    an_offer(2, "95", total=Decimal("89"), past_points=Decimal(3)),
], ("total", "price"))  # fmt: skip


@pytest.mark.parametrize(("tried", "first"), [(Order.NEWEST, 1), (Order.WEIGHTED, 2), (Order.PRICE, 3)])
def test_a_trial_says_who_would_have_stood_first(tried, first):
    """The best single grade, the best standing that rests on enough, the lowest price."""
    [trial] = try_rule(Candidate(order=tried), [BY_STANDING, SCORED])
    assert [offer.rank for offer in trial.under] == [first] and trial.is_changed is (first != 1)
    assert trial.difference == trial.under[0].price - Decimal(99)


def test_a_flatter_table_is_tried_on_scored_awards_only():
    flat = dict.fromkeys(BANDS, Decimal(3))
    [trial] = try_rule(Candidate(bands=flat), [BY_STANDING, SCORED])
    # 90 - 5 + 3 = 88 is less than 89 - 3 + 3
    assert trial.lot is SCORED and [offer.rank for offer in trial.under] == [2]
    printed = {"excellent": Decimal(5), "good": Decimal(4), "fair": Decimal(2), "poor": Decimal(0), "none": Decimal(3)}
    [same] = try_rule(Candidate(bands=printed), [SCORED])
    assert not same.is_changed and added_up([trial, same]).changed == 1
    assert added_up([trial, same]).difference == Decimal(-4)


def test_not_enough_record_stands_where_no_record_does():
    known, unknown = [StandingOffer(UUID(int=n), Decimal(90), "poor", Decimal(10), "PJ-1") for n in (1, 2)]
    figures = [a_figure("10", "6"), a_figure("10", "0.4")]
    weighted = weighted_offers([known, unknown], figures, CLOSED)
    assert [(each.grade, each.score is None, each.evaluation) for each in weighted] == [
        ("poor", False, "PJ-1"), ("none", True, ""),
    ]  # fmt: skip


def test_a_low_price_is_watched_more_closely_unless_the_record_is_good():
    assert share_to_check(a_figure("95", "6"), CLOSED) == 10
    assert share_to_check(a_figure("70", "6"), CLOSED) == share_to_check(a_figure("95", "0.4"), CLOSED) == 20


@pytest.mark.parametrize(("score", "cut", "amount"), [("90", 0, "1000"), ("79.99", 10, "900"), ("59", 20, "800")])
def test_next_years_budget_follows_from_the_results_weighted_by_contract(score, cut, amount):
    results = [(Decimal(score), Decimal(300)), (Decimal(score), Decimal(100))]
    found = suggested_budget(Decimal(1000), results, CLOSED)
    assert found is not None and (found.cut, found.amount) == (cut, Decimal(amount))
    mixed = suggested_budget(Decimal(1000), [(Decimal(50), Decimal(300)), (Decimal(90), Decimal(100))], CLOSED)
    assert mixed is not None and mixed.score == 60 and mixed.grade == "fair"
    assert suggested_budget(Decimal(1000), [], CLOSED) is None, "no result suggests nothing"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"order": "stars"}, "order"),
        ({"band_excellent": "5"}, "band_excellent"),
        ({"first": "2026-03-01", "last": "2026-02-01", "order": "price"}, "first"),
        ({"half_life": "0", "order": "price"}, "half_life"),
        (typed_of(["--bands", "1,2,3,4,5"]), "band_excellent"),
        ({"order": ""}, "order"),
    ],
)
def test_a_rule_that_cannot_be_tried_is_refused_in_words(typed, wrong):
    form, asked = read(typed, CLOSED)
    assert asked is None and wrong in form.errors


def test_the_commands_line_is_the_form_of_the_page():
    form, asked = read(typed_of(["--order", "weighted", "--half-life", "180", "--bands", "5,4,2,0,3"]), CLOSED)
    assert form.errors == {} and asked is not None
    assert asked.candidate.order is Order.WEIGHTED and asked.method.half_life == 180
    assert asked.candidate.bands == {**TABLE.points_by_grade, "none": Decimal(3)}
    assert asked.last == CLOSED and read({}, CLOSED)[1] is None


# who reads the county's own record, each for an effect that the law leaves room for; nobody else may
MAY_READ = {
    "contracts.frameworks.queries": "direct selection only",
    "evaluations.awards.placing": "purchases under the limit",
    "evaluations.scoring.standing": "purchases under the limit",
    "evaluations.effects": "trial, closer watch, suggested budget", "vendors.bids.queries": "fills a claim by itself",
    "evaluations.opening.contents_writer": "fills a claim by itself",
    "marketplace": "pages and data",
}  # fmt: skip
WRITES = {"contracts.brought_in.imports", "evaluations.performance"}


def test_nothing_reads_the_record_but_what_the_law_leaves_room_for():
    """Neither turns, nor deposits, nor payments, nor points of a scored listing (R-PERF-08)."""
    readers = {
        module.name for module in modules() if "standing" in module.source
        for _, name in module.imported if name.startswith("vendors.standing")
    }  # fmt: skip
    allowed = (*MAY_READ, *WRITES, "vendors.standing")
    assert sorted(name for name in readers if not name.startswith(allowed)) == []
    assert "contracts.frameworks.call_offs" not in readers and not any("deposits" in name for name in readers)


def test_whose_turn_it_is_asks_for_no_record():
    asked = [path.read_text() for path in (ROOT / "contracts/frameworks").glob("*.py") if path.stem != "queries"]
    assert [text for text in asked if "standing_entry" in text or "standing_figure" in text] == []
    assert sum("standings_of_places" in text for text in asked) == 1, "the page of direct selection alone"
