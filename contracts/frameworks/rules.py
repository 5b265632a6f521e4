"""Places in a framework, whose turn it is, and what an order may be. All pure; ratings are no argument of any turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen
from marketplace.kernel.states import Transitions

ORDER, PRICE, REMOVAL, TOP_UP = "R-FRM-05", "R-FRM-04", "R-FRM-07", "R-FRM-07/remaining"
SIGN_BY, FILE_BY, TELL_BY = "R-TIME-30/sign", "R-TIME-30/file", "R-TIME-30/notify_users"
PUBLISH_BY, EXIT_BY = "R-TIME-30/publish", "R-TIME-30/exit_notice"
NOTICE_BY, SUMMARY_BY = "R-TIME-30/order_notice", "R-TIME-30/summary"


class PlaceStatus(StrEnum):
    """Where a provider stands in a framework."""

    ADMITTED = "admitted"
    AGREED = "agreed"
    REMOVED = "removed"
    LEFT = "left"


PLACE_LABELS: dict[PlaceStatus, tuple[str, str]] = {
    PlaceStatus.ADMITTED: (N_("已入围，待签协议"), "waiting"),
    PlaceStatus.AGREED: (N_("协议有效"), "done"),
    PlaceStatus.REMOVED: (N_("已清退"), "refused"),
    PlaceStatus.LEFT: (N_("已退出"), "neutral"),
}

TRANSITIONS: Transitions[PlaceStatus] = {
    PlaceStatus.ADMITTED: frozenset({PlaceStatus.AGREED, PlaceStatus.REMOVED, PlaceStatus.LEFT}),
    PlaceStatus.AGREED: frozenset({PlaceStatus.REMOVED, PlaceStatus.LEFT}),
    PlaceStatus.REMOVED: frozenset(),
    PlaceStatus.LEFT: frozenset(),
}

# the six grounds of order 110 article 19
REMOVAL_GROUNDS: dict[str, str] = {
    "collusion": N_("恶意串通谋取入围或者合同成交"),
    "false_papers": N_("提供虚假材料谋取入围或者合同成交"),
    "refused_order": N_("无正当理由拒不接受合同授予"),
    "not_performed": N_("不履行合同义务或者履行不符合约定，经请求后仍不履行或者仍不符合"),
    "banned": N_("有效期内因违法行为被禁止或限制参加政府采购活动"),
    "agreed": N_("框架协议约定的其他情形"),
}

NOT_SIGNING, NOT_SIGNED = "R-AWD-03", "refused_to_sign"
# every way in which a place ends: removed under an agreement, or never signed
VOIDED = "voided"
END_GROUNDS: dict[str, str] = REMOVAL_GROUNDS | {
    NOT_SIGNED: N_("入围以后没有签订框架协议"), VOIDED: N_("入围结果经质疑或者投诉处理认定无效"),
}  # fmt: skip

CALL_OFF_LABELS: dict[str, str] = {
    "direct": N_("直接选定"),
    "mini_bid": N_("二次竞价"),
    "rotation": N_("顺序轮候"),
    "recipient": N_("服务对象自己选"),
}


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and in which round."""

    place: UUID
    round: int


def next_turn(order: Sequence[UUID], served: Mapping[UUID, Sequence[int]]) -> Turn | None:
    """The first in the fixed order who had no order in the round that runs; a full round begins the next (R-FRM-05).

    `order` is who still holds a place, by turn; `served` is the rounds in which each had its order. Nothing else
    counts: who is liked better is not asked.
    """
    if not order:
        return None
    rounds = {place: max(served.get(place, ()), default=0) for place in order}
    running = max(rounds.values()) or 1
    waiting = [place for place in order if rounds[place] < running]
    if waiting:
        return Turn(waiting[0], running)
    return Turn(order[0], running + 1)


@dataclass(frozen=True)
class OrderFacts:
    """What decides whether an order may be given. Money in yuan."""

    place_status: str
    starts_on: date
    ends_on: date
    agreed_price: Decimal


def check_order(facts: OrderFacts, unit_price: Decimal, service_from: date, service_to: date, today: date) -> None:
    """An order under a valid agreement, within the term, at most at the agreed price. Raises Conflict, DomainError."""
    if facts.place_status != PlaceStatus.AGREED:
        raise Conflict(N_("这家供应商现在没有有效的框架协议，不能下单。请另选一家。"), clause=ORDER)
    if not facts.starts_on <= today <= facts.ends_on:
        raise Conflict(N_("今天不在框架协议有效期内，不能下单。"), clause=PRICE)
    if service_from < today:
        raise DomainError(N_("服务开始日已经过去。请填今天或者以后的日期。"), clause=ORDER)
    if service_to < service_from:
        raise DomainError(N_("服务结束日早于开始日。请检查两个日期。"), clause=ORDER)
    if unit_price > facts.agreed_price:
        raise DomainError(
            N_("单价 {price} 元高于协议价格 {agreed} 元。第一阶段的价格是下单的上限。"),
            clause=PRICE, price=unit_price, agreed=facts.agreed_price,
        )  # fmt: skip


def order_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """A fixed-price contract: the ordered quantity at the unit price (R-FRM-04)."""
    return to_fen(quantity * unit_price)


def check_may_order(
    actor: Actor, buyers: frozenset[UUID], permission: Permission = Permission.CALL_OFF
) -> None:
    """Only the buyers a framework is for give orders. Raises Forbidden."""
    actor.check_may(permission)
    if actor.organisation_id not in buyers:
        raise Forbidden(N_("本单位不在这份框架协议的适用范围里。请看协议写明的采购人。"), clause="R-FRM-01")


def may_top_up(admitted: int, remaining: int, percent: Decimal) -> bool:
    """Whether so few remain that providers may be sought again: fewer than the share of those admitted (R-FRM-07)."""
    return Decimal(remaining) * 100 < Decimal(admitted) * percent


@dataclass(frozen=True)
class TopUpFacts:
    """What decides whether providers may be sought again. `under_way`: the number of a round that is open."""

    kind: str
    admitted: int
    remaining: int
    percent: Decimal
    has_ended: bool
    under_way: str | None = None


def check_may_top_up(facts: TopUpFacts) -> None:
    """A closed framework that runs and has too few left, one round at a time (R-FRM-07). Raises Conflict."""
    if facts.kind != "closed":
        raise Conflict(N_("开放式框架协议随时可以申请加入，不用补充征集。"), clause=REMOVAL)
    if facts.has_ended:
        raise Conflict(N_("框架协议的有效期已经过了，不能补充征集。"), clause=REMOVAL)
    if facts.under_way:
        words = N_("已经在补充征集（{listing}），结束以前不能再发起。")
        raise Conflict(words, clause=REMOVAL, listing=facts.under_way)
    if not may_top_up(facts.admitted, facts.remaining, facts.percent):
        words = N_("剩余 {remaining} 家，没有低于入围 {admitted} 家的 {percent}%，有效期内不得补充征集。")
        raise Conflict(
            words, clause=REMOVAL, remaining=facts.remaining, admitted=facts.admitted, percent=f"{facts.percent:f}"
        )


def check_no_reentry(statuses: Sequence[str]) -> None:
    """Who was removed does not come back into the same framework. Raises Forbidden (R-FRM-07)."""
    if PlaceStatus.REMOVED in statuses:
        raise Forbidden(N_("贵单位已从这份框架协议中清退，不得重新加入。"), clause=REMOVAL)
