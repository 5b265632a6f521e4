"""What a record adds up to: by hand, in any order, in the database's words and in ours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from tests.builders_vendors import a_provider, a_standing
from tests.pages import words
from vendors.standing.drawing import curve_of
from vendors.standing.queries import figures_at, figures_of_day, history_of
from vendors.standing.rules import (
    Evidence,
    Sums,
    added,
    figure,
    grade_of_figure,
    method_on,
    move_between,
    recency_of,
    size_of,
    weigh,
)
from vendors.standing.services import note_standings, note_when_due

DAY = date(2026, 3, 2)
METHOD = method_on(DAY)
GOOD = Evidence("PJ-1", Decimal("92.00"), Decimal(480000), date(2025, 3, 2), date(2028, 3, 2))
SMALL = Evidence("PJ-2", Decimal("70.00"), Decimal(60000), date(2026, 3, 2), date(2029, 3, 2))
OTHERS = Sums(Decimal("3.0000"), Decimal("240.000000"), 2)

scores = st.decimals(0, 100, places=2)
evidences = st.builds(
    Evidence, st.uuids().map(str), scores, st.decimals(0, 9_000_000, places=2),
    st.dates(date(2023, 3, 3), DAY), st.just(date(2029, 1, 1)),
)  # fmt: skip
sums = st.builds(lambda each: added(weigh(each, DAY, METHOD)), st.lists(evidences, max_size=5))


def drawn(evidence: list[Evidence], others: Sums = OTHERS) -> Decimal:
    return figure(added(weigh(evidence, DAY, METHOD)), others, METHOD).drawn


def test_a_standing_is_what_somebody_computes_by_hand():
    assert (size_of(GOOD.contract_amount, METHOD), size_of(SMALL.contract_amount, METHOD)) == (
        Decimal("4.80"), Decimal("0.60"),
    )  # fmt: skip
    assert (recency_of(0, METHOD), recency_of(365, METHOD), recency_of(730, METHOD)) == (
        1, Decimal("0.5"), Decimal("0.25"),
    )  # fmt: skip
    found = figure(added(weigh([GOOD, SMALL], DAY, METHOD)), OTHERS, METHOD)
    # 4.8 x 0.5 = 2.4; 0.6 x 1 = 0.6; (2.4 x 92 + 0.6 x 70 + 2 x 80) / (3 + 2) = 84.56
    assert (found.own.weight, found.field_mean, found.score) == (3, 80, Decimal("84.56"))
    assert found.confidence == Decimal("60.0") and grade_of_figure(found, DAY) == "good"


def test_bounds_keep_the_largest_contract_from_drowning_the_rest():
    assert size_of(Decimal(99_000_000), METHOD) == 5 and size_of(Decimal(0), METHOD) == Decimal("0.5")


def test_too_little_weight_is_no_score_and_no_bad_one():
    alone = figure(added(weigh([SMALL], DAY, METHOD)), OTHERS, METHOD)
    assert alone.score is None and grade_of_figure(alone, DAY) == "none"
    assert figure(Sums(), OTHERS, replace(METHOD, enough=Decimal(0))).score is None, "nothing is never a record"
    assert figure(Sums(), Sums(), METHOD).field_mean == METHOD.start


def test_what_has_run_out_or_is_still_to_come_does_not_count():
    late, over = replace(GOOD, counts_from=DAY + timedelta(1)), replace(GOOD, counts_until=DAY - timedelta(1))
    assert weigh([late, over], DAY, METHOD) == []
    assert len(weigh([replace(GOOD, counts_from=DAY), replace(GOOD, counts_until=DAY)], DAY, METHOD)) == 2


@given(st.lists(evidences, max_size=6), sums, st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(evidence, others, seed):
    mixed = list(evidence)
    Random(seed).shuffle(mixed)
    assert drawn(mixed, others) == drawn(evidence, others)
    assert weigh(mixed, DAY, METHOD) == weigh(evidence, DAY, METHOD)


@given(st.lists(evidences, max_size=5), sums, evidences)
def test_more_good_evidence_never_lowers_a_standing(evidence, others, more):
    before = drawn(evidence, others)
    good = replace(more, score=max(more.score, before))
    assert drawn([*evidence, good], others) >= before


@given(st.lists(evidences, min_size=1, max_size=5), sums, st.data())
def test_a_better_score_never_lowers_a_standing(evidence, others, data):
    place = data.draw(st.integers(0, len(evidence) - 1))
    better = list(evidence)
    better[place] = replace(better[place], score=data.draw(st.decimals(better[place].score, 100, places=2)))
    assert drawn(better, others) >= drawn(evidence, others)


@given(st.lists(evidences, max_size=5), st.dates(date(2025, 1, 1), DAY), sums, sums)
def test_the_steps_of_a_move_add_up_to_the_whole(evidence, first, field_then, field_now):
    told = move_between(evidence, (first, field_then), (DAY, field_now), METHOD)
    assert told.begins + told.new + told.expired + told.age + told.field == told.ends == drawn(evidence, field_now)
    assert told.begins == figure(added(weigh(evidence, first, METHOD)), field_then, METHOD).drawn


def test_only_the_step_that_happened_is_named():
    quiet = move_between([GOOD], (DAY, OTHERS), (DAY, OTHERS), METHOD)
    assert quiet.new == quiet.expired == quiet.age == quiet.field == 0
    fresh = replace(SMALL, counts_from=DAY)
    added_one = move_between([GOOD, fresh], (DAY - timedelta(1), OTHERS), (DAY, OTHERS), METHOD)
    assert added_one.new < 0 == added_one.expired


async def test_the_database_weighs_as_the_rules_do(clock):
    """One set of cases for both spellings of the weight: each amount and age beside the bounds."""
    now = await clock.now()
    day = county_day(now)
    first, other = await a_provider(now), await a_provider(now, "乐助", username="lezhu")
    amounts = ("0", "4999.99", "50000", "123456.78", "499999.99", "500000", "880000")
    ages = (0, 1, 33, 364, 365, 366, 1095)
    evidence: dict[object, list[Evidence]] = {first.id: [], other.id: []}
    for place, (amount, age) in enumerate(zip(amounts, ages, strict=True)):
        whose = (first.id, other.id)[place % 3 == 0]
        dates = {"counts_from": day - timedelta(age), "counts_until": day + timedelta(100)}
        score = Decimal(60 + 5 * place) + Decimal("0.25")
        await a_standing(whose, now, evaluation_reference=f"PJ-{place}", contract_amount=Decimal(amount), score=score,
                         **dates)  # fmt: skip
        evidence[whose].append(Evidence(f"PJ-{place}", score, Decimal(amount), *dates.values()))
    method = method_on(day)
    own, others = (added(weigh(evidence[each], day, method)) for each in (first.id, other.id))
    expected = figure(own, others, method)
    keys = [(first.id, "administrative", day), (first.id, "service", day), (other.id, "administrative", day)]
    at_keys = await figures_at(keys, method)
    assert at_keys == [expected, figure(Sums(), Sums(), method), figure(others, own, method)]
    whole = await figures_of_day(day)
    assert whole == {(first.id, "administrative"): expected, (other.id, "administrative"): at_keys[2]}
    assert await figures_at([], method) == []

    assert await note_standings(now) == 2 and await note_standings(now + timedelta(hours=1)) == 0
    [noted] = await history_of(first.id)
    assert (noted["drawn"], noted["own_weight"], noted["evaluations"]) == (expected.drawn, own.weight, own.count)
    await note_when_due(now + timedelta(hours=2))
    assert await fetchval("SELECT count(*) FROM standing_figure") == 2, "nothing was added and the month is the same"
    await note_when_due(now + timedelta(days=40))
    assert await fetchval("SELECT count(*) FROM standing_figure") == 4, "another month: all have grown older"
    await note_when_due(now + timedelta(days=140))
    assert [(row["drawn"], row["is_enough"]) for row in await history_of(first.id)][0] == (method.start, False)


def test_a_chart_goes_from_the_oldest_to_the_newest_and_shows_where_grades_begin():
    def noted(day: date, points: str, is_enough: bool = True) -> dict[str, object]:
        return {"day": day, "drawn": Decimal(points), "is_enough": is_enough}

    last, first = date(2026, 3, 2), date(2025, 3, 2)
    curve = curve_of(
        [noted(last, "95"), noted(last, "10"), noted(date(2025, 8, 31), "75"), noted(first, "60", is_enough=False)], DAY
    )
    assert [(dot.day, dot.is_enough) for dot in curve.dots] == [
        (first, False), (date(2025, 8, 31), True), (last, True),
    ], "of a day noted twice the later figure counts"  # fmt: skip
    assert [dot.across for dot in curve.dots] == [0, Decimal(18200) / 365, 100]
    # from 50 to 100: 95 stands a tenth below the top, 60 at four fifths
    assert [dot.down for dot in curve.dots] == [80, 50, 10]
    assert {band.grade: band.down for band in curve.bands} == {"excellent": 20, "good": 40, "fair": 80}
    low = curve_of([noted(last, "42")], DAY)
    assert low.dots[0].down == Decimal(5800) / 60 and len(low.bands) == 3, "a low figure pulls the floor down"
    assert curve_of([], DAY).dots == []


async def test_the_page_and_the_file_show_what_it_takes_to_compute_it_again(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    address = f"/providers/{provider.reference}/standing"
    assert "还没有履约评价" in (await client.get(address)).text
    await a_standing(provider.id, now, contract_amount=Decimal(480000), score=Decimal("92.50"))
    page = (await client.get(address)).text
    # nobody else has a record, so the mean is 80: (4.8 x 92.5 + 2 x 80) / (4.8 + 2) = 88.82
    assert "(444 + 2 × 80) ÷ (4.8 + 2) = 88.82" in page and "70.6%" in page and "chart__dot" not in page
    told = words((await client.get(f"/providers/{provider.reference}")).text)
    assert "履约信誉 88.82 分，良，把握 70.6%" in told, "the provider's page tells the figure with its confidence"
    await note_standings(now)
    await note_when_due(now + timedelta(days=40))
    drawn_page = (await client.get(address)).text
    assert drawn_page.count("<circle") == 2 and drawn_page.count('class="chart__line"') == 1
    assert "历次记下的分" in drawn_page.split("</svg>")[-1], "the table stands beside the chart"
    told = json.loads((await client.get(f"{address}.json")).text)
    [group] = told["groups"]
    [line] = group["evaluations"]
    own = Decimal(line["size"]) * Decimal(line["recency"]) * Decimal(line["score"])
    weight, method = Decimal(group["weight"]), told["method"]
    by_hand = (own + Decimal(method["field_weight"]) * Decimal(group["field_mean"])) / (
        weight + Decimal(method["field_weight"])
    )
    assert round(by_hand, 2) == Decimal(group["standing"]) and group["state"] == "enough"
    for asked in ("x", "2999-01-01", "0001-01-01"):
        assert (await client.get(f"{address}?since={asked}")).status_code == 422
    assert (await client.get("/providers/GY-2026-9999/standing.json")).status_code == 404
