"""When a listing may pause or be cancelled, and how its dates follow. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from catalogue.listings.drafts import Timetable
from catalogue.listings.rules import NEVER_PUBLIC, Status, shown_status
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import COUNTY_ZONE, at_county_time, county_day
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say

SUSPENSION_GROUNDS: dict[str, str] = {
    "finance_order": N_("财政部门书面通知暂停（处理投诉期间）"),
    "challenge": N_("正在处理质疑，可能影响采购文件"),
    "outage": N_("系统故障，供应商不能正常投标"),
    "other": N_("其他需要暂停的情形"),
}

CANCEL_GROUNDS: dict[str, str] = {
    "task_cancelled": N_("重大变故，采购任务取消"),
    "must_change": N_("采购文件有违反规定的内容，需要修改后重新采购"),
}
ENDED = frozenset({Status.AWARDED, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True)
class NewSuspension:
    """Why, by which paper, and on which day bids are taken again."""

    ground: str
    reason: str
    until: date
    document_number: str = ""


def check_may_interrupt(actor: Actor, listing: Mapping[str, Any]) -> None:
    """Those who publish for the unit may pause, resume and cancel; finance orders in writing (R-ROLE-02)."""
    actor.check_may(Permission.APPROVE_LISTING)
    if actor.organisation_id != listing["procuring_unit"]:
        raise Forbidden(N_("只有采购人本单位可以暂停、恢复或者取消。请联系采购人。"))


def suspension_mistakes(new: NewSuspension, now: datetime) -> dict[str, Sentence]:
    """A day ahead; an order of finance has a number and lasts no longer than R-TIME-27 allows."""
    found: dict[str, Sentence] = {}
    today = county_day(now)
    if new.until <= today:
        found["until"] = say(N_("恢复日要在今天以后。"))
    if new.ground == "finance_order":
        longest = compute("R-TIME-27", today).safe_date
        if new.until > longest:
            words = N_("财政部门通知暂停的，最长到 {day}。请改早一些。")
            found["until"] = say(words, day=day_words(longest))
        if not new.document_number:
            found["document_number"] = say(N_("请填写财政部门通知的文号。"))
    return found


def check_may_suspend(listing: Mapping[str, Any], now: datetime) -> None:
    """Only while bids are taken: afterwards the bids lie there and the opening waits by itself. Raises Conflict."""
    if shown_status(listing["status"], listing["closes_at"], now) != Status.PUBLISHED:
        raise Conflict(N_("只有正在接受投标的项目可以在这里暂停。请刷新页面查看现在的状态。"))


def dates_after(listing: Mapping[str, Any], until: date, now: datetime) -> Timetable:
    """Every date still ahead moves by the days of the pause, to a working day: nobody loses time."""
    days = until - county_day(now)
    documents = listing["documents_until"]
    if documents is not None and documents > now:
        documents = moved(documents, days)
    return Timetable(moved(listing["closes_at"], days), documents)


def moved(moment: datetime, by: timedelta) -> datetime:
    """The same hour so many days later, on a working day."""
    there = moment.astimezone(COUNTY_ZONE)
    return at_county_time(county_calendar().next_workday(there.date() + by), there.hour, there.minute)


def check_may_cancel(listing: Mapping[str, Any], now: datetime) -> None:
    """A published listing that has not ended. Raises Conflict."""
    status = shown_status(listing["status"], listing["closes_at"], now)
    if status in ENDED or status in NEVER_PUBLIC:
        raise Conflict(N_("这个项目已经结束，不能再取消。请刷新页面查看。"))


def refund_by(listing: Mapping[str, Any]) -> date | None:
    """Until when fees and deposits go back after a cancellation (R-TIME-21)."""
    if listing["status"] != Status.CANCELLED or listing["ended_at"] is None:
        return None
    return compute("R-TIME-21", listing["ended_at"], on=listing["rules_on"]).date
