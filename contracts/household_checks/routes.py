"""Pages of household checks: plan one of a case, see it, record its result."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.cases.codes import text_without_people
from contracts.cases.queries import case_page
from contracts.cases.rules import HELP_LABELS, CaseStatus
from contracts.household_checks import queries, services
from contracts.household_checks.rules import (
    CHECK_LABELS,
    CONCLUSION_LABELS,
    INVESTIGATORS,
    ITEM_LABELS,
    MET_LABELS,
    OTHER,
    OTHER_LABEL,
    PROOFS,
    CheckStatus,
    Findings,
    Plan,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, parse, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

HANDLING = needs(Permission.HANDLE_CASES)
READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
PLAN = [
    Field("planned_on", N_("哪天入户"), day()),
    Field("investigators", N_("核查人员"), identifier(), is_list=True),
    Field("items", N_("问哪些事项"), choice(list(ITEM_LABELS)), is_required=False, is_list=True),
    Field("asked", OTHER_LABEL, text_without_people(200), is_required=False),
]
RESULT = [
    Field("visited_on", N_("入户的日期"), day()),
    Field("met", N_("见到谁"), choice(list(MET_LABELS))),
    *(Field(f"found_{item}", ITEM_LABELS.get(item, OTHER_LABEL), text_without_people(500), is_required=False)
      for item in (*ITEM_LABELS, OTHER)),
    Field("neighbours", N_("问了几户邻里"), whole_number(0, 50), is_required=False),
    Field("neighbours_note", N_("邻里说的情况"), text_without_people(500), is_required=False),
    Field("review_on", N_("群众评议的日期"), day(), is_required=False),
    Field("review_present", N_("到场人数"), whole_number(0, 500), is_required=False),
    Field("review_note", N_("评议意见"), text_without_people(500), is_required=False),
    Field("conclusion", N_("核查结果"), choice(list(CONCLUSION_LABELS))),
    Field("conclusion_note", N_("说明"), text_without_people(500), is_required=False),
]  # fmt: skip
CANCELLING = [Field("cancel_reason", N_("为什么取消"), text_without_people(300))]
LABELS: Mapping[str, Any] = {
    "labels": CHECK_LABELS, "item_labels": {**ITEM_LABELS, OTHER: OTHER_LABEL}, "mets": MET_LABELS,
    "conclusions": CONCLUSION_LABELS, "helps": HELP_LABELS, "proofs": PROOFS,
}  # fmt: skip


async def _new_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    case = await case_page(reference, visible_to=actor)
    if actor.organisation_id != case["town"] or case["status"] != CaseStatus.OPEN:
        raise NotFound()
    today = county_day(now)
    return page(
        "contracts/household_checks/new.html", status_code=status_code, case=case, form=form, today=today,
        people=await queries.investigators_for(case["town"], today), least=int(number(INVESTIGATORS, today)), **LABELS,
    )  # fmt: skip


@get("/cases/{reference:str}/household-checks/new", opt=HANDLING)
async def show_plan(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask who goes, when, and what is asked there."""
    return await _new_page(reference, actor, now)


@post("/cases/{reference:str}/household-checks/new", opt=HANDLING)
async def do_plan(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send them."""
    await case_page(reference, visible_to=actor)
    form = parse(PLAN, (await posted(request)).texts)
    if not form.errors:
        plan = Plan(form["planned_on"], tuple(form["investigators"]), tuple(form["items"]), form["asked"] or "")
        try:
            check = await services.plan_check(reference, plan, actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["_"] = refused.sentence
        else:
            return go(f"/household-checks/{check}?done=planned")
    return await _new_page(reference, actor, now, form, 422)


async def _page(  # noqa: PLR0913 - a page with its form and what was done
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    check = await queries.check_page(reference, visible_to=actor)
    handles = actor.may(Permission.HANDLE_CASES) and actor.organisation_id == check["town"]
    today = county_day(now)
    return page(
        "contracts/household_checks/show.html", status_code=status_code, check=check, form=form, done=done,
        may_record=handles and check["status"] == CheckStatus.PLANNED, today=today,
        is_late=check["status"] == CheckStatus.PLANNED and today > check["planned_on"], **LABELS,
    )  # fmt: skip


@get("/household-checks/{reference:str}", opt=READING)
async def show_check(reference: FromPath[str], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One check: who went, what was asked and found."""
    return await _page(reference, actor, now, done=done)


async def _act(  # noqa: PLR0913 - one act of the page
    request: Request[Any, Any, Any], reference: str, actor: Actor, now: datetime, fields: list[Field],
    act: Callable[[Bound], Awaitable[object]],
) -> Redirect | Template:  # fmt: skip
    await queries.check_page(reference, visible_to=actor)
    form = parse(fields, (await posted(request)).texts)
    if not form.errors:
        try:
            await act(form)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            return go(f"/household-checks/{reference}?done=done")
    return await _page(reference, actor, now, form, status_code=422)


def findings_of(form: Bound) -> Findings:
    """The result of a form without mistakes."""
    return Findings(
        visited_on=form["visited_on"], met=form["met"], conclusion=form["conclusion"],
        found={item: form[f"found_{item}"] or "" for item in (*ITEM_LABELS, OTHER)},
        conclusion_note=form["conclusion_note"] or "", neighbours=form["neighbours"] or 0,
        neighbours_note=form["neighbours_note"] or "", review_on=form["review_on"],
        review_present=form["review_present"] or 0, review_note=form["review_note"] or "",
    )  # fmt: skip


@post("/household-checks/{reference:str}/result", opt=HANDLING)
async def do_record(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """What was found."""
    return await _act(
        request, reference, actor, now, RESULT,
        lambda f: services.record_findings(reference, findings_of(f), actor, now),
    )  # fmt: skip


@post("/household-checks/{reference:str}/cancel", opt=HANDLING)
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Nobody goes."""
    return await _act(
        request, reference, actor, now, CANCELLING,
        lambda f: services.cancel_check(reference, f["cancel_reason"], actor, now),
    )  # fmt: skip


ROUTES: list[Any] = [show_plan, do_plan, show_check, do_record, do_cancel]
