"""What a corrigendum may change, whom it concerns, and how far the deadline moves. All pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.corrigenda.subjects import CORRECTABLE
from catalogue.listings.methods import method_row
from catalogue.listings.rules import Status, shown_status
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import COUNTY_ZONE, at_county_time, county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_


class CorrigendumStatus(StrEnum):
    """Where a corrigendum stands."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


C = CorrigendumStatus
TRANSITIONS: Mapping[CorrigendumStatus, frozenset[CorrigendumStatus]] = {
    C.DRAFT: frozenset({C.REVIEW, C.WITHDRAWN}),
    C.REVIEW: frozenset({C.DRAFT, C.PUBLISHED, C.WITHDRAWN}),
    C.PUBLISHED: frozenset(),
    C.WITHDRAWN: frozenset(),
}

STATUS_LABELS: dict[CorrigendumStatus, str] = {
    C.DRAFT: N_("起草中"),
    C.REVIEW: N_("等待复核"),
    C.PUBLISHED: N_("已发布"),
    C.WITHDRAWN: N_("已放弃"),
}
STATUS_TONES: dict[CorrigendumStatus, str] = {
    C.DRAFT: "neutral",
    C.REVIEW: "waiting",
    C.PUBLISHED: "done",
    C.WITHDRAWN: "neutral",
}

def affects_bids(says_so: bool, subjects: Iterable[str]) -> bool:
    """Whether bids may have to change: the drafter says so, or anything a bid answers to has changed."""
    return says_so or any(subject in CORRECTABLE for subject in subjects)


@dataclass(frozen=True)
class Deadlines:
    """What decides the new dates: the listing's method, the day whose rules it uses, its dates, what was typed."""

    method: str
    rules_on: date
    closes_at: datetime
    typed_closes_at: datetime | None = None


@dataclass(frozen=True)
class NewClosing:
    """The closing time after the corrigendum, the rule that asks for it, and the first lawful moment."""

    closes_at: datetime
    needed: datetime
    rule_key: str | None
    moved: bool


def new_closing(dates: Deadlines, affects: bool, sent_on: date) -> NewClosing:
    """The deadline moves when a clarification that affects bids comes too late for it (R-TIME-05, R-TIME-09).

    The hour stays. A later time that was typed stands; an earlier one never does.
    """
    rule_key = (method_row(dates.method, dates.rules_on).clarification or None) if affects else None
    needed = dates.closes_at
    if rule_key:
        needed = max(needed, _earliest_after(rule_key, dates, sent_on))
    closes_at = max(needed, dates.typed_closes_at or needed)
    return NewClosing(closes_at, needed, rule_key, closes_at != dates.closes_at)


def _earliest_after(rule_key: str, dates: Deadlines, sent_on: date) -> datetime:
    """The first closing day for which sending today still keeps the distance: a backward limit never rolls later."""
    day = max(sent_on, county_day(dates.closes_at))
    while compute(rule_key, day, on=dates.rules_on).date < sent_on:
        day += timedelta(days=1)
    there = dates.closes_at.astimezone(COUNTY_ZONE)
    if day == there.date():
        return dates.closes_at
    return at_county_time(county_calendar().next_workday(day), there.hour, there.minute)


def check_accepts_corrigenda(listing: Mapping[str, Any], now: datetime) -> None:
    """A listing is corrected before its deadline; afterwards the bids lie there. Raises Conflict."""
    if shown_status(listing["status"], listing["closes_at"], now) != Status.PUBLISHED:
        raise Conflict(N_("只有正在接受投标的公告可以更正或者延期。截止以后请按原文件继续，或者终止采购。"))


@dataclass(frozen=True)
class Hands:
    """Who drafted it, for whom, and who must not approve."""

    procuring_unit: UUID
    drafted_by: UUID
    openers: tuple[UUID, ...]


def may_approve(actor: Actor, hands: Hands, status: str) -> bool:
    """Another person of the unit who may approve and opens nothing, while it waits."""
    return (
        status == C.REVIEW
        and actor.may(Permission.APPROVE_LISTING)
        and actor.organisation_id == hands.procuring_unit
        and actor.person_id not in (hands.drafted_by, *hands.openers)
    )


def check_may_approve(actor: Actor, hands: Hands) -> None:
    """Who approves is not who drafted, and holds no key (R-ROLE-03). Raises Forbidden."""
    actor.check_may(Permission.APPROVE_LISTING)
    if actor.organisation_id != hands.procuring_unit:
        raise Forbidden(N_("只有采购人本单位的人可以复核。请联系采购人。"))
    if actor.person_id == hands.drafted_by:
        raise Forbidden(N_("这份更正是您起草的，不能由您复核。请本单位另一位同事复核。"), clause="R-ROLE-03")
    if actor.person_id in hands.openers:
        raise Forbidden(N_("您是这份公告的开标人，不能复核更正。请换一位同事。"), clause="R-ROLE-03")


def check_only_later(dates: Deadlines, documents: tuple[datetime | None, datetime | None]) -> None:
    """A printed date moves later only: whoever counts on it must not come too late. Raises DomainError."""
    if dates.typed_closes_at is not None and dates.typed_closes_at < dates.closes_at:
        raise DomainError(N_("截止时间只能往后推，不能提前。请填原截止时间或者更晚的时间。"))
    before, after = documents
    if before is not None and after is not None and after < before:
        raise DomainError(N_("采购文件获取期限只能延长，不能缩短。请填原来的时间或者更晚的时间。"))
