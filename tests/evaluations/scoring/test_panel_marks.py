"""A panel's marks, and the printed table for past performance."""

from datetime import date
from decimal import Decimal

import pytest

from catalogue.scoring.bands import Band
from evaluations.scoring.printed import check_printed, choices_of
from evaluations.scoring.rules import (
    PastPerformanceTable,
    check_mark,
    check_past_performance_table,
    criterion_average,
    may_count_evaluation,
    other_score,
    past_performance_points,
)
from marketplace.kernel.errors import DomainError

D = Decimal
TABLE = PastPerformanceTable({"good": D(5), "fair": D(3), "poor": D(0)}, neutral_points=D("2.5"), highest=D(5))


def test_the_score_is_the_mean_of_the_members_sums_rounded_once():
    marks = {
        "plan": {"ann": D(10), "bo": D(10), "cy": D("9")},
        "staff": {"ann": D(8), "bo": D(7), "cy": D(7)},
    }
    # 9.67 + 7.33 would be 17.00 too; rounding each criterion first loses fen in other cases
    assert other_score(marks) == D("17.00")
    third = {str(i): {"ann": D("0.01"), "bo": D(0), "cy": D(0)} for i in range(3)}
    assert other_score(third) == D("0.01")
    assert criterion_average([D("0.01"), D(0), D(0)]) == D("0.00")


def test_half_a_point_rounds_up():
    assert other_score({"plan": {"ann": D("0.01"), "bo": D("0.00")}}) == D("0.01")


def test_points_from_a_printed_table_are_the_same_for_every_member():
    assert other_score({"plan": {"ann": D(10), "bo": D(9)}}, fixed=D("2.5")) == D("12.00")
    assert other_score({}, fixed=D("2.5")) == D("2.50")


def test_marks_are_not_put_together_while_a_member_has_not_finished():
    with pytest.raises(DomainError, match="还有评审成员"):
        other_score({"plan": {"ann": D(1), "bo": D(2)}, "staff": {"ann": D(1)}})


@pytest.mark.parametrize("mark", ["-0.01", "10.01", "9.999", "NaN", "Infinity"])
def test_a_mark_outside_its_criterion_is_refused(mark):
    with pytest.raises(DomainError):
        check_mark(D(mark), D(10))


@pytest.mark.parametrize("mark", ["0", "10", "9.99"])
def test_a_mark_within_its_criterion_is_taken(mark):
    check_mark(D(mark), D(10))


def test_no_record_scores_the_printed_neutral_band():
    check_past_performance_table(TABLE)
    assert past_performance_points(TABLE, None) == D("2.5")
    assert past_performance_points(TABLE, "good") == D(5)
    with pytest.raises(DomainError, match="没有“great”"):
        past_performance_points(TABLE, "great")


@pytest.mark.parametrize("neutral", ["0", "5", "6"])
def test_a_table_that_gives_newcomers_nothing_or_everything_is_refused(neutral):
    with pytest.raises(DomainError):
        check_past_performance_table(PastPerformanceTable(TABLE.points_by_grade, D(neutral), D(5)))


def test_an_evaluation_counts_for_three_years_to_the_day():
    assert may_count_evaluation(date(2025, 5, 1), date(2028, 5, 1))
    assert not may_count_evaluation(date(2025, 4, 30), date(2028, 5, 1))
    assert not may_count_evaluation(date(2028, 5, 2), date(2028, 5, 1))
    assert may_count_evaluation(date(2025, 2, 28), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("words", "most", "expected"),
    [
        ("优 36-45 分；良 25～35 分；差 0至24 分", 45, "36-45 25-35 0-24"),
        ("写明三项的得 45 分；写明两项的得 30分。\n写明一项的得 12.5 分", 45, "45 30 12.5"),
        ("完整、有针对性得满分；一般的得 １０ 分", 20, "20 10"),
        ("每有一名持证社会工作者得 4 分，最多 20 分", 20, "4 8 12 16 20"),
        ("完整、可行 45 分；缺一项减 9 分，减完为止", 45, "45 36 27 18 9 0"),
        ("按现场陈述酌情打分", 10, ""),
        ("优 30-45 分；良 25-35 分", 45, ""),  # which of two bands would be a guess
        ("优 46 分；良 30 分", 45, ""),  # above the factor
        ("每月例会得 2 分；每季报告得 3 分，最多 10 分", 10, ""),
        ("3 分钟内到达得 5 分；8 分钟内到达得 3 分", 5, "5 3"),
    ],
)
def test_R_COM_06_printed_words_become_choices_only_where_they_say_them_for_sure(words, most, expected):
    found = choices_of((), words, D(most))
    assert " ".join(f"{c.least:f}" + (f"-{c.most:f}" if c.is_range else "") for c in found) == expected


def test_R_DOC_06_where_bands_are_printed_row_by_row_a_mark_is_one_of_them_or_nothing():
    rows = (Band(D(45), "三项"), Band(D("12.5"), "一项"))
    shown = [(c.least, c.words) for c in choices_of(rows, "", D(45))]
    assert shown == [(45, "三项：得 45 分"), (D("12.5"), "一项：得 12.5 分")]
    for mark in ("45", "12.50", "0"):
        check_printed(D(mark), rows)
    check_printed(D(31), ())
    with pytest.raises(DomainError, match="45、12.5"):
        check_printed(D(31), rows)
