"""Money lines whose parts always add up, and the postings that moved them."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, BigSerial, ForeignKey, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
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
