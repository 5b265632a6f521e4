"""The reviewers' pages of the pre-check: a queue, one at a time beside its papers, a second person, objections."""

import html
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.items.queries import current_items
from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import check_scanned, document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.page_pictures import LARGEST, SHOWN, NoPicture, page_picture
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import read_ahead, together
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted
from vendors.providers.paper_facts import PAPER_RESULTS
from vendors.providers.queries import provider_by_id
from vendors.providers.rules import PAPER_LABELS, masked_contact, runs_out_soon
from vendors.qualification import queries, reviewing
from vendors.qualification.automatic import OUTCOME_LABELS, OUTCOME_TONES, requirement_label
from vendors.qualification.forms import OUTCOME, SECOND, SEE_CONTACT, first_guess, parse_findings, suggestion
from vendors.qualification.rules import (
    PRECHECK_STATUS_LABELS,
    PRECHECK_STATUS_TONES,
    STEP_LABELS,
    PrecheckStatus,
)

NO_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1100" height="200"><text x="40" y="110" font-size="36"'
    ' font-family="sans-serif" fill="#52606d">{words}</text></svg>'
)
CHECK = needs(Permission.CHECK_PROVIDERS)
QUEUE = "/providers/checks"


@get(QUEUE, opt=CHECK)
async def show_queue(request: Request[Any, Any, Any]) -> Template:
    """Pre-checks that wait, or those in another state, the longest waiting first."""
    asked, item = request.query_params.get("status", ""), request.query_params.get("item", "")
    status = asked if asked in PRECHECK_STATUS_LABELS else PrecheckStatus.WAITING.value
    number = small_number(request.query_params.get("page", "1"))
    return page(
        "vendors/qualification/queue.html", found=await queries.queue(status, item[:8], number),
        counts=await queries.counts_by_status(), items=await current_items(), first=await queries.first_waiting(),
        status_labels=PRECHECK_STATUS_LABELS,
        status_tones=PRECHECK_STATUS_TONES, legal_forms=LEGAL_FORM_LABELS,
        done=request.query_params.get("done", ""),
    )  # fmt: skip


async def _review_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200, *, done: str = "",
    contact: str = "",
) -> Template:  # fmt: skip
    """The page of a review; `done` is the reference that was just finished, `contact` one shown whole."""
    row, today = await queries.precheck(reference, actor), county_day(now)
    papers, (earlier, later), findings, steps, counts, provider, *_ = await together(
        queries.papers_for_check(row["provider"]), queries.neighbours(row), queries.findings(row["id"]),
        queries.steps(row["id"]), queries.counts_by_status(), provider_by_id(row["provider"]),
        read_ahead(queries.checks_of(row, today, [])),
    )  # fmt: skip
    checks = await queries.checks_of(row, today, papers)
    return page(
        "vendors/qualification/review.html", status_code=status_code, row=row, checks=checks, papers=papers,
        form=_with_guess(form, first_guess(checks)), labels=PAPER_LABELS, results=PAPER_RESULTS, today=today,
        requirement_label=requirement_label, outcome_labels=OUTCOME_LABELS, outcome_tones=OUTCOME_TONES,
        legal_forms=LEGAL_FORM_LABELS, status_labels=PRECHECK_STATUS_LABELS, status_tones=PRECHECK_STATUS_TONES,
        findings=findings, steps=steps, step_labels=STEP_LABELS,
        runs_out={p["id"] for p in papers if runs_out_soon(p["valid_until"], today)}, earlier=earlier, later=later,
        shown_types=SHOWN, largest_shown=LARGEST, waiting=counts.get("waiting", 0),
        is_mine=actor.person_id == row["proposed_by"], may_settle=actor.person_id
        not in (row["proposed_by"], row["decided_by"]), suggested=suggestion(checks),
        masked=masked_contact(provider["contact"]), done=done, contact=contact,
    )  # fmt: skip


def _with_guess(form: Bound | None, guess: Mapping[str, str]) -> Bound:
    """The form as typed; where it says nothing, as the data say."""
    form = form or Bound()
    form.raw = {**guess, **form.raw}
    return form


@get(QUEUE + "/{reference:str}", opt=CHECK)
async def show_review(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """One pre-check: what the data say, what a person finds, and the papers beside it."""
    return await _review_page(reference, actor, now, done=request.query_params.get("done", ""))


async def _next(row: dict[str, Any]) -> Redirect:
    """On to the next that waits; back to the queue after the last."""
    _, later = await queries.neighbours(row)
    following = later or await queries.first_waiting()
    return go(f"{QUEUE}/{following}?done={row['reference']}" if following else f"{QUEUE}?done={row['reference']}")


async def _decided(
    act: Awaitable[None], row: dict[str, Any], form: Bound, actor: Actor, now: datetime
) -> Redirect | Template:
    """Do the act and go on; what is refused comes back with everything typed."""
    try:
        await act
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _review_page(row["reference"], actor, now, form, 422)
    except DomainError as refused:
        if refused.status_code == 403:
            raise
        form.errors["decision"] = refused.sentence
        return await _review_page(row["reference"], actor, now, form, refused.status_code)
    return await _next(row)


@post(QUEUE + "/{reference:str}", opt=CHECK)
async def do_review(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Pass, ask for more, or propose a negative finding."""
    row = await queries.precheck(reference, actor)
    form, found = parse_findings(await queries.checks_of(row, county_day(now)), (await posted(request)).texts)
    if form.errors:
        return await _review_page(reference, actor, now, form, 422)
    note = form["note"] or ""
    if form["decision"] == "pass":
        act = reviewing.pass_precheck(reference, found, actor, now)
    elif form["decision"] == "more":
        act = reviewing.ask_for_more(reference, note, actor, now)
    else:
        act = reviewing.propose_negative(reference, found, note, actor, now)
    return await _decided(act, row, form, actor, now)


@post(QUEUE + "/{reference:str}/second", opt=CHECK)
async def do_second(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The second person confirms a negative finding, or sends it back."""
    row = await queries.precheck(reference, actor)
    form = parse(SECOND, (await posted(request)).texts)
    if form.errors:
        return await _review_page(reference, actor, now, form, 422)
    act = (
        reviewing.confirm_negative(reference, actor, now)
        if form["decision"] == "confirm"
        else reviewing.send_back(reference, form["note"] or "", actor, now)
    )
    return await _decided(act, row, form, actor, now)


@post(QUEUE + "/{reference:str}/objection", opt=CHECK)
async def do_settle(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A third person decides an objection."""
    row = await queries.precheck(reference, actor)
    form = parse(OUTCOME, (await posted(request)).texts)
    if form.errors:
        return await _review_page(reference, actor, now, form, 422)
    act = reviewing.decide_objection(reference, form["decision"] == "granted", form["note"], actor, now)
    return await _decided(act, row, form, actor, now)


@post(QUEUE + "/{reference:str}/contact", opt=CHECK)
async def do_see_contact(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Show the contact whole once, for a purpose that the audit keeps and the provider sees."""
    row = await queries.precheck(reference, actor)
    form = parse(SEE_CONTACT, (await posted(request)).texts)
    if form.errors:
        return await _review_page(reference, actor, now, form, 422)
    contact = await reviewing.see_contact(row, form["purpose"], actor, now)
    return await _review_page(reference, actor, now, contact=contact)


@get(QUEUE + "/{reference:str}/papers/{paper:uuid}", opt=CHECK)
async def download_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], paper: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """One paper of the provider, for the person who checks it; earlier ones too."""
    document = await document_facts(await queries.paper_document(reference, paper, actor))
    return await as_attachment(document, request.app.state["gateways"].documents)


@get("/providers/papers/{paper:uuid}/picture", opt=CHECK)
async def picture_of_paper(
    request: Request[Any, Any, Any], paper: FromPath[UUID], actor: CurrentActor
) -> Response[bytes]:
    """A page of a paper as a picture, to be read beside the form; what cannot be shown says so in its place."""
    document = await document_facts(await queries.paper_document(None, paper, actor))
    check_scanned(document)
    number = small_number(request.query_params.get("page", "1"))
    content = await request.app.state["gateways"].documents.get(document.storage_key)
    try:
        shown = await page_picture(content, number)
    except NoPicture:
        words = html.escape(translate(N_("这份文件不能直接显示，请下载看。")))
        return Response(NO_PICTURE.format(words=words).encode(), media_type="image/svg+xml")
    # the bytes of a paper never change: the browser keeps its picture for the next item of the same provider
    headers = {"Cache-Control": "private, max-age=600", "X-Pages": str(shown.pages)}
    return Response(shown.png, media_type="image/png", headers=headers)


ROUTES: list[Any] = [
    show_queue, show_review, do_review, do_second, do_settle, do_see_contact, download_paper, picture_of_paper,
]  # fmt: skip
