"""The life of a listing and who may move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.listings.methods import newest_row
from catalogue.plans.methods import METHOD_LABELS, Method
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_


class Status(StrEnum):
    """Where a listing stands."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    OPENED = "opened"
    EVALUATED = "evaluated"
    DETERMINED = "determined"
    AWARDED = "awarded"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = Status
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.REVIEW, S.CANCELLED}),
    S.REVIEW: frozenset({S.DRAFT, S.PUBLISHED, S.CANCELLED}),
    S.PUBLISHED: frozenset({S.SUSPENDED, S.CLOSED, S.CANCELLED}),
    S.SUSPENDED: frozenset({S.PUBLISHED, S.CANCELLED}),
    S.CLOSED: frozenset({S.OPENED, S.FAILED, S.CANCELLED}),
    S.OPENED: frozenset({S.EVALUATED, S.FAILED, S.CANCELLED}),
    # back to judging only with another panel (R-COM-08)
    S.EVALUATED: frozenset({S.OPENED, S.DETERMINED, S.FAILED, S.CANCELLED}),
    S.DETERMINED: frozenset({S.AWARDED, S.EVALUATED, S.FAILED, S.CANCELLED}),
    # an announced result ends only by a decision on a challenge or complaint (R-DISP-04)
    S.AWARDED: frozenset({S.EVALUATED, S.CANCELLED}),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}

STATUS_LABELS: dict[Status, str] = {
    S.DRAFT: N_("起草中"),
    S.REVIEW: N_("等待复核"),
    S.PUBLISHED: N_("接受投标"),
    S.SUSPENDED: N_("已暂停"),
    S.CLOSED: N_("已截止，等待开标"),
    S.OPENED: N_("评审中"),
    S.EVALUATED: N_("评审结束，等待确定"),
    S.DETERMINED: N_("已确定，等待公告"),
    S.AWARDED: N_("已公告结果"),
    S.FAILED: N_("采购失败"),
    S.CANCELLED: N_("已取消"),
}

STATUS_TONES: dict[Status, str] = {
    S.DRAFT: "neutral",
    S.REVIEW: "waiting",
    S.PUBLISHED: "running",
    S.SUSPENDED: "waiting",
    S.CLOSED: "waiting",
    S.OPENED: "running",
    S.EVALUATED: "waiting",
    S.DETERMINED: "waiting",
    S.AWARDED: "done",
    S.FAILED: "refused",
    S.CANCELLED: "refused",
}

# what a visitor may see: everything that was once published
NEVER_PUBLIC: frozenset[Status] = frozenset({S.DRAFT, S.REVIEW})
HOLDS_RESERVE: frozenset[Status] = frozenset(
    {S.PUBLISHED, S.SUSPENDED, S.CLOSED, S.OPENED, S.EVALUATED, S.DETERMINED}
)


# the chooser also names the method it never offers
ALL_METHOD_LABELS: dict[str, str] = {method.value: words for method, words in METHOD_LABELS.items()}
ALL_METHOD_LABELS["inquiry"] = N_("询价")

METHOD_HINTS: dict[Method, str] = {
    Method.CONSULTATION: N_("政府购买服务最常用；供应商提交最后报价，2 家也可以继续。"),
    Method.OPEN_TENDER: N_("达到公开招标数额标准的，应当公开招标；不足 3 家不开标。"),
    Method.UNDER_LIMIT: N_("只用于采购限额标准以下，按本县比选办法办理。"),
    Method.THREE_QUOTES: N_("只用于采购限额标准以下；邀请三家以上报价，满足需求的最低价成交。"),
    Method.SEALED_QUOTES: N_(
        "只用于采购限额标准以下；公开征集或者邀请三家以上密封报价，满足需求的最低价成交，附集体决策的会议纪要。"
    ),
    Method.COLLECTIVE_DECISION: N_("只用于采购限额标准以下；会议集体决定，要有参加人和会议纪要。"),
    Method.SINGLE_SOURCE: N_("只有法定情形才能用；达到公开招标数额的要先公示。"),
    Method.INVITED_TENDER: N_("须有法定情形；从备选名单随机抽取三家以上，只有受邀请的能看文件、能投标。"),
    Method.NEGOTIATION: N_("在省级平台进行，结果登记在这里；须有法定情形。"),
    Method.OPEN_FRAMEWORK: N_("统一付费标准，期满以前随时可以申请加入；由服务对象自己选。"),
    Method.CLOSED_FRAMEWORK: N_("先选出几家入围，定好单价；以后按次下单，服务对象也可以自己选。"),
}

METHOD_CLAUSES: dict[str, str] = {method.value: newest_row(method).clause for method in Method}

CRITERION_LABELS: dict[str, str] = {
    "technical": N_("技术（服务方案）"),
    "business": N_("商务（履约能力）"),
    "past_performance": N_("履约评价"),
    "hours": N_("年服务时数（只用于总价固定）"),
}

GRADES: tuple[str, ...] = ("excellent", "good", "fair", "poor", "none")
GRADE_LABELS: dict[str, str] = {
    "excellent": N_("优"),
    "good": N_("良"),
    "fair": N_("中"),
    "poor": N_("差"),
    "none": N_("没有评价记录（中性档）"),
}
# the lowest grade for another year: a bad or a missing one never renews
RENEWAL_GRADES: tuple[str, ...] = GRADES[:3]

PAST_PERFORMANCE_LABELS: dict[str, str] = {
    "none": N_("不作为评审因素"),
    "printed_table": N_("印明的档次表：三年内任何采购人的评价都算，由供应商证明"),
    "county_standing": N_("本县履约信誉（只用于限额以下）"),
}

# the whole purchase is kept for small and medium enterprises (R-PLAN-01); social organisations cannot bid then
RESERVED = "whole"
RESERVED_LABEL = N_("专门面向中小企业采购（社会组织不能参加）")
# a share of a larger purchase goes to them by subcontract (R-SME-03); the bidder itself may be anybody
RESERVED_SHARE = "share"
# single lots are kept for them, each marked; the others are open to all (R-SME-03)
RESERVED_LOTS = "lots"
RESERVED_LABELS: dict[str, str] = {
    RESERVED: RESERVED_LABEL,
    RESERVED_SHARE: N_("预留一定份额，由供应商分包给中小企业"),
    RESERVED_LOTS: N_("预留部分采购包，见采购包表"),
}

RESERVATION_GROUNDS: dict[str, str] = {
    "social_organisations_first": N_("法规和政策规定优先向社会组织、事业单位等采购"),
    "not_replaceable": N_("因服务专有、不可替代等原因，不宜由中小企业提供"),
    "competition": N_("预留可能造成市场供应不足、影响充分竞争（部分潜在供应商为社会组织）"),
    "other": N_("国务院财政部门规定的其他情形"),
}


@dataclass(frozen=True)
class ReviewFacts:
    """What decides who may review a draft."""

    procuring_unit: UUID
    drafted_by: UUID


def runs(actor: Actor, listing: Mapping[str, Any], act: Entrusted) -> bool:
    """Whether the actor is of the buyer, or of the agency that the buyer entrusted with this act (R-ROLE-05)."""
    return actor.acts_for(listing["procuring_unit"], listing["agency_agreement"], act)


def may_edit_draft(actor: Actor, listing: Mapping[str, Any]) -> bool:
    """A drafter of the procuring unit or of its agency, while it is a draft."""
    may = actor.may(Permission.DRAFT_LISTING) and runs(actor, listing, Entrusted.DRAFT)
    return bool(listing["status"] == S.DRAFT and may)


def may_review(actor: Actor, facts: ReviewFacts, status: str) -> bool:
    """Another person of the procuring unit, while it waits for review."""
    return (
        status == S.REVIEW
        and actor.may(Permission.APPROVE_LISTING)
        and actor.organisation_id == facts.procuring_unit
        and actor.person_id != facts.drafted_by
    )


def check_may_draft_for(
    actor: Actor, procuring_unit: UUID, agreement: UUID | None = None, act: Entrusted | None = None
) -> None:
    """The unit's own people, or its agency for an act it was entrusted with. Raises Forbidden (R-ROLE-05).

    Without `act` it is one that stays with the buyer.
    """
    actor.check_may(Permission.DRAFT_LISTING)
    if act is not None and actor.acts_for(procuring_unit, agreement, act):
        return
    if act is not None:
        actor.check_entrusted(agreement, act)
    if actor.organisation_id != procuring_unit and actor.mandate(agreement) is not None:
        raise Forbidden(N_("这件事不因委托而转移，由采购人自己办理。请联系采购人。"), clause="R-ROLE-05")
    if actor.organisation_id != procuring_unit:
        raise Forbidden(
            N_("这条预算属于另一个采购人。请用本单位的预算起草；代理机构须先有书面委托。"), clause="R-ROLE-05"
        )


def check_begins_itself(actor: Actor) -> None:
    """The buyer begins from its own budget, then hands the draft to its agency. Raises Forbidden (R-ROLE-05)."""
    if Role.AGENCY in actor.roles:
        words = N_("项目由采购人从自己的预算开始，再委托代理机构办理。请采购人先开始并委托。")
        raise Forbidden(words, clause="R-ROLE-05")


def check_may_review(actor: Actor, facts: ReviewFacts) -> None:
    """Who reviews is not who drafted (R-ROLE-03), and finance keeps its hands off (R-ROLE-02). Raises Forbidden."""
    actor.check_may(Permission.APPROVE_LISTING)
    if actor.organisation_id != facts.procuring_unit:
        raise Forbidden(N_("只有采购人本单位的人可以复核。请联系采购人。"))
    if actor.person_id == facts.drafted_by:
        raise Forbidden(N_("这份公告是您起草的，不能由您复核。请本单位另一位同事复核。"), clause="R-ROLE-03")


def shown_status(status: str, closes_at: datetime | None, now: datetime) -> Status:
    """The status as a reader sees it: past its deadline a listing is closed, even before a job says so."""
    if status == S.PUBLISHED and closes_at is not None and now >= closes_at:
        return S.CLOSED
    return Status(status)


def accepts_bids(status: str, closes_at: datetime, now: datetime) -> bool:
    """Whether bids may still come; at the exact deadline they may not."""
    return status == S.PUBLISHED and now < closes_at
