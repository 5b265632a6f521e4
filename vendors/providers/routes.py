"""Register as a provider; keep the own facts and papers."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.people.signing_in import enter, note_try
from marketplace.accounts.permissions import Permission
from marketplace.accounts.throttle.rules import TooManyTries
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.providers import queries
from vendors.providers.forms import FACTS, PAPER, parse_registration
from vendors.providers.paper_facts import PAPER_RESULTS, PaperFacts, facts_of_kind
from vendors.providers.rules import (
    LEGAL_FORM_GROUPS,
    LEGAL_FORM_HINTS,
    PAPER_LABELS,
    PaperKind,
    may_declare_small_micro,
    missing_papers,
    needed_papers,
    runs_out_soon,
)
from vendors.providers.services import (
    NewPaper,
    NewProvider,
    ProviderDetails,
    add_paper,
    change_details,
    register_from_outside,
    remove_paper,
)

ACCEPTED = ".pdf,.docx,.xlsx,.ofd,.png,.jpg,.jpeg,.txt,.csv"


def _details(form: Bound) -> ProviderDetails:
    return ProviderDetails(
        legal_representative=form["legal_representative"], address=form["address"], contact=form["contact"],
        founded_on=form["founded_on"], is_small_micro=bool(form["is_small_micro"]),
        is_medium=bool(form["is_medium"]),
        introduction=form["introduction"] or "",
    )  # fmt: skip


def _registration(form: Bound) -> NewProvider:
    return NewProvider(
        name=form["name"], name_en=form["name_en"] or "", credit_code=form["credit_code"],
        legal_form=form["legal_form"], details=_details(form), person_name=form["person_name"], email=form["email"],
        username=form["username"].lower(), password=form["password"],
    )  # fmt: skip


async def _registration_page(form: Bound, status_code: int = 200) -> Template:
    form.raw.pop("password", None)
    code = form.values.get("credit_code") if "credit_code" in form.errors else None
    return page(
        "vendors/providers/registration.html", status_code=status_code, form=form, legal_forms=LEGAL_FORM_LABELS,
        form_hints=LEGAL_FORM_HINTS, form_groups=LEGAL_FORM_GROUPS,
        registered=await queries.organisation_of_code(code) if code else None,
    )  # fmt: skip


@get("/providers/register", opt=PUBLIC)
async def show_registration() -> Template:
    """Ask for organisation, provider and first account at once."""
    return await _registration_page(Bound())


@post("/providers/register", opt=PUBLIC)
async def do_register(request: Request[Any, Any, Any], now: Now) -> Redirect | Template:
    """Register, sign in with a new session, and go on to the file."""
    form, status_code = parse_registration((await posted(request)).texts), 422
    if not form.errors:
        try:
            # every answer tells whether a user name or a code is taken, so every try counts: for its code
            # and, with much more room for an office that helps many, for the address
            await note_try(request, f"register {form['credit_code']}")
            address = request.app.state["settings"].public_address
            registered = await register_from_outside(_registration(form), address, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except TooManyTries as refused:
            form.errors["credit_code"], status_code = refused.sentence, refused.status_code
        else:
            enter(request, registered.person, second_factor=False)
            return go("/my-organisation?done=registered")
    return await _registration_page(form, status_code)


async def _facts_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await queries.own_provider(actor)
    return page(
        "vendors/providers/facts.html", status_code=status_code, form=form, provider=provider,
        legal_forms=LEGAL_FORM_LABELS, may_be_small=may_declare_small_micro(provider["legal_form"]),
    )  # fmt: skip


@get("/my-organisation/facts", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def show_facts(actor: CurrentActor) -> Template:
    """The facts that may be changed."""
    return await _facts_page(actor, None)


@post("/my-organisation/facts", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def do_change_facts(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Change the facts."""
    form = parse(FACTS, (await posted(request)).texts)
    if not form.errors:
        try:
            await change_details(_details(form), actor, now)
            return go("/my-organisation?done=facts")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _facts_page(actor, form, 422)


def bid_path(typed: str) -> str:
    """The address of a bid page, so that a renewal leads back to it; "" for any other address."""
    return typed if re.fullmatch(r"/listings/[A-Z0-9-]{1,40}/lots/[0-9]{1,3}/bid(/[a-z-]{1,20})?", typed) else ""


async def _papers_page(actor: Actor, now: datetime, form: Bound | None, status_code: int = 200) -> Template:
    provider = await queries.own_provider(actor)
    papers = await queries.current_papers(provider["id"])
    today = county_day(now)
    missing = missing_papers(provider["legal_form"], [p["kind"] for p in papers])
    asked = form.raw.get("kind") if form else next(iter(missing), None)
    return page(
        "vendors/providers/papers.html", status_code=status_code, form=form, papers=papers, labels=PAPER_LABELS,
        missing=missing,
        needed=needed_papers(provider["legal_form"]), accepted=ACCEPTED, today=today, results=PAPER_RESULTS,
        runs_out={p["id"] for p in papers if runs_out_soon(p["valid_until"], today)},
        asks_inspection=asked == PaperKind.ANNUAL_INSPECTION,
    )  # fmt: skip


@get("/my-organisation/papers", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def show_papers(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """The papers in the file, what is missing, and a place to add one, or to renew the one that `kind` names.

    `back` is the page of a bid that led here.
    """
    kind, back = request.query_params.get("kind", ""), bid_path(request.query_params.get("back", ""))
    return await _papers_page(actor, now, Bound(raw={"kind": kind, "back": back}) if kind in PAPER_LABELS else None)


@post("/my-organisation/papers", opt=needs(Permission.EDIT_PROVIDER_FILE), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_add_paper(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Put a paper into the file."""
    sent = await posted(request)
    form = parse(PAPER, sent.texts)
    form.raw["back"] = back = bid_path(form["back"] or "")
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要上传的文件。"))
    if not form.errors:
        new = NewPaper(
            form["kind"], NewDocument(files[0].filename, files[0].file), form["valid_until"],
            facts_of_kind(form["kind"], PaperFacts(form["result"] or "", form["covers_year"], form["granted_on"])),
        )  # fmt: skip
        try:
            await add_paper(new, request.app.state["gateways"].documents, actor, now)
            return go(back or "/my-organisation/papers")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _papers_page(actor, now, form, 422)


@post("/my-organisation/papers/{paper:uuid}/remove", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def do_remove_paper(paper: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take a paper out of the file."""
    await remove_paper(paper, actor, now)
    return go("/my-organisation/papers")


ROUTES: list[Any] = [
    show_registration, do_register, show_facts, do_change_facts, show_papers, do_add_paper, do_remove_paper,
]  # fmt: skip
