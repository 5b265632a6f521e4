"""Remarks on a draft, the steps of its chain, and the minutes of a collective decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.draft_pages import SUBJECTS
from catalogue.listings.review.comment_services import NewMinutes, answer, comment, record_minutes, resolve
from catalogue.listings.review.decisions import approve_step, return_to_step
from catalogue.listings.review.forms import ANSWER, BACK, MINUTES, OPINION, comment_fields
from catalogue.listings.review.pages import review_context
from catalogue.listings.review.queries import comments_of
from catalogue.listings.rules import NEVER_PUBLIC, STATUS_LABELS, STATUS_TONES
from catalogue.listings.services import return_to_draft
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
COLLEAGUES = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING)
REVIEW = needs(Permission.APPROVE_LISTING)
SECTIONS: dict[str, str] = {**{name: words[1] for name, words in SUBJECTS.items()}, "whole": N_("整份公告")}


def _here(listing: UUID, page_name: str) -> str:
    return f"/listings/drafts/{listing}/{page_name}"


async def _review_page(
    found: Mapping[str, Any], actor: Actor, forms: Mapping[str, Bound] | None = None, section: str = ""
) -> Template:
    forms = forms or {}
    return page(
        "catalogue/listings/review/review.html", status_code=422 if forms else 200, listing=found,
        threads=await comments_of(found["id"]), sections=SECTIONS, section=section, status_labels=STATUS_LABELS,
        status_tones=STATUS_TONES, comment_form=forms.get("comment"), step_form=forms.get("step"),
        back_form=forms.get("back"), minutes_form=forms.get("minutes"), answer_form=forms.get("answer"),
        summary=next(iter(forms.values()), None), is_open=found["status"] in NEVER_PUBLIC,
        **await review_context(found, actor),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/review", opt=READ_DRAFTS)
async def show_review(request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor) -> Template:
    """The chain, the remarks section by section, and the minutes."""
    section = request.query_params.get("section", "")
    return await _review_page(await queries.draft_page(listing, actor), actor, section=section)


@post("/listings/drafts/{listing:uuid}/comments", opt=COLLEAGUES)
async def do_comment(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Begin a thread on a section."""
    found = await queries.draft_page(listing, actor)
    form = parse(comment_fields(list(SECTIONS)), (await posted(request)).texts)
    if form.errors:
        return await _review_page(found, actor, {"comment": form})
    await comment(listing, form["section"], form["text"], actor, now)
    return go(_here(listing, "review"))


@post("/listings/drafts/{listing:uuid}/comments/{thread:uuid}/answer", opt=COLLEAGUES)
async def do_answer(
    request: Request[Any, Any, Any], listing: FromPath[UUID], thread: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer in a thread."""
    found = await queries.draft_page(listing, actor)
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _review_page(found, actor, {"answer": form})
    await answer(listing, thread, form["text"], actor, now)
    return go(_here(listing, "review"))


@post("/listings/drafts/{listing:uuid}/comments/{thread:uuid}/resolve", opt=COLLEAGUES)
async def do_resolve(listing: FromPath[UUID], thread: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """End a thread."""
    await queries.draft_page(listing, actor)
    await resolve(listing, thread, actor, now)
    return go(_here(listing, "review"))


@post("/listings/drafts/{listing:uuid}/approve", opt=REVIEW)
async def do_approve(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Agree at a step before the last."""
    found = await queries.draft_page(listing, actor)
    form = parse(OPINION, (await posted(request)).texts)
    if form.errors:
        return await _review_page(found, actor, {"step": form})
    await approve_step(listing, form["opinion"] or "", actor, now)
    return go(_here(listing, "review"))


@post("/listings/drafts/{listing:uuid}/return-to", opt=REVIEW)
async def do_return_to(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give it back to an earlier step, or to the drafter."""
    found = await queries.draft_page(listing, actor)
    form = parse(BACK, (await posted(request)).texts)
    if form.errors:
        return await _review_page(found, actor, {"back": form})
    if form["position"] == 0:
        await return_to_draft(listing, form["reason"], actor, now)
    else:
        await return_to_step(listing, form["position"], form["reason"], actor, now)
    return go(_here(listing, "review"))


@post("/listings/drafts/{listing:uuid}/minutes", opt=COLLEAGUES, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_record_minutes(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the minutes of the collective decision."""
    found = await queries.draft_page(listing, actor)
    sent = await posted(request)
    form = parse(MINUTES, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要上传的文件。"))
    if not form.errors:
        file = NewDocument(files[0].filename, files[0].file)
        new = NewMinutes(form["number"], form["held_on"], form["decision"], file)
        try:
            await record_minutes(listing, new, request.app.state["gateways"].documents, actor, now)
            return go(_here(listing, "review"))
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _review_page(found, actor, {"minutes": form})


ROUTES: list[Any] = [show_review, do_comment, do_answer, do_resolve, do_approve, do_return_to, do_record_minutes]
