"""Invoices and payments: amounts that must agree, duties that stay apart, states that move once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.states import Transitions

RULE_DUTIES = "R-ROLE-03"
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


def purpose_of(part: str, title: str) -> str:
    """What the voucher says the money is for; the treasury reads Chinese."""
    return f"逾期利息：{title}"[:200] if part == Part.INTEREST else title


PAYMENT_LABELS: dict[PaymentStatus, tuple[str, str]] = {
    PaymentStatus.APPROVED: (N_("已审核，等待生成国库凭证"), "waiting"),
    PaymentStatus.SENT: (N_("凭证已生成，等待国库付款"), "running"),
    PaymentStatus.PAID: (N_("已付款"), "done"),
}

PAYMENT_TRANSITIONS: Transitions[PaymentStatus] = {
    PaymentStatus.APPROVED: frozenset({PaymentStatus.SENT}),
    # what the treasury returns goes into a new file
    PaymentStatus.SENT: frozenset({PaymentStatus.PAID, PaymentStatus.APPROVED}),
    PaymentStatus.PAID: frozenset(),
}


def check_invoice(form: Bound, accepted: Decimal, accepted_on: date, today: date) -> None:
    """The amount is exactly the accepted one; the invoice is not from the future. Mistakes go beside their fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount != accepted:
        form.refuse("amount", N_("发票金额要等于验收金额 {accepted} 元。请核对发票。"), accepted=f"{accepted:.2f}")
    if issued is not None and issued > today:
        form.refuse("issued_on", N_("开票日期在今天以后。请核对发票。"))
    elif issued is not None and issued < accepted_on:
        form.refuse("issued_on", N_("开票日期早于验收日期 {day}。请在验收以后开票。"), day=Day(accepted_on))


def check_advance_invoice(form: Bound, advance: Decimal, signed_on: date, today: date) -> None:
    """The amount is exactly the agreed advance and the contract stands. Mistakes go beside their fields."""
    amount, issued = form.values.get("amount"), form.values.get("issued_on")
    if amount is not None and amount != advance:
        form.refuse("amount", N_("发票金额要等于合同约定的预付款 {advance} 元。请核对发票。"), advance=f"{advance:.2f}")
    if issued is not None and issued > today:
        form.refuse("issued_on", N_("开票日期在今天以后。请核对发票。"))
    elif issued is not None and issued < signed_on:
        form.refuse("issued_on", N_("开票日期早于合同生效的 {day}。请在合同生效以后开票。"), day=Day(signed_on))


def check_payer(person_id: UUID, accepted_by: UUID) -> None:
    """Who accepted the work does not approve its payment (R-ROLE-03). Raises Forbidden."""
    if person_id == accepted_by:
        raise Forbidden(N_("这笔工作由您验收，付款要由另一位同事审核。"), clause=RULE_DUTIES)
