"""Periods counted as R-CAL-01 to R-CAL-04 say: day 0 is left out, three kinds of limit roll in three ways."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from marketplace.kernel.calendar import ONE_DAY, Calendar, county_calendar
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day as DayInWords
from marketplace.kernel.rulebook import RuleRow, row, rule

# inside Deadline the name `date` is the counted date
Day = date


class NoPeriod(DomainError):
    """The rule sets no period, or several, so that no date can be counted from its name alone."""


class DateOutOfRange(DomainError):
    """The count leaves the years a calendar can name."""


@dataclass(frozen=True)
class Deadline:
    """A counted date. `date` is rolled as the rule's kind rolls; `safe_date` is the same limit unrolled.

    `provisional`: the count touches a year whose holidays are not announced. `moment`: set for limits in clock time.
    """

    date: Day
    safe_date: Day
    provisional: bool
    steps: tuple[Sentence, ...]
    row: RuleRow
    moment: datetime | None = None


def compute(
    key: str,
    start: date | datetime,
    on: date | None = None,
    calendar: Calendar | None = None,
) -> Deadline:
    """The date a rule gives when its clock starts on `start` (day 0), by the row in force `on` (default: day 0).

    Raises UnknownRule, RuleNotInForce, NoPeriod, DateOutOfRange.
    """
    moment, day = _county_moment(start), county_date(start)
    line = period_row(key, on or day)
    try:
        if line.unit in ("clock_hours", "minutes"):
            return _count_clock(line, moment)
        return _count_days(line, day, calendar or county_calendar())
    except (OverflowError, ValueError):
        raise DateOutOfRange(N_("从 {start} 起算的日期超出了日历。请检查起算日。"), start=day.isoformat()) from None


def compute_agreed(key: str, start: date, days: int) -> Deadline:
    """The date where a contract agreed its own number of days under a rule; it rolls as the rule's kind rolls."""
    line = replace(period_row(key, start), value=Decimal(days))
    try:
        return _count_days(line, start, county_calendar())
    except (OverflowError, ValueError):
        raise DateOutOfRange(N_("从 {start} 起算的日期超出了日历。请检查起算日。"), start=start.isoformat()) from None


def period_row(key: str, on: date) -> RuleRow:
    """The row of a rule from which a date is counted. Raises UnknownRule, RuleNotInForce, NoPeriod."""
    rule_id, _, part = key.partition("/")
    periods = [each for each in rule(rule_id).rows if each.is_period]
    if not periods:
        raise NoPeriod(N_("规则 {key} 没有期限，不能推算日期。"), rule_id, key=key)
    if not part and all(each.part for each in periods):
        raise NoPeriod(
            N_("规则 {rule_id} 有几个期限，请写明是哪一个：{parts}。"),
            rule_id,
            rule_id=rule_id,
            parts=", ".join(dict.fromkeys(each.key for each in periods)),
        )
    line = row(key, on)
    if not line.is_period:
        raise NoPeriod(N_("规则 {key} 没有期限，不能推算日期。"), rule_id, key=key)
    return line


def county_date(moment: date | datetime) -> date:
    """The day in the county; a time without a zone is county time."""
    return _county_moment(moment).date() if isinstance(moment, datetime) else moment


def _count_clock(line: RuleRow, start: datetime) -> Deadline:
    """Clock hours run through nights and holidays and never roll."""
    length = timedelta(hours=1) if line.unit == "clock_hours" else timedelta(minutes=1)
    end = start + length * (-1 if line.direction == "backward" else 1) * int(line.number)
    words = N_("从 {start} 起连续计算 {count} 小时，含夜间和节假日。")
    if line.unit == "minutes":
        words = N_("从 {start} 起连续计算 {count} 分钟。")
    steps = (
        say(words, start=f"{start:%Y-%m-%d %H:%M}", count=int(line.number)),
        say(N_("到 {end} 为止，不顺延。"), end=f"{end:%Y-%m-%d %H:%M}"),
    )
    return Deadline(end.date(), end.date(), provisional=False, steps=steps, row=line, moment=end)


def _count_days(line: RuleRow, start: date, calendar: Calendar) -> Deadline:
    unrolled = _unrolled(line, start, calendar)
    rolled = _rolled(line.direction, unrolled, calendar)
    provisional = _is_provisional(line, (start, unrolled, rolled), calendar)
    steps = [_starting_step(line, start), _counting_step(line, start, unrolled, calendar)]
    if rolled != unrolled:
        steps.append(_rolling_step(unrolled, rolled, calendar))
    elif line.direction == "backward":
        steps.append(say(N_("倒数的期限不向后顺延。")))
    if provisional:
        steps.append(say(N_("所涉年份的放假安排尚未公布，日期为暂定，公布后重新计算。")))
    return Deadline(rolled, unrolled, provisional, tuple(steps), line)


def _unrolled(line: RuleRow, start: date, calendar: Calendar) -> date:
    """The last day of the count itself (R-CAL-01, R-CAL-04)."""
    count = int(line.number)
    if line.unit == "working_days":
        walk = calendar.subtract_working_days if line.direction == "backward" else calendar.add_working_days
        return walk(start, count)
    sign = -1 if line.direction == "backward" else 1
    if line.unit == "calendar_days":
        return start + timedelta(days=sign * count)
    return months_later(start, sign * count * (12 if line.unit == "years" else 1))


def months_later(start: date, count: int) -> date:
    """The same day of a later month, or that month's last day where it has none."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))


def _rolled(direction: str, day: date, calendar: Calendar) -> date:
    """A minimum rolls over every day off, a maximum over statutory holidays only, a backward limit never (R-CAL-01)."""
    if direction == "minimum":
        return calendar.next_workday(day)
    if direction == "maximum":
        return calendar.after_holidays(day)
    return day


def _is_provisional(line: RuleRow, days: tuple[date, date, date], calendar: Calendar) -> bool:
    """Whether an announcement still to come could move the date."""
    start, unrolled, rolled = days
    if line.unit == "working_days":
        first, last = sorted((start + ONE_DAY if line.direction != "backward" else start - ONE_DAY, rolled))
        return not all(calendar.is_announced(year) for year in range(first.year, last.year + 1))
    return not (calendar.is_announced(unrolled.year) and calendar.is_announced(rolled.year))


@cache
def _count_words() -> dict[tuple[str, bool], str]:
    return {
        ("calendar_days", False): N_("数 {count} 个自然日，到 {end}。"),
        ("calendar_days", True): N_("倒数 {count} 个自然日，到 {end}。"),
        ("working_days", False): N_("数 {count} 个工作日，到 {end}；其间 {off} 天不上班，{made_up} 个周末调休上班。"),
        ("working_days", True): N_("倒数 {count} 个工作日，到 {end}；其间 {off} 天不上班，{made_up} 个周末调休上班。"),
        ("months", False): N_("数 {count} 个月，到 {end}。"),
        ("years", False): N_("数 {count} 年，到 {end}。"),
        ("months", True): N_("倒数 {count} 个月，到 {end}。"),
        ("years", True): N_("倒数 {count} 年，到 {end}。"),
    }


def _starting_step(line: RuleRow, start: date) -> Sentence:
    if line.direction == "backward":
        return say(N_("{start}是第 0 天，不计入，从前一天起倒数。"), start=day_words(start))
    return say(N_("{start}是第 0 天，不计入，从次日起计算。"), start=day_words(start))


def _counting_step(line: RuleRow, start: date, end: date, calendar: Calendar) -> Sentence:
    words = _count_words()[line.unit, line.direction == "backward"]
    values: dict[str, object] = {"count": int(line.number), "end": day_words(end)}
    if line.unit == "working_days":
        first, last = (end, start - ONE_DAY) if end < start else (start + ONE_DAY, end)
        span = [first + ONE_DAY * offset for offset in range((last - first).days + 1)]
        values["off"] = sum(not calendar.is_workday(day) for day in span)
        values["made_up"] = sum(calendar.is_make_up_workday(day) for day in span)
    return say(words, **values)


def _rolling_step(unrolled: date, rolled: date, calendar: Calendar) -> Sentence:
    if calendar.is_statutory_holiday(unrolled):
        return say(N_("{last}在法定节假日内，顺延到{day}。"), last=day_words(unrolled), day=day_words(rolled))
    return say(N_("{last}是周末，最短期限顺延到{day}。"), last=day_words(unrolled), day=day_words(rolled))


def day_words(day: date) -> DayInWords:
    """A day with its weekday, as the steps of a count name it."""
    return DayInWords(day)


def _county_moment(moment: date | datetime) -> datetime:
    zone = ZoneInfo("Asia/Shanghai")
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
