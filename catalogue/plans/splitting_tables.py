"""What each published purchase adds to the sums of the ban on splitting (R-METH-05), kept by the database."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import Table

from catalogue.plans.tables import BudgetLine


class CountedPurchase(Table):
    """A listing that was published and neither failed nor cancelled, once for each category of its lots. Yuan.

    Triggers write it with the listing, its lots, its approval and the grounds recorded for it; nobody else does.
    `listing` is the listing's identity. Whatever its method: which methods are added up is asked when adding up.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = UUID(default=None, null=False)
    line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=False)
    item_code = Varchar(8, default=None, null=False)
    method = Varchar(20, default=None, null=False)
    amount = Numeric((16, 2), default=None, null=False)
    published_at = Timestamptz(default=None, null=False)
    # for a recorded ground, or for the approval that the listing's own method rests on
    is_exempt = Boolean(default=False, null=False)

    counted_purchase_once = Unique(["listing", "item_code"])


class CountedSum(Table):
    """What the counted purchases of a line, category and method come to; where several rows are of one, they add up.

    Whoever counts a purchase puts one row in the place of those that nobody else is writing, and waits for nobody.
    """

    id = UUID(primary_key=True, default=UUID4())
    line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=False)
    item_code = Varchar(8, default=None, null=False)
    method = Varchar(20, default=None, null=False)
    is_exempt = Boolean(default=False, null=False)
    amount = Numeric((18, 2), default=None, null=False)
    purchases = Integer(default=0, null=False)
