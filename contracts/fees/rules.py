"""Fees: in which order they move, and what finance may ask, give back and hand over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.states import Transitions

RULE, RULE_APART = "R-FEE-01", "R-ROLE-03"


class FeeStatus(StrEnum):
    """Where a fee stands."""

    ASKED = "asked"
    DECLARED = "declared"
    PAID = "paid"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"


FEE_LABELS: dict[FeeStatus, tuple[str, str]] = {
    FeeStatus.ASKED: (N_("等待缴费"), "waiting"),
    FeeStatus.DECLARED: (N_("已说明转账，等待核对到账"), "waiting"),
    FeeStatus.PAID: (N_("已缴"), "done"),
    FeeStatus.REFUNDING: (N_("正在退还"), "running"),
    FeeStatus.REFUNDED: (N_("已退还"), "done"),
    FeeStatus.WITHDRAWN: (N_("已撤回，不用缴"), "neutral"),
}

S = FeeStatus
FEE_TRANSITIONS: Transitions[FeeStatus] = {
    # money that came on a page that was given up is still taken in
    S.ASKED: frozenset({S.DECLARED, S.PAID, S.WITHDRAWN}),
    S.DECLARED: frozenset({S.ASKED, S.PAID, S.WITHDRAWN}),
    S.PAID: frozenset({S.REFUNDING}),
    S.REFUNDING: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.WITHDRAWN: frozenset(),
}


class FeeWay(StrEnum):
    """How it is paid; the provider chooses."""

    TRANSFER = "transfer"
    ONLINE = "online"


WAY_LABELS: dict[str, str] = {FeeWay.TRANSFER: N_("银行转账"), FeeWay.ONLINE: N_("网上支付")}


def check_new_fee(form: Bound, today: date) -> None:
    """The last day to pay is still to come; mistakes go beside their fields."""
    due = form.values.get("due_on")
    if due is not None and due < today:
        form.refuse("due_on", N_("最迟缴费日在今天以前。请填以后的日期。"))


def check_arrival(arrived_at: datetime, now: datetime) -> None:
    """Money cannot arrive in the future. Raises DomainError."""
    if arrived_at > now:
        raise DomainError(N_("到账时间在现在以后。请照银行流水填写。"), clause=RULE)


def check_may_refund(fee: Mapping[str, Any]) -> None:
    """What is paid and not on its way to the treasury may go back. Raises Conflict."""
    if fee["status"] != FeeStatus.PAID:
        raise Conflict(N_("这笔费用没有缴，或者已经在退还。请刷新页面查看。"), clause=RULE)
    if fee["remitted_on"] is not None:
        raise Conflict(N_("这笔费用已经登记上缴国库，退还由财政按退库办理，不在这里退。"), clause=RULE)


def check_may_remit(fee: Mapping[str, Any], remitted_on: date, today: date) -> None:
    """What is paid goes to the treasury once, on a day that has come. Raises Conflict, DomainError."""
    if fee["status"] != FeeStatus.PAID or fee["remitted_on"] is not None:
        raise Conflict(N_("这笔费用没有缴，或者已经登记上缴。请刷新页面查看。"), clause=RULE)
    paid_on = county_day(fee["arrived_at"])
    if not paid_on <= remitted_on <= today:
        words = N_("上缴日期要在到账的 {day}到今天之间。请照缴款书填写。")
        raise DomainError(words, clause=RULE, day=Day(paid_on))


def check_confirmer(person_id: UUID, entered_by: UUID) -> None:
    """Another person than who entered the slip confirms it (R-ROLE-03). Raises Forbidden."""
    if person_id == entered_by:
        raise Forbidden(N_("这笔上缴由您登记，要由财政局的另一位同事复核。"), clause=RULE_APART)
