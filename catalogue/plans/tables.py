"""Budget lines: what the county set aside for which item, for whom, by which document."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person
from marketplace.kernel.ledger.tables import LedgerLine


class BudgetLine(Table):
    """One allotment of a year for one buyer and one catalogue item; its money stands in the ledger line."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    year = Integer(default=0, null=False)
    item_code = Varchar(8, default=None, null=False)
    title = Varchar(200, default=None, null=False)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    ledger_line = ForeignKey(LedgerLine, null=False, on_delete=OnDelete.restrict, index=True)
    source_document = Varchar(200, default=None, null=False)
    allotted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    allotted_at = Timestamptz(default=None, null=False)
