"""Invoices and payments: amounts that must agree, duties that stay apart, states that move once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.agreements.rules import MilestoneStatus
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.states import Transitions

RULE_DUTIES, RULE_DISPUTE = "R-ROLE-03", "R-PAY-04"
ACCOUNT = "invoice.bank_account"  # the encrypted column


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PAID = "paid"


INVOICE_LABELS: dict[InvoiceStatus, tuple[str, str]] = {
    InvoiceStatus.SUBMITTED: (N_("等待审核付款"), "waiting"),
    InvoiceStatus.RETURNED: (N_("已退回"), "refused"),
    InvoiceStatus.APPROVED: (N_("付款已审核"), "running"),
    InvoiceStatus.PAID: (N_("已付款"), "done"),
}

INVOICE_TRANSITIONS: Transitions[InvoiceStatus] = {
    InvoiceStatus.SUBMITTED: frozenset({InvoiceStatus.APPROVED, InvoiceStatus.RETURNED}),
    InvoiceStatus.RETURNED: frozenset(),
    InvoiceStatus.APPROVED: frozenset({InvoiceStatus.PAID}),
    InvoiceStatus.PAID: frozenset(),
}


class DisputeStatus(StrEnum):
    """Where a disputed part of an invoice stands."""

    OPEN = "open"
    SETTLED = "settled"


DISPUTE_LABELS: dict[DisputeStatus, tuple[str, str]] = {
    DisputeStatus.OPEN: (N_("有争议，等待解决"), "waiting"),
    DisputeStatus.SETTLED: (N_("争议已解决"), "done"),
}

# what settles a dispute against the provider's will
DOCUMENT_KINDS: dict[str, str] = {"judgment": N_("判决书"), "award": N_("裁决书"), "mediation": N_("调解书")}

DISPUTE_TRANSITIONS: Transitions[DisputeStatus] = {
    DisputeStatus.OPEN: frozenset({DisputeStatus.SETTLED}),
    DisputeStatus.SETTLED: frozenset(),
}


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"


class Part(StrEnum):
    """What of an invoice a payment pays."""

    PRINCIPAL = "principal"
    INTEREST = "interest"


PART_LABELS: dict[Part, str] = {Part.PRINCIPAL: N_("价款"), Part.INTEREST: N_("逾期利息")}


def check_day_is_sure(is_provisional: bool, last_day: date) -> None:
    """No interest is fixed from a last day that the holidays of its year may still move. Raises Conflict (R-CAL-03)."""
    if is_provisional:
        words = N_(
            "最迟付款日 {day} 是暂定的：所涉年份的放假安排还没有载入，逾期从哪一天算起不能定。"
            "请系统管理员在工作日历里载入，再审核利息；价款照常付，利息不会少。"
        )
        raise Conflict(words, clause="R-CAL-03", day=Day(last_day))


def purpose_of(part: str, title: str) -> str:
    """What the voucher says the money is for; the treasury reads Chinese."""
    return f"逾期利息：{title}"[:200] if part == Part.INTEREST else title


PAYMENT_LABELS: dict[PaymentStatus, tuple[str, str]] = {
    PaymentStatus.APPROVED: (N_("已审核，等待生成国库凭证"), "waiting"),
    PaymentStatus.SENT: (N_("凭证已生成，等待国库付款"), "running"),
    PaymentStatus.PAID: (N_("已付款"), "done"),
}

# a voucher file left for the treasury only once a second person of finance released it (R-ROLE-03)
UNRELEASED_LABEL = (N_("凭证已生成，等待复核签发"), "waiting")


def payment_label(payment: Mapping[str, Any]) -> tuple[str, str]:
    """The state of a payment as a word and a tone; `payment`: status, released_at (of its voucher file)."""
    if payment["status"] == PaymentStatus.SENT and payment["released_at"] is None:
        return UNRELEASED_LABEL
    return PAYMENT_LABELS[PaymentStatus(payment["status"])]


PAYMENT_TRANSITIONS: Transitions[PaymentStatus] = {
    PaymentStatus.APPROVED: frozenset({PaymentStatus.SENT}),
    # what the treasury returns goes into a new file
    PaymentStatus.SENT: frozenset({PaymentStatus.PAID, PaymentStatus.APPROVED}),
    PaymentStatus.PAID: frozenset(),
}


@dataclass(frozen=True)
class Billed:
    """An invoice that stands: its state, and its amount less credit notes (yuan)."""

    status: InvoiceStatus
    net: Decimal
    is_settlement: bool = False


def left_to_invoice(base: Decimal, billed: Iterable[Billed]) -> Decimal:
    """What of the accepted amount, or of the advance, has no invoice yet. A settlement stands on one that has."""
    return base - sum((each.net for each in billed if not each.is_settlement), Decimal(0))


def milestone_after(base: Decimal, billed: Sequence[Billed], *, is_advance: bool, has_dispute: bool) -> MilestoneStatus:
    """Where a milestone stands by its invoices: it is paid when all of it is invoiced and all of that is paid."""
    if left_to_invoice(base, billed) > 0:
        return MilestoneStatus.OPEN if is_advance else MilestoneStatus.ACCEPTED
    states = {each.status for each in billed}
    if has_dispute or InvoiceStatus.SUBMITTED in states:
        return MilestoneStatus.INVOICED
    return MilestoneStatus.APPROVED if InvoiceStatus.APPROVED in states else MilestoneStatus.PAID


def check_invoice(form: Bound, accepted: Decimal, left: Decimal, accepted_on: date, today: date) -> None:
    """At most what is accepted and not invoiced yet; not from the future. Mistakes go beside their fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount > left:
        words = N_("发票金额超过还可以开票的 {left} 元（验收金额 {accepted} 元）。请核对发票。")
        form.refuse("amount", words, left=f"{left:.2f}", accepted=f"{accepted:.2f}")
    if issued is not None and issued > today:
        form.refuse("issued_on", N_("开票日期在今天以后。请核对发票。"))
    elif issued is not None and issued < accepted_on:
        form.refuse("issued_on", N_("开票日期早于验收日期 {day}。请在验收以后开票。"), day=Day(accepted_on))
    check_tax(form)


def check_advance_invoice(form: Bound, advance: Decimal, signed_on: date, today: date) -> None:
    """One invoice over the whole agreed advance, once the contract stands. Mistakes go beside their fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount != advance:
        form.refuse("amount", N_("发票金额要等于合同约定的预付款 {advance} 元。请核对发票。"), advance=f"{advance:.2f}")
    if issued is not None and issued > today:
        form.refuse("issued_on", N_("开票日期在今天以后。请核对发票。"))
    elif issued is not None and issued < signed_on:
        form.refuse("issued_on", N_("开票日期早于合同生效的 {day}。请在合同生效以后开票。"), day=Day(signed_on))
    check_tax(form)


def check_tax(form: Bound) -> None:
    """Tax rate and tax stand together, and the tax is part of the amount. Mistakes go beside their fields."""
    amount, rate, tax = (form.values.get(name) for name in ("amount", "tax_rate", "tax_amount"))
    if (rate is None) != (tax is None):
        form.refuse("tax_amount" if tax is None else "tax_rate", N_("税率和税额要一起填。免税的都填 0。"))
    elif rate is not None and tax is not None and (rate == 0) != (tax == 0):
        form.refuse("tax_amount", N_("税率和税额对不上。请照发票填写。"))
    elif tax is not None and amount is not None and tax >= amount:
        form.refuse("tax_amount", N_("税额要小于发票金额（含税）。请照发票填写。"))


def check_credit_note(
    form: Bound, payable: Decimal, issued_on: date, today: date, *, is_advance: bool, has_dispute: bool
) -> None:
    """A credit note takes back at most what is still to be paid; of an advance all. Mistakes go beside their fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount > payable:
        words = N_("红字发票金额超过原发票还要支付的 {payable} 元。请核对金额。")
        form.refuse("amount", words, payable=f"{payable:.2f}")
    elif amount is not None and is_advance and amount != payable:
        form.refuse("amount", N_("预付款的发票要全额冲销，再按合同约定的预付款重新开票。"))
    elif amount is not None and has_dispute and amount == payable:
        form.refuse("amount", N_("有争议的部分还没有解决，不能全额冲销。请先解决争议。"))
    if issued is not None and not issued_on <= issued <= today:
        form.refuse("issued_on", N_("红字发票的日期要在原发票的 {day}到今天之间。请核对日期。"), day=Day(issued_on))


def check_dispute(form: Bound, payable: Decimal) -> None:
    """Only a part may wait; the rest is paid (R-PAY-04). The mistake goes beside its field."""
    amount = form.values.get("amount")
    if amount is not None and amount >= payable:
        words = N_("有争议的金额要小于这张发票要付的 {payable} 元，没有争议的部分照付。全部有误的，请财政退回发票。")
        form.refuse("amount", words, payable=f"{payable:.2f}")


def check_in_time(due_on: date, today: date) -> None:
    """A part is disputed by the last day to pay; what is late bears interest (R-PAY-04). Raises DomainError."""
    if today > due_on:
        words = N_("付款期限到 {day}为止，已经过了，不能再提出争议。请先付款；多付的由双方另行结算。")
        raise DomainError(words, clause=RULE_DISPUTE, day=Day(due_on))


def check_settlement(form: Bound, dispute: Mapping[str, Any], person: UUID, *, is_provider: bool) -> None:
    """How much of a disputed part is owed after all. Raises Forbidden; mistakes go beside their fields.

    Another person than who raised it settles it. Less than all is paid only as the provider agreed, or as a court, an
    arbitration or a mediation decided (R-PAY-04); the provider itself says with how much it is content.
    """
    disputed: Decimal = dispute["amount"]
    if person == dispute["raised_by"]:
        raise Forbidden(N_("这项争议由您提出，要由另一位同事登记怎样解决。"), clause=RULE_DUTIES)
    to_pay = form.values.get("to_pay")
    if to_pay is None:
        return
    if to_pay > disputed:
        words = N_("应付的金额超过有争议的 {amount} 元。请核对金额。")
        form.refuse("to_pay", words, amount=f"{disputed:.2f}")
    elif is_provider and to_pay == disputed:
        form.refuse("to_pay", N_("供应商在这里同意少付或者不付；要求全额的不用登记。请填同意支付的金额。"))
    elif to_pay < disputed and not is_provider:
        _check_less_is_agreed(form, to_pay, dispute["agreed_to_pay"])


def _check_less_is_agreed(form: Bound, to_pay: Decimal, agreed: Decimal | None) -> None:
    if agreed is not None and to_pay >= agreed:
        return
    if not form.values.get("document_kind"):
        words = N_("不付或者少付的，要先由供应商在本页登记同意的金额，或者有判决书、裁决书、调解书。请先与供应商商定。")
        form.refuse("document_kind", words)
    elif not form.values.get("document_number"):
        form.refuse("document_number", N_("请填判决书、裁决书或者调解书的编号。"))


def check_paid_on(paid_on: date, sent_on: date, today: date) -> None:
    """The treasury paid between the day it got the voucher and today. Raises DomainError."""
    if not sent_on <= paid_on <= today:
        raise DomainError(
            N_("付款日期要在凭证送出的 {sent}到今天之间。请照国库的回单填写。"), clause="R-PAY-01", sent=Day(sent_on)
        )


def check_payer(person_id: UUID, accepted_by: UUID) -> None:
    """Who accepted the work does not approve its payment (R-ROLE-03). Raises Forbidden."""
    if person_id == accepted_by:
        raise Forbidden(N_("这笔工作由您验收，付款要由另一位同事审核。"), clause=RULE_DUTIES)
