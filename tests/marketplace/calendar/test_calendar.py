from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from marketplace.kernel.calendar import county_calendar

ONE_DAY = timedelta(days=1)

# start -> working days added -> last day
REFERENCE = {
    "2025-01-20": {5: "2025-01-26", 7: "2025-02-05", 15: "2025-02-14", 22: "2025-02-25", 30: "2025-03-07"},
    "2025-09-22": {5: "2025-09-28", 7: "2025-09-30", 15: "2025-10-17", 22: "2025-10-28", 30: "2025-11-07"},
    "2026-09-15": {5: "2026-09-21", 7: "2026-09-23", 15: "2026-10-12", 22: "2026-10-21", 30: "2026-11-02"},
    "2026-09-28": {5: "2026-10-10", 7: "2026-10-13", 15: "2026-10-23", 22: "2026-11-03", 30: "2026-11-13"},
    "2026-12-10": {5: "2026-12-17", 7: "2026-12-21", 15: "2026-12-31"},
}


@pytest.mark.parametrize(
    ("start", "count", "end"), [(start, n, end) for start, row in REFERENCE.items() for n, end in row.items()]
)
def test_working_days_end_where_the_reference_table_says(start, count, end):
    assert county_calendar().add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


def days(first, last):
    return (first + ONE_DAY * n for n in range((last - first).days + 1))


def test_every_day_since_2006_agrees_with_two_independent_calendars():
    ours, other = county_calendar(), holidays.CN(years=range(2006, 2027))
    for day in days(date(2006, 1, 1), date(2026, 12, 31)):
        assert ours.is_workday(day) == chinese_calendar.is_workday(day) == other.is_working_day(day), day


def test_the_holidays_of_2026_are_those_of_the_notice():
    blocks = [("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"),
              ("06-19", "06-21"), ("09-25", "09-27"), ("10-01", "10-07")]  # fmt: skip
    expected = {d for a, b in blocks for d in days(date.fromisoformat(f"2026-{a}"), date.fromisoformat(f"2026-{b}"))}
    year = list(days(date(2026, 1, 1), date(2026, 12, 31)))
    assert {day for day in year if county_calendar().is_statutory_holiday(day)} == expected
    made_up = {f"{day:%m-%d}" for day in year if county_calendar().is_make_up_workday(day)}
    assert made_up == {"01-04", "02-14", "02-28", "05-09", "09-20", "10-10"}


def test_a_weekend_that_joins_a_holiday_belongs_to_its_block():
    assert county_calendar().is_statutory_holiday(date(2024, 6, 8))  # Dragon Boat 2024: Monday with its weekend
    assert not county_calendar().is_statutory_holiday(date(2026, 3, 7))  # an ordinary Saturday
    assert not county_calendar().is_statutory_holiday(date(2026, 10, 10))  # a Saturday worked to make up


def test_counting_back_undoes_counting_forward():
    calendar = county_calendar()
    for start in days(date(2026, 1, 1), date(2026, 11, 1)):
        if calendar.is_workday(start):
            assert calendar.subtract_working_days(calendar.add_working_days(start, 12), 12) == start


def test_announced_years_end_with_2026_and_later_days_follow_the_week():
    calendar = county_calendar()
    assert calendar.is_announced(2026) and calendar.is_announced(2004)
    assert not calendar.is_announced(2027)
    assert calendar.is_workday(date(2027, 1, 1)) and not calendar.is_workday(date(2027, 1, 2))


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError):
        county_calendar().add_working_days(date(2026, 1, 1), -1)
