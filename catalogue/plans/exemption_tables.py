"""Purchases that do not count as splitting, each with its ground (R-METH-05)."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.plans.tables import BudgetChange
from marketplace.accounts.people.tables import Person


class SplittingExemption(Table):
    """Why a listing is left out of its sum; a withdrawn one stays. `listing` is the listing's identity."""

    id = UUID(primary_key=True, default=UUID4())
    listing = UUID(default=None, null=False, index=True)
    ground = Varchar(20, default=None, null=False)
    # the approved change of the listing's budget line, where the budget was adjusted
    budget_change = ForeignKey(BudgetChange, null=True, on_delete=OnDelete.restrict, index=True)
    document = Varchar(120, default=None, null=False)
    dated_on = Date(default=None, null=False)
    note = Text(default="", null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)
    withdrawn_at = Timestamptz(default=None, null=True)
    withdrawn_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    withdraw_reason = Text(default="", null=False)

    splitting_exemption_ground_known = Check("ground IN ('budget_adjusted', 'approved')")
    splitting_exemption_change_fits = Check("(ground = 'budget_adjusted') = (budget_change IS NOT NULL)")
    splitting_exemption_withdrawn_whole = Check(
        "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdraw_reason = '')"
    )
