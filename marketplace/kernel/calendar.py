"""The county calendar: working days, make-up workdays and statutory holidays as the State Council announced them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from chinese_calendar.constants import holidays as announced_holidays
from chinese_calendar.constants import workdays as announced_workdays

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Days off and days worked by announcement; every other day follows the week.

    `statutory` holds every day off of a holiday block, its weekends and adjusted days included (R-CAL-03).
    """

    statutory: frozenset[date]
    make_up_workdays: frozenset[date]
    announced_years: frozenset[int]

    def is_announced(self, year: int) -> bool:
        """Whether the State Council has announced the holidays of this year."""
        return year in self.announced_years

    def is_statutory_holiday(self, day: date) -> bool:
        """Whether a period that ends on this day rolls over it as a holiday (R-CAL-01)."""
        return day in self.statutory

    def is_workday(self, day: date) -> bool:
        """Whether offices work: an ordinary weekday or a weekend day worked to make up (R-CAL-03)."""
        if day in self.make_up_workdays:
            return True
        return day.weekday() < 5 and day not in self.statutory

    def is_make_up_workday(self, day: date) -> bool:
        """Whether this weekend day is worked to make up for a holiday."""
        return day in self.make_up_workdays and day.weekday() >= 5

    def add_working_days(self, start: date, count: int) -> date:
        """The last of `count` working days after the starting day, which is not counted."""
        return self._walk(start, count, ONE_DAY)

    def subtract_working_days(self, start: date, count: int) -> date:
        """The working day `count` working days before the starting day, which is not counted."""
        return self._walk(start, count, -ONE_DAY)

    def _walk(self, start: date, count: int, step: timedelta) -> date:
        if count < 0:
            raise ValueError("a count of working days is never negative")
        day = start
        while count:
            day += step
            count -= self.is_workday(day)
        return day

    def after_holidays(self, day: date) -> date:
        """The same day, or the day after the holiday block in which it lies."""
        while day in self.statutory:
            day += ONE_DAY
        return day

    def next_workday(self, day: date) -> date:
        """The same day if offices work, else the next day on which they do."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day


def calendar_of(holidays: Iterable[date], make_up_workdays: Iterable[date]) -> Calendar:
    """A calendar from announced days off and make-up workdays; weekends touching a holiday belong to its block."""
    days_off, worked = set(holidays), frozenset(make_up_workdays)
    years = frozenset(day.year for day in days_off)
    statutory = set(days_off)
    for day in days_off:
        for step in (ONE_DAY, -ONE_DAY):
            neighbour = day + step
            while neighbour.weekday() >= 5 and neighbour not in worked and neighbour not in statutory:
                statutory.add(neighbour)
                neighbour += step
    return Calendar(frozenset(statutory), worked, years)


def weeks_of_month(year: int, month: int) -> list[list[date | None]]:
    """A month in weeks from Monday to Sunday; places before and after it are empty."""
    first = date(year, month, 1)
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - ONE_DAY
    days: list[date | None] = [None] * first.weekday()
    days += [first + timedelta(days=n) for n in range(last.day)]
    days += [None] * (-len(days) % 7)
    return [days[start : start + 7] for start in range(0, len(days), 7)]


@dataclass(frozen=True)
class AnnouncedYear:
    """One year as announced: its days off and the weekend days worked to make up, as the administrator loaded them."""

    days_off: frozenset[date]
    worked: frozenset[date]


class _Installed:
    """The calendar of this process; replaced as a whole, so that a count never sees half a year."""

    calendar: Calendar | None = None


def county_calendar() -> Calendar:
    """The calendar of the county: every year of the library, and the years loaded by the administrator."""
    return _Installed.calendar or library_calendar()


@cache
def library_calendar() -> Calendar:
    """The years that the calendar library knows."""
    return calendar_of(announced_holidays, announced_workdays)


def library_year(year: int) -> AnnouncedYear | None:
    """One year as the calendar library has it; None while it does not."""
    days_off = frozenset(day for day in announced_holidays if day.year == year)
    worked = frozenset(day for day in announced_workdays if day.year == year)
    return AnnouncedYear(days_off, worked) if days_off else None


def install_years(loaded: Mapping[int, AnnouncedYear]) -> None:
    """Let loaded years take the place of the library's; none gives the library's calendar back."""
    if not loaded:
        _Installed.calendar = None
        return
    days_off = {day for day in announced_holidays if day.year not in loaded}
    worked = {day for day in announced_workdays if day.year not in loaded}
    for year in loaded.values():
        days_off |= year.days_off
        worked |= year.worked
    _Installed.calendar = calendar_of(days_off, worked)
