"""Who may say that a winner does not sign, from when on, and what follows for it. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import day_words
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number
from vendors.refusals.rules import RULE, RefusalStatus

SIGN_BY, PENALTIES = "R-TIME-17", "R-COLL-03"
THOUSAND = Decimal(1000)
NEXT_LABELS: dict[RefusalStatus, str] = {
    RefusalStatus.NEXT_CANDIDATE: N_("按排序确定下一候选人"),
    RefusalStatus.REDO: N_("重新开展采购活动"),
}


@dataclass(frozen=True)
class Penalty:
    """What finance may impose on who refuses without good reason, in yuan and years (GPL Art. 77)."""

    fine_low: Decimal
    fine_high: Decimal
    ban_low: int
    ban_high: int


def penalty_of(amount: Decimal, day: date) -> Penalty:
    """The range of the fine for an award of this amount."""
    low, high = (to_fen(amount * number(f"{PENALTIES}/{part}", day) / THOUSAND) for part in ("fine_low", "fine_high"))
    first, last = (int(number(f"{PENALTIES}/{part}", day)) for part in ("ban_low", "ban_high"))
    return Penalty(low, high, first, last)


def is_winner(actor: Actor, award: Mapping[str, Any]) -> bool:
    """Whether this person signs for the winner."""
    return actor.organisation_id == award["organisation"] and actor.may(Permission.SIGN_FOR_PROVIDER)


def check_may_refuse(award: Mapping[str, Any]) -> None:
    """A contract that the winner has signed binds it. Raises Conflict."""
    if award["status"] != "announced" or award["contract_status"] is None:
        raise Conflict(N_("这个结果没有等待签订的合同。请刷新页面查看。"), clause=RULE)
    if award["is_signed_by_provider"] or award["contract_status"] not in ("drawn_up", "signed_by_one"):
        raise Conflict(N_("成交供应商已经签订合同，不是拒签。要变更或者终止，请在合同页面办理。"), clause=RULE)
    if award["refusal"]:
        words = N_("这个结果已经登记为没有签订合同。请打开 {number} 办理。")
        raise Conflict(words, clause=RULE, number=award["refusal"])


def check_time_is_over(last_day: date, now: datetime) -> None:
    """The buyer records it only after the last day. Raises Conflict (R-TIME-17)."""
    if county_day(now) <= last_day:
        words = N_("签订合同的最后一天是 {day}，到期还没有签订的才能登记。")
        raise Conflict(words, clause=SIGN_BY, day=day_words(last_day))


def check_somebody_is_left(next_step: RefusalStatus, others: int) -> None:
    """There is no next candidate without another valid one. Raises Conflict (REG 49)."""
    if next_step == RefusalStatus.NEXT_CANDIDATE and not others:
        raise Conflict(N_("没有其他合格的候选人，只能重新采购。"), clause=RULE)
