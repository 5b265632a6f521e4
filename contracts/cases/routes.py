"""The window's pages: the list of cases, a new one, one case with what may be done and who had it when."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.cases import forms, queries, services
from contracts.cases.guarding import (
    ABOUT_LABELS,
    FORM_LABELS,
    GIVER_LABELS,
    MODEL_LABELS,
    Guardian,
    give_consent,
    name_guardian,
    withdraw_consent,
)
from contracts.cases.order_rules import ORDER_LABELS
from contracts.cases.rules import (
    CAPACITY_LABELS,
    CASE_LABELS,
    HELP_GROUPS,
    HELP_LABELS,
    PLACE_LABELS,
    RECIPIENT_LABELS,
    RENT_CLOCK,
    RULE_PAUSE,
    SOURCE_LABELS,
    STEP_LABELS,
    days_left,
    is_overdue,
    is_restricted,
    town_decides,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, together
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.rulebook import number, row
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
HANDLING = needs(Permission.HANDLE_CASES)
RECORDING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES)
READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
LABELS = {
    "helps": HELP_LABELS, "recipients": RECIPIENT_LABELS, "places": PLACE_LABELS, "sources": SOURCE_LABELS,
    "capacities": CAPACITY_LABELS, "labels": CASE_LABELS, "groups": HELP_GROUPS, "step_labels": STEP_LABELS,
    "models": MODEL_LABELS, "abouts": ABOUT_LABELS, "givers": GIVER_LABELS, "consent_forms": FORM_LABELS,
    "order_labels": ORDER_LABELS,
}  # fmt: skip


def _filter(q: str, status: str, help_kind: str, village: str, mine: str, overdue: str) -> queries.CaseFilter:  # noqa: PLR0913
    return queries.CaseFilter(q[:100], status, help_kind, village, bool(mine), bool(overdue))


@get("/cases", opt=READING)
async def show_cases(  # noqa: PLR0913 - what the list is narrowed to
    actor: CurrentActor, now: Now, q: FromQuery[str] = "", status: FromQuery[str] = "", help_kind: FromQuery[str] = "",
    village: FromQuery[str] = "", mine: FromQuery[str] = "", overdue: FromQuery[str] = "", number: FromQuery[int] = 1,
    done: FromQuery[str] = "",
) -> Template:  # fmt: skip
    """The cases this reader may see, by their last day; by code, never by name."""
    wanted = _filter(q, status, help_kind, village, mine, overdue)
    found = await queries.list_cases(wanted, actor, now, number)
    rows = [{**r, "left": days_left(r, county_day(now)), "is_late": is_overdue(r, now)} for r in found.rows]
    return page(
        "contracts/cases/list.html", page=found, rows=rows, wanted=wanted, villages=await queries.villages_of(actor),
        is_narrowed=wanted != queries.CaseFilter(), done=done, **LABELS,
    )  # fmt: skip


LIST = [
    Column("reference", N_("个案编号"), text(40), width=16),
    Column("code", N_("代码"), text(20), width=14),
    Column("town", N_("镇（街道）"), text(120), width=22),
    Column("village", N_("村（社区）"), text(80), width=18),
    Column("help_kind", N_("哪种救助"), text(40), width=24),
    Column("recipient_kind", N_("哪类对象"), text(60), width=28),
    Column("status", N_("状态"), text(40), width=16),
    Column("registered_on", N_("登记日期"), text(20), width=14),
    Column("due_on", N_("办理期限"), text(20), width=14),
    Column("decided_on", N_("决定日期"), text(20), width=14),
    Column("amount", N_("决定的金额"), text(20), width=14),
    Column("held_by", N_("现在在哪里"), text(120), width=22),
]


@get("/cases/list.xlsx", opt=READING)
async def export_cases(  # noqa: PLR0913 - as the list
    actor: CurrentActor, now: Now, q: FromQuery[str] = "", status: FromQuery[str] = "", help_kind: FromQuery[str] = "",
    village: FromQuery[str] = "", mine: FromQuery[str] = "", overdue: FromQuery[str] = "",
) -> Response[bytes]:  # fmt: skip
    """The same list as a sheet, without anybody's identity."""
    rows = [
        {
            **r, "town": r["town_name"], "help_kind": translate(HELP_LABELS[r["help_kind"]]),
            "recipient_kind": translate(RECIPIENT_LABELS[r["recipient_kind"]]),
            "status": translate(CASE_LABELS[r["status"]][0]),
            "registered_on": county_day(r["registered_at"]).isoformat(),
            "due_on": r["due_on"].isoformat() if r["due_on"] else "",
            "decided_on": r["decided_on"].isoformat() if r["decided_on"] else "",
            "amount": str(r["granted_amount"]) if r["granted_amount"] is not None else "", "held_by": r["held_by_name"],
        }
        for r in await queries.all_cases(_filter(q, status, help_kind, village, mine, overdue), actor, now)
    ]  # fmt: skip
    return as_spreadsheet("cases", write_sheet(N_("救助个案"), LIST, rows))


def _new_page(form: Bound | None, now: datetime, status_code: int = 200) -> Template:
    limit = number("R-SEED-04", county_day(now))
    return page("contracts/cases/new.html", status_code=status_code, form=form, limit=limit, **LABELS)


@get("/cases/new", opt=HANDLING, sync_to_thread=False)
def show_new(now: Now) -> Template:
    """Ask what the window has to know."""
    return _new_page(None, now)


@post("/cases/new", opt=HANDLING)
async def do_register(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take the case in; one of a child goes on to the named few, so whoever is none of them sees the list."""
    form = parse(forms.NEW, (await posted(request)).texts)
    if not form.errors:
        try:
            reference = await services.register_case(forms.new_case_of(form), actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            hidden = is_restricted(form["capacity"]) and not actor.may(Permission.SEE_RESTRICTED_CASES)
            return go("/cases?done=restricted" if hidden else f"/cases/{reference}?done=registered")
    return _new_page(form, now, 422)


async def _page(  # noqa: PLR0913 - a page with its form, what was done, and who was asked for
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200,
    identity: services.Identity | None = None,
) -> Template:  # fmt: skip
    case = await queries.case_page(reference, visible_to=actor)
    today = county_day(now)
    handles = actor.may(Permission.HANDLE_CASES) and actor.organisation_id == case["town"]
    key = case["id"]
    steps, colleagues, guardian, consents, looks, pauses, others, orders, advance, referrals, checks = await together(
        queries.steps_of(key), queries.colleagues_of(case["town"]), queries.guardian_of(key), queries.consents_of(key),
        queries.looks_at(case["resident"]) if handles else nothing(), queries.pauses_of(key),
        queries.cases_of_resident(case["resident"], actor, key), queries.orders_beside(key),
        queries.advance_beside(key), queries.referrals_beside(key), queries.checks_beside(key),
    )  # fmt: skip
    amount = case["granted_amount"] if case["granted_amount"] is not None else case["asked_amount"]
    return page(
        "contracts/cases/show.html", status_code=status_code, case=case, form=form, done=done, identity=identity,
        steps=steps, left=days_left(case, today), is_late=is_overdue(case, now),
        clock=row(case["clock"], county_day(case["registered_at"])) if case["clock"] else None, rent=RENT_CLOCK,
        handles=handles, has_it=actor.may(Permission.OVERSEE_CASES) and actor.organisation_id == case["held_by"],
        oversees=actor.may(Permission.OVERSEE_CASES), colleagues=colleagues,
        guardian=guardian, consents=consents,
        looks=looks or [], pauses=pauses,
        others=others,
        is_restricted=is_restricted(case["capacity"]), may_pause=number(RULE_PAUSE, today) > case["paused_days"],
        town_decides=town_decides(amount, today) if amount is not None else False,
        limit=number("R-SEED-04", today), orders=orders,
        advance=advance, today=today,
        referrals=referrals, checks=checks, **LABELS,
    )  # fmt: skip


@get("/cases/{reference:str}", opt=READING)
async def show_case(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One case: its clock, who has it, what may be done."""
    return await _page(reference, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]], done: str = "done",
) -> Redirect | Template:  # fmt: skip
    """Read the form, do the act, back to the case; what is refused stands on the page beside what was typed."""
    await queries.case_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["_"] = refused.sentence
        else:
            return go(f"/cases/{reference}?done={done}")
    return await _page(reference, actor, now, form, status_code=422)


@post("/cases/{reference:str}/identity", opt=irreversible(RECORDING))
async def do_show_identity(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Who the resident is, for a stated purpose; the answer is a page that no browser keeps."""
    await queries.case_page(reference, visible_to=actor)
    form = parse(forms.PURPOSE, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, now, form, status_code=422)
    identity = await services.show_identity(reference, form["purpose"], actor, now)
    return await _page(reference, actor, now, identity=identity)


@post("/cases/{reference:str}/pass", opt=HANDLING)
async def do_pass(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """To the county with the town's opinion."""
    return await _act(
        request, reference, actor, now, forms.NOTE, lambda f: services.pass_to_county(reference, f["note"], actor, now)
    )


@post("/cases/{reference:str}/give-back", opt=needs(Permission.OVERSEE_CASES))
async def do_give_back(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Back to the town with what is missing."""
    return await _act(
        request, reference, actor, now, forms.NOTE, lambda f: services.give_back(reference, f["note"], actor, now)
    )


@post("/cases/{reference:str}/handler", opt=HANDLING)
async def do_name_handler(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Another colleague takes it over."""
    return await _act(
        request, reference, actor, now, forms.HANDLER,
        lambda f: services.name_handler(reference, f["person"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/publicity", opt=HANDLING)
async def do_begin_clock(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The clock of the rent subsidy begins."""
    return await _act(
        request, reference, actor, now, forms.PUBLICITY,
        lambda f: services.begin_rent_clock(reference, f["published_until"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/pause", opt=HANDLING)
async def do_pause(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The clock stands still, where a rule allows it."""
    return await _act(
        request, reference, actor, now, forms.GROUND,
        lambda f: services.pause_clock(reference, f["ground"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/resume", opt=HANDLING)
async def do_resume(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The clock runs again."""
    return await _act(request, reference, actor, now, [], lambda _: services.resume_clock(reference, actor, now))


@post("/cases/{reference:str}/decision", opt=RECORDING)
async def do_record_decision(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record what was decided."""
    return await _act(
        request, reference, actor, now, forms.DECISION,
        lambda f: services.record_decision(reference, forms.decision_of(f), actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/filing", opt=HANDLING)
async def do_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Note the filing with the county."""
    return await _act(
        request, reference, actor, now, forms.FILING,
        lambda f: services.file_with_county(reference, f["filed_on"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/end", opt=HANDLING)
async def do_end(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Help ends, or the application is taken back."""
    return await _act(
        request, reference, actor, now, forms.ENDING,
        lambda f: services.end_case(reference, f["ended_on"], f["end_reason"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/guardian", opt=HANDLING)
async def do_name_guardian(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Who stands for the resident."""
    return await _act(
        request, reference, actor, now, forms.GUARDIAN,
        lambda f: name_guardian(
            reference, Guardian(f["model"], f["relation"], f["guardian_name"], f["guardian_phone"] or ""), actor, now
        ),
    )  # fmt: skip


@post("/cases/{reference:str}/consent", opt=HANDLING)
async def do_give_consent(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """What was agreed to."""
    return await _act(
        request, reference, actor, now, forms.CONSENT,
        lambda f: give_consent(reference, f["about"], f["given_by"], f["form"], f["given_on"], actor, now),
    )  # fmt: skip


@post("/cases/{reference:str}/consent/withdraw", opt=HANDLING)
async def do_withdraw_consent(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A consent is taken back."""
    return await _act(
        request, reference, actor, now, forms.WITHDRAWAL,
        lambda f: withdraw_consent(reference, f["consent"], actor, now),
    )  # fmt: skip


ROUTES: list[Any] = [
    show_cases, export_cases, show_new, do_register, show_case, do_show_identity, do_pass, do_give_back,
    do_name_handler, do_begin_clock, do_pause, do_resume, do_record_decision, do_file, do_end, do_name_guardian,
    do_give_consent, do_withdraw_consent,
]  # fmt: skip
