"""Drafting: a task list, one subject a page, the check page, and what the reviewer does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from catalogue.listings import draft_pages, queries
from catalogue.listings.answers import Autosaved, TypedSubject
from catalogue.listings.conflicts import differences
from catalogue.listings.draft_queries import parts_of, surroundings
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Basics, Part
from catalogue.listings.forms import CANCEL, FORMS, RETURN, START, add_mistakes, basics_form
from catalogue.listings.limits import limits_on
from catalogue.listings.rules import (
    METHOD_CLAUSES,
    METHOD_HINTS,
    METHOD_LABELS,
    RESERVATION_GROUNDS,
    RESERVED_LABELS,
    check_begins_itself,
)
from catalogue.listings.services import (
    cancel_listing,
    publish_listing,
    return_to_draft,
    save_draft,
    submit_for_review,
)  # fmt: skip
from catalogue.listings.starting.services import BLANK, begin_draft
from catalogue.listings.timetable_form import RECOUNTING, recounted, timetable_context
from catalogue.plans.queries import lines_of_buyer
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import FORM, Taken, Told, described
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import read_ahead
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
NOT_WHOLE = N_("还没有填完，先保存在这台设备上。")
SAVED = N_("已自动保存。")
DRAFT = needs(Permission.DRAFT_LISTING)
REVIEW = needs(Permission.APPROVE_LISTING)
AUTOSAVED = Told(Autosaved, "Whether it is stored; the browser keeps what is not", also=(409, 422))
PUBLISH = needs(Permission.APPROVE_LISTING, Permission.PUBLISH_CONFIRMED)


async def _basics_choices(buyer: UUID, now: datetime) -> dict[str, Any]:
    await read_ahead(lines_of_buyer(buyer), queries.list_towns(), current_items())
    return {
        "lines": await lines_of_buyer(buyer),
        "all_towns": await queries.list_towns(),
        "items": await current_items(),
        "method_labels": METHOD_LABELS,
        "method_hints": METHOD_HINTS,
        "method_clauses": METHOD_CLAUSES,
        "reserved_up_to": limits_on(county_day(now)).reserved_up_to,
        "reservation_grounds": RESERVED_LABELS | RESERVATION_GROUNDS,
    }


@get("/listings/drafts", opt=READ_DRAFTS)
async def show_drafts(actor: CurrentActor) -> Template:
    """Drafts and listings under review."""
    drafts = await queries.list_drafts(actor)
    return page("catalogue/listings/drafts.html", drafts=drafts, total=len(drafts), **draft_pages.WORDS)


async def _new(form: Bound | None, actor: Actor, now: datetime, status_code: int = 200) -> Template:
    return page(
        "catalogue/listings/new.html",
        status_code=status_code,
        form=form,
        earlier=await queries.earlier_listings(actor.organisation_id),
        **await _basics_choices(actor.organisation_id, now),
    )


@get("/listings/drafts/new", opt=DRAFT)
async def show_new(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """Begin a draft from one of the unit's budget lines; a line's own page hands itself over."""
    check_begins_itself(actor)
    query = request.query_params
    names = {"budget_line": "line", "start": "start", "title": "title", "method": "method", "budget": "amount"}
    return await _new(Bound(raw={name: query[key] for name, key in names.items() if query.get(key)}), actor, now)


@post("/listings/drafts/new", opt=DRAFT)
async def do_draft(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Store the first subject and show the task list."""
    check_begins_itself(actor)
    typed = (await posted(request)).texts
    form, basics = basics_form(typed)
    start = parse(START, typed)
    form.errors.update(start.errors)
    if isinstance(basics, Basics) and not start.errors:
        try:
            return go(f"/listings/drafts/{await begin_draft(basics, start['start'] or BLANK, actor, now)}")
        except FormRefused as refused:
            add_mistakes(form, refused)
        except NotFound:
            form.refuse("budget_line", draft_pages.CHOOSE_OWN_LINE)
    return await _new(form, actor, now, 422)


@get("/listings/drafts/{listing:uuid}", opt=READ_DRAFTS)
async def show_draft(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The task list of a draft."""
    found = await queries.draft_page(listing, actor)
    return page("catalogue/listings/draft.html", **await draft_pages.overview(found, actor, now))


@get("/listings/drafts/{listing:uuid}/{subject:str}", opt=READ_DRAFTS)
async def show_subject(
    request: Request[Any, Any, Any], listing: FromPath[UUID], subject: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """One subject as it stands."""
    found = await queries.draft_page(listing, actor)
    if subject not in FORMS:
        raise NotFound()
    await read_ahead(
        parts_of(found), surroundings(found["budget_line"], found["drafted_by"], now), section_of(listing, subject)
    )
    raw = await draft_pages.raw_subject(found, subject)
    if subject == "milestones" and request.query_params.get("monthly"):
        raw = {**raw, **draft_pages.monthly_rows(found["service_from"], found["service_to"])}
    form = Bound(raw={**raw, "version": str((await section_of(listing, subject))["version"])})
    return await _subject_page(found, subject, form, actor, now)


async def _subject_page(
    found: Mapping[str, Any], subject: str, form: Bound, actor: Actor, now: Any, status_code: int = 200
) -> Template:
    context = await draft_pages.subject_context(found, subject, form, actor, now)
    if status_code == 409:
        stored = await draft_pages.raw_subject(found, subject)
        names = await draft_pages.names_of(found)
        context |= {
            "differences": differences(subject, form.raw, stored, names),
            "section": await section_of(found["id"], subject),
        }
    if subject == "timetable":
        context |= timetable_context(found, form, now)
    if subject == "basics":
        context |= await _basics_choices(found["procuring_unit"], now)
    return page(f"catalogue/listings/{subject}.html", status_code=status_code, form=form, **context)


@post(
    "/listings/drafts/{listing:uuid}/{subject:str}", status_code=200, summary="Keep a subject of a draft by itself",
    **described(DRAFT, AUTOSAVED, (404,), Taken(TypedSubject, FORM)),
)  # fmt: skip
async def do_save(
    request: Request[Any, Any, Any], listing: FromPath[UUID], subject: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template | Response[dict[str, Any]]:
    """Store one subject; on a mistake or a faster window show it again with everything typed."""
    found = await queries.draft_page(listing, actor)
    if subject not in FORMS:
        raise NotFound()
    typed = (await posted(request)).texts
    if subject == "timetable" and typed.get("then") in RECOUNTING:
        return await _subject_page(found, subject, recounted(found, typed, now), actor, now)
    form, part = FORMS[subject](typed)
    if typed.get("then") == "autosave":
        return await _autosave(found, typed, part, actor, now)
    if subject == "criteria" and str(typed.get("then", "")).startswith("what_if"):
        return await _what_if(found, typed, actor, now)
    if part is None:
        return await _subject_page(found, subject, form, actor, now, 422)
    version = str(typed.get("version", ""))
    try:
        await save_draft(listing, small_number(version, 999_999_999, 0), part, actor, now)
    except FormRefused as refused:
        add_mistakes(form, refused)
        return await _subject_page(found, subject, form, actor, now, 422)
    except Conflict as faster:
        if found["status"] != "draft":
            raise
        form.errors["_form"] = faster.sentence
        form.raw["version"] = str((await section_of(listing, subject))["version"])
        return await _subject_page(found, subject, form, actor, now, 409)
    return go(f"/listings/drafts/{listing}{draft_pages.anchor_after(subject, typed)}")


async def _autosave(
    found: Mapping[str, Any], typed: Mapping[str, Any], part: Part | None, actor: Actor, now: datetime
) -> Response[dict[str, Any]]:
    """Store what is whole; the browser keeps what is not, or what somebody else was faster with."""
    version = str(typed.get("version", ""))
    if part is None:
        return Response({"saved": False, "why": translate(NOT_WHOLE)}, status_code=422)
    try:
        saved = await save_draft(found["id"], small_number(version, 999_999_999, 0), part, actor, now)
    except FormRefused as refused:
        return Response({"saved": False, "why": str(next(iter(refused.errors.values())))}, status_code=422)
    except Conflict as faster:
        return Response({"saved": False, "why": str(faster.sentence)}, status_code=409)
    return Response({"saved": True, "version": saved, "why": translate(SAVED)}, status_code=200)


async def _what_if(found: Mapping[str, Any], typed: Mapping[str, Any], actor: Actor, now: datetime) -> Template:
    """The example bids by the weights as typed: the whole page, or the parts that changed. Nothing is stored."""
    form = Bound(raw=dict(typed))
    if typed["then"] == "what_if_parts":
        context = draft_pages.what_if_context(found, form, now)
        return page("catalogue/listings/_what_if_parts.html", form=form, **draft_pages.WORDS, **context)
    context = await draft_pages.subject_context(found, "criteria", form, actor, now)
    form.errors.update(context["what_if"].mistakes or {})
    return page("catalogue/listings/criteria.html", status_code=422 if form.errors else 200, form=form, **context)


@get("/listings/drafts/{listing:uuid}/check", opt=READ_DRAFTS)
async def show_check(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The whole draft with every mistake and finding; the drafter submits it, the reviewer decides."""
    return await _check_page(await queries.draft_page(listing, actor), None, actor, now)


async def _check_page(
    found: Mapping[str, Any], form: Bound | None, actor: Actor, now: Any, status_code: int = 200
) -> Template:
    context = await draft_pages.check_context(found, actor, now)
    return page("catalogue/listings/check.html", status_code=status_code, form=form, **context)


@post("/listings/drafts/{listing:uuid}/check", opt=DRAFT)
async def do_submit(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Hand the draft to the reviewer."""
    found = await queries.draft_page(listing, actor)
    try:
        await submit_for_review(listing, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        return await _check_page(found, Bound(errors={"_form": refused.sentence}), actor, now, 422)
    return go(f"/listings/drafts/{listing}/check")


@post("/listings/drafts/{listing:uuid}/publish", opt=irreversible(PUBLISH))
async def do_publish(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Approve and publish."""
    found = await queries.draft_page(listing, actor)
    try:
        await publish_listing(listing, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        return await _check_page(found, Bound(errors={"_form": refused.sentence}), actor, now, 422)
    return go(f"/listings/{found['reference']}")


@post("/listings/drafts/{listing:uuid}/return", opt=REVIEW)
async def do_return(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give it back with a reason."""
    found = await queries.draft_page(listing, actor)
    form = parse(RETURN, (await posted(request)).texts)
    if form.errors:
        return await _check_page(found, form, actor, now, 422)
    await return_to_draft(listing, form["reason"], actor, now)
    return go("/listings/drafts")


@get("/listings/drafts/{listing:uuid}/cancel", opt=DRAFT)
async def show_cancel(listing: FromPath[UUID], actor: CurrentActor) -> Redirect | Template:
    """Ask why it is cancelled."""
    found = await queries.draft_page(listing, actor)
    if found["published_at"]:
        return go(f"/listings/{found['reference']}/cancel")
    return page("catalogue/listings/cancel.html", listing=found, form=None)


@post("/listings/drafts/{listing:uuid}/cancel", opt=DRAFT)
async def do_cancel(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Drop a draft with a reason; a published listing is cancelled on a page of its own."""
    found = await queries.draft_page(listing, actor)
    if found["published_at"]:
        return go(f"/listings/{found['reference']}/cancel")
    form = parse(CANCEL, (await posted(request)).texts)
    if form.errors:
        return page("catalogue/listings/cancel.html", status_code=422, listing=found, form=form)
    await cancel_listing(listing, form["reason"], actor, now)
    return go("/listings/drafts")


ROUTES: list[Any] = [
    show_drafts, show_new, do_draft, show_draft, show_subject, do_save, show_check, do_submit, do_publish, do_return,
    show_cancel, do_cancel,
]  # fmt: skip
