"""Subsidies of social workers: schemes with their document, monthly runs, lines that explain themselves."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.billing.tables import VoucherFile
from marketplace.accounts.people.tables import Person
from vendors.workers.tables import Worker


class Scheme(Table):
    """The county's rule for the subsidy. Without a document number nothing is paid (R-SOCW-06)."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(120, default=None, null=False)
    document_number = Varchar(120, default="", null=False)
    effective_from = Date(default=None, null=False)
    effective_to = Date(default=None, null=True)
    min_minutes = Integer(default=None, null=False)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=False)
    document_set_at = Timestamptz(default=None, null=True)

    scheme_forward = Check("effective_to IS NULL OR effective_to >= effective_from")
    scheme_min_minutes = Check("min_minutes > 0")


class SchemeLevel(Table):
    """What one certificate level is paid a month, in yuan; a level without a row gets nothing."""

    id = UUID(primary_key=True, default=UUID4())
    scheme = ForeignKey(Scheme, null=False, on_delete=OnDelete.restrict, index=True)
    level = Varchar(20, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)

    scheme_level_once = Unique(["scheme", "level"])
    scheme_level_known = Check("level IN ('assistant', 'intermediate', 'senior')")
    scheme_amount_positive = Check("amount > 0")


class SubsidyRun(Table):
    """One computation of one month. A later computation with other facts supersedes it until one is approved."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    month = Date(default=None, null=False, index=True)
    scheme = ForeignKey(Scheme, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(12, default="computed", null=False, index=True)
    total = Numeric((14, 2), default=None, null=False)
    lines_sha256 = Varchar(64, default=None, null=False)
    run_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    run_at = Timestamptz(default=None, null=False)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    approved_at = Timestamptz(default=None, null=True)
    voucher_file = ForeignKey(VoucherFile, null=True, on_delete=OnDelete.restrict, index=True)
    sent_at = Timestamptz(default=None, null=True)
    paid_at = Timestamptz(default=None, null=True)

    subsidy_run_status_known = Check("status IN ('computed', 'superseded', 'approved', 'sent', 'paid')")


class SubsidyLine(Table):
    """One worker in one run: the amount in yuan or 0. `worker_key` tells people apart: the file across employers."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(SubsidyRun, null=False, on_delete=OnDelete.restrict, index=True)
    worker = ForeignKey(Worker, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    worker_key = Varchar(60, default=None, null=False)
    name = Varchar(80, default=None, null=False)
    employer = Varchar(120, default=None, null=False)
    level = Varchar(20, default=None, null=False)
    minutes = Integer(default=0, null=False)
    amount = Numeric((14, 2), default=None, null=False)

    subsidy_worker_once = Unique(["run", "worker_key"])
    subsidy_amount_not_negative = Check("amount >= 0")


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
    """A worker's objection to one own line, with the answer of somebody else than who computed it."""

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(SubsidyLine, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(10, default="open", null=False, index=True)
    words = Varchar(1000, default=None, null=False)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    answer = Varchar(1000, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    subsidy_objection_status_known = Check("status IN ('open', 'upheld', 'rejected', 'withdrawn')")
    subsidy_objection_answered = Check(
        "(status IN ('upheld', 'rejected')) = (answered_by IS NOT NULL AND answered_at IS NOT NULL AND answer <> '')"
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

    subsidy_recovery_status_known = Check("status IN ('proposed', 'ordered', 'refused', 'returned')")
    subsidy_recovery_amount_positive = Check("amount > 0")
    subsidy_recovery_two_persons = Check("decided_by IS NULL OR decided_by <> proposed_by")
    subsidy_recovery_decided = Check("(status = 'proposed') = (decided_by IS NULL)")
    subsidy_recovery_returned = Check("(status = 'returned') = (returned_on IS NOT NULL AND returned_by IS NOT NULL)")
