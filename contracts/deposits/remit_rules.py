"""When forfeited money may go to the treasury: what is there, once, and seen by two people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts.deposits.rules import RULE, DepositStatus, Way
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day

RULE_APART = "R-ROLE-03"


@dataclass(frozen=True)
class Forfeited:
    """A deposit that is not given back: what was forfeited, what its issuer paid, what the treasury got; yuan."""

    status: str
    way: str
    amount: Decimal
    claimed: Decimal
    remitted: Decimal
    day: date | None


def check_may_claim(forfeited: Forfeited) -> None:
    """Only the issuer of a forfeited guarantee owes anything. Raises DomainError, Conflict."""
    if forfeited.status != DepositStatus.FORFEITED or forfeited.way != Way.GUARANTEE:
        raise DomainError(N_("只有不予退还的保函要向开立机构索赔。"), clause=RULE)
    if forfeited.claimed:
        raise Conflict(N_("开立机构的付款已经登记。请刷新页面查看。"), clause=RULE)


def check_may_remit(forfeited: Forfeited, remitted_on: date, today: date) -> None:
    """What is forfeited and there goes to the treasury, once, on a day that has come. Raises DomainError, Conflict."""
    if forfeited.status != DepositStatus.FORFEITED or forfeited.day is None:
        raise DomainError(N_("只有不予退还的保证金要上缴国库。"), clause=RULE)
    if forfeited.remitted:
        raise Conflict(N_("这笔保证金已经上缴。请刷新页面查看。"), clause=RULE)
    if forfeited.way == Way.GUARANTEE and not forfeited.claimed:
        raise DomainError(N_("保函的开立机构还没有付款。请先向它索赔，登记到账以后再上缴。"), clause=RULE)
    if not forfeited.day <= remitted_on <= today:
        words = N_("上缴日期要在决定不予退还的 {day}到今天之间。请照缴款书填写。")
        raise DomainError(words, clause=RULE, day=Day(forfeited.day))


def check_confirmer(person_id: UUID, entered_by: UUID) -> None:
    """Another person than who entered the slip confirms it (R-ROLE-03). Raises Forbidden."""
    if person_id == entered_by:
        raise Forbidden(N_("这笔上缴由您登记，要由财政局的另一位同事复核。"), clause=RULE_APART)
