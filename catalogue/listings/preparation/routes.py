"""Before publication: the plan filed with finance, the survey of the need, its close review."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.preparation.forms import plan_form, review_form, survey_form
from catalogue.listings.preparation.queries import plans_of, plans_to_receive, preparation
from catalogue.listings.preparation.rules import (
    GROUND_LABELS,
    ORGANISATION_FORMS,
    PRICING,
    SIDES,
    SOURCE_KINDS,
    SURVEY_METHODS,
)  # fmt: skip
from catalogue.listings.preparation.services import (
    SurveyPaper,
    file_plan,
    receive_plan,
    record_review,
    record_survey,
)  # fmt: skip
from catalogue.listings.rules import METHOD_LABELS, NEVER_PUBLIC, RESERVATION_GROUNDS, STATUS_LABELS, STATUS_TONES
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
DRAFT = needs(Permission.DRAFT_LISTING)
RECEIVE = needs(Permission.RECEIVE_PLANS)
SURVEY_ROWS, MEMBER_ROWS = 5, 5


def _may_record(found: Mapping[str, Any], actor: Actor) -> bool:
    own = actor.organisation_id == found["procuring_unit"] and actor.may(Permission.DRAFT_LISTING)
    return own and found["status"] in NEVER_PUBLIC


async def _plan_page(found: Mapping[str, Any], actor: Actor, now: datetime, form: Bound | None = None) -> Template:
    ready = await preparation(found, now)
    lots = await queries.lots(found["id"])
    quantity = "；".join(f"{lot['title']} {lot['quantity'].normalize():f} {lot['unit']}" for lot in lots)
    ground = RESERVATION_GROUNDS.get(found["reservation_ground"])
    return page(
        "catalogue/listings/preparation/plan.html", status_code=422 if form else 200, listing=found, form=form,
        ready=ready, plans=await plans_of(found["id"]), quantity=quantity, ground=ground, pricing_words=PRICING,
        missing=[each for each in ready.missing if each.page == "plan"], form_words=ORGANISATION_FORMS,
        method_labels=METHOD_LABELS, status_labels=STATUS_LABELS, status_tones=STATUS_TONES,
        may_record=_may_record(found, actor),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/plan", opt=READ_DRAFTS)
async def show_plan(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The plan as it was filed, and a form to file it."""
    return await _plan_page(await queries.draft_page(listing, actor), actor, now)


@post("/listings/drafts/{listing:uuid}/plan", opt=DRAFT)
async def do_file_plan(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """File the plan with finance."""
    found = await queries.draft_page(listing, actor)
    form, new = plan_form((await posted(request)).texts)
    if new is not None:
        try:
            await file_plan(listing, new, actor, now)
            return go(f"/listings/drafts/{listing}/plan")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _plan_page(found, actor, now, form)


@get("/plans/filed", opt=RECEIVE)
async def show_filed() -> Template:
    """Plans that came in and whose receipt is not noted yet."""
    plans = await plans_to_receive()
    return page(
        "catalogue/listings/preparation/filed.html", plans=plans, total=len(plans), method_labels=METHOD_LABELS,
        form_words=ORGANISATION_FORMS,
    )  # fmt: skip


@post("/plans/filed/{plan:uuid}/receive", opt=RECEIVE)
async def do_receive(plan: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Note that a plan came in."""
    await receive_plan(plan, actor, now)
    return go("/plans/filed")


async def _survey_page(
    found: Mapping[str, Any], actor: Actor, now: datetime, forms: Mapping[str, Bound] | None = None
) -> Template:
    forms = forms or {}
    return page(
        "catalogue/listings/preparation/survey.html", status_code=422 if forms else 200, listing=found,
        ready=await preparation(found, now), survey_form=forms.get("survey"), review_form=forms.get("review"),
        summary=next(iter(forms.values()), None), methods=SURVEY_METHODS, source_kinds=SOURCE_KINDS, sides=SIDES,
        grounds=GROUND_LABELS, survey_rows=SURVEY_ROWS, member_rows=MEMBER_ROWS, status_labels=STATUS_LABELS,
        status_tones=STATUS_TONES, may_record=_may_record(found, actor),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/survey", opt=READ_DRAFTS)
async def show_survey(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The survey of the need and its close review, and forms to record them."""
    return await _survey_page(await queries.draft_page(listing, actor), actor, now)


@post("/listings/drafts/{listing:uuid}/survey", opt=DRAFT, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_record_survey(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record a survey with its report."""
    found = await queries.draft_page(listing, actor)
    sent = await posted(request)
    form, survey = survey_form(sent.texts)
    if survey is not None:
        file = next(iter(sent.files.get("file", [])), None)
        store = request.app.state["gateways"].documents
        paper = SurveyPaper(NewDocument(file.filename, file.file), store) if file else None
        try:
            await record_survey(listing, survey, paper, actor, now)
            return go(f"/listings/drafts/{listing}/survey")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _survey_page(found, actor, now, {"survey": form})


@post("/listings/drafts/{listing:uuid}/requirement-review", opt=DRAFT)
async def do_record_review(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record a close review of the need."""
    found = await queries.draft_page(listing, actor)
    form, new = review_form((await posted(request)).texts)
    if new is not None:
        try:
            await record_review(listing, new, actor, now)
            return go(f"/listings/drafts/{listing}/survey")
        except FormRefused as refused:
            numbers = [row["number"] for row in form.values["members"]]
            for name, sentence in refused.errors.items():
                pieces = name.split("-")
                if len(pieces) == 3 and int(pieces[1]) < len(numbers):
                    name = f"members-{numbers[int(pieces[1])]}-{pieces[2]}"
                form.errors[name] = sentence
    return await _survey_page(found, actor, now, {"review": form})


ROUTES: list[Any] = [
    show_plan, do_file_plan, show_filed, do_receive, show_survey, do_record_survey, do_record_review,
]  # fmt: skip
