"""Harm and crisis: what is reported, who may know of it, how long an officer has, what is done now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_CHILD = "R-CHILD-01"
RULE_TAKE, RULE_FINISH = "R-CHILD-01/take", "R-CHILD-01/finish"


class ReportKind(StrEnum):
    """What was seen or is feared."""

    HARM = "harm"
    CRISIS = "crisis"


KIND_LABELS: dict[ReportKind, str] = {
    ReportKind.HARM: N_("有人受到伤害或者侵害"),
    ReportKind.CRISIS: N_("有人有生命危险或者想轻生"),
}
# what whoever is there does before anybody else comes (R-CHILD-01)
DO_NOW: dict[ReportKind, tuple[str, ...]] = {
    ReportKind.HARM: (
        N_("先保证人身安全：正在发生的，马上打110；有人受伤的，马上打120。"),
        N_("马上打电话给下面的值班专员。您已经报告，但电话最快。"),
        N_("留在孩子或者老人身边，不要让他们单独和可能伤害他们的人在一起。"),
        N_("听对方说，不追问细节，不答应保密，不去质问可能的加害人。"),
        N_("不拍照，不换洗衣物，等专员或者警察来。"),
    ),
    ReportKind.CRISIS: (
        N_("马上打120；有危险物品或者有人要跳楼的，同时打110。"),
        N_("马上打电话给下面的值班专员。您已经报告，但电话最快。"),
        N_("不要让他一个人待着，拿开药品、农药、刀具和绳子。"),
        N_("平静地听他说，直接问是不是想结束生命，不争论，不批评。"),
        N_("心理疏导不作诊断和治疗；需要治疗的，陪他去医院或者等医生来。"),
    ),
}


class ReportStatus(StrEnum):
    """Where a report of harm stands."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


STATUS_LABELS: dict[ReportStatus, tuple[str, str]] = {
    ReportStatus.OPEN: (N_("等专员接手"), "refused"),
    ReportStatus.TAKEN: (N_("专员在处理"), "running"),
    ReportStatus.CLOSED: (N_("专员已办结"), "done"),
}
TRANSITIONS: Transitions[ReportStatus] = {
    ReportStatus.OPEN: frozenset({ReportStatus.TAKEN}),
    ReportStatus.TAKEN: frozenset({ReportStatus.CLOSED}),
    ReportStatus.CLOSED: frozenset(),
}


class Result(StrEnum):
    """What the officer did with it."""

    POLICE = "police"
    HOSPITAL = "hospital"
    FAMILY = "family"
    SHELTER = "shelter"
    UNFOUNDED = "unfounded"


RESULT_LABELS: dict[Result, str] = {
    Result.POLICE: N_("报告公安机关"),
    Result.HOSPITAL: N_("送医"),
    Result.FAMILY: N_("落实监护或者家庭支持"),
    Result.SHELTER: N_("临时安置"),
    Result.UNFOUNDED: N_("查明没有发生"),
}


def take_by(reported_at: datetime) -> datetime:
    """Until when the officer on duty takes a report up (R-CHILD-01/take)."""
    return reported_at + timedelta(minutes=int(number(RULE_TAKE, county_day(reported_at))))


def finish_by(reported_at: datetime) -> datetime:
    """Until when it is closed, or handed to whoever goes on (R-CHILD-01/finish)."""
    return reported_at + timedelta(hours=int(number(RULE_FINISH, county_day(reported_at))))


def is_officer(actor: Actor, office: object) -> bool:
    """The named few of the town it was told to, and those of the county who oversee cases (R-CHILD-01)."""
    return actor.may(Permission.SEE_RESTRICTED_CASES) and (
        actor.organisation_id == office or actor.may(Permission.OVERSEE_CASES)
    )


def may_see_report(actor: Actor, report: Mapping[str, Any]) -> bool:
    """The officers, and whoever reported it; nobody else, whatever else they may read."""
    return report["reported_by"] == actor.person_id or is_officer(actor, report["office"])


def check_officer(actor: Actor, report: Mapping[str, Any]) -> None:
    """Raises Forbidden for whoever only reported it."""
    if not is_officer(actor, report["office"]):
        raise Forbidden(N_("报告由镇（街道）的未成年人保护专员处理。您可以补充情况。"), clause=RULE_CHILD)


def is_late(report: Mapping[str, Any], now: datetime) -> bool:
    """Whether nobody took it up, or nobody closed it, in time."""
    if report["status"] == ReportStatus.OPEN:
        return bool(now > report["take_by"])
    return bool(report["status"] == ReportStatus.TAKEN and now > report["finish_by"])
