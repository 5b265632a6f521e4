"""The timetable as a drafter looks at it: a chosen day of publication, every date with its count, a calendar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from catalogue.listings.checks import Mistake
from catalogue.listings.drafts import Timetable
from catalogue.listings.methods import method_row
from catalogue.listings.timetable import (
    AWARD_CHAIN,
    EVENT_LABELS,
    PlannedDate,
    check_timetable,
    earliest_closing,
    issued_on,
    plan,
)  # fmt: skip
from marketplace.kernel.calendar import county_calendar, weeks_of_month
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.deadlines import Deadline, compute, day_words
from marketplace.kernel.i18n import N_, Sentence, say

# two openers must be at hand at the closing time, so a day proposed here closes in the early afternoon
PROPOSED_HOUR = 14
# the dates that a drafter may move; each has a rule that says how far
CHOSEN: dict[str, str] = {
    "documents_until": N_("规则：不早于 {day}。"),
    "questions_until": N_("规则：不晚于 {day}。"),
    "closes": N_("规则：不早于 {day}。"),
}
PUBLICATION = N_("发布采购公告")
DAY_NOUGHT = N_("{start}是第 0 天，不计入，从次日起计算。")
PAST_START = N_("发布日不能早于今天。请改成今天或者以后。")


@dataclass(frozen=True)
class DatedRow:
    """One line of the table: its number in the calendar, the date, and in sentences how it was counted."""

    number: int
    planned: PlannedDate
    label: str
    counted: tuple[Sentence, ...]
    is_day_off: bool


@dataclass(frozen=True)
class Month:
    """One month of the calendar."""

    year: int
    number: int
    weeks: list[list[date | None]]


@dataclass(frozen=True)
class Outlook:
    """What follows from a day of publication and the three moments of a draft."""

    starts_on: date
    timetable: Timetable | None
    is_proposed: bool
    rows: tuple[DatedRow, ...]
    marks: dict[date, list[tuple[str, str]]]
    months: tuple[Month, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def is_provisional(self) -> bool:
        """Whether an announcement still to come may move a date."""
        return any(row.planned.is_provisional for row in self.rows)


def outlook(typed: Timetable | None, method: str, starts_on: date, now: datetime) -> Outlook:
    """Every date if the listing were published on a day; without a closing time the earliest lawful one is proposed."""
    timetable = typed or _proposed(method, starts_on)
    if timetable is None:
        return Outlook(starts_on, None, False, (), {}, (), ())
    rows = _rows(timetable, method, starts_on)
    marks: dict[date, list[tuple[str, str]]] = {}
    for row in rows:
        marks.setdefault(row.planned.day, []).append((str(row.number), row.label))
    days = [row.planned.day for row in rows]
    as_if = max(now, at_county_time(starts_on, 0))
    mistakes = check_timetable(timetable, method, as_if) if typed else []
    return Outlook(starts_on, timetable, typed is None, rows, marks, _months(min(days), max(days)), tuple(mistakes))


def _proposed(method: str, starts_on: date) -> Timetable | None:
    earliest = earliest_closing(method, starts_on)
    return Timetable(at_county_time(earliest.date, PROPOSED_HOUR)) if earliest else None


def _rows(timetable: Timetable, method: str, starts_on: date) -> tuple[DatedRow, ...]:
    calendar = county_calendar()
    counts = _counts(timetable, method, starts_on)
    typed = {"documents_until": timetable.documents_until, "questions_until": timetable.questions_until, "closes": True}
    first = PlannedDate("publication", starts_on, "R-CAL-01", False)
    words = (say(DAY_NOUGHT, start=day_words(starts_on)),)
    found = [DatedRow(1, first, PUBLICATION, words, not calendar.is_workday(starts_on))]
    for number, planned in enumerate(plan(timetable, method, starts_on).dates, start=2):
        count = counts.get(planned.event)
        steps = count.steps if count else ()
        if count and typed.get(planned.event):  # a moment somebody chose was not counted: its rule only bounds it
            steps = (say(CHOSEN[planned.event], day=day_words(count.date)),)
        off = not calendar.is_workday(planned.day)
        found.append(DatedRow(number, planned, EVENT_LABELS[planned.event], steps, off))
    return tuple(found)


def _counts(timetable: Timetable, method: str, starts_on: date) -> dict[str, Deadline]:
    """How each date is counted by its rule, in the order in which one follows from the other."""
    row = method_row(method, starts_on)
    if not row.has_periods:
        return {}
    closing = county_day(timetable.closes_at)
    counts = {
        **({"notice_until": compute(row.notice, starts_on)} if row.notice else {}),
        "documents_until": compute(row.documents, starts_on),
        "questions_until": compute(row.clarification, closing, on=starts_on),
        "closes": compute(row.closing, issued_on(starts_on, timetable.documents_from), on=starts_on),
    }
    start = closing
    for event, key in AWARD_CHAIN:
        counts[event] = compute(key, start, on=starts_on)
        if event != "award_notice_until":  # as in award_dates: the contract's clock runs from the notice
            start = counts[event].date
    return counts


def _months(first: date, last: date) -> tuple[Month, ...]:
    begins, ends = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return tuple(
        Month(number // 12, number % 12 + 1, weeks_of_month(number // 12, number % 12 + 1))
        for number in range(begins, ends + 1)
    )


def start_day(typed: str, now: datetime) -> tuple[date, Sentence | None]:
    """The chosen day of publication; today where none or none that can be read is typed, with what is wrong."""
    today = county_day(now)
    if not typed.strip():
        return today, None
    try:
        chosen = date.fromisoformat(typed.strip())
    except ValueError:
        return today, say(N_("请按“2026-03-02”的样子填日期。"))
    if chosen < today:
        return today, say(PAST_START)
    if chosen.year > today.year + 2:
        return today, say(N_("发布日最远填到 {year} 年底。"), year=today.year + 2)
    return chosen, None
