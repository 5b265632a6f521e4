"""The procurement plan for the offices; intentions for everybody."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.intentions import queries
from catalogue.intentions.forms import EXPORTED, METHODS, PLANNED
from catalogue.intentions.rules import LEAD, check_may_change, earliest_start, is_early_enough
from catalogue.intentions.services import (
    NewPlannedPurchase,
    change_planned,
    plan_purchase,
    publish_intention,
    withdraw_planned,
)
from catalogue.items.queries import current_items
from catalogue.plans.filters import Paging, chosen_lines, page_number
from catalogue.plans.import_routes import as_spreadsheet
from catalogue.plans.queries import lines_of_buyer, sees_all_lines
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.spreadsheets import write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted, url

SEE = needs(Permission.VIEW_BUDGET)


def _typed(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in ("q", "year", "item", "buyer")}


def _paging(request: Request[Any, Any, Any], path: str, total: int) -> Paging:
    query = {name: value for name, value in _typed(request).items() if value}
    return Paging(page_number(request), total, lambda n: url(f"{path}?" + urlencode({**query, "page": n})))


@get("/intentions", opt=PUBLIC)
async def show_intentions(request: Request[Any, Any, Any], now: Now) -> Template:
    """What the county's buyers mean to buy, the newest first."""
    rows, total = await queries.list_intentions(chosen_lines(request), page_number(request))
    years, buyers = await queries.planned_choices()
    return page(
        "catalogue/intentions/list.html", rows=rows, page=_paging(request, "/intentions", total), years=years,
        buyers=buyers, items=await current_items(), chosen=_typed(request),
        lead_days=int(number(LEAD, county_day(now))),
    )  # fmt: skip


@get("/intentions/{reference:str}", opt=PUBLIC)
async def show_intention(reference: FromPath[str]) -> Template:
    """One intention as it was published."""
    row = await queries.intention_page(reference)
    told_on = county_day(row["published_at"])
    items = {item["code"]: item for item in await current_items()}
    return page(
        "catalogue/intentions/show.html", row=row, item=items.get(row["item_code"]), methods=METHODS,
        earliest=earliest_start(told_on), in_time=is_early_enough(told_on, row["starts_on"]),
    )  # fmt: skip


@get("/procurement-plan", opt=SEE)
async def show_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """The year's plan and which intentions are still to be told."""
    rows, total = await queries.list_planned(actor, chosen_lines(request), page_number(request))
    query = urlencode({name: value for name, value in _typed(request).items() if value})
    return page(
        "catalogue/intentions/plan.html", rows=rows, page=_paging(request, "/procurement-plan", total),
        items=await current_items(), chosen=_typed(request), methods=METHODS, sees_all=sees_all_lines(actor),
        this_year=county_day(now).year, query=query,
        lead_days=int(number(LEAD, county_day(now))),
    )  # fmt: skip


@get("/procurement-plan/export.xlsx", opt=SEE)
async def export_plan(request: Request[Any, Any, Any], actor: CurrentActor) -> Response[bytes]:
    """The plan as a spreadsheet."""
    rows, _ = await queries.list_planned(actor, chosen_lines(request))
    worded = [{**row, "method_words": translate(METHODS[row["method"]])} for row in rows]
    return as_spreadsheet("procurement-plan", write_sheet(N_("采购计划"), EXPORTED, worded))


async def _new_page(
    form: Bound | None, actor: Actor, now: datetime, status_code: int = 200, reference: str = ""
) -> Template:
    return page(
        "catalogue/intentions/new.html", status_code=status_code, form=form, reference=reference,
        items=await current_items(),
        methods=METHODS, lines=await lines_of_buyer(actor.organisation_id), this_year=county_day(now).year,
        earliest=earliest_start(county_day(now)),
    )  # fmt: skip


@get("/procurement-plan/new", opt=needs(Permission.DRAFT_LISTING))
async def show_new(actor: CurrentActor, now: Now) -> Template:
    """Ask what will be bought."""
    return await _new_page(None, actor, now)


@post("/procurement-plan/new", opt=needs(Permission.DRAFT_LISTING))
async def do_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter the purchase into the plan and show it."""
    form = await _typed_plan(request, actor, now)
    if form.errors:
        return await _new_page(form, actor, now, 422)
    return go(f"/procurement-plan/{await plan_purchase(NewPlannedPurchase(**form.values), actor, now)}")


async def _typed_plan(request: Request[Any, Any, Any], actor: Actor, now: datetime) -> Bound:
    form = parse(PLANNED, (await posted(request)).texts)
    values = form.values
    if values["item_code"] and values["item_code"] not in {item["code"] for item in await current_items()}:
        form.refuse("item_code", N_("目录里没有这个项目。只能从目录里选。"))
    if values["starts_on"] and values["starts_on"] < county_day(now):
        form.refuse("starts_on", N_("这一天已经过去。请填今天以后的日期。"))
    own = {line["id"] for line in await lines_of_buyer(actor.organisation_id)}
    if values["budget_line"] and values["budget_line"] not in own:
        form.refuse("budget_line", N_("请从列出的选项里选一个。"))
    return form


@get("/procurement-plan/{reference:str}/change", opt=needs(Permission.DRAFT_LISTING))
async def show_change(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The purchase as it is planned, to be changed."""
    row = await queries.planned_page(reference, actor)
    check_may_change(actor, row["buyer"])
    raw = {field.name: "" if row[field.name] is None else str(row[field.name]) for field in PLANNED}
    return await _new_page(Bound(raw=raw), actor, now, reference=reference)


@post("/procurement-plan/{reference:str}/change", opt=needs(Permission.DRAFT_LISTING))
async def do_change(
    reference: FromPath[str], request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Save the change, back to the purchase."""
    await queries.planned_page(reference, actor)
    form = await _typed_plan(request, actor, now)
    if form.errors:
        return await _new_page(form, actor, now, 422, reference)
    await change_planned(reference, NewPlannedPurchase(**form.values), actor, now)
    return go(f"/procurement-plan/{reference}")


@post("/procurement-plan/{reference:str}/withdraw", opt=needs(Permission.DRAFT_LISTING))
async def do_withdraw(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take it out of the plan."""
    await withdraw_planned(reference, actor, now)
    return go("/procurement-plan")


@get("/procurement-plan/{reference:str}", opt=SEE)
async def show_planned(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One planned purchase and what to do about its intention."""
    row = await queries.planned_page(reference, actor)
    told_on = county_day(row["published_at"] or now)
    return page(
        "catalogue/intentions/planned.html", row=row, methods=METHODS, earliest=earliest_start(told_on),
        in_time=is_early_enough(told_on, row["starts_on"]),
        may_change=actor.may(Permission.DRAFT_LISTING) and actor.organisation_id == row["buyer"],
        may_publish=actor.may(Permission.APPROVE_LISTING) and actor.organisation_id == row["buyer"],
        is_own=actor.person_id == row["planned_by"],
    )  # fmt: skip


@post("/procurement-plan/{reference:str}/publish", opt=needs(Permission.APPROVE_LISTING))
async def do_publish(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Publish the intention, on to the public page."""
    return go(f"/intentions/{await publish_intention(reference, actor, now)}")


ROUTES: list[Any] = [
    show_intentions, show_intention, show_plan, export_plan, show_new, do_plan, show_planned, do_publish,
    show_change, do_change, do_withdraw,
]  # fmt: skip
