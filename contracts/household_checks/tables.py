"""A household check of a case: who goes, what is asked, what was found. What was found lies encrypted."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.cases.tables import AssistanceCase
from marketplace.accounts.people.tables import Person


class HouseholdCheck(Table):
    """One visit to a household that applies for help (R-CHECK-01); it informs the decision and never makes it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(10, default="planned", null=False, index=True)
    planned_on = Date(default=None, null=False)
    planned_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    planned_at = Timestamptz(default=None, null=False)
    visited_on = Date(default=None, null=True)
    met = Varchar(10, default=None, null=True)
    conclusion = Varchar(10, default=None, null=True)
    # encrypted (kernel/private_columns)
    conclusion_note = Text(default="", null=False)
    neighbours = Integer(default=0, null=False)
    neighbours_note = Text(default="", null=False)
    review_on = Date(default=None, null=True)
    review_present = Integer(default=0, null=False)
    review_note = Text(default="", null=False)
    recorded_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=True)
    cancel_reason = Varchar(300, default="", null=False)

    household_check_status_known = Check("status IN ('planned', 'done', 'cancelled')")
    household_check_met_known = Check("met IN ('self', 'family', 'nobody')")
    household_check_conclusion_known = Check("conclusion IN ('matches', 'differs', 'unclear')")
    household_check_done_whole = Check(
        "(status = 'done') = (visited_on IS NOT NULL AND met IS NOT NULL AND conclusion IS NOT NULL"
        " AND recorded_by IS NOT NULL)"
    )
    household_check_counts = Check("neighbours >= 0 AND review_present >= 0")
    household_check_cancelled_says_why = Check("status <> 'cancelled' OR cancel_reason <> ''")


class HouseholdInvestigator(Table):
    """Who goes to a household; never alone (R-CHECK-01)."""

    id = UUID(primary_key=True, default=UUID4())
    household_check = ForeignKey(HouseholdCheck, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    unit = Varchar(120, default=None, null=False)

    household_investigator_once = Unique(["household_check", "person"])


class HouseholdCheckItem(Table):
    """One thing that is asked, and what was found."""

    id = UUID(primary_key=True, default=UUID4())
    household_check = ForeignKey(HouseholdCheck, null=False, on_delete=OnDelete.restrict, index=True)
    item = Varchar(12, default=None, null=False)
    # the question, of the item `other`
    asked = Varchar(200, default="", null=False)
    # encrypted (kernel/private_columns)
    finding = Text(default="", null=False)

    household_check_item_once = Unique(["household_check", "item"])
    household_check_item_other_asks = Check("(item = 'other') = (asked <> '')")
