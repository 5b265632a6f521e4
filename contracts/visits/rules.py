"""What makes a visit count (R-HOUR-05), how it is decided, and which months a milestone covers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.visits.extras import Extras
from marketplace.kernel.clock import COUNTY_ZONE, county_day
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_HOURS, RULE_DAILY_CAP, RULE_LATE = "R-HOUR-05", "R-HOUR-05/daily_cap", "R-HOUR-05/late_entry"


class VisitStatus(StrEnum):
    """Where a visit stands."""

    LOGGED = "logged"
    APPROVED = "approved"
    RETURNED = "returned"
    REPLACED = "replaced"


VISIT_LABELS: dict[VisitStatus, tuple[str, str]] = {
    VisitStatus.LOGGED: (N_("等待审核"), "waiting"),
    VisitStatus.APPROVED: (N_("已审核"), "done"),
    VisitStatus.RETURNED: (N_("已退回"), "refused"),
    VisitStatus.REPLACED: (N_("已被更正"), "neutral"),
}

TRANSITIONS: Transitions[VisitStatus] = {
    VisitStatus.LOGGED: frozenset({VisitStatus.APPROVED, VisitStatus.RETURNED, VisitStatus.REPLACED}),
    VisitStatus.APPROVED: frozenset({VisitStatus.REPLACED}),
    VisitStatus.RETURNED: frozenset(),
    VisitStatus.REPLACED: frozenset(),
}


@dataclass(frozen=True)
class VisitPoints:
    """The six points as typed, with what was said besides (R-HOUR-03). The worker is who logs."""

    contract_id: UUID
    recipient_code: str
    town_id: UUID
    village: str
    day: date
    begins: time
    ends: time
    is_group: bool = False
    note: str = ""
    extras: Extras | None = None


@dataclass(frozen=True)
class ContractTime:
    """When a contract's service may be given."""

    service_from: date
    service_to: date


def term_of(contract: Mapping[str, Any]) -> ContractTime:
    """When hours count here; of a contract that was brought in, from the month it came."""
    return ContractTime(contract["counted_from"] or contract["service_from"], contract["service_to"])


@dataclass(frozen=True)
class Spell:
    """A stretch of time somebody already served, or is served in."""

    begins_at: datetime
    ends_at: datetime

    def overlaps(self, other: Spell) -> bool:
        """Two stretches that only touch do not overlap."""
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at


def spell_of(day: date, begins: time, ends: time) -> Spell:
    """The stretch between two times of one county day."""
    return Spell(datetime.combine(day, begins, tzinfo=COUNTY_ZONE), datetime.combine(day, ends, tzinfo=COUNTY_ZONE))


@dataclass(frozen=True)
class OwnVisit:
    """A visit its worker logged already: what a new entry of the same worker is compared with."""

    id: UUID
    chain: UUID
    spell: Spell
    contract: UUID
    recipient_code: str
    village: str
    note: str

    def is_the_same(self, points: VisitPoints) -> bool:
        """Whether an entry under another identity says the same visit once more, with nothing that would be lost."""
        here = (self.contract, self.recipient_code, self.spell)
        there = (points.contract_id, points.recipient_code, spell_of(points.day, points.begins, points.ends))
        return here == there and points.note in ("", self.note)


def minutes_between(spell: Spell) -> int:
    """Whole minutes of a stretch."""
    return int((spell.ends_at - spell.begins_at) / timedelta(minutes=1))


def check_time(form: Bound, points: VisitPoints, contract: ContractTime, now: datetime) -> None:
    """End after begin, not in the future, inside the contract's term: mistakes go beside their fields (R-HOUR-05)."""
    if points.ends <= points.begins:
        form.refuse("ends", N_("结束时间要晚于开始时间。跨过午夜的服务请分两天记。"))
    elif spell_of(points.day, points.begins, points.ends).ends_at > now:
        form.refuse("ends", N_("这段服务还没有结束。请在服务结束以后再记。"))
    if points.day > county_day(now):
        form.refuse("day", N_("日期在今天以后。请检查日期。"))
    elif not contract.service_from <= points.day <= contract.service_to:
        form.refuse(
            "day",
            N_("这一天不在合同的服务期（{first} 至 {last}）内。请检查日期，或换一份合同。"),
            first=Day(contract.service_from),
            last=Day(contract.service_to),
        )


def daily_cap_minutes(on: date) -> int:
    """How many minutes one worker may log for one day (R-HOUR-05)."""
    return int(number(RULE_DAILY_CAP, on) * 60)


def check_daily_cap(form: Bound, minutes: int, other_minutes: int, on: date) -> None:
    """All visits of a worker on one day together stay under the cap."""
    cap = daily_cap_minutes(on)
    if minutes + other_minutes > cap:
        form.refuse(
            "ends",
            N_("这一天已记 {others} 分钟，加上这次共 {total} 分钟，超过每天 {cap} 小时的上限。请核对起止时间。"),
            others=other_minutes,
            total=minutes + other_minutes,
            cap=cap // 60,
        )


def is_late_entry(day: date, now: datetime) -> bool:
    """Whether the visit is entered later than the rule allows without a mark (R-HOUR-05)."""
    return (county_day(now) - day).days > int(number(RULE_LATE, day))


@dataclass(frozen=True)
class CountedVisit:
    """An approved visit that no closed month holds. `replaces_minutes`: what earlier rows of its chain counted."""

    id: UUID
    person: UUID
    day: date
    minutes: int
    is_correction_of_counted: bool
    replaces_minutes: int


@dataclass(frozen=True)
class ClosingLine:
    """One line of a month to be closed."""

    visit: UUID
    person: UUID
    kind: str
    minutes: int


def closing_lines(month: date, visits: Sequence[CountedVisit]) -> list[ClosingLine]:
    """What a month's close holds: its own visits, late ones for closed months, and what corrections change."""
    lines = []
    for visit in visits:
        kind = "visit" if visit.day >= month else "late"
        if visit.is_correction_of_counted:
            kind = "correction"
        lines.append(ClosingLine(visit.id, visit.person, kind, visit.minutes - visit.replaces_minutes))
    return lines


def lines_hash(lines: Sequence[ClosingLine]) -> str:
    """The SHA-256 of a closed month's lines, in a fixed order."""
    text = "\n".join(
        f"{line.visit} {line.kind} {line.minutes}" for line in sorted(lines, key=lambda each: str(each.visit))
    )
    return hashlib.sha256(text.encode()).hexdigest()


def first_day(day: date) -> date:
    """The first day of the month a day lies in."""
    return day.replace(day=1)


def last_day(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def service_months(service_from: date, service_to: date) -> list[date]:
    """Every month of the contract's term by its first day."""
    months, month = [], first_day(service_from)
    while month <= service_to:
        months.append(month)
        month = next_month(month)
    return months


def next_to_close(contract: ContractTime, closed: Sequence[date]) -> date | None:
    """The first month that is not closed; months close in their order, so that corrections find their next month."""
    done = set(closed)
    return next((m for m in service_months(contract.service_from, contract.service_to) if m not in done), None)


def may_close_on(month: date, contract: ContractTime) -> date:
    """The first day on which a month may be closed: the day after it, or after the service, has ended."""
    return min(last_day(month), contract.service_to) + timedelta(days=1)


def months_by_milestone(due_days: Sequence[date], contract: ContractTime) -> list[list[date]]:
    """The months each milestone rests on: those that end by its due day, after the one before; the last takes the rest.

    `due_days` are those of all milestones in their order.
    """
    months: list[list[date]] = [[] for _ in due_days]
    for month in service_months(contract.service_from, contract.service_to) if due_days else ():
        ends = min(last_day(month), contract.service_to)
        months[next((place for place, due in enumerate(due_days) if ends <= due), -1)].append(month)
    return months


def hours_words(minutes: int) -> str:
    """Minutes as hours and minutes: 135 is 2:15."""
    sign = "−" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def may_decide(person_id: UUID, visit: Mapping[str, object]) -> bool:
    """Nobody approves their own hours."""
    return visit["person"] != person_id
