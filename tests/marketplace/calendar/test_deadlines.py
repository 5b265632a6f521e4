from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import rulebook
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.deadlines import DateOutOfRange, NoPeriod, compute
from marketplace.kernel.rulebook import RuleNotInForce, UnknownRule

CASES = [
    # (what it shows, rule, day 0, date, unrolled date)
    ("the example of the command", "R-SEED-01", "2026-03-02", "2026-04-01", "2026-04-01"),
    ("working days over Spring Festival", "R-SEED-01", "2025-01-20", "2025-02-25", "2025-02-25"),
    ("working days over National Day and a make-up Saturday", "R-TIME-14", "2026-09-28", "2026-10-10", "2026-10-10"),
    ("a real notice: ten days from issue exactly", "R-TIME-07", "2021-12-06", "2021-12-16", "2021-12-16"),
    ("a minimum that ends on a Sunday rolls to Monday", "R-TIME-04", "2026-03-02", "2026-03-23", "2026-03-22"),
    ("a minimum that ends in a holiday rolls past it", "R-TIME-04", "2026-09-12", "2026-10-08", "2026-10-02"),
    ("a minimum that ends on a make-up Saturday does not roll", "R-TIME-07", "2026-09-30", "2026-10-10", "2026-10-10"),
    ("a maximum that ends on an ordinary Sunday stays", "R-TIME-17", "2026-03-13", "2026-04-12", "2026-04-12"),
    ("a maximum in a holiday rolls to the day after it", "R-TIME-17", "2026-09-02", "2026-10-08", "2026-10-02"),
    ("a maximum that ends on the weekend of a block rolls", "R-TIME-17", "2026-08-27", "2026-09-28", "2026-09-26"),
    ("a maximum the day before a holiday stays", "R-TIME-17", "2026-08-31", "2026-09-30", "2026-09-30"),
    ("counted back fifteen days", "R-TIME-05", "2026-03-20", "2026-03-05", "2026-03-05"),
    ("counted back into a holiday stays there", "R-TIME-05", "2026-10-20", "2026-10-05", "2026-10-05"),
    ("counted back five days", "R-TIME-09", "2026-03-20", "2026-03-15", "2026-03-15"),
    ("three working days back over a weekend", "R-TIME-10/clarification", "2026-03-10", "2026-03-05", "2026-03-05"),
    ("counted from a holiday", "R-TIME-24", "2026-10-01", "2026-10-15", "2026-10-15"),
    ("sixty days", "R-PAY-02/longest", "2026-03-02", "2026-05-06", "2026-05-01"),
    ("one working day over a weekend", "R-TIME-16", "2026-03-06", "2026-03-09", "2026-03-09"),
]  # fmt: skip


@pytest.mark.parametrize(("shows", "key", "start", "end", "unrolled"), CASES, ids=[case[0] for case in CASES])
def test_a_period_ends_where_the_rule_says(shows, key, start, end, unrolled):
    deadline = compute(key, date.fromisoformat(start))
    assert (deadline.date.isoformat(), deadline.safe_date.isoformat()) == (end, unrolled)
    assert not deadline.provisional and deadline.steps and deadline.row.key == key


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        ("2026-02-28T23:30", "2026-03-01T23:30+08:00"),
        ("2026-02-16T08:00+08:00", "2026-02-17T08:00+08:00"),  # New Year's Eve: nights and holidays count
        ("2026-03-02T17:00+00:00", "2026-03-04T01:00+08:00"),
    ],
)
def test_clock_hours_run_through_nights_and_holidays(start, moment):
    deadline = compute("R-SEED-05", datetime.fromisoformat(start))
    assert deadline.moment == datetime.fromisoformat(moment)
    assert deadline.date == date.fromisoformat(moment[:10])


def test_clock_hours_from_a_day_begin_at_its_midnight():
    assert compute("R-SEED-05", date(2026, 3, 2)).date == date(2026, 3, 3)


def test_a_time_is_counted_from_its_day_in_the_county():
    late = datetime(2026, 3, 1, 17, tzinfo=UTC)  # already 2 March in the county
    assert compute("R-SEED-01", late).date == compute("R-SEED-01", date(2026, 3, 2)).date


def test_a_date_past_the_announced_years_is_provisional_and_counted_on_weekdays():
    deadline = compute("R-SEED-01", date(2026, 12, 10))
    assert deadline.provisional and deadline.date == date(2027, 1, 11)
    assert not compute("R-TIME-14", date(2026, 12, 24)).provisional  # ends on 2026-12-31


def test_working_days_counted_back_through_an_unannounced_year_are_provisional():
    assert compute("R-TIME-10/clarification", date(2027, 1, 5)).provisional
    assert not compute("R-TIME-05", date(2027, 1, 5)).provisional  # calendar days, ends in 2026


def test_years_end_on_the_same_day_and_29_february_on_the_28th():
    assert compute("R-TIME-29", date(2026, 3, 2)).safe_date == date(2041, 3, 2)
    assert compute("R-TIME-29", date(2024, 2, 29)).safe_date == date(2039, 2, 28)


@pytest.mark.parametrize(
    "key", ["R-CAL-01", "R-TIME-12", "R-SEED-04", "R-PERF-08/years", "R-GPS-08/usual", "R-EVAL-05"]
)
def test_a_rule_without_a_period_counts_no_date(key):
    with pytest.raises(NoPeriod):
        compute(key, date(2026, 3, 2))


def test_a_rule_with_several_clocks_asks_which_one():
    with pytest.raises(NoPeriod, match="R-TIME-20/losers, R-TIME-20/winner, R-TIME-20/withdrawn"):
        compute("R-TIME-20", date(2026, 3, 2))


def test_what_is_unknown_or_not_in_force_or_out_of_range_is_refused():
    with pytest.raises(UnknownRule):
        compute("R-NONE-01", date(2026, 3, 2))
    with pytest.raises(RuleNotInForce):
        compute("R-LOW-04", date(2026, 1, 31))
    for start in (date.max, date.max - timedelta(days=3)):
        with pytest.raises(DateOutOfRange):
            compute("R-SEED-01", start)
    with pytest.raises(DateOutOfRange):
        compute("R-TIME-05", date(1, 1, 3), on=date(2026, 3, 2))
    with pytest.raises(DateOutOfRange):
        compute("R-SEED-05", date.max)


def test_the_steps_name_the_day_left_out_the_days_off_and_the_rolling():
    steps = [step.text("zh") for step in compute("R-TIME-17", date(2026, 9, 2)).steps]
    assert "2026年9月2日（周三）是第 0 天" in steps[0] and "30 个自然日" in steps[1] and "法定节假日" in steps[2]
    working = compute("R-SEED-01", date(2026, 9, 28)).steps[1].text("en")
    assert "days off in between: 14" in working and "make up: 1" in working


PERIODS = sorted(
    {row.key for rule in rulebook.all_rules() for row in rule.rows if row.is_period and row.unit != "years"}
)
DAYS = st.dates(date(2018, 6, 1), date(2026, 9, 1))
ON = date(2026, 3, 2)


@given(st.sampled_from(PERIODS), DAYS)
def test_what_holds_for_every_period_on_every_day(key, start):
    calendar, deadline = county_calendar(), compute(key, start, on=ON)
    if deadline.moment:
        return
    assert deadline.date >= deadline.safe_date
    if deadline.row.direction == "backward":
        assert deadline.date == deadline.safe_date < start
    else:
        assert deadline.date > start
        assert not calendar.is_statutory_holiday(deadline.date)
    if deadline.row.direction == "minimum" or deadline.row.unit == "working_days":
        assert calendar.is_workday(deadline.date)
    if deadline.row.unit == "calendar_days":
        assert abs((deadline.safe_date - start).days) == deadline.row.number


@given(st.sampled_from(PERIODS), DAYS, st.integers(0, 40))
def test_a_later_start_never_ends_earlier(key, start, later):
    first, second = compute(key, start, on=ON), compute(key, start + timedelta(days=later), on=ON)
    assert first.date <= second.date and first.safe_date <= second.safe_date


def test_every_period_of_the_book_can_be_counted():
    for key in PERIODS:
        assert compute(key, ON, on=ON).steps
