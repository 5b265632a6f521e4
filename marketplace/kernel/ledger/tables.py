"""Money lines whose parts always add up, accounts that always balance, and the postings that moved them."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, BigSerial, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class LedgerLine(Table):
    """One line of money: appropriated = free + reserved + committed + paid, in yuan, kept true by the database."""

    id = UUID(primary_key=True, default=UUID4())
    appropriated = Numeric((14, 2), default=Decimal(0), null=False)
    free = Numeric((14, 2), default=Decimal(0), null=False)
    reserved = Numeric((14, 2), default=Decimal(0), null=False)
    committed = Numeric((14, 2), default=Decimal(0), null=False)
    paid = Numeric((14, 2), default=Decimal(0), null=False)

    ledger_identity_holds = Check("appropriated = free + reserved + committed + paid")
    ledger_parts_not_negative = Check("free >= 0 AND reserved >= 0 AND committed >= 0 AND paid >= 0")


class LedgerPosting(Table):
    """One movement of money on a line and what caused it; never changed."""

    id = BigSerial(primary_key=True)
    line = ForeignKey(LedgerLine, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default="", null=False)
    amount = Numeric((14, 2), default=Decimal(0), null=False)
    source_kind = Varchar(40, default="", null=False)
    source_id = Varchar(80, default="", null=False, index=True)
    posted_at = Timestamptz(default=None, null=False)

    ledger_posting_kind_known = Check(
        "kind IN ('appropriate', 'withdraw', 'reserve', 'release', 'commit', 'uncommit', 'pay', 'unpay')"
    )
    ledger_posting_amount_positive = Check("amount > 0")


# the codes of kernel/ledger/accounts.py
_ACCOUNTS = (
    "'100201', '100202', '102101', '1214', '1218', '2103', '230201', '230202', '230203', '230701', '230702', '230703',"
    " '4001',"
    " '5001', '5901', 'B01', 'B02'"
)


class AccountPosting(Table):
    """One entry of the accounts in yuan: what it debits, what it credits, for whom and why; never changed.

    `about` is the contract or the deposit whose money it is. Memorandum accounts (B…) meet only each other.
    """

    id = BigSerial(primary_key=True)
    debit = Varchar(8, default=None, null=False)
    credit = Varchar(8, default=None, null=False)
    amount = Numeric((14, 2), default=None, null=False)
    about_kind = Varchar(10, default=None, null=False)
    about = UUID(default=None, null=False, index=True)
    source_kind = Varchar(40, default=None, null=False)
    source_id = Varchar(80, default=None, null=False, index=True)
    posted_at = Timestamptz(default=None, null=False)

    account_posting_codes_known = Check(f"debit IN ({_ACCOUNTS}) AND credit IN ({_ACCOUNTS})")
    account_posting_two_sides = Check("debit <> credit")
    account_posting_memo_apart = Check("(debit LIKE 'B%') = (credit LIKE 'B%')")
    account_posting_positive = Check("amount > 0")
    account_posting_about_known = Check("about_kind IN ('contract', 'deposit')")


class AccountBalance(Table):
    """What the postings of a contract or deposit debited and credited on one account, in yuan; moved by them alone."""

    id = UUID(primary_key=True, default=UUID4())
    about_kind = Varchar(10, default=None, null=False)
    about = UUID(default=None, null=False)
    account = Varchar(8, default=None, null=False, index=True)
    debit = Numeric((14, 2), default=Decimal(0), null=False)
    credit = Numeric((14, 2), default=Decimal(0), null=False)

    account_balance_once = Unique(["about", "account"])
    account_balance_on_its_side = Check(
        "CASE WHEN account IN ('2103', '230201', '230202', '230203', '230701', '230702', '230703', '4001', 'B02')"
        " THEN credit >= debit WHEN account IN ('100201', '102101', '1218', '5001', '5901', 'B01')"
        " THEN debit >= credit ELSE true END"
    )
