"""What must stand before a listing is published: the plan filed with finance, the survey of the need and its review."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class ImplementationPlan(Table):
    """The implementation plan as the buyer filed it with finance (R-PLAN-01); finance notes that it came, no more."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    reference = Varchar(40, default=None, null=False, unique=True)
    number = Integer(default=None, null=False)
    title = Varchar(200, default=None, null=False)
    method = Varchar(20, default=None, null=False)
    budget = Numeric((14, 2), default=None, null=False)
    quantity = Varchar(300, default=None, null=False)
    organisation_form = Varchar(20, default=None, null=False)
    begins_on = Date(default=None, null=False)
    pricing = Varchar(20, default=None, null=False)
    policy = Text(default=None, null=False)
    acceptance = Text(default=None, null=False)
    risks = Text(default=None, null=False)
    filed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    filed_at = Timestamptz(default=None, null=False)
    received_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    received_at = Timestamptz(default=None, null=True, index=True)

    implementation_plan_number_once = Unique(["listing", "number"])
    implementation_plan_form_known = Check("organisation_form IN ('self', 'agency', 'central')")
    implementation_plan_pricing_known = Check("pricing IN ('fixed_total', 'fixed_unit', 'cost', 'performance')")


class RequirementSurvey(Table):
    """A survey of the need before it is fixed (R-DOC-09), or the earlier one within a year that stands for it."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    method = Varchar(20, default=None, null=False)
    ended_on = Date(default=None, null=False)
    earlier_reference = Varchar(120, default="", null=False)
    market = Text(default=None, null=False)
    history = Text(default=None, null=False)
    follow_up = Text(default=None, null=False)
    public_opinion = Text(default=None, null=False)
    few_reason = Text(default="", null=False)
    document = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    requirement_survey_number_once = Unique(["listing", "number"])
    requirement_survey_method_known = Check("method IN ('consultation', 'expert', 'questionnaire', 'earlier')")


class SurveySource(Table):
    """One who was asked, and what was said."""

    id = UUID(primary_key=True, default=UUID4())
    survey = ForeignKey(RequirementSurvey, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    kind = Varchar(20, default=None, null=False)
    name = Varchar(120, default=None, null=False)
    said = Text(default=None, null=False)

    survey_source_once = Unique(["survey", "position"])
    survey_source_kind_known = Check("kind IN ('provider', 'resident', 'expert', 'office')")


class RequirementReview(Table):
    """The close review of need and plan by people who did not write them; it holds for exactly the text they read."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    held_on = Date(default=None, null=False)
    discrimination = Text(default=None, null=False)
    competition = Text(default=None, null=False)
    policy = Text(default=None, null=False)
    risk = Text(default=None, null=False)
    counsel = Varchar(120, default=None, null=False)
    outcome = Varchar(20, default=None, null=False)
    content_sha256 = Varchar(64, default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    requirement_review_number_once = Unique(["listing", "number"])
    requirement_review_outcome_known = Check("outcome IN ('passed', 'failed')")


class RequirementReviewer(Table):
    """One member of the review and the side of the office he or she speaks for."""

    id = UUID(primary_key=True, default=UUID4())
    review = ForeignKey(RequirementReview, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    side = Varchar(20, default=None, null=False)
    name = Varchar(80, default=None, null=False)

    requirement_reviewer_once = Unique(["review", "position"])
    requirement_reviewer_side_known = Check("side IN ('procurement', 'finance', 'business', 'supervision', 'expert')")
