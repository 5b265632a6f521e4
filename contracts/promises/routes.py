"""Late and soon-due payments for those concerned; the county's payment record and yearly arrears for everybody."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response, Template

from contracts.agreements.payees import PAYEE_LABELS, Payee
from contracts.promises import queries
from contracts.promises.clocks import SOON
from contracts.promises.forms import ARREARS_COLUMNS, DUE_COLUMNS, RECORD_COLUMNS
from contracts.promises.words import FILTERS, state_of, tone_of, where_of
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import named
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import page

SEEING = needs(
    Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING, Permission.ACCEPT_WORK, Permission.SUBMIT_INVOICE
)
YEARS_SHOWN = 3
PUBLISHED_BY = "R-PAY-04/arrears_list"


def _file(name: str, title: str, columns: Sequence[Column], rows: list[dict[str, Any]]) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"}
    return Response(write_sheet(title, columns, rows), media_type=MIME_TYPES["xlsx"], headers=headers)


@get("/payments/due", opt=SEEING)
async def list_due(actor: CurrentActor, now: Now, show: FromQuery[str] = "", q: FromQuery[str] = "") -> Template:
    """What is late and what is soon due: everything for finance, their own for buyers and providers."""
    show = show if show in FILTERS else ""
    rows = await queries.due_payments(actor, county_day(now), show, q.strip()[:80])
    return page(
        "contracts/promises/due.html", rows=rows, show=show, q=q, states=FILTERS, state_of=state_of, tone_of=tone_of,
        where_of=where_of,
        payees=PAYEE_LABELS, soon=SOON.days, pays=actor.may(Permission.APPROVE_PAYMENT),
    )  # fmt: skip


@get("/payments/due/export.xlsx", opt=SEEING)
async def export_due(
    actor: CurrentActor, now: Now, show: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Response[bytes]:
    """The same list as a spreadsheet, with what is owed."""
    rows = await queries.due_payments(actor, county_day(now), show if show in FILTERS else "", q.strip()[:80])
    worded = [
        {
            **r, "state_words": str(state_of(r)), "where_words": str(where_of(r)),
            "payee_words": translate(PAYEE_LABELS[r["payee"]]),
            "counts_from": r["counts_from"].isoformat(), "last_day": r["last_day"].isoformat(),
            "contract_title": named(r, "contract_title"), "buyer_name": named(r, "buyer_name"),
            "provider_name": named(r, "provider_name"),
        }
        for r in rows
    ]  # fmt: skip
    return _file("payments-due", N_("付款期限"), DUE_COLUMNS, worded)


@get("/payment-record", opt=PUBLIC)
async def show_record(now: Now) -> Template:
    """How long each buyer's invoices waited for their money, year by year; for everybody."""
    return page("contracts/promises/record.html", rows=await queries.record_by_buyer(county_day(now)))


@get("/payment-record/export.xlsx", opt=PUBLIC)
async def export_record(now: Now) -> Response[bytes]:
    """The same as a spreadsheet."""
    rows = [
        {
            **r, "buyer_words": _buyer(r), "median_days": f"{r['median_days']:g}",
            "average_days": str(r["average_days"]), "in_time": str(r["in_time"]),
        }
        for r in await queries.record_by_buyer(county_day(now))
    ]  # fmt: skip
    return _file("payment-record", N_("付款用了多少天"), RECORD_COLUMNS, rows)


def _buyer(row: dict[str, Any]) -> str:
    return named(row, "buyer_name") if row["buyer_name"] else translate(N_("全县"))


def told_year(asked: str, now: datetime) -> int:
    """The year an arrears list tells of: the last whole one unless another is asked. Raises NotFound."""
    last = county_day(now).year - 1
    if not asked:
        return last
    if not asked.isascii() or not asked.isdigit() or not last - YEARS_SHOWN < int(asked[:6]) <= last:
        raise NotFound()
    return int(asked)


@get("/arrears", opt=PUBLIC)
async def show_arrears(now: Now, year: FromQuery[str] = "") -> Template:
    """What was overdue and unpaid at the end of a year, published by 31 March of the next (R-PAY-04)."""
    told = told_year(year, now)
    end = date(told, 12, 31)
    return page(
        "contracts/promises/arrears.html", rows=await queries.arrears_of(end), year=told, end=end,
        publish_by=compute(PUBLISHED_BY, end, on=county_day(now)).date, payees=PAYEE_LABELS,
        years=[county_day(now).year - back for back in range(1, YEARS_SHOWN + 1)],
    )  # fmt: skip


@get("/arrears/export.xlsx", opt=PUBLIC)
async def export_arrears(now: Now, year: FromQuery[str] = "") -> Response[bytes]:
    """The same as a spreadsheet."""
    told = told_year(year, now)
    rows = [
        {
            **r, "buyer_words": _buyer(r), "average_days": str(r["average_days"]),
            "payee_words": translate(PAYEE_LABELS[Payee(r["payee"])] if r["payee"] else N_("合计")),
        }
        for r in await queries.arrears_of(date(told, 12, 31))
    ]  # fmt: skip
    return _file(f"arrears-{told}", N_("逾期未支付信息"), ARREARS_COLUMNS, rows)


ROUTES: list[Any] = [
    list_due, export_due, show_record, export_record, show_arrears, export_arrears,
]  # fmt: skip
