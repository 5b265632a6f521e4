"""Finance opens, hears and decides cases of credit; the provider reads its own and states its view."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.credit import queries, services
from vendors.credit.forms import CASE, DROP, HEARING, REMOVAL, STATEMENT
from vendors.credit.rules import (
    CASE_LABELS,
    GROUND_LABELS,
    HEARING_LABELS,
    MOMENT_LABELS,
    REMOVAL_LABELS,
    CaseStatus,
    RemovalStatus,
)
from vendors.credit.services import Hearing, NewCase, NewRemoval
from vendors.providers.queries import own_provider, provider_by_reference
from vendors.providers.rules import CREDIT_CLAUSES, CREDIT_LABELS

RECORD = needs(Permission.RECORD_CREDIT)
READ = needs(Permission.RECORD_CREDIT, Permission.READ_EVERYTHING)
OWN = needs(Permission.EDIT_PROVIDER_FILE)
PARTIES = needs(Permission.RECORD_CREDIT, Permission.READ_EVERYTHING, Permission.EDIT_PROVIDER_FILE)
ACCEPTED = ".pdf,.docx,.ofd,.png,.jpg,.jpeg"


@get("/credit", opt=READ)
async def show_desk(actor: CurrentActor) -> Template:
    """Everything about credit: cases, removals that wait, and the lists."""
    return page(
        "vendors/credit/desk.html", cases=await queries.list_cases(), removals=await queries.removals(),
        lists=await queries.credit_lists(), labels=CREDIT_LABELS, case_labels=CASE_LABELS, grounds=GROUND_LABELS,
        removal_labels=REMOVAL_LABELS, actor=actor,
    )  # fmt: skip


async def _new_page(reference: str, form: Bound | None, status_code: int = 200) -> Template:
    provider = await provider_by_reference(reference)
    return page(
        "vendors/credit/new.html", status_code=status_code, form=form, provider=provider, labels=CREDIT_LABELS,
        accepted=ACCEPTED,
    )  # fmt: skip


@get("/providers/{reference:str}/credit/new", opt=RECORD)
async def show_new(reference: FromPath[str]) -> Template:
    """Ask for the decision."""
    return await _new_page(reference, None)


@post("/providers/{reference:str}/credit/new", opt=RECORD, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_open(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Open a case with its evidence."""
    provider = await provider_by_reference(reference)
    sent = await posted(request)
    form = parse(CASE, sent.texts)
    files = sent.files.get("evidence", [])
    if not files:
        form.refuse("evidence", N_("请上传决定书或者查询页面。没有证据不能登记。"))
    if not form.errors:
        evidence = NewDocument(files[0].filename, files[0].file)
        store = request.app.state["gateways"].documents
        try:
            new = NewCase(provider=provider["id"], **form.values)
            case = await services.open_case(new, evidence, store, actor, now)
            return go(f"/credit/cases/{case}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _new_page(reference, form, 422)


async def _case_page(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    case = await queries.case_page(reference, actor)
    may_act = actor.may(Permission.RECORD_CREDIT)
    return page(
        "vendors/credit/case.html", status_code=status_code, form=form, case=case, labels=CREDIT_LABELS,
        clauses=CREDIT_CLAUSES, case_labels=CASE_LABELS, hearings=HEARING_LABELS, may_act=may_act,
        may_decide=may_act and case["opened_by"] != actor.person_id,
        is_open=case["status"] in (CaseStatus.OPENED, CaseStatus.HEARD),
    )  # fmt: skip


@get("/credit/cases/{reference:str}", opt=PARTIES)
async def show_case(reference: FromPath[str], actor: CurrentActor) -> Template:
    """One case: the decision, the evidence, what the provider says, and what may be done."""
    return await _case_page(reference, actor, None)


@get("/credit/cases/{reference:str}/evidence", opt=PARTIES)
async def download_evidence(request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor) -> Stream:
    """The paper, for finance and for the provider it is about."""
    case = await queries.case_page(reference, actor)
    return await as_attachment(await document_facts(case["evidence"]), request.app.state["gateways"].documents)


@post("/credit/cases/{reference:str}/statement", opt=OWN)
async def do_state(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider states its view."""
    form = parse(STATEMENT, (await posted(request)).texts)
    if form.errors:
        return await _case_page(reference, actor, form, 422)
    await services.state_view(reference, form["statement"], actor, now)
    return go(f"/credit/cases/{reference}")


@post("/credit/cases/{reference:str}/hearing", opt=RECORD)
async def do_hear(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record how the provider was heard."""
    form = parse(HEARING, (await posted(request)).texts)
    if not form.errors:
        try:
            await services.record_hearing(reference, Hearing(**form.values), actor, now)
            return go(f"/credit/cases/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _case_page(reference, actor, form, 422)


@post("/credit/cases/{reference:str}/publish", opt=irreversible(RECORD))
async def do_publish(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """A second person publishes."""
    await services.publish_case(reference, actor, now)
    return go(f"/credit/cases/{reference}")


@post("/credit/cases/{reference:str}/drop", opt=irreversible(RECORD))
async def do_drop(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A second person decides that nothing is entered."""
    form = parse(DROP, (await posted(request)).texts)
    if form.errors:
        return await _case_page(reference, actor, form, 422)
    await services.drop_case(reference, form["drop_note"], actor, now)
    return go(f"/credit/cases/{reference}")


async def _removal_page(entry: UUID, form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "vendors/credit/removal.html", status_code=status_code, form=form, entry=await queries.entry_page(entry),
        labels=CREDIT_LABELS, grounds=GROUND_LABELS,
    )  # fmt: skip


@get("/credit/entries/{entry:uuid}/removal", opt=RECORD)
async def show_removal(entry: FromPath[UUID]) -> Template:
    """Ask why an entry ends before its day."""
    return await _removal_page(entry, None)


@post("/credit/entries/{entry:uuid}/removal", opt=RECORD)
async def do_propose(
    request: Request[Any, Any, Any], entry: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Propose the removal."""
    form = parse(REMOVAL, (await posted(request)).texts)
    if not form.errors:
        try:
            await services.propose_removal(NewRemoval(entry=entry, **form.values), actor, now)
            return go("/credit")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _removal_page(entry, form, 422)


@post("/credit/removals/{removal:uuid}/{answer:str}", opt=irreversible(RECORD))
async def do_decide_removal(
    removal: FromPath[UUID], answer: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """A second person confirms or declines."""
    to = RemovalStatus.CONFIRMED if answer == "confirm" else RemovalStatus.DECLINED
    await services.decide_removal(removal, to, actor, now)
    return go("/credit")


@get("/my-organisation/credit", opt=OWN)
async def show_own(actor: CurrentActor, now: Now) -> Template:
    """What is held about the own organisation: cases, entries and every check that was made."""
    provider = await own_provider(actor)
    # the look before an award would tell that an award is near
    checks = await queries.checks_of([provider["id"]], moments=("registration", "sealing", "cut_off"))
    return page(
        "vendors/credit/own.html", provider=provider, cases=await queries.own_cases(actor.organisation_id),
        entries=await queries.entries_of(provider["id"]), labels=CREDIT_LABELS, case_labels=CASE_LABELS,
        grounds=GROUND_LABELS, clauses=CREDIT_CLAUSES, moments=MOMENT_LABELS,
        today=county_day(now),
        checks=checks[provider["id"]],
    )  # fmt: skip


ROUTES: list[Any] = [
    show_desk, show_new, do_open, show_case, download_evidence, do_state, do_hear, do_publish, do_drop, show_removal,
    do_propose, do_decide_removal, show_own,
]  # fmt: skip
