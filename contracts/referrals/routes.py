"""Pages of referrals: the list, a new one of a case, one with its list file, receipt and answer."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.cases.codes import text_without_people
from contracts.cases.queries import case_page, holds_consent
from contracts.cases.rules import HELP_LABELS, HelpKind
from contracts.referrals import queries, services
from contracts.referrals.rules import (
    BASIS_LABELS,
    COLUMN_LABELS,
    DEPARTMENTS,
    OUTCOME_LABELS,
    REFERRABLE,
    REFERRAL_LABELS,
    ReferralStatus,
    is_overdue,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, day, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

HANDLING = needs(Permission.HANDLE_CASES)
READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
NEW = [
    Field("department", N_("转给哪个部门"), text(120)),
    Field("purpose", N_("请对方办什么"), text_without_people(200)),
    Field("legal_basis", N_("送出的依据"), choice([b.value for b in BASIS_LABELS])),
    Field("columns", N_("送哪些栏目"), choice(list(COLUMN_LABELS)), is_list=True),
]
LIST = [Field("purpose", N_("用途"), text_without_people(200))]
RECEIPT = [Field("receipt", N_("对方的收件编号"), text(120)), Field("received_on", N_("收到的日期"), day())]
ANSWER = [
    Field("outcome", N_("答复"), choice(list(OUTCOME_LABELS))),
    Field("answered_on", N_("答复的日期"), day()),
    Field("outcome_note", N_("答复的内容"), text_without_people(500)),
]
LABELS = {
    "labels": REFERRAL_LABELS, "outcomes": OUTCOME_LABELS, "bases": BASIS_LABELS, "columns": COLUMN_LABELS,
    "helps": HELP_LABELS,
}  # fmt: skip


@get("/referrals", opt=READING)
async def show_referrals(
    actor: CurrentActor, now: Now, status: FromQuery[str] = "", overdue: FromQuery[str] = ""
) -> Template:
    """Every referral this reader may see, those without an answer first."""
    today = county_day(now)
    found = await queries.list_referrals(actor, status, bool(overdue), today)
    rows = [{**r, "is_late": is_overdue(r, today)} for r in found]
    return page(
        "contracts/referrals/list.html", rows=rows, status=status, overdue=overdue,
        is_narrowed=bool(status or overdue), **LABELS,
    )  # fmt: skip


async def _new_page(reference: str, actor: Actor, form: Bound | None = None, status_code: int = 200) -> Template:
    case = await case_page(reference, visible_to=actor)
    if actor.organisation_id != case["town"] or case["status"] not in REFERRABLE:
        raise NotFound()
    return page(
        "contracts/referrals/new.html", status_code=status_code, case=case, form=form,
        department=DEPARTMENTS.get(HelpKind(case["help_kind"]), ""),
        is_consented=await holds_consent(case["id"], "referral"), **LABELS,
    )  # fmt: skip


@get("/cases/{reference:str}/referrals/new", opt=HANDLING)
async def show_new(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask to whom, for what, on which basis, and what leaves the town."""
    return await _new_page(reference, actor)


@post("/cases/{reference:str}/referrals/new", opt=HANDLING)
async def do_refer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send it on."""
    await case_page(reference, visible_to=actor)
    form = parse(NEW, (await posted(request)).texts)
    if not form.errors:
        new = services.NewReferral(
            form["department"], form["purpose"], form["legal_basis"], tuple(dict.fromkeys(form["columns"]))
        )
        try:
            referral = await services.refer(reference, new, actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["legal_basis"] = refused.sentence
        else:
            return go(f"/referrals/{referral}?done=sent")
    return await _new_page(reference, actor, form, 422)


async def _page(  # noqa: PLR0913 - a page with its form and what was done
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    found = await queries.referral_page(reference, visible_to=actor)
    today = county_day(now)
    waits = found["status"] in (ReferralStatus.SENT, ReferralStatus.RECEIVED)
    handles = actor.may(Permission.HANDLE_CASES) and actor.organisation_id == found["town"]
    return page(
        "contracts/referrals/show.html", status_code=status_code, referral=found, form=form, done=done,
        is_late=is_overdue(found, today), handles=handles, waits=waits, today=today,
        lists=await queries.lists_made(found["resident"], reference), **LABELS,
    )  # fmt: skip


@get("/referrals/{reference:str}", opt=READING)
async def show_referral(
    reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = ""
) -> Template:
    """One referral: what was sent, on which basis, what came back."""
    return await _page(reference, actor, now, done=done)


@post("/referrals/{reference:str}/list.xlsx", opt=irreversible(HANDLING), status_code=200)
async def do_make_list(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes] | Template:
    """The file for the department, for a stated purpose; no browser keeps it."""
    await queries.referral_page(reference, visible_to=actor)
    form = parse(LIST, (await posted(request)).texts)
    if not form.errors:
        try:
            return as_spreadsheet(reference, await services.make_list(reference, form["purpose"], actor, now))
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["purpose"] = refused.sentence
    return await _page(reference, actor, now, form, status_code=422)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    await queries.referral_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            return go(f"/referrals/{reference}?done=done")
    return await _page(reference, actor, now, form, status_code=422)


@post("/referrals/{reference:str}/receipt", opt=HANDLING)
async def do_note_receipt(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The department has it."""
    return await _act(
        request, reference, actor, now, RECEIPT,
        lambda f: services.note_receipt(reference, f["receipt"], f["received_on"], actor, now),
    )  # fmt: skip


@post("/referrals/{reference:str}/answer", opt=HANDLING)
async def do_note_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """What came back."""
    return await _act(
        request, reference, actor, now, ANSWER,
        lambda f: services.note_answer(reference, f["outcome"], f["answered_on"], f["outcome_note"], actor, now),
    )  # fmt: skip


ROUTES: list[Any] = [
    show_referrals, show_new, do_refer, show_referral, do_make_list, do_note_receipt, do_note_answer,
]  # fmt: skip
