"""The year's procurement plan of a buyer, and the intentions that it told the public."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.plans.tables import BudgetLine
from marketplace.accounts.people.tables import Organisation, Person


class PlannedPurchase(Table):
    """One line of a buyer's procurement plan: what, about how much, how and when. Amount in yuan."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    year = Integer(default=0, null=False)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    item_code = Varchar(8, default=None, null=False)
    title = Varchar(200, default=None, null=False)
    amount = Numeric((14, 2), default=Decimal(0), null=False)
    method = Varchar(20, default=None, null=False)
    starts_on = Date(default=None, null=False)
    budget_line = ForeignKey(BudgetLine, null=True, on_delete=OnDelete.restrict, index=True)
    need = Text(default=None, null=False)
    planned_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    planned_at = Timestamptz(default=None, null=False)

    planned_purchase_amount_positive = Check("amount > 0")
    planned_purchase_method_known = Check(
        "method IN ('open_tender', 'consultation', 'under_limit', 'single_source', 'three_quotes', 'sealed_quotes',"
        " 'collective_decision', 'invited_tender', 'negotiation', 'closed_framework', 'open_framework')"
    )


class Intention(Table):
    """What a buyer told the public it will buy, as it stood on that day; never changed."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    planned_purchase = ForeignKey(PlannedPurchase, null=False, on_delete=OnDelete.restrict, unique=True)
    published_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=False, index=True)
