"""What may be advanced from a town's reserve fund, and when help came too late. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contracts.cases.rules import RULE_RELIEF, URGENT_CLOCK, CaseStatus, town_decides
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.states import Transitions


class AdvanceStatus(StrEnum):
    """Where an advance stands."""

    ADVANCED = "advanced"
    STATED = "stated"
    SETTLED = "settled"


ADVANCE_LABELS: dict[AdvanceStatus, tuple[str, str]] = {
    AdvanceStatus.ADVANCED: (N_("等待补充说明"), "waiting"),
    AdvanceStatus.STATED: (N_("等待补足备用金"), "waiting"),
    AdvanceStatus.SETTLED: (N_("备用金已补足"), "done"),
}
TRANSITIONS: Transitions[AdvanceStatus] = {
    AdvanceStatus.ADVANCED: frozenset({AdvanceStatus.STATED}),
    AdvanceStatus.STATED: frozenset({AdvanceStatus.SETTLED}),
    AdvanceStatus.SETTLED: frozenset(),
}
MOVEMENT_LABELS: dict[str, str] = {
    "funded": N_("拨入"), "advance": N_("先行救助"), "topped_up": N_("补足"),
}  # fmt: skip


def help_by(event_at: datetime) -> datetime:
    """The moment by which help has to come: so many clock hours after the event (R-SEED-05)."""
    moment = compute(URGENT_CLOCK, event_at).moment
    assert moment is not None
    return moment


def check_may_advance(case: Mapping[str, Any], amount: Decimal, balance: Decimal, now: datetime) -> None:
    """Urgent relief that the town may decide, as far as its fund goes. Raises DomainError (R-RELIEF-01)."""
    if not case["is_urgent"] or case["status"] != CaseStatus.OPEN:
        raise DomainError(N_("只有办理中的紧急临时救助可以动用备用金。"), clause=RULE_RELIEF)
    if not town_decides(amount, county_day(now)):
        words = N_("这个金额由县民政局决定，不能由镇（街道）先行救助。请马上转到县民政局。")
        raise DomainError(words, clause=RULE_RELIEF)
    if amount > balance:
        raise DomainError(
            N_("备用金还有 {balance} 元，不够。请先请县民政局补足，或者转到县民政局。"), clause=RULE_RELIEF,
            balance=f"{balance:,.2f}",
        )  # fmt: skip


def time_mistakes(
    event_at: datetime, helped_at: datetime, late_reason: str, now: datetime
) -> dict[str, Sentence]:
    """What is wrong with the times of an advance, by field: in order, not to come, and late only with a reason."""
    found: dict[str, Sentence] = {}
    if event_at > now:
        found["event_at"] = say(N_("急难发生的时间在现在以后。请核对。"))
    if helped_at > now:
        found["helped_at"] = say(N_("救助的时间在现在以后。请在救助以后登记。"))
    elif helped_at < event_at:
        found["helped_at"] = say(N_("救助的时间早于急难发生的时间。请核对。"))
    elif helped_at > help_by(event_at) and not late_reason.strip():
        found["late_reason"] = say(N_("超过了24小时。请写明原因。"))
    return found
