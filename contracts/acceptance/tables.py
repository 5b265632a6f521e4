"""Acceptance certificates: every requirement with its finding, what recipients say, and the hours behind it."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.acceptance.plan_tables import AcceptancePlan
from contracts.agreements.tables import Contract, ContractMilestone
from contracts.visits.tables import MonthClose
from marketplace.accounts.people.tables import Person


class Acceptance(Table):
    """One milestone accepted, for an amount in yuan and the approved minutes of its months; published at once."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    milestone = ForeignKey(ContractMilestone, null=False, on_delete=OnDelete.restrict, unique=True)
    amount = Numeric((14, 2), default=None, null=False)
    minutes = Integer(default=0, null=False)
    # the plan that stood on that day; a later one changes no certificate
    by_plan = ForeignKey(AcceptancePlan, null=True, on_delete=OnDelete.restrict, index=True)
    opinions = Text(default=None, null=False)
    # of older certificates: why no recipients were drawn; since then it is not for anybody to say (R-ACC-05)
    unheard = Varchar(300, default="", null=False)
    remarks = Text(default="", null=False)
    accepted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    accepted_at = Timestamptz(default=None, null=False)

    acceptance_amount_positive = Check("amount > 0")


class AcceptanceItem(Table):
    """One requirement of the contract and what was found (R-ACC-01)."""

    id = UUID(primary_key=True, default=UUID4())
    acceptance = ForeignKey(Acceptance, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    requirement = Text(default=None, null=False)
    finding = Varchar(20, default=None, null=False)
    note = Varchar(300, default="", null=False)

    acceptance_item_once = Unique(["acceptance", "position"])
    acceptance_finding_known = Check("finding IN ('met', 'met_with_remarks')")


class AcceptanceMonth(Table):
    """A closed month that an acceptance rests on; each month carries one acceptance."""

    id = UUID(primary_key=True, default=UUID4())
    acceptance = ForeignKey(Acceptance, null=False, on_delete=OnDelete.restrict, index=True)
    month_close = ForeignKey(MonthClose, null=False, on_delete=OnDelete.restrict, unique=True)
