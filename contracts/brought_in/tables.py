"""The spreadsheets of running contracts, and what each contract brought along."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Organisation, Person


class ContractImport(Table):
    """A spreadsheet of running contracts: handed in by one person, entered whole or not at all by another."""

    id = UUID(primary_key=True, default=UUID4())
    file_name = Varchar(160, default=None, null=False)
    content = Bytea(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    status = Varchar(20, default="waiting", null=False, index=True)
    contract_count = Integer(default=0, null=False)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_at = Timestamptz(default=None, null=False, index=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    contract_import_status_known = Check("status IN ('waiting', 'entered', 'dropped')")
    contract_import_two_people = Check("status <> 'entered' OR decided_by <> uploaded_by")


class ContractOpening(Table):
    """What stood of a contract on the day it was brought in. Money in yuan.

    `paid_before` was paid elsewhere; of it `paid_in_earlier_years` came from budgets before its line's year and is
    appropriated with it.
    """

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    import_ = ForeignKey(
        ContractImport, null=False, on_delete=OnDelete.restrict, index=True, db_column_name="contract_import"
    )
    # the contract's buyer, so that one of its numbers stands once
    buyer = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    former_number = Varchar(80, default=None, null=False)
    paid_before = Numeric((14, 2), default=Decimal(0), null=False)
    paid_in_earlier_years = Numeric((14, 2), default=Decimal(0), null=False)
    grade = Varchar(10, default="", null=False)
    score = Numeric((5, 2), default=None, null=True)
    evaluated_on = Date(default=None, null=True)

    contract_opening_number_once = Unique(["buyer", "former_number"])
    contract_opening_money = Check("paid_before >= paid_in_earlier_years AND paid_in_earlier_years >= 0")
    contract_opening_evaluation_whole = Check(
        "(grade = '') = (score IS NULL) AND (grade = '') = (evaluated_on IS NULL)"
    )
