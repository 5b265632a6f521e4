"""The budget's pages: lines with their money, one line with every movement, a new allotment."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from catalogue.plans import queries
from catalogue.plans.forms import ALLOTMENT
from catalogue.plans.services import NewAllotment, allot_budget
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

POSTING_WORDS = {
    "appropriate": N_("下达额度"),
    "reserve": N_("采购公告占用"),
    "release": N_("占用退回"),
    "commit": N_("合同占用"),
    "uncommit": N_("合同占用退回"),
    "pay": N_("支付"),
    "unpay": N_("退回支付"),
}

SOURCE_WORDS = {
    "budget_line": N_("预算下达"),
    "listing": N_("采购公告"),
    "contract": N_("合同"),
    "payment": N_("付款"),
    "invoice": N_("发票"),
}


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) == 4 else None


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@get("/budget", opt=needs(Permission.VIEW_BUDGET))
async def show_budget(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """Every line the reader may see, with its sum."""
    chosen = {name: request.query_params.get(name, "") for name in ("year", "item", "buyer")}
    lines = await queries.list_lines(actor, _number(chosen["year"]), chosen["item"] or None, _identity(chosen["buyer"]))
    parts = ("appropriated", "free", "reserved", "committed", "paid")
    sums = {part: sum((line[part] for line in lines), start=0) for part in parts}
    everyone = await queries.list_lines(actor)
    return page(
        "catalogue/plans/budget.html", lines=lines, sums=sums, chosen=chosen, total=len(lines),
        years=sorted({line["year"] for line in everyone}, reverse=True), items=await current_items(),
        buyers=sorted({(line["buyer"], line["buyer_name"], line["buyer_name_en"]) for line in everyone}, key=str),
        sees_all=queries.sees_all_lines(actor),
    )  # fmt: skip


async def _new_page(form: Bound | None, now: datetime, status_code: int = 200) -> Template:
    return page(
        "catalogue/plans/new.html", status_code=status_code, form=form, items=await current_items(),
        buyers=await queries.list_buyers(), this_year=county_day(now).year,
    )  # fmt: skip


@get("/budget/new", opt=needs(Permission.ALLOT_BUDGET))
async def show_new(now: Now) -> Template:
    """Ask finance for a new allotment."""
    return await _new_page(None, now)


@post("/budget/new", opt=needs(Permission.ALLOT_BUDGET))
async def do_allot(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Allot the budget and show its line."""
    form = parse(ALLOTMENT, (await posted(request)).texts)
    values = form.values
    if values["item_code"] and values["item_code"] not in {item["code"] for item in await current_items()}:
        form.refuse("item_code", N_("目录里没有这个项目。只能从目录里选。"))
    if values["buyer"] and values["buyer"] not in {buyer["id"] for buyer in await queries.list_buyers()}:
        form.refuse("buyer", N_("请从列出的采购人里选一个。"))
    if values["year"] and values["year"] < county_day(now).year:
        form.refuse("year", N_("预算年度已经过去。请填本年度或者以后的年度。"))
    if form.errors:
        return await _new_page(form, now, 422)
    try:
        line = await allot_budget(NewAllotment(**values), actor, now)
    except FormRefused as twice:
        form.errors.update(twice.errors)
        return await _new_page(form, now, 422)
    return go(f"/budget/{(await queries.line_money(line))['reference']}")


@get("/budget/{reference:str}", opt=needs(Permission.VIEW_BUDGET))
async def show_line(reference: FromPath[str], actor: CurrentActor) -> Template:
    """One line: the identity of its money and every movement."""
    line = await queries.line_page(reference, actor)
    return page(
        "catalogue/plans/line.html", line=line, postings=await queries.postings_of(line["ledger_line"]),
        posting_words=POSTING_WORDS, source_words=SOURCE_WORDS,
    )  # fmt: skip


ROUTES: list[Any] = [show_budget, show_new, do_allot, show_line]
