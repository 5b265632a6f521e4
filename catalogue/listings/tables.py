"""Listings: one competition for one or more lots, everything a bidder must know, and its timetable."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import (
    UUID,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)  # fmt: skip
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.items.tables import Item
from catalogue.plans.tables import BudgetLine
from marketplace.accounts.agencies.tables import AgencyAgreement
from marketplace.accounts.people.tables import Organisation, Person


class Listing(Table):
    """One competition. `rules_on` is the day whose rulebook rows it uses; weights are percent; money is yuan."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    status = Varchar(20, default="draft", null=False, index=True)
    method = Varchar(20, default=None, null=False)
    title = Varchar(200, default=None, null=False)
    title_en = Varchar(300, default="", null=False)
    purchasing_body = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    procuring_unit = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    budget_line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=True)
    budget = Numeric((14, 2), default=None, null=False)
    ceiling = Numeric((14, 2), default=None, null=True)
    is_price_fixed = Boolean(default=False, null=False)
    price_weight = Numeric((5, 2), default=Decimal(0), null=False)
    small_micro_deduction = Numeric((5, 2), default=Decimal(0), null=False)
    # for a consortium in which small and micro enterprises have the share of the rulebook (R-SME-04)
    consortium_deduction = Numeric((5, 2), default=Decimal(0), null=False)
    rounding = Integer(default=2, null=False)
    requirement = Text(default="", null=False)
    qualification = Text(default="", null=False)
    service_from = Date(default=None, null=False)
    service_to = Date(default=None, null=False)
    openers_needed = Integer(default=2, null=False)
    # empty: from the notice on
    documents_from = Timestamptz(default=None, null=True)
    documents_until = Timestamptz(default=None, null=True)
    questions_until = Timestamptz(default=None, null=True)
    # open only while the draft's timetable is not written yet
    closes_at = Timestamptz(default=None, null=True, index=True)
    rules_on = Date(default=None, null=True)
    version = Integer(default=1, null=False)
    drafted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drafted_at = Timestamptz(default=None, null=False)
    submitted_at = Timestamptz(default=None, null=True)
    returned_at = Timestamptz(default=None, null=True)
    return_reason = Text(default="", null=False)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=True, index=True)
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Text(default="", null=False)
    end_clause = Varchar(40, default="", null=False)
    long_term_reason = Text(default="", null=False)
    reservation_ground = Varchar(40, default="", null=False)
    past_performance_form = Varchar(20, default="none", null=False)
    past_performance_ground = Varchar(500, default="", null=False)
    # where it is run: here, or on the provincial platform with its result recorded here
    venue = Varchar(10, default="here", null=False)
    # the agency that runs it for the buyer, by its agreement (R-ROLE-05); empty: the buyer itself
    agency_agreement = ForeignKey(AgencyAgreement, null=True, on_delete=OnDelete.restrict, index=True)

    listing_status_known = Check(
        "status IN ('draft', 'review', 'published', 'suspended', 'closed', 'opened', 'evaluated', 'determined',"
        " 'awarded', 'failed', 'cancelled')"
    )
    listing_closing_known = Check("status IN ('draft', 'cancelled') OR closes_at IS NOT NULL")
    listing_method_known = Check(
        "method IN ('open_tender', 'consultation', 'single_source', 'under_limit', 'three_quotes',"
        " 'collective_decision', 'invited_tender', 'negotiation', 'closed_framework', 'open_framework',"
        " 'sealed_quotes')"
    )
    listing_venue_known = Check("venue IN ('here', 'platform')")
    listing_budget_positive = Check("budget > 0")
    listing_ceiling_within_budget = Check("ceiling IS NULL OR (ceiling > 0 AND ceiling <= budget)")
    listing_price_weight_percent = Check("price_weight BETWEEN 0 AND 100")
    listing_service_forward = Check("service_to >= service_from")
    listing_past_performance_known = Check("past_performance_form IN ('none', 'printed_table', 'county_standing')")


class ListingLot(Table):
    """A package that is bid for, awarded and contracted on its own. Amount in yuan."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=1, null=False)
    item = ForeignKey(Item, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(200, default=None, null=False)
    quantity = Numeric((12, 2), default=Decimal(1), null=False)
    unit = Varchar(40, default=None, null=False)
    budget = Numeric((14, 2), default=None, null=False)
    # kept for small and medium enterprises while others of the listing are not (R-SME-03)
    is_reserved = Boolean(default=False, null=False)

    lot_number_once = Unique(["listing", "number"])
    lot_budget_positive = Check("budget > 0")
    lot_quantity_positive = Check("quantity > 0")


class ListingTown(Table):
    """A town that will use the service."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)

    listing_town_once = Unique(["listing", "town"])


class Criterion(Table):
    """What bids are scored by; the points of all criteria with the price weight total 100."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    kind = Varchar(20, default=None, null=False)
    title = Varchar(120, default=None, null=False)
    points = Numeric((5, 2), default=None, null=False)
    bands = Text(default="", null=False)
    is_objective = Boolean(default=False, null=False)

    criterion_position_once = Unique(["listing", "position"])
    criterion_kind_known = Check("kind IN ('technical', 'business', 'past_performance', 'hours')")
    criterion_points_positive = Check("points > 0 AND points <= 100")


class CriterionBand(Table):
    """One printed band of a factor; `hours_from` where annual service hours are scored (R-EVAL-12)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    criterion = ForeignKey(Criterion, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    points = Numeric((5, 2), default=None, null=False)
    condition = Varchar(500, default="", null=False)
    hours_from = Integer(default=None, null=True)

    criterion_band_once = Unique(["criterion", "position"])
    criterion_band_points_known = Check("points BETWEEN 0 AND 100")
    criterion_band_hours_known = Check("hours_from IS NULL OR hours_from BETWEEN 0 AND 9999999")


class PastPerformanceBand(Table):
    """One row of the printed past-performance table: a grade and its points (R-PERF-08)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    grade = Varchar(10, default=None, null=False)
    points = Numeric((5, 2), default=None, null=False)

    past_performance_band_once = Unique(["listing", "grade"])
    past_performance_grade_known = Check("grade IN ('excellent', 'good', 'fair', 'poor', 'none')")


class PaymentMilestone(Table):
    """A share of the price and what must be shown for it; shares total 100 percent."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    title = Varchar(120, default=None, null=False)
    share = Numeric((5, 2), default=None, null=False)
    due_on = Date(default=None, null=False)
    evidence = Varchar(300, default="", null=False)

    milestone_position_once = Unique(["listing", "position"])
    milestone_share_percent = Check("share > 0 AND share <= 100")


class ListingOpener(Table):
    """A person who holds one part of the key to this listing's bids, with the public key used for it."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recipient = Varchar(100, default=None, null=False)
    fingerprint = Varchar(40, default=None, null=False)

    listing_opener_once = Unique(["listing", "person"])


class TimetableDate(Table):
    """One computed date of a listing with the rule it follows."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    event = Varchar(40, default=None, null=False)
    day = Date(default=None, null=False)
    rule_key = Varchar(40, default=None, null=False)
    is_provisional = Boolean(default=False, null=False)

    timetable_event_once = Unique(["listing", "event"])


class ReserveSpent(Table):
    """Yuan of a listing's reserve that had gone on into contracts when a result was declared void.

    The listing reserves anew for what is decided again; what it still holds is counted without this.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=None, null=False)
    noted_at = Timestamptz(default=None, null=False)

    reserve_spent_positive = Check("amount > 0")
