"""Which town has which service: the table of the county, one service or one town of it, and the same as a file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response, Template

from contracts.agreements.rules import CONTRACT_LABELS
from contracts.visits.rules import hours_words
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.gateways.spreadsheets import Column
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import named
from marketplace.kernel.forms import text
from marketplace.kernel.i18n import N_, say, translate
from marketplace.kernel.web import page
from marketplace.overview import coverage as reading
from marketplace.overview.files import table_file
from marketplace.overview.rules import COVER_LABELS

WORD = text(300)
COLUMNS = [
    Column("year", N_("年度"), WORD), Column("town", N_("镇（街道）"), WORD, width=24),
    Column("code", N_("项目编号"), WORD), Column("item", N_("项目"), WORD, width=30),
    Column("state", N_("到了哪一步"), WORD, width=24), Column("needed", N_("需要的居民（名）"), WORD),
    Column("contracts", N_("合同（份）"), WORD), Column("hours", N_("已服务（小时）"), WORD),
    Column("served", N_("服务过的居民（名）"), WORD), Column("accepted", N_("已验收的节点（个）"), WORD),
]  # fmt: skip


def asked_year(asked: str, now: datetime) -> int:
    """The year of an address; this one where none is said. Raises NotFound for what is no year of the county."""
    this = county_day(now).year
    if not asked:
        return this
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4) or not this - 50 <= int(asked) <= this:
        raise NotFound()
    return int(asked)


def _town(asked: str, found: reading.Coverage) -> dict[str, Any] | None:
    if not asked:
        return None
    try:
        wanted = UUID(asked)
    except ValueError:
        raise NotFound() from None
    town = next((each for each in found.towns if each["id"] == wanted), None)
    if town is None:
        raise NotFound()
    return town


@get("/coverage", opt=PUBLIC)
async def show_coverage(
    now: Now, year: FromQuery[str] = "", item: FromQuery[str] = "", town: FromQuery[str] = ""
) -> Template:
    """The table of a year; with a service or a town the numbers of it, with both the contracts behind them."""
    today = county_day(now)
    told = asked_year(year, now)
    found = await reading.coverage_of(told, today)
    chosen_town = _town(town, found)
    chosen = next((each for each in found.items if each["code"] == item), None)
    if item and chosen is None:
        raise NotFound()
    rows = (
        await reading.contracts_behind(told, item, chosen_town["id"] if chosen_town else None) if chosen else []
    )
    return page(
        "marketplace/overview/coverage.html", found=found, years=await reading.years_known(today), item=chosen,
        town=chosen_town, rows=rows, cover_labels=COVER_LABELS, hours_words=hours_words,
        contract_labels=CONTRACT_LABELS,
    )  # fmt: skip


@get("/coverage/export/{name:str}", opt=PUBLIC)
async def export_coverage(now: Now, name: FromPath[str], year: FromQuery[str] = "") -> Response[bytes]:
    """Every town and service of a year as `coverage.csv` or `coverage.xlsx`; what is hidden says so."""
    if name.partition(".")[0] != "coverage":
        raise NotFound()
    found = await reading.coverage_of(asked_year(year, now), county_day(now))
    few = say(N_("少于 {least}，不公布"), least=found.least).text()
    rows = [
        {
            "year": found.year, "town": named(town, "name"), "code": item["code"], "item": named(item, "name"),
            "state": translate(COVER_LABELS[cell.cover]), "needed": few if cell.needed is None else cell.needed,
            "contracts": cell.contracts, "hours": few if cell.minutes is None else round(cell.minutes / 60, 2),
            "served": few if cell.served is None else cell.served, "accepted": cell.accepted,
        }
        for town in found.towns
        for item in found.items
        for cell in [found.cell(town["id"], item["code"])]
    ]  # fmt: skip
    return table_file(name, N_("各镇（街道）的服务"), COLUMNS, rows)


ROUTES: list[Any] = [show_coverage, export_coverage]
