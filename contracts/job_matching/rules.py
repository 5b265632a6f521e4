"""When the next event is due, when a hired person is asked again, what a list holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_JOB, RULE_STILL, RULE_AHEAD = "R-JOB-01", "R-JOB-01/still", "R-JOB-01/before_quarter_end"


class EventStatus(StrEnum):
    """Where a job-matching event stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


EVENT_LABELS: dict[EventStatus, tuple[str, str]] = {
    EventStatus.PLANNED: (N_("已安排"), "waiting"),
    EventStatus.HELD: (N_("已召开"), "done"),
    EventStatus.CANCELLED: (N_("已取消"), "neutral"),
}
TRANSITIONS: Transitions[EventStatus] = {
    EventStatus.PLANNED: frozenset({EventStatus.HELD, EventStatus.CANCELLED}),
    EventStatus.HELD: frozenset(),
    EventStatus.CANCELLED: frozenset(),
}
SEEKER_LABELS: dict[str, str] = {
    "disabled": N_("有就业意愿和能力的残疾人"),
    "subsistence": N_("最低生活保障家庭里能劳动的失业人员"),
    "hardship": N_("就业困难家庭里能劳动的失业人员"),
}
END_LABELS: dict[str, str] = {
    "hired": N_("找到了工作"), "withdrawn": N_("本人不再愿意"), "unable": N_("现在不能工作"),
}  # fmt: skip
FROM_OFFICE, TO_OFFICE = "金堂县残疾人联合会", "金堂县人力资源和社会保障局"
# all that a list holds: whom to call, where, for what work
LIST_COLUMNS: dict[str, str] = {
    "name": N_("姓名"), "phone": N_("联系电话"), "town": N_("镇（街道）"), "wish": N_("想做什么工作"),
}  # fmt: skip


def quarter_of(on: date) -> tuple[date, date]:
    """First and last day of the quarter a day lies in."""
    first = date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)
    beyond = date(on.year + (first.month == 10), first.month % 12 + 3 if first.month < 10 else 1, 1)
    return first, beyond - timedelta(days=1)


def reminder_due(today: date, has_event: bool) -> date | None:
    """The quarter's last day, once it is near and no event is planned or held; None otherwise (R-SEED-06)."""
    last = quarter_of(today)[1]
    near = today >= last - timedelta(days=int(number(RULE_AHEAD, today)))
    return last if near and not has_event else None


def ask_again_on(hired_on: date) -> date:
    """The day from which a hired person is asked whether the job still stands (R-JOB-01)."""
    return hired_on + timedelta(days=int(number(RULE_STILL, hired_on)))


def check_held(event: Mapping[str, Any]) -> None:
    """Who came and who was hired is entered once the event was held. Raises DomainError."""
    if event["status"] != EventStatus.HELD:
        raise DomainError(N_("对接会还没有召开，或者已经取消。请先登记召开。"), clause=RULE_JOB)


def held_mistake(held_on: date, planned_at: date, today: date) -> Sentence | None:
    """What is wrong with the day of an event; None where nothing is."""
    if not planned_at <= held_on <= today:
        return say(N_("召开的日期要在安排以后、不晚于今天。"))
    return None


def hired_mistake(hired_on: date, held_on: date, today: date) -> Sentence | None:
    """What is wrong with the day somebody was hired; None where nothing is."""
    if not held_on <= hired_on <= today:
        return say(N_("录用的日期要在对接会当天或者以后、不晚于今天。"))
    return None


def asked_mistake(asked_on: date, hired_on: date, today: date) -> Sentence | None:
    """What is wrong with the day somebody was asked again; None where nothing is."""
    if asked_on < ask_again_on(hired_on):
        days = int(number(RULE_STILL, hired_on))
        return say(N_("录用满 {days} 天以后再回访。"), days=days)
    if asked_on > today:
        return say(N_("日期在今天以后。请填已经发生的日期。"))
    return None
