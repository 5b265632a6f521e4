"""Pages: report harm or a crisis with one tap, what to do now, the officers' queue, who is on duty."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.cases.codes import recipient_code
from contracts.safeguarding import queries, services
from contracts.safeguarding.letters import roles_with
from contracts.safeguarding.rules import (
    DO_NOW,
    KIND_LABELS,
    RESULT_LABELS,
    STATUS_LABELS,
    ReportKind,
    Result,
    is_late,
    is_officer,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PRESSED = UUID("5a4be9d2-6f0c-4f4e-9a43-0d1c6c8f2b70")
SAME_PRESS = 600  # seconds
OFFICERS = needs(Permission.SEE_RESTRICTED_CASES)
REPORT = [
    Field("kind", N_("发生了什么"), choice([k.value for k in ReportKind])),
    Field("report", N_("报告的标识"), identifier(), is_required=False),
    Field("recipient_code", N_("服务对象代码"), recipient_code(), is_required=False),
    Field("office", N_("镇（街道）"), identifier(), is_required=False),
    Field("words", N_("看到了什么"), text(1000), is_required=False),
]
WORDS = [Field("words", N_("看到了什么"), text(1000))]
CLOSING = [
    Field("result", N_("怎样处理的"), choice([r.value for r in Result])),
    Field("done", N_("做了什么，接下来谁负责"), text(1000)),
]
DUTY = [
    Field("person", N_("谁值班"), identifier()),
    Field("phone", N_("值班电话"), text(40)),
    Field("from_on", N_("第一天"), day()),
    Field("to_on", N_("最后一天"), day()),
]
LABELS = {"kinds": KIND_LABELS, "states": STATUS_LABELS, "do_now": DO_NOW, "results": RESULT_LABELS}


async def _report_page(actor: Actor, now: datetime, form: Bound | None, code: str = "", office: str = "") -> Template:
    own = await queries.office_for(None, code, actor, roles_with(Permission.SEE_RESTRICTED_CASES))
    return page(
        "contracts/safeguarding/report.html", status_code=422 if form and form.errors else 200, form=form, code=code,
        office=office, officer=(await queries.officers_of([own], county_day(now))).get(own),
        mine=await queries.reported_by(actor.person_id), **LABELS,
    )  # fmt: skip


@get("/safeguarding/report", opt=SIGNED_IN)
async def show_report_form(
    actor: CurrentActor, now: Now, code: FromQuery[str] = "", office: FromQuery[str] = ""
) -> Template:
    """Two buttons: harm, crisis; whom to call; and the reader's own reports."""
    return await _report_page(actor, now, None, code[:20], office[:40])


@post("/safeguarding/report", opt=SIGNED_IN)
async def do_report(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """One tap reports; what to do now comes at once."""
    form = parse(REPORT, (await posted(request)).texts)
    if form.errors:
        return await _report_page(actor, now, form)
    # pressed twice within minutes it is one report, also where the page gave it no identity
    pressed = f"{actor.person_id}/{form['kind']}/{form['recipient_code']}/{int(now.timestamp()) // SAME_PRESS}"
    new = services.NewReport(
        form["report"] or uuid5(PRESSED, pressed), ReportKind(form["kind"]), now, form["recipient_code"] or "",
        form["office"], form["words"] or "",
    )  # fmt: skip
    return go(f"/safeguarding/reports/{await services.report_harm(new, actor, now)}?done=reported")


async def _page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    report = await queries.report_page(reference, visible_to=actor)
    called = (await queries.officers_of([report["office"]], county_day(now))).get(report["office"])
    return page(
        "contracts/safeguarding/show.html", status_code=status_code, report=report, form=form, done=done,
        officer=called, handles=is_officer(actor, report["office"]), late=is_late(report, now), **LABELS,
    )  # fmt: skip


@get("/safeguarding/reports/{reference:str}", opt=SIGNED_IN)
async def show_report(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """What to do now and whom to call; for the officers what was reported."""
    return await _page(reference, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[None]],
) -> Redirect | Template:  # fmt: skip
    await queries.report_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            return go(f"/safeguarding/reports/{reference}?done=done")
    return await _page(reference, actor, now, form, status_code=422)


@post("/safeguarding/reports/{reference:str}/words", opt=SIGNED_IN)
async def do_add_words(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say more."""
    return await _act(
        request, reference, actor, now, WORDS, lambda f: services.add_words(reference, f["words"], actor, now)
    )


@post("/safeguarding/reports/{reference:str}/take", opt=OFFICERS)
async def do_take(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take it up."""
    return await _act(request, reference, actor, now, [], lambda _: services.take_report(reference, actor, now))


@post("/safeguarding/reports/{reference:str}/close", opt=OFFICERS)
async def do_close(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Close it."""
    return await _act(
        request, reference, actor, now, CLOSING,
        lambda f: services.close_report(reference, f["result"], f["done"], actor, now),
    )  # fmt: skip


@get("/safeguarding", opt=OFFICERS)
async def show_queue(actor: CurrentActor, now: Now) -> Template:
    """The officers' reports by their clock."""
    rows = [{**row, "late": is_late(row, now)} for row in await queries.queue_of(actor)]
    return page(
        "contracts/safeguarding/list.html", rows=rows, officer=(
            await queries.officers_of([actor.organisation_id], county_day(now))
        ).get(actor.organisation_id), **LABELS,
    )  # fmt: skip


async def _duty_page(actor: Actor, now: datetime, form: Bound | None = None, done: str = "") -> Template:
    return page(
        "contracts/safeguarding/duty.html", status_code=422 if form else 200, form=form, done=done,
        duties=await queries.duties_of(actor, county_day(now)), me=actor.organisation_id, person=actor.person_id,
        people=await queries.colleagues_of(actor.organisation_id, roles_with(Permission.SEE_RESTRICTED_CASES)),
    )  # fmt: skip


@get("/safeguarding/duty", opt=OFFICERS)
async def show_duty(actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """Who is on duty when."""
    return await _duty_page(actor, now, done=done)


@post("/safeguarding/duty", opt=OFFICERS)
async def do_enter_duty(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Put somebody on duty."""
    form = parse(DUTY, (await posted(request)).texts)
    if not form.errors:
        try:
            new = services.NewDuty(form["person"], form["phone"], form["from_on"], form["to_on"])
            await services.enter_duty(new, actor, now)
            return go("/safeguarding/duty?done=done")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _duty_page(actor, now, form)


@post("/safeguarding/duty/{duty:uuid}/end", opt=OFFICERS)
async def do_end_duty(duty: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take somebody off duty."""
    try:
        await services.end_duty(duty, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        return await _duty_page(actor, now, Bound(errors={"_": refused.sentence}))
    return go("/safeguarding/duty?done=done")


ROUTES: list[Any] = [
    show_report_form, do_report, show_report, do_add_words, do_take, do_close, show_queue, show_duty, do_enter_duty,
    do_end_duty,
]  # fmt: skip
