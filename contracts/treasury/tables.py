"""Result files of the treasury and what each of their lines was found to be."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.billing.tables import Payment
from marketplace.accounts.people.tables import Person


class TreasuryResult(Table):
    """One result file, known by its bytes: the same file is taken once."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(120, default=None, null=False)
    sha256 = Varchar(64, default=None, null=False, unique=True)
    taken_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    taken_at = Timestamptz(default=None, null=False)


class TreasuryResultLine(Table):
    """One line of a result file as it was read, and the finding; only `paid` and `returned` changed anything."""

    id = UUID(primary_key=True, default=UUID4())
    result = ForeignKey(TreasuryResult, null=False, on_delete=OnDelete.restrict, index=True)
    row = Integer(default=None, null=False)
    batch = Varchar(60, default="", null=False)
    number = Varchar(20, default="", null=False)
    amount = Varchar(30, default="", null=False)
    outcome = Varchar(40, default="", null=False)
    paid_on = Date(default=None, null=True)
    reason = Varchar(300, default="", null=False)
    finding = Varchar(20, default=None, null=False)
    payment = ForeignKey(Payment, null=True, on_delete=OnDelete.restrict, index=True)

    treasury_finding_known = Check(
        "finding IN ('paid', 'returned', 'other_file', 'unknown', 'amount', 'twice', 'settled', 'unclear', 'date',"
        " 'missing')"
    )
