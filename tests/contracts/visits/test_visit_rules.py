"""What makes a visit count, without a database."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import uuid4

import pytest

from contracts.cases.codes import RevealsPerson, read_recipient_code
from contracts.visits.forms import parse_all
from contracts.visits.rules import (
    ContractTime,
    CountedVisit,
    VisitPoints,
    check_daily_cap,
    check_time,
    closing_lines,
    is_late_entry,
    lines_hash,
    months_by_milestone,
    next_to_close,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.forms import Bound

TERM = ContractTime(date(2026, 4, 1), date(2027, 3, 31))
NOON = at_county_time(date(2026, 4, 8), 12)


def visit(day: date, begins: str, ends: str) -> VisitPoints:
    return VisitPoints(
        uuid4(), "JT-R-0001", uuid4(), "三江村", day, time.fromisoformat(begins), time.fromisoformat(ends)
    )


def mistakes(points: VisitPoints, now: datetime = NOON) -> set[str]:
    form = Bound()
    check_time(form, points, TERM, now)
    return set(form.errors)


def test_a_code_is_read_in_capitals() -> None:
    assert read_recipient_code(" jt-r-0001 ".strip()) == "JT-R-0001"


@pytest.mark.parametrize(
    "typed", ["张三", "510121199001011234", "51012119900101123X", "13800138000", "JT-R-1", "R-0001"]
)
def test_a_name_a_number_or_another_shape_is_no_code(typed: str) -> None:
    with pytest.raises(RevealsPerson):
        read_recipient_code(typed)


def test_a_note_with_an_identity_number_is_refused() -> None:
    form = parse_all({"note": "探访 510121 19900101 1234 家", "village": "138 0013 8000"})
    assert {"note", "village"} <= set(form.errors)


def test_a_visit_ends_after_it_begins() -> None:
    assert mistakes(visit(date(2026, 4, 8), "10:00", "10:00")) == {"ends"}


def test_a_visit_that_has_not_ended_is_not_logged_yet() -> None:
    assert mistakes(visit(date(2026, 4, 8), "11:00", "12:01")) == {"ends"}
    assert mistakes(visit(date(2026, 4, 8), "11:00", "12:00")) == set()


def test_a_visit_lies_inside_the_contract() -> None:
    assert mistakes(visit(date(2026, 3, 31), "09:00", "10:00")) == {"day"}
    assert mistakes(visit(date(2026, 4, 9), "09:00", "10:00")) == {"day", "ends"}


def test_a_day_has_at_most_the_hours_of_the_rulebook() -> None:
    form = Bound()
    check_daily_cap(form, 60, 10 * 60, date(2026, 4, 8))
    assert not form.errors
    check_daily_cap(form, 61, 10 * 60, date(2026, 4, 8))
    assert "11 小时" in form.errors["ends"].text("zh")


def test_an_entry_after_the_third_day_is_marked_late() -> None:
    assert not is_late_entry(date(2026, 4, 5), NOON)
    assert is_late_entry(date(2026, 4, 4), NOON)


def test_months_of_monthly_milestones_are_one_each() -> None:
    due = [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)]
    term = ContractTime(date(2026, 4, 1), date(2026, 6, 30))
    assert months_by_milestone(due, term) == [
        [date(2026, 4, 1)], [date(2026, 5, 1)], [date(2026, 6, 1)],
    ]  # fmt: skip


def test_an_advance_rests_on_no_month_and_the_last_milestone_takes_the_rest() -> None:
    due = [date(2026, 4, 5), date(2026, 5, 15)]
    term = ContractTime(date(2026, 4, 1), date(2026, 6, 30))
    assert months_by_milestone(due, term) == [[], [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]]


def test_months_close_in_their_order() -> None:
    assert next_to_close(TERM, []) == date(2026, 4, 1)
    assert next_to_close(TERM, [date(2026, 4, 1)]) == date(2026, 5, 1)


def test_a_correction_of_a_counted_visit_adds_only_the_difference() -> None:
    may, worker = date(2026, 5, 1), uuid4()
    fresh = CountedVisit(uuid4(), worker, date(2026, 5, 4), 90, False, 0)
    late = CountedVisit(uuid4(), worker, date(2026, 4, 29), 60, False, 0)
    correction = CountedVisit(uuid4(), worker, date(2026, 4, 7), 120, True, 150)
    lines = closing_lines(may, [fresh, late, correction])
    assert [(line.kind, line.minutes) for line in lines] == [("visit", 90), ("late", 60), ("correction", -30)]
    assert lines_hash(lines) == lines_hash(lines[::-1])
