"""What was recorded before publication, as the county's own papers tell it; papers are Chinese, so are these words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.entrusting.queries import latest_confirmation
from catalogue.listings.preparation.queries import latest_review, latest_survey, plans_of
from catalogue.listings.preparation.rules import ORGANISATION_FORMS, PRICING, SIDES, SOURCE_KINDS, SURVEY_METHODS
from catalogue.notices.county_papers import (
    AgreementRecord,
    ConfirmationRecord,
    MinutesRecord,
    PlanRecord,
    Records,
    ReviewRecord,
    SurveyRecord,
    SurveySubject,
)  # fmt: skip
from catalogue.notices.queries import latest_paper
from catalogue.notices.sources import agency_contact
from marketplace.accounts.agencies.queries import agreement_by_id
from marketplace.accounts.agencies.rules import FEE_PAYERS
from marketplace.accounts.mandates import ENTRUSTED_LABELS
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow

Row = dict[str, Any]
OUTCOMES = {"passed": "通过", "failed": "未通过"}


async def records_of(listing: Row) -> Records:
    """Plan, survey, close review, minutes and confirmation; what nobody recorded stays a blank to be filled by hand."""
    document = await latest_paper(listing["reference"], "document")
    confirmed = ConfirmationRecord(
        document_sha256=document["sha256"] if document else "", confirmed_by=listing["approved_by_name"] or "",
        confirmed_on=county_day(listing["published_at"]) if listing["published_at"] else None,
    )  # fmt: skip
    if given := await latest_confirmation(listing["id"]):
        confirmed = ConfirmationRecord(
            document_sha256=confirmed.document_sha256 or given["content_sha256"],
            confirmed_by=given["confirmed_by_name"], confirmed_on=county_day(given["confirmed_at"]),
        )  # fmt: skip
    plans = await plans_of(listing["id"])
    return Records(
        plan=plan_record(plans[0]) if plans else PlanRecord(),
        survey=survey_record(await latest_survey(listing["id"]), await latest_review(listing["id"])),
        minutes=await _minutes_of(listing["id"]), confirmation=confirmed,
        agreement=await agreement_record(listing),
    )  # fmt: skip


async def agreement_record(listing: Row) -> AgreementRecord:
    """The written agreement under which an agency runs the listing (R-ROLE-05)."""
    if listing["agency_agreement"] is None:
        return AgreementRecord()
    found = await agreement_by_id(listing["agency_agreement"])
    return AgreementRecord(
        number=found["document_number"], agency=await agency_contact(listing), scope=found["matter"],
        authority="；".join(words for act, words in ENTRUSTED_LABELS.items() if act in found["acts"]),
        fee=found["fee"], fee_payer=FEE_PAYERS[found["fee_payer"]], valid_from=found["valid_from"],
        valid_to=found["valid_to"],
    )  # fmt: skip


def plan_record(plan: Row) -> PlanRecord:
    """The filed plan that counts (R-PLAN-01)."""
    return PlanRecord(
        number=plan["reference"], filed_on=county_day(plan["filed_at"]), filed_by=plan["filed_by_name"],
        pricing=PRICING[plan["pricing"]], risk=plan["risks"],
        organisation=ORGANISATION_FORMS[plan["organisation_form"]], begins_on=plan["begins_on"],
        quantity=plan["quantity"], policy=plan["policy"], acceptance=plan["acceptance"],
        received_by=plan["received_by_name"] or "",
        received_on=county_day(plan["received_at"]) if plan["received_at"] else None,
    )  # fmt: skip


def survey_record(survey: Row | None, review: Row | None) -> SurveyRecord:
    """The survey with everybody who was asked, and what the close review of it found (R-DOC-09)."""
    reviewed = _review_record(review) if review else ReviewRecord()
    if survey is None:
        return SurveyRecord(review=reviewed)
    way = SURVEY_METHODS[survey["method"]]
    return SurveyRecord(
        surveyed_on=survey["ended_on"], surveyor=survey["recorded_by_name"], market=survey["market"],
        history=survey["history"], later_costs=survey["follow_up"], public_opinion=survey["public_opinion"],
        earlier=survey["earlier_reference"], few_reason=survey["few_reason"], review=reviewed,
        subjects=tuple(
            SurveySubject(source["name"], f"{way}（{SOURCE_KINDS[source['kind']]}）", source["said"])
            for source in survey["sources"]
        ),
    )  # fmt: skip


def _review_record(review: Row) -> ReviewRecord:
    return ReviewRecord(
        held_on=review["held_on"], outcome=OUTCOMES[review["outcome"]],
        members=tuple(f"{member['name']}（{SIDES[member['side']]}）" for member in review["members"]),
        discrimination=review["discrimination"], competition=review["competition"], policy=review["policy"],
        risk=review["risk"], counsel=review["counsel"],
    )  # fmt: skip


async def _minutes_of(listing: UUID) -> MinutesRecord:
    row = await fetchrow(
        "SELECT m.number, m.held_on, m.decision, p.name FROM meeting_minutes m JOIN person p ON p.id = m.recorded_by"
        " WHERE m.listing = $1 ORDER BY m.held_on DESC LIMIT 1",
        listing,
    )
    if row is None:
        return MinutesRecord()
    return MinutesRecord(row["number"], row["held_on"], recorder=row["name"], decision=row["decision"])
