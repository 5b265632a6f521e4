"""By which channels a town learns of people in need, what becomes of a lead, how far a sweep got. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any

from contracts.cases.rules import Source
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.states import Transitions

RULE_LEAD, RULE_LOOK, RULE_SWEEP = "R-LEAD-01", "R-LEAD-01/look", "R-SEED-06"
REMIND_FROM_MONTH = 10  # a sweep that has not begun is asked after in the last quarter


class LeadStatus(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    CASE = "case"
    CLOSED = "closed"


LEAD_LABELS: dict[LeadStatus, tuple[str, str]] = {
    LeadStatus.NEW: (N_("等待查看"), "waiting"),
    LeadStatus.CASE: (N_("已登记个案"), "done"),
    LeadStatus.CLOSED: (N_("已办结，没有登记个案"), "neutral"),
}
TRANSITIONS: Transitions[LeadStatus] = {
    LeadStatus.NEW: frozenset({LeadStatus.CASE, LeadStatus.CLOSED}),
    LeadStatus.CASE: frozenset(),
    LeadStatus.CLOSED: frozenset(),
}
PUBLIC_CHANNEL = "public"
CHANNEL_LABELS: dict[str, str] = {
    "wechat": N_("救助微信公众号"),
    "hotline": N_("社会救助专线"),
    "patrol": N_("巡逻协警"),
    "cleaner": N_("城市卫生保洁员"),
    "cadre": N_("结对帮扶干部"),
    "social_worker": N_("社会工作者"),
    "volunteer": N_("志愿者"),
    "office": N_("其他部门共享的信息"),
    "sweep": N_("年度摸排"),
    PUBLIC_CHANNEL: N_("群众扫码"),
}
# what a clerk enters; a tip from the public page comes by itself
ENTERED = tuple(name for name in CHANNEL_LABELS if name != PUBLIC_CHANNEL)
ABOUT_LABELS: dict[str, str] = {"self": N_("自己家里"), "other": N_("别人")}
CLOSE_LABELS: dict[str, str] = {
    "no_need": N_("了解以后不需要救助"),
    "helped": N_("已经在救助"),
    "elsewhere": N_("不属于社会救助，已告知去哪里办"),
    "not_found": N_("没有找到这个人"),
    "twice": N_("和另一条线索重复"),
    "declined": N_("本人不愿意申请"),
}


@dataclass(frozen=True)
class VillageCount:
    """How many households of a village there are, permanent and serviced, and how many of them were visited."""

    village: str
    permanent: int
    permanent_visited: int
    serviced: int
    serviced_visited: int


def may_see_lead(actor: Actor, lead: Mapping[str, Any]) -> bool:
    """The town's window sees its leads; a lead about somebody else is seen by nobody beyond (R-LEAD-01)."""
    if actor.organisation_id == lead["town"] and actor.may(Permission.HANDLE_CASES):
        return True
    reads = actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)
    return reads and lead["about"] == "self"


def look_by(came_at: datetime) -> date:
    """The last day on which a town looks at a lead (R-LEAD-01)."""
    return compute(RULE_LOOK, county_day(came_at)).date


def source_of(channel: str) -> Source:
    """What a case says of where it came from."""
    return Source.SWEEP if channel == "sweep" else Source.LEAD


def coverage(visited: int, households: int) -> Decimal | None:
    """Percent of the households that were visited, rounded down: 100 only when it is all of them; None without any."""
    if households == 0:
        return None
    return (Decimal(100 * visited) / households).quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def count_mistakes(new: VillageCount) -> dict[str, Sentence]:
    """What is wrong with the counts of a village, by field."""
    found: dict[str, Sentence] = {}
    words = N_("走访的户数不能多于总户数 {total}。")
    if new.permanent_visited > new.permanent:
        found["permanent_visited"] = say(words, total=new.permanent)
    if new.serviced_visited > new.serviced:
        found["serviced_visited"] = say(words, total=new.serviced)
    if new.permanent + new.serviced == 0:
        found["permanent"] = say(N_("常住和服务人口的户数不能都是零。"))
    return found


def finish_mistake(villages: list[VillageCount], note: str) -> Sentence | None:
    """Why a sweep cannot end yet; None where it can: all households visited, or a reason why not."""
    if not villages:
        return say(N_("还没有登记任何一个村（社区）。"))
    left = sum(v.permanent - v.permanent_visited + v.serviced - v.serviced_visited for v in villages)
    if left and not note.strip():
        return say(N_("还有 {count} 户没有走访。请走访完，或者写明为什么不再走访。"), count=left)
    return None
