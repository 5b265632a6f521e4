"""Pages of work that is no visit, and what the county reads of it and of the paperwork."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.visits.forms import recipient_code, text_without_people, time_of_day
from contracts.visits.paperwork import FIELD_LABELS, field_use, recording_by_contract
from contracts.visits.queries import contracts_to_log
from contracts.visits.routes import LOGGING, read_month
from contracts.visits.rules import hours_words
from contracts.visits.side_work import (
    ASKED,
    KIND_LABELS,
    NewSideWork,
    SideKind,
    cancel_side_work,
    enter_side_work,
    outside_tasks,
    side_sums,
    side_work_of,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

COUNTY = needs(Permission.READ_EVERYTHING, Permission.PLAN_EVALUATION)
MOST_PEOPLE, LONGEST_NAME = 200, 80
SIDE_WORK = [
    Field("identity", N_("编号"), identifier()),
    Field("kind", N_("做的是什么"), choice([each.value for each in SideKind])),
    Field("contract", N_("合同和服务"), identifier(), is_required=False),
    Field("recipient_code", N_("服务对象代码"), recipient_code(), is_required=False),
    Field("day", N_("日期"), day()),
    Field("begins", N_("开始时间"), time_of_day()),
    Field("ends", N_("结束时间"), time_of_day()),
    Field("asked_by", N_("哪个单位要求的"), text_without_people(80), is_required=False),
    Field("words", N_("做了什么"), text_without_people(500), is_required=False),
    Field("evaluation", N_("效果和反馈"), text_without_people(500), is_required=False),
    Field("attendance", N_("来了哪些人"), text_without_people(MOST_PEOPLE * LONGEST_NAME), is_required=False),
]
SAID = ("recipient_code", "asked_by", "words", "evaluation")
CANCEL = [Field("reason", N_("为什么撤下"), text(200))]


def _names(typed: str | None) -> list[str]:
    return [line.strip()[:LONGEST_NAME] for line in (typed or "").splitlines() if line.strip()][:MOST_PEOPLE]


async def _side_page(
    actor: Actor, now: datetime, form: Bound | None, month: date | None = None, kind: str = "",
    striking: UUID | None = None,
) -> Template:
    chosen = month or read_month("", county_day(now))
    kind = str(form.raw.get("kind", "")) if form and not striking else kind
    return page(
        "contracts/visits/side_work.html", status_code=422 if form else 200, form=form, month=chosen,
        rows=await side_work_of(actor.person_id, chosen), kinds=KIND_LABELS, new_id=uuid4(), today=county_day(now),
        contracts=await contracts_to_log(actor.person_id, actor.organisation_id, county_day(now)),
        hours_words=hours_words, kind=kind if kind in ASKED else "", asked=ASKED.get(kind, ()), striking=striking,
    )  # fmt: skip


@get("/visits/other", opt=LOGGING)
async def show_side_work(
    actor: CurrentActor, now: Now, month: FromQuery[str] = "", kind: FromQuery[str] = ""
) -> Template:
    """One's own work that is no visit; once its kind is chosen, the form for more."""
    return await _side_page(actor, now, None, read_month(month, county_day(now)), kind)


@post("/visits/other", opt=LOGGING)
async def do_enter_side_work(
    request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter work that is no visit."""
    form = parse(SIDE_WORK, (await posted(request)).texts)
    if not form.errors:
        said: dict[str, Any] = {name: form[name] or "" for name in SAID}
        said |= {"contract": form["contract"], "attendance": _names(form["attendance"])}
        new = NewSideWork(
            SideKind(form["kind"]), form["day"], form["begins"], form["ends"],
            **{name: said[name] for name in ASKED[form["kind"]]},
        )  # fmt: skip
        try:
            await enter_side_work(form["identity"], new, actor, now)
            return go(f"/visits/other?month={new.day:%Y-%m}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _side_page(actor, now, form)


@post("/visits/other/{identity:uuid}/cancel", opt=LOGGING)
async def do_cancel_side_work(
    request: Request[Any, Any, Any], identity: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Strike a row out."""
    texts = (await posted(request)).texts
    form, month = parse(CANCEL, texts), read_month(texts.get("month", ""), county_day(now))
    if form.errors:
        return await _side_page(actor, now, form, month, striking=identity)
    await cancel_side_work(identity, form["reason"], actor, now)
    return go(f"/visits/other?month={month:%Y-%m}")


@get("/work-outside-contracts", opt=COUNTY)
async def show_outside(now: Now, month: FromQuery[str] = "") -> Template:
    """What the county reads: tasks outside contracts by who asked, other work by employer, minutes of recording."""
    chosen = read_month(month, county_day(now))
    return page(
        "contracts/visits/outside.html", month=chosen, tasks=await outside_tasks(chosen), sums=await side_sums(chosen),
        kinds=KIND_LABELS, recording=await recording_by_contract(chosen), fields=await field_use(chosen),
        field_labels=FIELD_LABELS, hours_words=hours_words,
    )  # fmt: skip


ROUTES: list[Any] = [show_side_work, do_enter_side_work, do_cancel_side_work, show_outside]
