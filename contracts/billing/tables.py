"""Invoices for accepted work and the payments that settle them."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.acceptance.tables import Acceptance
from contracts.agreements.tables import Contract, ContractMilestone
from marketplace.accounts.people.tables import Person


class Invoice(Table):
    """What a provider asks to be paid (yuan) for an acceptance or the advance; its receipt starts the payment clock."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    # what it is for: accepted work, or the advance that a contract pays on its signing (R-PAY-03)
    acceptance = ForeignKey(Acceptance, null=True, on_delete=OnDelete.restrict, index=True)
    advance = ForeignKey(ContractMilestone, null=True, on_delete=OnDelete.restrict, index=True)
    number = Varchar(40, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    issued_on = Date(default=None, null=False)
    bank = Varchar(120, default=None, null=False)
    # encrypted (kernel/private_columns); the hash finds the same account again
    bank_account = Varchar(300, default=None, null=False)
    bank_account_hash = Bytea(default=b"", null=False, index=True)
    status = Varchar(12, default="submitted", null=False, index=True)
    submitted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    received_at = Timestamptz(default=None, null=False)
    due_on = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    return_reason = Varchar(300, default="", null=False)
    returned_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    returned_at = Timestamptz(default=None, null=True)

    invoice_status_known = Check("status IN ('submitted', 'returned', 'approved', 'paid')")
    invoice_is_for_one_thing = Check("(acceptance IS NULL) <> (advance IS NULL)")
    invoice_amount_positive = Check("amount > 0")
    invoice_return_gives_reason = Check("status <> 'returned' OR return_reason <> ''")


class PaymentClock(Table):
    """How the last day of an invoice was counted: for which kind of payee, from which day, by which row (R-PAY-02)."""

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, unique=True)
    payee = Varchar(12, default=None, null=False)
    counts_from = Date(default=None, null=False)
    clause = Varchar(40, default=None, null=False)
    # where the contract agreed its own
    agreed_days = Integer(default=None, null=True)

    payment_clock_payee_known = Check("payee IN ('small', 'large', 'other')")


class DelayReason(Table):
    """Why a payment is late, as finance wrote it down; the newest stands."""

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    reason = Varchar(300, default=None, null=False)
    given_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    given_at = Timestamptz(default=None, null=False)


class VoucherFile(Table):
    """One file handed to the treasury with payments under one number; total in yuan."""

    id = UUID(primary_key=True, default=UUID4())
    number = Varchar(40, default=None, null=False, unique=True)
    name = Varchar(80, default=None, null=False)
    storage_key = Varchar(200, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = Integer(default=0, null=False)
    total = Numeric((14, 2), default=None, null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)

    voucher_total_positive = Check("total > 0")


class Payment(Table):
    """One payment (yuan) of an invoice, of its price or of the interest for lateness: approved, in a file, paid."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    # one of the price (a partial index keeps it); of interest as many as there are accruals
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    part = Varchar(12, default="principal", null=False)
    amount = Numeric((14, 2), default=None, null=False)
    status = Varchar(12, default="approved", null=False, index=True)
    approved_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    approved_at = Timestamptz(default=None, null=False)
    voucher_file = ForeignKey(VoucherFile, null=True, on_delete=OnDelete.restrict, index=True)
    sent_at = Timestamptz(default=None, null=True)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    paid_at = Timestamptz(default=None, null=True)

    payment_status_known = Check("status IN ('approved', 'sent', 'paid')")
    payment_part_known = Check("part IN ('principal', 'interest')")
    payment_amount_positive = Check("amount > 0")


class LateInterest(Table):
    """Interest (yuan) for days after the last day to pay, as it was approved; never changed (R-PAY-02).

    `rate` in percent a day. Of the days from `from_on` through `through_on`; accruals of an invoice follow each other.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    payment = ForeignKey(Payment, null=False, on_delete=OnDelete.restrict, unique=True)
    from_on = Date(default=None, null=False)
    through_on = Date(default=None, null=False)
    base = Numeric((14, 2), default=None, null=False)
    rate = Numeric((12, 8), default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)

    late_interest_day_once = Unique(["invoice", "through_on"])
    late_interest_positive = Check("amount > 0 AND base > 0 AND rate > 0 AND from_on <= through_on")


class VoucherLine(Table):
    """One line of a voucher file as the treasury got it, in yuan; a returned payment stands in a later file again."""

    id = UUID(primary_key=True, default=UUID4())
    voucher_file = ForeignKey(VoucherFile, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    payment = ForeignKey(Payment, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)

    voucher_line_once = Unique(["voucher_file", "number"])
    voucher_line_positive = Check("amount > 0 AND number > 0")
