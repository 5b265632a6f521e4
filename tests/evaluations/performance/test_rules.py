from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.listings.drafts import Indicator
from catalogue.listings.indicators import WAY_WORDS, read_target, sources_asked
from catalogue.listings.starting.book import templates
from evaluations.performance.points import (
    Docking,
    Judged,
    band_of,
    check_explained,
    combined,
    docking_on,
    indicator_points,
    source_means,
    working,
)
from evaluations.performance.rules import (
    SeatPlan,
    Tied,
    check_free,
    check_may_freeze,
    check_may_leave_out,
    check_seats,
    check_weights,
    grade_of,
    plan_from_printed,
    snapshot_hash,
    snapshot_text,
    standard_table,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.names import Name

ON = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("score", "grade"),
    [("100", "excellent"), ("90", "excellent"), ("89.99", "good"), ("80", "good"), ("79.99", "fair"), ("79.5", "fair"),
     ("60", "fair"), ("59.99", "poor"), ("0", "poor")],
)  # fmt: skip
def test_grades_are_half_open_bands_without_holes(score, grade):
    assert grade_of(Decimal(score), ON) == grade


def test_a_target_met_gives_full_points_and_less_gives_its_share():
    assert indicator_points(Decimal(20), Decimal(100), Decimal(130)) == Decimal("20.00")
    assert indicator_points(Decimal(20), Decimal(90), Decimal(45)) == Decimal("10.00")
    assert indicator_points(Decimal(10), Decimal(3), Decimal(2)) == Decimal("6.67")
    assert indicator_points(Decimal(10), Decimal(3), Decimal(0)) == Decimal("0.00")


def test_the_ready_table_totals_one_hundred_and_other_sums_are_refused():
    weights = [line.weight for line in standard_table()]
    check_weights(weights)
    with pytest.raises(DomainError, match="101"):
        check_weights([*weights, Decimal(1)])


@pytest.mark.parametrize(
    ("tied", "clause"),
    [({"delivers": True}, "R-ROLE-08"), ({"buys": True}, "R-ROLE-08"), ({"bids": True}, "R-ROLE-08"),
     ({"signer": "王敏"}, "R-ROLE-08"), ({"shared": "王敏"}, "R-ROLE-07"), ({"path": "同一负责人"}, "R-ROLE-07")],
)  # fmt: skip
def test_nobody_with_a_part_in_the_contract_evaluates_it(tied, clause):
    check_free(Tied(Name("天府评估")))
    with pytest.raises(Forbidden) as refused:
        check_free(Tied(Name("天府评估"), **tied))
    assert refused.value.clause == clause


def test_a_draft_freezes_only_after_the_time_to_answer_and_not_by_its_scorer():
    until = date(2026, 3, 16)
    with pytest.raises(Conflict):
        check_may_freeze("drafted", until, {"scorer"}, "officer", at_county_time(until, 23, 59))
    check_may_freeze("drafted", until, {"scorer"}, "officer", at_county_time(date(2026, 3, 17)))
    check_may_freeze("replied", until, {"scorer"}, "officer", at_county_time(date(2026, 3, 3)))
    with pytest.raises(Forbidden):
        check_may_freeze("replied", until, {"other", "scorer"}, "scorer", at_county_time(date(2026, 3, 3)))


def test_a_snapshot_has_one_spelling():
    one, other = {"a": Decimal("1.50"), "b": "优"}, {"b": "优", "a": Decimal("1.50")}
    assert snapshot_text(one) == snapshot_text(other)
    assert snapshot_hash(snapshot_text(one)) != snapshot_hash(snapshot_text({"a": Decimal("1.51"), "b": "优"}))


def test_less_is_better_where_the_target_is_at_most():
    at_most = {"is_at_most": True}
    assert indicator_points(Decimal(20), Decimal(1), Decimal("0.5"), **at_most) == Decimal("20.00")
    assert indicator_points(Decimal(20), Decimal(1), Decimal(4), **at_most) == Decimal("5.00")
    assert indicator_points(Decimal(10), Decimal(0), Decimal(0), **at_most) == Decimal("10.00")
    assert indicator_points(Decimal(10), Decimal(0), Decimal(1), **at_most) == Decimal("0.00")


def test_over_achievement_of_a_low_target_is_docked_within_its_limit_and_never_a_percentage():
    docking = Docking(Decimal(30), Decimal(20))
    assert indicator_points(Decimal(10), Decimal(100), Decimal(130), docking=docking) == Decimal("10.00")
    assert indicator_points(Decimal(10), Decimal(100), Decimal(140), docking=docking) == Decimal("9.00")
    assert indicator_points(Decimal(10), Decimal(100), Decimal(900), docking=docking) == Decimal("8.00")
    assert docking_on("户", ON) == docking and docking_on("%", ON) is None


@pytest.mark.parametrize(("points", "band"), [("8", "upper"), ("7.99", "middle"), ("6", "middle"), ("5.99", "lower")])
def test_every_score_away_from_the_middle_band_is_explained(points, band):
    assert band_of(Decimal(points), Decimal(10), ON) == band
    if band == "middle":
        check_explained(3, Decimal(points), Decimal(10), "", ON)
    else:
        with pytest.raises(DomainError, match="第 3 项"):
            check_explained(3, Decimal(points), Decimal(10), " ", ON)
        check_explained(3, Decimal(points), Decimal(10), "查阅台账。", ON)


def test_evaluators_of_one_source_count_as_their_mean_and_sources_by_their_weights():
    given = [Judged("third_party", Decimal(60), Decimal(10)), Judged("town", Decimal(20), Decimal(6)),
             Judged("town", Decimal(20), Decimal(8))]  # fmt: skip
    # (60 x 10 + 20 x 7) / 80
    assert combined(given) == Decimal("9.25")
    said = [each.text("zh") for each in working(given, {"third_party": "第三方专业机构", "town": "镇（街道）"})]
    assert said == ["第三方专业机构：10 分，权重 60/80", "镇（街道）：7 分，权重 20/80"]
    with pytest.raises(DomainError):
        combined([])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["third_party", "town", "village"]), st.integers(0, 1000)), min_size=1))
def test_a_combined_score_lies_between_the_judgements_and_not_on_their_order(rows):
    weights = {"third_party": Decimal(50), "town": Decimal(30), "village": Decimal(20)}
    judged = [Judged(source, weights[source], Decimal(n) / 100) for source, n in rows]
    points = [each.points for each in judged]
    found = combined(judged)
    assert min(points) <= found <= max(points)
    assert combined(judged[::-1]) == found and source_means(judged) == source_means(judged[::-1])


@pytest.mark.parametrize(
    ("words", "goal", "unit", "at_most"),
    [("不低于 90%", "90", "%", False), ("不超过 1%", "1", "%", True), ("0 起", "0", "起", True),
     ("100%", "100", "%", False), ("不少于 60 户", "60", "户", False), ("低于 3 次", "3", "次", True)],
)  # fmt: skip
def test_a_printed_target_says_its_number_and_its_direction(words, goal, unit, at_most):
    found = read_target(words)
    assert found is not None and (found.goal, found.unit, found.is_at_most) == (Decimal(goal), unit, at_most)
    assert read_target("按方案完成") is None


def test_the_set_of_every_catalogue_item_is_ready_to_use():
    assert len(templates()) == 16
    for template in templates().values():
        lines = plan_from_printed(template.need.indicators)
        check_weights([line.weight for line in lines])
        shares = {share.source: share.weight for share in template.need.sources}
        seats = [SeatPlan(source, weight, UUID(int=1), ON) for source, weight in shares.items()]
        check_seats(seats, [line.group for line in lines])
        assert all(line.target is not None for line in lines if line.method != "qualitative"), template.code
        assert {each.way for each in template.need.indicators} <= set(WAY_WORDS)


def test_a_printed_line_without_a_number_is_judged_in_bands_and_a_computed_one_has_its_own_goal():
    kept = Indicator("人员稳定", "稳定", Decimal(40), way="turnover")
    printed = [Indicator("探访质量", "按方案完成", Decimal(60)), kept]
    judged, computed = plan_from_printed(printed)
    assert (judged.method, judged.target) == ("qualitative", None)
    assert (computed.method, computed.measure, computed.target, computed.is_at_most) == (
        "delivery", "turnover", Decimal(0), True,
    )  # fmt: skip


def test_weights_of_sources_total_one_hundred_and_recipients_alone_judge_satisfaction():
    def seat(source, weight):
        return SeatPlan(source, Decimal(weight), UUID(int=1), ON)

    check_seats([seat("third_party", 60), seat("town", 40), seat("town", 40)], ["output"])
    with pytest.raises(DomainError, match="90"):
        check_seats([seat("third_party", 60), seat("town", 30)], ["output"])
    with pytest.raises(DomainError, match="产出"):
        check_seats([seat("recipients", 100)], ["output"])
    everybody = frozenset({"third_party", "town", "recipients"})
    assert sources_asked("satisfaction", everybody) == {"recipients"}
    assert sources_asked("output", everybody) == {"third_party", "town"}
    assert sources_asked("satisfaction", frozenset({"third_party"})) == {"third_party"}


def test_an_evaluator_is_left_out_only_after_its_day_and_never_the_last_one():
    due = date(2026, 3, 16)
    check_may_leave_out(due, date(2026, 3, 17), 1)
    with pytest.raises(Conflict):
        check_may_leave_out(due, due, 1)
    with pytest.raises(Conflict):
        check_may_leave_out(due, date(2026, 3, 17), 0)
