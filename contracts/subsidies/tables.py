"""Subsidies of social workers: schemes with their document, runs, lines that explain themselves, doubles found."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from contracts.billing.tables import VoucherFile
from marketplace.accounts.people.tables import Person
from vendors.workers.tables import Worker


class Scheme(Table):
    """The county's rule for the subsidy. Without a document number nothing is paid (R-SOCW-06)."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(120, default=None, null=False)
    kind = Varchar(12, default="monthly", null=False)
    status = Varchar(10, default="draft", null=False, index=True)
    document_number = Varchar(120, default="", null=False)
    effective_from = Date(default=None, null=False)
    effective_to = Date(default=None, null=True)
    min_minutes = Integer(default=None, null=False)
    # least days of a month on which the certificate is registered and valid; none: every day
    min_days = Integer(default=None, null=True)
    # least whole months of unbroken service, for what is paid once
    min_months = Integer(default=0, null=False)
    proof = Varchar(10, default="visits", null=False)
    employers = Varchar(10, default="any", null=False)
    excludes_establishment = Boolean(default=False, null=False)
    forbids_double = Boolean(default=True, null=False)
    # hours that a contract pays may not earn this subsidy as well: each such line becomes a finding
    forbids_priced = Boolean(default=False, null=False)
    stacking = Varchar(10, default="difference", null=False)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=False)
    document_set_at = Timestamptz(default=None, null=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    decision = Varchar(500, default="", null=False)

    scheme_forward = Check("effective_to IS NULL OR effective_to >= effective_from")
    scheme_minutes_fit = Check("min_minutes > 0 OR (min_minutes = 0 AND kind <> 'monthly')")
    scheme_days_fit = Check("(min_days IS NULL OR min_days BETWEEN 1 AND 31) AND min_months BETWEEN 0 AND 120")
    scheme_kind_known = Check("kind IN ('monthly', 'certificate', 'exam_fee', 'degree')")
    scheme_status_known = Check("status IN ('draft', 'in_force', 'dropped')")
    scheme_choices_known = Check(
        "proof IN ('visits', 'duty', 'either') AND employers IN ('any', 'provider', 'town')"
        " AND stacking IN ('difference', 'full')"
    )
    scheme_two_persons = Check("decided_by IS NULL OR decided_by <> drafted_by")
    scheme_decided = Check("(status = 'draft') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)")


class SchemeLevel(Table):
    """What a certificate's level, or a degree, is paid in yuan: a month or once; one without a row gets nothing."""

    id = UUID(primary_key=True, default=UUID4())
    scheme = ForeignKey(Scheme, null=False, on_delete=OnDelete.restrict, index=True)
    level = Varchar(20, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)

    scheme_level_once = Unique(["scheme", "level"])
    scheme_level_listed = Check(
        "level IN ('assistant', 'intermediate', 'senior', 'college', 'bachelor', 'master', 'doctor')"
    )
    scheme_amount_positive = Check("amount > 0")


class SubsidyRun(Table):
    """One computation of a month or a quarter. One with other facts supersedes it until one is approved.

    `month` is the first of its `months`. What is approved is frozen: what is found later stands in the next run.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    month = Date(default=None, null=False, index=True)
    months = Integer(default=1, null=False)
    scheme = ForeignKey(Scheme, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(12, default="computed", null=False, index=True)
    total = Numeric((14, 2), default=None, null=False)
    lines_sha256 = Varchar(64, default=None, null=False)
    run_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    run_at = Timestamptz(default=None, null=False)
    published_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    approved_at = Timestamptz(default=None, null=True)
    voucher_file = ForeignKey(VoucherFile, null=True, on_delete=OnDelete.restrict, index=True)
    sent_at = Timestamptz(default=None, null=True)
    paid_at = Timestamptz(default=None, null=True)

    subsidy_run_status_listed = Check("status IN ('computed', 'superseded', 'public', 'approved', 'sent', 'paid')")
    subsidy_run_length_known = Check("months IN (1, 3)")


class SubsidyLine(Table):
    """One worker and one month in one run, with every fact the amount rests on; yuan, or 0.

    `worker_key` tells people apart: the file across employers. `due` is what the month is worth by what is known now;
    of an `adjustment` the `amount` is what that differs from what was paid, and `carried` what could not be deducted
    yet. Lines of before these facts were kept (`month` empty) have rows of conditions instead.
    """

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(SubsidyRun, null=False, on_delete=OnDelete.restrict, index=True)
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    worker_key = Varchar(60, default=None, null=False, index=True)
    month = Date(default=None, null=True)
    kind = Varchar(10, default="own", null=False)
    name = Varchar(80, default=None, null=False)
    employer = Varchar(120, default=None, null=False)
    level = Varchar(20, default=None, null=False)
    registered_on = Date(default=None, null=True)
    certificate_until = Date(default=None, null=True)
    certificate_days = Integer(default=0, null=False)
    minutes = Integer(default=0, null=False)
    duty_minutes = Integer(default=0, null=False)
    served_since = Date(default=None, null=True)
    employed_to = Date(default=None, null=True)
    establishment = Varchar(3, default="", null=False)
    # yuan received before for the same thing, and where the same is paid already
    paid_before = Numeric((14, 2), default=Decimal("0.00"), null=False)
    doubled_by = Varchar(120, default="", null=False)
    fee = Numeric((14, 2), default=None, null=True)
    due = Numeric((14, 2), default=Decimal("0.00"), null=False)
    carried = Numeric((14, 2), default=Decimal("0.00"), null=False)
    amount = Numeric((14, 2), default=None, null=False)

    subsidy_worker_month_once = Unique(["run", "worker_key", "month", "kind"])
    subsidy_line_kind_known = Check("kind IN ('own', 'adjustment')")
    subsidy_line_amount_fits = Check("carried >= 0 AND (kind = 'adjustment' OR (amount >= 0 AND carried = 0))")


class SubsidyCondition(Table):
    """One condition of one line, for machines: the rule, the value found, the value needed, met or not."""

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(SubsidyLine, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    rule = Varchar(40, default=None, null=False)
    found = Varchar(80, default="", null=False)
    needed = Varchar(80, default="", null=False)
    is_met = Boolean(default=False, null=False)

    subsidy_condition_once = Unique(["line", "position"])


class SubsidyObjection(Table):
    """An objection to one line, with the answer of somebody else than who computed it.

    The worker's own, or what `said_by` said on paper or at the counter while the list was public.
    """

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(SubsidyLine, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(10, default="open", null=False, index=True)
    words = Varchar(1000, default=None, null=False)
    said_by = Varchar(80, default="", null=False)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    answer = Varchar(1000, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    subsidy_objection_status_known = Check("status IN ('open', 'upheld', 'rejected', 'withdrawn')")
    subsidy_objection_answered = Check(
        "(status IN ('upheld', 'rejected')) = (answered_by IS NOT NULL AND answered_at IS NOT NULL AND answer <> '')"
    )


class DutyCertificate(Table):
    """A month's certificate of duty in social assistance where no visits are logged, countersigned by another person.

    `minutes` is the time on duty. A wrong one is withdrawn with its reason, and another takes its place.
    """

    id = UUID(primary_key=True, default=UUID4())
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    month = Date(default=None, null=False)
    minutes = Integer(default=None, null=False)
    duties = Varchar(500, default=None, null=False)
    status = Varchar(14, default="entered", null=False, index=True)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
    signed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    signed_at = Timestamptz(default=None, null=True)
    withdrawn_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdraw_reason = Varchar(300, default="", null=False)

    duty_certificate_status_known = Check("status IN ('entered', 'countersigned', 'withdrawn')")
    duty_certificate_minutes_fit = Check("minutes BETWEEN 1 AND 44640 AND extract(day FROM month) = 1")
    duty_certificate_two_persons = Check("signed_by IS NULL OR signed_by <> entered_by")
    duty_certificate_signed_whole = Check(
        "(signed_by IS NULL) = (signed_at IS NULL) AND (status <> 'countersigned' OR signed_by IS NOT NULL)"
        " AND (status <> 'entered' OR signed_by IS NULL)"
    )
    duty_certificate_withdrawn_whole = Check(
        "(status = 'withdrawn') = (withdrawn_by IS NOT NULL AND withdrawn_at IS NOT NULL AND withdraw_reason <> '')"
    )


class SubsidyPayment(Table):
    """What a pay file gives one person, in yuan: the sum of the person's lines, and what the treasury said of it.

    Without a confirmed account it is `held`: left out of the file, and paid with the next run.
    """

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(SubsidyRun, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    worker_key = Varchar(60, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    # where it is paid to, as it was when the file was made; the number is encrypted (kernel/private_columns)
    bank = Varchar(120, default="", null=False)
    bank_account = Varchar(300, default="", null=False)
    status = Varchar(10, default="sent", null=False, index=True)
    paid_on = Date(default=None, null=True)
    reason = Varchar(300, default="", null=False)
    answered_at = Timestamptz(default=None, null=True)

    subsidy_payment_place_once = Unique(["run", "number"])
    subsidy_payment_person_once = Unique(["run", "worker_key"])
    subsidy_payment_positive = Check("amount > 0")
    subsidy_payment_status_listed = Check("status IN ('sent', 'paid', 'returned', 'held')")
    subsidy_payment_answered = Check("(status = 'sent') = (answered_at IS NULL)")


class PayAccount(Table):
    """Where one worker's subsidy is paid to; the account confirmed last is used, the ones before are kept.

    `number` is encrypted (kernel/private_columns); the hash finds the same account again.
    """

    id = UUID(primary_key=True, default=UUID4())
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    bank = Varchar(120, default=None, null=False)
    number = Varchar(300, default=None, null=False)
    number_hash = Bytea(default=None, null=False, index=True)
    status = Varchar(10, default="stated", null=False, index=True)
    stated_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    stated_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    reason = Varchar(300, default="", null=False)

    pay_account_status_known = Check("status IN ('stated', 'confirmed', 'refused', 'replaced')")
    pay_account_two_people = Check("decided_by IS NULL OR decided_by <> stated_by")
    pay_account_decided = Check(
        "(decided_by IS NULL) = (decided_at IS NULL) AND (status = 'stated') <= (decided_by IS NULL)"
        " AND (status IN ('confirmed', 'refused')) <= (decided_by IS NOT NULL)"
        " AND (status = 'refused') = (reason <> '')"
    )


class SubsidyResult(Table):
    """A result file of the treasury for one run, known by its bytes: the same file is taken once."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(SubsidyRun, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(120, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False, unique=True)
    taken_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    taken_at = Timestamptz(default=None, null=False)


class SubsidyResultLine(Table):
    """One line of such a file as it was read, and the finding; only `paid` and `returned` changed anything."""

    id = UUID(primary_key=True, default=UUID4())
    result = ForeignKey(SubsidyResult, null=False, on_delete=OnDelete.restrict, index=True)
    row = Integer(default=None, null=False)
    number = Varchar(20, default="", null=False)
    amount = Varchar(30, default="", null=False)
    outcome = Varchar(40, default="", null=False)
    reason = Varchar(300, default="", null=False)
    finding = Varchar(20, default=None, null=False)

    subsidy_result_finding_known = Check(
        "finding IN ('paid', 'returned', 'other_file', 'unknown', 'amount', 'twice', 'settled', 'unclear', 'date',"
        " 'missing')"
    )


class DoubleFinding(Table):
    """Work that seems to be paid twice, with its evidence, and what an officer decided with which reason.

    `mark` tells findings apart, so that looking again finds none twice. `minutes` is the time in question.
    """

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(14, default=None, null=False)
    mark = Varchar(120, default=None, null=False, unique=True)
    status = Varchar(10, default="open", null=False, index=True)
    day = Date(default=None, null=False, index=True)
    worker_key = Varchar(60, default="", null=False)
    recipient_code = Varchar(20, default="", null=False)
    minutes = Integer(default=None, null=False)
    visits = Array(base_column=UUID(), default=list, null=False)
    line = ForeignKey(SubsidyLine, null=True, on_delete=OnDelete.restrict, index=True)
    contract = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    found_at = Timestamptz(default=None, null=False)
    decision = Varchar(1000, default="", null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    double_finding_kind_known = Check("kind IN ('same_minute', 'price_subsidy', 'two_providers', 'long_day')")
    double_finding_status_known = Check("status IN ('open', 'double', 'single')")
    double_finding_decided = Check(
        "(status = 'open') = (decided_by IS NULL) AND (status = 'open') = (decided_at IS NULL)"
        " AND (status = 'open') = (decision = '')"
    )


class SubsidyRecovery(Table):
    """An amount in yuan that was paid on a line and has to come back: asked for by one person, decided by another."""

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(SubsidyLine, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(10, default="proposed", null=False, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    reason = Varchar(1000, default=None, null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    decision = Varchar(1000, default="", null=False)
    returned_on = Date(default=None, null=True)
    returned_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    lifted_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    lifted_at = Timestamptz(default=None, null=True)
    lift_reason = Varchar(1000, default="", null=False)

    subsidy_recovery_status_known = Check("status IN ('proposed', 'ordered', 'refused', 'returned', 'lifted')")
    subsidy_recovery_amount_positive = Check("amount > 0")
    subsidy_recovery_two_persons = Check("decided_by IS NULL OR decided_by <> proposed_by")
    subsidy_recovery_decided = Check("(status = 'proposed') = (decided_by IS NULL)")
    subsidy_recovery_returned = Check(
        "(returned_on IS NULL) = (returned_by IS NULL) AND (status = 'returned') <= (returned_on IS NOT NULL)"
        " AND (returned_on IS NOT NULL) <= (status IN ('returned', 'lifted'))"
    )
    subsidy_recovery_lifted = Check(
        "(status = 'lifted') = (lifted_by IS NOT NULL AND lifted_at IS NOT NULL AND lift_reason <> '')"
        " AND (lifted_by IS NULL OR lifted_by <> proposed_by)"
    )
