"""The timetable of a listing: every date counted by its rule from the day of publication or from the closing day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalogue.listings.checks import Mistake
from catalogue.listings.drafts import Timetable
from catalogue.listings.methods import SEALED, STANDING, MethodRow, method_row
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.deadlines import Deadline, compute, day_words
from marketplace.kernel.i18n import N_, say

END_OF_OFFICE = 17

EVENT_LABELS: dict[str, str] = {
    "documents_from": N_("采购文件开始提供"),
    "notice_until": N_("公告期限届满"),
    "documents_until": N_("采购文件获取截止"),
    "questions_until": N_("可能影响投标的澄清截止"),
    "closes": N_("投标（响应）截止"),
    "opening": N_("开标"),
    "decision": N_("决定供应商"),
    "applications": N_("加入申请截止"),
    "report_by": N_("评审报告送采购人，最晚"),
    "determine_by": N_("确定中标（成交）供应商，最晚"),
    "award_notice_by": N_("发布结果公告，最晚"),
    "award_notice_until": N_("结果公告期限届满"),
    "sign_by": N_("签订合同，最晚"),
}

AWARD_CHAIN: tuple[tuple[str, str], ...] = (
    ("report_by", "R-TIME-13"),
    ("determine_by", "R-TIME-14"),
    ("award_notice_by", "R-TIME-15"),
    ("award_notice_until", "R-TIME-16"),
    ("sign_by", "R-TIME-17"),
)


@dataclass(frozen=True)
class PlannedDate:
    """One date of the timetable with its rule; provisional while the year's holidays are not announced."""

    event: str
    day: date
    rule_key: str
    is_provisional: bool


@dataclass(frozen=True)
class Plan:
    """The whole timetable and the two moments that follow from it."""

    dates: tuple[PlannedDate, ...]
    documents_until: datetime | None
    questions_until: datetime | None


def timetable_of(listing: Mapping[str, Any]) -> Timetable:
    """A listing's moments as they stand."""
    return Timetable(
        listing["closes_at"], listing["documents_until"], listing["questions_until"], listing["documents_from"]
    )


def earliest_closing(method: str, published_on: date, documents_from: datetime | None = None) -> Deadline | None:
    """The first lawful closing day; None where no rule sets one.

    It is counted from the day documents are issued (R-TIME-04, R-TIME-07): the day of publication unless a later one
    is said. The document period itself is counted from the notice (R-TIME-03, R-TIME-08).
    """
    row = method_row(method, published_on)
    if not row.has_periods:
        return None
    return compute(row.closing, issued_on(published_on, documents_from), on=published_on)


def issued_on(published_on: date, documents_from: datetime | None) -> date:
    """The day documents are issued: that of the notice unless a later one is said."""
    return max(published_on, county_day(documents_from)) if documents_from else published_on


def plan(timetable: Timetable, method: str, published_on: date) -> Plan:
    """Every date of a listing published on a day."""
    closing = county_day(timetable.closes_at)
    row = method_row(method, published_on)
    if not row.has_periods:
        steps = {SEALED: ("closes", "opening"), STANDING: ("applications",)}.get(row.way, ("decision",))
        dates = [PlannedDate(step, closing, row.clause, False) for step in steps]
        return Plan(tuple(dates), timetable.documents_until, timetable.questions_until)
    documents_day = _chosen(timetable.documents_until, compute(row.documents, published_on))
    questions_day = _chosen(timetable.questions_until, compute(row.clarification, closing, on=published_on))
    dates = [
        *_issued(timetable, row),
        # an invitation has no notice whose period would run
        *([_planned("notice_until", compute(row.notice, published_on))] if row.notice else []),
        PlannedDate("documents_until", documents_day[0], row.documents, documents_day[1]),
        PlannedDate("questions_until", questions_day[0], row.clarification, questions_day[1]),
        PlannedDate("closes", closing, row.closing, False),
        PlannedDate("opening", closing, "R-TIME-12", False),
        *award_dates(closing, published_on),
    ]
    return Plan(
        tuple(dates),
        timetable.documents_until or at_county_time(documents_day[0], END_OF_OFFICE),
        timetable.questions_until or at_county_time(questions_day[0], END_OF_OFFICE),
    )


def _issued(timetable: Timetable, row: MethodRow) -> list[PlannedDate]:
    """The day documents are issued, where it is not that of the notice."""
    if timetable.documents_from is None:
        return []
    return [PlannedDate("documents_from", county_day(timetable.documents_from), row.closing, False)]


def award_dates(closing: date, rules_on: date) -> list[PlannedDate]:
    """The latest dates after closing if every step takes its whole time."""
    dates, start, moved = [], closing, False
    for event, rule_key in AWARD_CHAIN:
        counted = compute(rule_key, start, on=rules_on)
        moved = moved or counted.provisional
        dates.append(PlannedDate(event, counted.date, rule_key, moved))
        if event != "award_notice_until":  # the contract's clock runs from the notice, not from its end
            start = counted.date
    return dates


def _planned(event: str, counted: Deadline) -> PlannedDate:
    return PlannedDate(event, counted.date, counted.row.key, counted.provisional)


def _chosen(typed: datetime | None, counted: Deadline) -> tuple[date, bool]:
    return (county_day(typed), False) if typed else (counted.date, counted.provisional)


def check_timetable(timetable: Timetable, method: str, now: datetime) -> list[Mistake]:
    """Bids close in the future and not before the lawful day, counted as if it were published now."""
    if timetable.closes_at <= now:
        words = N_("截止时间已经过去。请填以后的时间。")
        return [Mistake("timetable", "closes_at", say(words))]
    row = method_row(method, county_day(now))
    found = []
    closing = county_day(timetable.closes_at)
    earliest = earliest_closing(method, county_day(now), timetable.documents_from)
    if earliest and closing < earliest.date:
        sentence = say(N_("今天发布的话，最早 {day}截止。请改晚一些。"), day=day_words(earliest.date))
        if issued := timetable.documents_from:
            words = N_("采购文件从 {issued}起提供，最早 {day}截止。请改晚一些。")
            sentence = say(words, issued=day_words(county_day(issued)), day=day_words(earliest.date))
        found.append(Mistake("timetable", "closes_at", sentence, row.closing))
    return found + _check_moments(timetable, row, now)


def _check_moments(timetable: Timetable, row: MethodRow, now: datetime) -> list[Mistake]:
    found = []
    for name in ("documents_from", "documents_until", "questions_until"):
        at = getattr(timetable, name)
        if at is None:
            continue
        if at <= now:
            found.append(Mistake("timetable", name, say(N_("这个时间已经过去。请填以后的时间，或者留空。"))))
        elif at > timetable.closes_at:
            found.append(Mistake("timetable", name, say(N_("这个时间晚于投标截止时间。请改早一些。"))))
    if timetable.documents_from and timetable.documents_until and timetable.documents_until <= timetable.documents_from:
        words = N_("获取截止要晚于开始提供。请改晚一些，或者留空。")
        found.append(Mistake("timetable", "documents_until", say(words)))
    if found or not row.has_periods:
        return found
    if timetable.documents_until:
        least = compute(row.documents, county_day(now)).date
        if county_day(timetable.documents_until) < least:
            words = N_("采购文件至少提供到 {day}。请改晚一些，或者留空。")
            found.append(Mistake("timetable", "documents_until", say(words, day=day_words(least)), row.documents))
    if timetable.questions_until:
        latest = compute(row.clarification, county_day(timetable.closes_at), on=county_day(now)).date
        if county_day(timetable.questions_until) > latest:
            words = N_("可能影响投标的澄清最晚在 {day}发出。请改早一些，或者留空。")
            found.append(Mistake("timetable", "questions_until", say(words, day=day_words(latest)), row.clarification))
    return found
