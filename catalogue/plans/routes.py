"""The budget's pages: lines with their money, one line with every movement, a new allotment."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from catalogue.plans import queries
from catalogue.plans.change_rules import KIND_LABELS, STATUS_LABELS, STATUS_TONES
from catalogue.plans.changes import changes_of
from catalogue.plans.filters import Paging, chosen_lines, chosen_year, page_number
from catalogue.plans.forms import ALLOTMENT
from catalogue.plans.services import NewAllotment, allot_budget
from catalogue.plans.sheets import CODE_FIELDS
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted, url

POSTING_WORDS = {
    "appropriate": N_("下达额度"),
    "withdraw": N_("收回额度"),
    "reserve": N_("采购公告占用"),
    "release": N_("占用退回"),
    "commit": N_("合同占用"),
    "uncommit": N_("合同占用退回"),
    "pay": N_("支付"),
    "unpay": N_("退回支付"),
}

SOURCE_WORDS = {
    "budget_line": N_("预算下达"),
    "budget_change": N_("预算调整"),
    "listing": N_("采购公告"),
    "contract": N_("合同"),
    "payment": N_("付款"),
    "invoice": N_("发票"),
    "acceptance": N_("验收时扣减"),
    "contract_amendment": N_("合同的变更"),
    "late_interest": N_("逾期利息"),
    "payment_dispute": N_("争议解决以后不付"),
    "late_credit": N_("付款以后的红字发票"),
}


@get("/budget", opt=needs(Permission.VIEW_BUDGET))
async def show_budget(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """The lines the reader may see, with their sum."""
    typed = {name: request.query_params.get(name, "") for name in ("year", "item", "buyer", "q", "import")}
    chosen, number = chosen_lines(request), page_number(request)
    sums = await queries.sum_lines(actor, chosen)
    years, buyers = await queries.filter_choices(actor)
    query = {name: value for name, value in typed.items() if value}
    return page(
        "catalogue/plans/budget.html", lines=await queries.list_lines(actor, chosen, number), sums=sums, chosen=typed,
        is_filtered=bool(query), query=urlencode(query), years=years, items=await current_items(), buyers=buyers,
        page=Paging(number, sums["count"], lambda n: url("/budget?" + urlencode({**query, "page": n}))),
        sees_all=queries.sees_all_lines(actor),
    )  # fmt: skip


@get("/budget/buyers", opt=needs(Permission.VIEW_BUDGET))
async def show_by_buyer(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """The county's money buyer by buyer; each leads to its lines."""
    year = chosen_year(request)
    rows = await queries.sums_by_buyer(actor, year)
    years, _ = await queries.filter_choices(actor)
    sums = {part: sum((row[part] for row in rows), Decimal(0)) for part in queries.PARTS}
    return page("catalogue/plans/buyers.html", rows=rows, sums=sums, years=years, year=year, total=len(rows))


async def _new_page(form: Bound | None, now: datetime, status_code: int = 200) -> Template:
    return page(
        "catalogue/plans/new.html", status_code=status_code, form=form, items=await current_items(),
        buyers=await queries.list_buyers(), this_year=county_day(now).year,
        code_fields=CODE_FIELDS,
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
    codes = {name: values.pop(name) or "" for name, _, _ in CODE_FIELDS}
    try:
        line = await allot_budget(NewAllotment(**values, codes=codes), actor, now)
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
        posting_words=POSTING_WORDS, source_words=SOURCE_WORDS, code_fields=CODE_FIELDS,
        changes=await changes_of(line["id"]),
        change_kind_labels=KIND_LABELS, change_status_labels=STATUS_LABELS, change_status_tones=STATUS_TONES,
    )  # fmt: skip


ROUTES: list[Any] = [show_budget, show_by_buyer, show_new, do_allot, show_line]
