"""Invoices for accepted work and the payments that settle them."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.acceptance.tables import Acceptance
from contracts.agreements.tables import Contract, ContractMilestone
from contracts.handovers.tables import Handover
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class Invoice(Table):
    """What a provider asks to be paid (yuan) of an acceptance or the advance; its receipt starts the payment clock.

    There may be several until the accepted amount is reached.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    # what it is for: accepted work, or the advance that a contract pays on its signing (R-PAY-03)
    acceptance = ForeignKey(Acceptance, null=True, on_delete=OnDelete.restrict, index=True)
    advance = ForeignKey(ContractMilestone, null=True, on_delete=OnDelete.restrict, index=True)
    # the returned invoice in whose place this one came
    replaces: ForeignKey = ForeignKey("self", null=True, on_delete=OnDelete.restrict, unique=True)
    number = Varchar(40, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    # what of it is paid with this invoice: less credit notes, less what is disputed
    payable = Numeric((14, 2), default=Decimal(0), null=False)
    # percent and yuan as printed on the invoice; open where its provider did not say
    tax_rate = Numeric((5, 2), default=None, null=True)
    tax_amount = Numeric((14, 2), default=None, null=True)
    # the part of another invoice that was disputed and found to be owed
    is_settlement = Boolean(default=False, null=False)
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
    invoice_payable_within = Check("payable >= 0 AND payable <= amount")
    invoice_tax_within = Check("tax_rate >= 0 AND tax_amount >= 0 AND tax_amount < amount")
    invoice_return_gives_reason = Check("status <> 'returned' OR return_reason <> ''")


class CreditNote(Table):
    """A red-letter invoice (yuan) that takes back part or all of an invoice before it is paid; never changed."""

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(40, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    issued_on = Date(default=None, null=False)
    reason = Varchar(300, default=None, null=False)
    submitted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    received_at = Timestamptz(default=None, null=False)

    credit_note_positive = Check("amount > 0")


class PaymentDispute(Table):
    """A part of an invoice (yuan) that the buyer disputes: it waits, the rest is paid (R-PAY-04).

    Settled, `to_pay` of it is owed after all and paid by an invoice of its own; the rest goes back to the budget line.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    reason = Varchar(500, default=None, null=False)
    # the place in the contract or the rule on which the buyer relies
    clause = Varchar(120, default=None, null=False)
    status = Varchar(10, default="open", null=False, index=True)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    to_pay = Numeric((14, 2), default=None, null=True)
    settlement = Varchar(500, default="", null=False)
    # what a court, an arbitration or a mediation decided; without it less is paid only as the provider agreed
    document_kind = Varchar(12, default="", null=False)
    document_number = Varchar(120, default="", null=False)
    agreed_to_pay = Numeric((14, 2), default=None, null=True)
    agreed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    agreed_at = Timestamptz(default=None, null=True)
    settled_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    settled_at = Timestamptz(default=None, null=True)
    settled_invoice = ForeignKey(Invoice, null=True, on_delete=OnDelete.restrict, unique=True)

    payment_dispute_status_known = Check("status IN ('open', 'settled')")
    payment_dispute_amount_positive = Check("amount > 0")
    payment_dispute_settled_whole = Check(
        "(status = 'settled') = (to_pay IS NOT NULL AND settled_by IS NOT NULL AND settled_at IS NOT NULL)"
    )
    payment_dispute_to_pay_within = Check("to_pay >= 0 AND to_pay <= amount")
    payment_dispute_pays_by_invoice = Check("(coalesce(to_pay, 0) > 0) = (settled_invoice IS NOT NULL)")
    payment_dispute_document_known = Check("document_kind IN ('', 'judgment', 'award', 'mediation')")
    payment_dispute_agreed_whole = Check(
        "(agreed_to_pay IS NULL) = (agreed_by IS NULL) AND (agreed_to_pay IS NULL) = (agreed_at IS NULL)"
    )
    payment_dispute_two_people = Check("settled_by IS NULL OR settled_by <> raised_by")


class PaymentClock(Table):
    """How the last day of an invoice was counted: for which kind of payee, from which day, by which row (R-PAY-02)."""

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, unique=True)
    payee = Varchar(12, default=None, null=False)
    counts_from = Date(default=None, null=False)
    # when the invoice came, or the returned one it replaces; open in invoices of before this was kept
    came_on = Date(default=None, null=True)
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
    """One file for the treasury with payments under one number; total in yuan.

    Another person than who made it looks it through and releases it; only then it leaves the house (R-ROLE-03). Files
    of before that rule, and those of subsidies, which two people approved, were released without a name.
    """

    id = UUID(primary_key=True, default=UUID4())
    number = Varchar(40, default=None, null=False, unique=True)
    name = Varchar(80, default=None, null=False)
    storage_key = Varchar(200, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = Integer(default=0, null=False)
    total = Numeric((14, 2), default=None, null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)
    released_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    released_at = Timestamptz(default=None, null=True)
    # taken back before it was released: its payments wait for another file
    withdrawn_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdraw_reason = Varchar(300, default="", null=False)

    voucher_total_positive = Check("total > 0")
    voucher_two_people = Check("released_by IS NULL OR (released_by <> made_by AND released_at IS NOT NULL)")
    voucher_withdrawn_whole = Check(
        "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdraw_reason = '')"
    )
    voucher_goes_one_way = Check("released_at IS NULL OR withdrawn_at IS NULL")


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
    # when it was entered here, and the day on which the treasury says it paid
    paid_at = Timestamptz(default=None, null=True)
    paid_on = Date(default=None, null=True)

    payment_status_known = Check("status IN ('approved', 'sent', 'paid')")
    payment_part_known = Check("part IN ('principal', 'interest')")
    payment_amount_positive = Check("amount > 0")


class LateCredit(Table):
    """A credit note (yuan) on an invoice that was paid: its money comes back, or a later payment is less by it.

    Set off, `set_off_payment` pays its own amount less this one; the money moves when the treasury has paid that.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(40, default=None, null=False, unique=True)
    amount = Numeric((14, 2), default=None, null=False)
    issued_on = Date(default=None, null=False)
    reason = Varchar(300, default=None, null=False)
    way = Varchar(8, default=None, null=False)
    submitted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    received_at = Timestamptz(default=None, null=False)
    set_off_payment = ForeignKey(Payment, null=True, on_delete=OnDelete.restrict, index=True)
    # when the money came back to the county's account, by which slip, and who of finance entered it
    returned_on = Date(default=None, null=True)
    proof = Varchar(120, default="", null=False)
    returned_to = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    late_credit_positive = Check("amount > 0")
    late_credit_way_known = Check("way IN ('refund', 'set_off')")
    late_credit_returned_whole = Check(
        "(returned_on IS NULL) = (proof = '') AND (returned_on IS NULL) = (returned_to IS NULL)"
    )
    late_credit_goes_one_way = Check("set_off_payment IS NULL OR (returned_on IS NULL AND way = 'set_off')")


class CreditTurn(Table):
    """Finance turns a credit note that waits to be set off into a refund: one person asks, another agrees or not."""

    id = UUID(primary_key=True, default=UUID4())
    late_credit = ForeignKey(LateCredit, null=False, on_delete=OnDelete.restrict, index=True)
    reason = Varchar(300, default=None, null=False)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    is_agreed = Boolean(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    credit_turn_decided_whole = Check(
        "(is_agreed IS NULL) = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)"
    )
    credit_turn_two_people = Check("decided_by IS NULL OR decided_by <> asked_by")


class HandoverWait(Table):
    """The share of an invoice (yuan) that waits until the residents of its contract are handed over (R-CON-06).

    The rest is paid on its clock. Released, it is paid by an invoice of its own, whose clock begins on that day.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, unique=True)
    handover = ForeignKey(Handover, null=False, on_delete=OnDelete.restrict, index=True)
    # percent, as the listing printed it
    share = Numeric((5, 2), default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    released_on = Date(default=None, null=True)
    # open: the handover was done
    released_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    released_at = Timestamptz(default=None, null=True)
    released_invoice = ForeignKey(Invoice, null=True, on_delete=OnDelete.restrict, unique=True)

    handover_wait_positive = Check("amount > 0 AND share > 0")
    handover_wait_released_whole = Check(
        "(released_on IS NULL) = (released_invoice IS NULL) AND (released_on IS NULL) = (released_at IS NULL)"
        " AND (released_by IS NULL OR released_on IS NOT NULL)"
    )


class InvoiceFile(Table):
    """The file of an invoice, or of one of its credit notes, as it came; `differences` were confirmed. Never changed.

    `says`: what could be read from it: fields (XML), words (PDF, OFD) or nothing (a picture).
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    credit_note = ForeignKey(CreditNote, null=True, on_delete=OnDelete.restrict, unique=True)
    late_credit = ForeignKey(LateCredit, null=True, on_delete=OnDelete.restrict, unique=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, unique=True)
    sha256 = Varchar(64, default=None, null=False, index=True)
    says = Varchar(8, default=None, null=False)
    differences = Varchar(500, default="", null=False)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_at = Timestamptz(default=None, null=False)

    invoice_file_says_known = Check("says IN ('fields', 'words', 'nothing')")


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


class PaymentStep(Table):
    """One step of the buyer's own chain on an invoice: who agreed in which capacity; never changed (R-PAY-05)."""

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    step = Varchar(10, default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opinion = Varchar(300, default="", null=False)
    taken_at = Timestamptz(default=None, null=False)

    payment_step_once = Unique(["invoice", "step"])
    payment_step_nobody_twice = Unique(["invoice", "person"])
    payment_step_known = Check("step IN ('handler', 'section', 'deputy', 'head')")


class InvoiceAccount(Table):
    """Another account for an invoice whose payment came back: its provider states it, finance's second person confirms.

    The newest one confirmed is paid to.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice = ForeignKey(Invoice, null=False, on_delete=OnDelete.restrict, index=True)
    # what came back
    payment = ForeignKey(Payment, null=False, on_delete=OnDelete.restrict, index=True)
    bank = Varchar(120, default=None, null=False)
    # encrypted like the first one
    bank_account = Varchar(300, default=None, null=False)
    bank_account_hash = Bytea(default=b"", null=False, index=True)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)
    confirmed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    invoice_account_confirmed_whole = Check("(confirmed_by IS NULL) = (confirmed_at IS NULL)")
    invoice_account_two_people = Check("confirmed_by IS NULL OR confirmed_by <> stated_by")


class VoucherLine(Table):
    """One line of a voucher file as the treasury got it, in yuan; a returned payment stands in a later file again."""

    id = UUID(primary_key=True, default=UUID4())
    voucher_file = ForeignKey(VoucherFile, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    payment = ForeignKey(Payment, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)

    voucher_line_once = Unique(["voucher_file", "number"])
    voucher_line_positive = Check("amount > 0 AND number > 0")
