"""Pages of job matching: events with vacancies and who came, people who look for work, lists handed over."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.import_routes import as_spreadsheet
from contracts.cases.codes import recipient_code, text_without_people
from contracts.job_matching import queries, services
from contracts.job_matching.rules import (
    END_LABELS,
    EVENT_LABELS,
    FROM_OFFICE,
    LIST_COLUMNS,
    SEEKER_LABELS,
    TO_OFFICE,
    EventStatus,
    ask_again_on,
    quarter_of,
    reminder_due,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

TOWN, COUNTY = needs(Permission.HANDLE_CASES), needs(Permission.OVERSEE_CASES)
READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
_CODE = Field("code", N_("服务对象代码"), recipient_code())
PLAN = [Field("planned_on", N_("哪天召开"), day()), Field("place", N_("地点"), text(120))]
VACANCY = [
    Field("employer", N_("用人单位"), text(120)),
    Field("post", N_("岗位名称"), text(80)),
    Field("places", N_("招几个人"), whole_number(1, 999)),
    Field("pay", N_("待遇"), text(80), is_required=False),
]
HOLD = [
    Field("held_on", N_("召开的日期"), day()),
    Field("zero_before", N_("对接前的零就业家庭"), whole_number(0, 99_999)),
]
CANCEL = [Field("cancel_reason", N_("为什么取消"), text_without_people(300))]
AFTER = [Field("zero_after", N_("对接后的零就业家庭"), whole_number(0, 99_999))]
ATTEND = [_CODE]
HIRE = [
    Field("attendance", N_("服务对象代码"), identifier()),
    Field("vacancy", N_("录用的岗位"), identifier()),
    Field("hired_on", N_("录用的日期"), day()),
]
STILL = [
    Field("attendance", N_("服务对象代码"), identifier()),
    Field("still", N_("还在不在岗"), choice(["yes", "no"])),
    Field("asked_on", N_("回访的日期"), day()),
]
SEEKER = [
    _CODE,
    Field("kind", N_("属于哪一类"), choice(list(SEEKER_LABELS))),
    Field("wish", N_("想做什么工作"), text_without_people(200)),
    Field("consented_on", N_("本人同意推送的日期"), day()),
]
END = [Field("end_kind", N_("为什么移出"), choice(list(END_LABELS)))]
PURPOSE = [Field("purpose", N_("用途"), text_without_people(200))]
FILE = [Field("file_purpose", N_("用途"), text_without_people(200))]
RECEIPT = [Field("receipt", N_("对方的收件编号"), text(120)), Field("received_on", N_("收到的日期"), day())]


async def _tried(form: Bound, act: Callable[[Bound], Awaitable[object]], field: str = "_") -> bool:
    """Do the act of a form without mistakes; what is refused stands beside what was typed."""
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors[field] = refused.sentence
    return not form.errors


async def _events_page(actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200) -> Template:
    today = county_day(now)
    first, last = quarter_of(today)
    has_event = await queries.has_event(first, last)
    return page(
        "contracts/job_matching/events.html", status_code=status_code, rows=await queries.list_events(), form=form,
        may_plan=actor.may(Permission.OVERSEE_CASES), last=last, has_event=has_event,
        is_near=reminder_due(today, has_event) is not None, labels=EVENT_LABELS,
    )  # fmt: skip


@get("/job-events", opt=READING)
async def show_events(actor: CurrentActor, now: Now) -> Template:
    """Every event with its numbers."""
    return await _events_page(actor, now)


@post("/job-events", opt=COUNTY)
async def do_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Name day and place."""
    form = parse(PLAN, (await posted(request)).texts)
    if not form.errors:
        try:
            reference = await services.plan_event(form["planned_on"], form["place"], actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            return go(f"/job-events/{reference}?done=done")
    return await _events_page(actor, now, form, 422)


async def _event_page(  # noqa: PLR0913 - a page with its form and what was done
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    event = await queries.event_page(reference)
    today = county_day(now)
    came = [
        {**row, "ask_on": ask_again_on(row["hired_on"]) if row["hired_on"] else None}
        for row in await queries.attendance_of(event["id"], actor)
    ]
    own = actor.organisation_id if actor.may(Permission.HANDLE_CASES) else None
    is_held = event["status"] == EventStatus.HELD
    return page(
        "contracts/job_matching/event.html", status_code=status_code, event=event, form=form, done=done, came=came,
        vacancies=await queries.vacancies_of(event["id"]), today=today, labels=EVENT_LABELS,
        is_county=actor.may(Permission.OVERSEE_CASES), may_note=own is not None and is_held,
        to_hire=[r for r in came if r["town"] == own and r["hired_on"] is None] if is_held else [],
        to_ask=[r for r in came if r["town"] == own and r["ask_on"] and not r["asked_on"] and r["ask_on"] <= today],
    )  # fmt: skip


@get("/job-events/{reference:str}", opt=READING)
async def show_event(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One event: vacancies, who came by code, hired, still at work."""
    return await _event_page(reference, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    await queries.event_page(reference)
    form = parse(fields, (await posted(request)).texts)
    if await _tried(form, act):
        return go(f"/job-events/{reference}?done=done")
    return await _event_page(reference, actor, now, form, status_code=422)


@post("/job-events/{reference:str}/vacancies", opt=COUNTY)
async def do_add_vacancy(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """An employer offers posts."""
    return await _act(
        request, reference, actor, now, VACANCY,
        lambda f: services.add_vacancy(reference, f["employer"], f["post"], f["places"], f["pay"] or "", actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/held", opt=COUNTY)
async def do_hold(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """It took place."""
    return await _act(
        request, reference, actor, now, HOLD,
        lambda f: services.hold_event(reference, f["held_on"], f["zero_before"], actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/cancel", opt=COUNTY)
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """It does not take place."""
    return await _act(
        request, reference, actor, now, CANCEL,
        lambda f: services.cancel_event(reference, f["cancel_reason"], actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/after", opt=COUNTY)
async def do_count_after(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Households without any work after it."""
    return await _act(
        request, reference, actor, now, AFTER,
        lambda f: services.count_after(reference, f["zero_after"], actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/came", opt=TOWN)
async def do_note_attendance(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A resident came."""
    return await _act(
        request, reference, actor, now, ATTEND,
        lambda f: services.note_attendance(reference, f["code"], actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/hired", opt=TOWN)
async def do_note_hired(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Somebody was hired."""
    return await _act(
        request, reference, actor, now, HIRE,
        lambda f: services.note_hired(f["attendance"], f["vacancy"], f["hired_on"], actor, now),
    )  # fmt: skip


@post("/job-events/{reference:str}/still", opt=TOWN)
async def do_note_still(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Whether the job still stands."""
    return await _act(
        request, reference, actor, now, STILL,
        lambda f: services.note_still(f["attendance"], f["still"] == "yes", f["asked_on"], actor, now),
    )  # fmt: skip


async def _seekers_page(
    actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    rows = await queries.list_seekers(actor)
    return page(
        "contracts/job_matching/seekers.html", status_code=status_code, rows=rows, form=form, done=done,
        lists=await queries.list_lists(), may_enter=actor.may(Permission.HANDLE_CASES), kinds=SEEKER_LABELS,
        may_send=actor.may(Permission.OVERSEE_CASES), endings=END_LABELS, columns=LIST_COLUMNS,
        own=actor.organisation_id,
        from_office=FROM_OFFICE, to_office=TO_OFFICE,
        waiting=sum(r["kind"] == "disabled" and not r["ended_at"] and not r["list_reference"] for r in rows),
    )  # fmt: skip


@get("/job-seekers", opt=READING)
async def show_seekers(actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """Who looks for work, by code, and the lists handed over."""
    return await _seekers_page(actor, done=done)


@post("/job-seekers", opt=TOWN)
async def do_enter_seeker(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """A resident looks for work."""
    form = parse(SEEKER, (await posted(request)).texts)
    if await _tried(
        form, lambda f: services.enter_seeker(f["code"], f["kind"], f["wish"], f["consented_on"], actor, now)
    ):
        return go("/job-seekers?done=done")
    return await _seekers_page(actor, form, status_code=422)


@post("/job-seekers/{seeker:uuid}/end", opt=TOWN)
async def do_end_seeker(
    request: Request[Any, Any, Any], seeker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """No longer."""
    form = parse(END, (await posted(request)).texts)
    if await _tried(form, lambda f: services.end_seeker(seeker, f["end_kind"], actor, now)):
        return go("/job-seekers?done=done")
    return await _seekers_page(actor, form, status_code=422)


@post("/job-lists", opt=COUNTY)
async def do_send_list(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """A list for the labour bureau."""
    form = parse(PURPOSE, (await posted(request)).texts)
    if await _tried(form, lambda f: services.send_list(f["purpose"], actor, now), "purpose"):
        return go("/job-seekers?done=done")
    return await _seekers_page(actor, form, status_code=422)


@post("/job-lists/{reference:str}/list.xlsx", opt=irreversible(COUNTY), status_code=200)
async def do_make_file(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes] | Template:
    """Its file, for a stated purpose; no browser keeps it."""
    await queries.list_page(reference)
    form = parse(FILE, (await posted(request)).texts)
    if not form.errors:
        try:
            return as_spreadsheet(reference, await services.make_file(reference, form["file_purpose"], actor, now))
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["file_purpose"] = refused.sentence
    return await _seekers_page(actor, form, status_code=422)


@post("/job-lists/{reference:str}/receipt", opt=COUNTY)
async def do_note_receipt(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The labour bureau has it."""
    await queries.list_page(reference)
    form = parse(RECEIPT, (await posted(request)).texts)
    if await _tried(
        form, lambda f: services.note_receipt(reference, f["receipt"], f["received_on"], actor, now)
    ):
        return go("/job-seekers?done=done")
    return await _seekers_page(actor, form, status_code=422)


ROUTES: list[Any] = [
    show_events, do_plan, show_event, do_add_vacancy, do_hold, do_cancel, do_count_after, do_note_attendance,
    do_note_hired, do_note_still, show_seekers, do_enter_seeker, do_end_seeker, do_send_list, do_make_file,
    do_note_receipt,
]  # fmt: skip
