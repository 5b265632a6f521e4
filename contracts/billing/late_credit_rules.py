"""A credit note after the payment: how much, and which of them a payment is set off against. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day

RULE, RULE_APART = "R-PAY-01", "R-ROLE-03"


class Way(StrEnum):
    """How what was paid too much comes back."""

    REFUND = "refund"
    SET_OFF = "set_off"


WAY_LABELS: dict[Way, str] = {Way.REFUND: N_("退回款项"), Way.SET_OFF: N_("在下一次付款里抵扣")}


@dataclass(frozen=True)
class Owed:
    """A credit note that waits to be set off (yuan)."""

    id: UUID
    amount: Decimal


def check_late_credit(form: Bound, left: Decimal, issued_on: date, today: date) -> None:
    """At most what was paid of the invoice and not credited yet; not from the future. Mistakes go beside fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount > left:
        words = N_("红字发票金额超过这张发票已经付的、还没有冲销的 {left} 元。请核对金额。")
        form.refuse("amount", words, left=f"{left:.2f}")
    if issued is not None and not issued_on <= issued <= today:
        form.refuse("issued_on", N_("红字发票的日期要在原发票的 {day}到今天之间。请核对日期。"), day=Day(issued_on))
    if not form.values.get("way"):
        form.refuse("way", N_("请选退回款项，还是在下一次付款里抵扣。"))


def check_has_room(form: Bound, has_room: bool) -> None:
    """A note is set off whole against one larger payment; where none follows it is refunded. Notes the mistake."""
    if not has_room:
        form.refuse("way", N_("这份合同没有金额更大的未付款项可以抵扣。请选退回款项。"))


def fitting(owed: Sequence[Owed], payable: Decimal) -> list[Owed]:
    """Which credit notes a payment is set off against: each whole, the first first, and something is left to pay."""
    taken, left = [], payable
    for each in owed:
        if each.amount < left:
            taken.append(each)
            left -= each.amount
    return taken


def total(owed: Iterable[Owed]) -> Decimal:
    """What they add up to."""
    return sum((each.amount for each in owed), Decimal(0))


def check_waits_for_set_off(note: Mapping[str, Any]) -> None:
    """Only a note that waits for a payment to be set off against can be refunded instead. Raises Conflict."""
    if note["returned_on"] is not None:
        raise Conflict(N_("这张红字发票的退款已经登记到账。"), clause=RULE)
    if note["set_off_payment"] is not None:
        raise Conflict(N_("这张红字发票已经在一笔付款里抵扣，没有要退回的款项。"), clause=RULE)
    if note["way"] != Way.SET_OFF:
        raise Conflict(N_("这张红字发票本来就是退回款项，不用再改。请等退款到账后登记。"), clause=RULE)


def check_turner(person_id: UUID, asked_by: UUID) -> None:
    """Another person than who asked decides (R-ROLE-03). Raises Forbidden."""
    if person_id == asked_by:
        raise Forbidden(N_("把抵扣改为退款由您申请，要由财政局的另一位同事复核。"), clause=RULE_APART)


def check_may_return(
    returned_on: date | None, set_off: object, came_on: date, between: tuple[date | None, date]
) -> None:
    """Money comes back once, and not of a note that a payment was set off against. Raises Conflict, DomainError.

    `between`: the day the treasury paid, where it is known, and today.
    """
    paid_on, today = between
    if returned_on is not None:
        raise Conflict(N_("这张红字发票的退款已经登记到账。"), clause=RULE)
    if set_off is not None:
        raise Conflict(N_("这张红字发票已经在一笔付款里抵扣，没有要退回的款项。"), clause=RULE)
    if came_on > today:
        raise DomainError(N_("到账日期在今天以后。请检查日期。"), clause=RULE)
    if paid_on is not None and came_on < paid_on:
        words = N_("退款不会早于付款：这张发票的款项是 {day}付的。请核对银行回单。")
        raise DomainError(words, clause=RULE, day=Day(paid_on))
