"""File the plan, note its receipt, record the survey and the close review; and what publication asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.listings.checks import months_later
from catalogue.listings.preparation.queries import content_of_draft, plans_of, preparation, writers_of
from catalogue.listings.preparation.rules import Member, Survey, check_review, check_survey
from catalogue.listings.preparation.tables import (
    ImplementationPlan,
    RequirementReview,
    RequirementReviewer,
    RequirementSurvey,
    SurveySource,
)  # fmt: skip
from catalogue.listings.queries import lock_listing
from catalogue.listings.rules import NEVER_PUBLIC, check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
SURVEY_SUBJECTS = "R-DOC-09/subjects"
SURVEY_VALID = "R-DOC-09/valid"


@dataclass(frozen=True)
class NewPlan:
    """What a plan says besides the listing's own title, method and budget."""

    quantity: str
    organisation_form: str
    begins_on: date
    pricing: str
    policy: str
    acceptance: str
    risks: str


async def file_plan(listing: UUID, new: NewPlan, actor: Actor, now: datetime) -> str:
    """File the plan with finance; gives its number. Raises Forbidden, Conflict, FormRefused."""
    async with transaction():
        row = await _own_draft(listing, actor)
        if new.begins_on < county_day(now):
            raise FormRefused({"begins_on": say(N_("开展采购活动的日期已经过去。请填今天以后的日期。"))})
        earlier = next(iter(await plans_of(listing)), None)
        if earlier and _says_the_same(earlier, new, row):
            return str(earlier["reference"])  # the form was sent twice
        following = await _next("implementation_plan", listing)
        reference = await next_reference("BA", county_day(now).year)
        await insert(
            ImplementationPlan, listing=listing, reference=reference, number=following, title=row["title"],
            method=row["method"], budget=row["budget"], quantity=new.quantity,
            organisation_form=new.organisation_form, begins_on=new.begins_on, pricing=new.pricing, policy=new.policy,
            acceptance=new.acceptance, risks=new.risks, filed_by=actor.person_id, filed_at=now,
        )  # fmt: skip
        detail = {"reference": reference, "budget": str(row["budget"]), "method": row["method"]}
        await record("listing.plan_filed", ("listing", str(listing)), actor, detail, now)
    return reference


def _says_the_same(plan: Row, new: NewPlan, listing: Row) -> bool:
    same_listing = all(plan[name] == listing[name] for name in ("title", "method", "budget"))
    return same_listing and all(plan[name] == value for name, value in vars(new).items())


async def receive_plan(plan: UUID, actor: Actor, now: datetime) -> None:
    """Note that a plan came in: a record, no approval, nothing waits for it (R-ROLE-02). Twice does no harm."""
    actor.check_may(Permission.RECEIVE_PLANS)
    async with transaction():
        row = await fetchrow("SELECT * FROM implementation_plan WHERE id = $1 FOR UPDATE", plan)
        if row is None:
            raise NotFound()
        if row["received_at"] is not None:
            return
        await execute(
            "UPDATE implementation_plan SET received_by = $2, received_at = $3 WHERE id = $1",
            plan,
            actor.person_id,
            now,
        )
        detail = {"reference": row["reference"]}
        await record("listing.plan_received", ("listing", str(row["listing"])), actor, detail, now)


@dataclass(frozen=True)
class SurveyPaper:
    """The report of a survey and where papers are kept."""

    file: NewDocument
    store: DocumentStore


async def record_survey(listing: UUID, survey: Survey, paper: SurveyPaper | None, actor: Actor, now: datetime) -> None:
    """Record how the need was surveyed, whom was asked and what came of it. Raises FormRefused."""
    today = county_day(now)
    oldest = months_later(today, -12 * int(number(SURVEY_VALID, today)))
    mistakes = check_survey(survey, int(number(SURVEY_SUBJECTS, today)), oldest, today)
    if mistakes:
        raise FormRefused(mistakes)
    async with transaction():
        await _own_draft(listing, actor)
        document = await _kept(paper, actor, now)
        written: UUID = await insert(
            RequirementSurvey, listing=listing, number=await _next("requirement_survey", listing),
            method=survey.method, ended_on=survey.ended_on, earlier_reference=survey.earlier_reference,
            market=survey.market, history=survey.history, follow_up=survey.follow_up,
            public_opinion=survey.public_opinion, few_reason=survey.few_reason, document=document,
            recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        for position, source in enumerate(survey.sources, start=1):
            await insert(
                SurveySource, survey=written, position=position, kind=source.kind, name=source.name, said=source.said
            )
        detail = {"method": survey.method, "sources": str(len(survey.sources))}
        await record("listing.survey_recorded", ("listing", str(listing)), actor, detail, now)


async def _kept(paper: SurveyPaper | None, actor: Actor, now: datetime) -> UUID | None:
    if paper is None:
        return None
    try:
        return await upload_document(paper.file, paper.store, actor, now)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused


@dataclass(frozen=True)
class NewReview:
    """What a close review found on its four points, who sat in it, which counsel read the contract."""

    held_on: date
    members: tuple[Member, ...]
    discrimination: str
    competition: str
    policy: str
    risk: str
    counsel: str
    is_passed: bool


async def record_review(listing: UUID, new: NewReview, actor: Actor, now: datetime) -> None:
    """Record a close review; it holds for exactly the text that stands now. Raises FormRefused."""
    async with transaction():
        row = await _own_draft(listing, actor)
        mistakes = check_review(new.held_on, new.members, await writers_of(listing), county_day(now))
        if mistakes:
            raise FormRefused(mistakes)
        review: UUID = await insert(
            RequirementReview, listing=listing, number=await _next("requirement_review", listing),
            held_on=new.held_on, discrimination=new.discrimination, competition=new.competition, policy=new.policy,
            risk=new.risk, counsel=new.counsel, outcome="passed" if new.is_passed else "failed",
            content_sha256=await content_of_draft(row), recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        for position, member in enumerate(new.members, start=1):
            await insert(RequirementReviewer, review=review, position=position, side=member.side, name=member.name)
        detail = {"outcome": "passed" if new.is_passed else "failed", "counsel": new.counsel}
        await record("listing.requirement_reviewed", ("listing", str(listing)), actor, detail, now)


async def check_prepared(row: Row, now: datetime) -> None:
    """Nothing is published before what must stand stands (R-PLAN-01, R-DOC-09). Raises DomainError."""
    missing = (await preparation(row, now)).missing
    if missing:
        raise DomainError("{reason}", clause=missing[0].clause, reason=missing[0].sentence)


async def _next(table: str, listing: UUID) -> int:
    found: int = await fetchval(f"SELECT coalesce(max(number), 0) + 1 FROM {table} WHERE listing = $1", listing)
    return found


async def _own_draft(listing: UUID, actor: Actor) -> Row:
    row = await lock_listing(listing)
    check_may_draft_for(actor, row["procuring_unit"])
    if row["status"] not in NEVER_PUBLIC:
        raise Conflict(N_("这份公告已经发布，不能再补发布前的记录。"))
    return row
