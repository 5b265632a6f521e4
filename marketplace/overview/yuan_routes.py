"""Follow the yuan: the budget of a year, a service, a line, a contract, its months; each number leads to its rows."""

from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery
from litestar.response import Response, Template

from catalogue.items.queries import current_items
from catalogue.plans.filters import Paging, page_number
from contracts.agreements.queries import contract_facts, money_of
from contracts.agreements.routes import reader
from contracts.agreements.rules import CONTRACT_LABELS, may_see_hours
from contracts.visits.rules import hours_words
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.gateways.spreadsheets import Column
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import named
from marketplace.kernel.forms import money, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page, url
from marketplace.overview import yuan
from marketplace.overview.coverage_routes import asked_year
from marketplace.overview.files import table_file
from marketplace.overview.rules import least_shown, shown_residents

WORD = text(300)
LINE_COLUMNS = [
    Column("year", N_("年度"), WORD), Column("reference", N_("预算编号"), WORD),
    Column("item_code", N_("项目编号"), WORD),
    Column("item", N_("项目"), WORD, width=30), Column("buyer", N_("采购人"), WORD, width=24),
    Column("source_document", N_("预算文件"), WORD, width=24), Column("appropriated", N_("下达（元）"), money()),
    Column("free", N_("可用（元）"), money()), Column("reserved", N_("公告占用（元）"), money()),
    Column("committed", N_("合同占用（元）"), money()), Column("paid", N_("已支付（元）"), money()),
]  # fmt: skip
MONTH_COLUMNS = [
    Column("paid_on", N_("付款日期"), WORD), Column("reference", N_("付款编号"), WORD),
    Column("contract_reference", N_("合同编号"), WORD), Column("contract", N_("合同"), WORD, width=30),
    Column("provider", N_("供应商名称"), WORD, width=30), Column("amount", N_("金额（元）"), money()),
]  # fmt: skip


@get("/yuan", opt=PUBLIC)
async def show_yuan(now: Now, year: FromQuery[str] = "", item: FromQuery[str] = "") -> Template:
    """Where the money of a year stands by service and what was paid in each month; with a service its lines."""
    told = asked_year(year, now)
    items, sums, lines, months, years = await together(
        current_items(), yuan.sums_by_item(told), yuan.lines_of(told, item), yuan.paid_by_month(told),
        yuan.budget_years(),
    )  # fmt: skip
    chosen = next((each for each in items if each["code"] == item), None)
    if item and chosen is None:
        raise NotFound()
    return page(
        "marketplace/overview/yuan.html", year=told, years=sorted({*years, told}, reverse=True), items=items,
        item=chosen, sums=sums, lines=lines, months=months,
        all_of={part: yuan.total(lines if item else sums, part) for part in yuan.PARTS},
    )  # fmt: skip


@get("/yuan/export/{name:str}", opt=PUBLIC)
async def export_yuan(name: FromPath[str], now: Now, year: FromQuery[str] = "") -> Response[bytes]:
    """Every line of a year as `budget.csv` or `budget.xlsx`."""
    if name.partition(".")[0] != "budget":
        raise NotFound()
    rows = [
        {**row, "item": named({**row, "item_name": row["item_name"] or ""}, "item_name"),
         "buyer": named(row, "buyer_name")}
        for row in await yuan.lines_of(asked_year(year, now))
    ]  # fmt: skip
    return table_file(name, N_("预算和去向"), LINE_COLUMNS, rows)


def _month(asked: str) -> tuple[int, int]:
    """A month as 2026-03. Raises NotFound."""
    try:
        found = date.fromisoformat(f"{asked}-01")
    except ValueError:
        raise NotFound() from None
    return found.year, found.month


@get("/yuan/paid/{month:str}", opt=PUBLIC)
async def show_month(month: FromPath[str]) -> Template:
    """The payments of a month to providers."""
    year, nth = _month(month)
    rows = await yuan.payments_of_month(year, nth)
    return page(
        "marketplace/overview/month.html", rows=rows, month=date(year, nth, 1), sum=yuan.total(rows, "amount")
    )


@get("/yuan/paid/{month:str}/{name:str}", opt=PUBLIC)
async def export_month(month: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """The same as `payments.csv` or `payments.xlsx`."""
    year, nth = _month(month)
    if name.partition(".")[0] != "payments":
        raise NotFound()
    rows = [
        {**row, "paid_on": row["paid_on"].isoformat(), "contract": named(row, "title"),
         "provider": named(row, "provider_name")}
        for row in await yuan.payments_of_month(year, nth)
    ]  # fmt: skip
    return table_file(name, N_("一个月的付款"), MONTH_COLUMNS, rows)


@get("/yuan/{reference:str}", opt=PUBLIC)
async def show_line(request: Request[Any, Any, Any], reference: FromPath[str], after: FromQuery[str] = "") -> Template:
    """One line of the budget with the purchases and contracts that its money went to, a page of each."""
    line, turned = await yuan.line_of(reference), page_number(request)
    contracts, listings = await together(
        yuan.contracts_of_line(line["id"], turned), yuan.open_listings_of_line(line["id"], after[:40])
    )
    if (turned > 1 and not contracts) or (after and not listings):
        raise NotFound()
    shown, here = listings[: yuan.LINE_ROWS_SHOWN], f"/yuan/{reference}"
    return page(
        "marketplace/overview/line.html", line=line, contracts=contracts, listings=shown, after=after, here=url(here),
        contract_labels=CONTRACT_LABELS, all_of=contracts[0] if contracts else None,
        next_after=shown[-1]["reference"] if len(listings) > len(shown) else "",
        contract_pages=Paging(
            turned, contracts[0]["all_count"] if contracts else 0, lambda n: url(f"{here}?page={n}"),
            yuan.LINE_ROWS_SHOWN,
        ),
    )  # fmt: skip


@get("/contracts/{reference:str}/months", opt=PUBLIC)
async def show_months(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """A contract month by month: hours, residents, acceptance, payment. Days are for those who may see hours."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    rows, standing = await together(yuan.months_of_contract(contract["id"]), money_of(contract["id"]))
    sees_hours, least = may_see_hours(actor, contract), least_shown(county_day(now))
    if not sees_hours:
        rows = [{**row, "residents": shown_residents(row["residents"], least)} for row in rows]
    return page(
        "marketplace/overview/months.html", contract=contract, rows=rows, money=standing, least=least,
        sees_hours=sees_hours, hours_words=hours_words,
    )  # fmt: skip


ROUTES: list[Any] = [show_yuan, export_yuan, show_month, export_month, show_line, show_months]
