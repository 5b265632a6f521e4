"""The calendar of a year for everybody, and its loading by the administrator: preview first, then the act."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.calendar import county_calendar, library_year
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from marketplace.rules.year import queries
from marketplace.rules.year.rules import KIND_LABELS, Reading, months_of, read_csv, typed_csv
from marketplace.rules.year.services import NewYear, load_year

LOADING = needs(Permission.LOAD_CALENDAR)
FIRST_YEAR, LAST_YEAR = 2004, 2100
LARGEST_FILE = 20_000
FORM = [
    Field("year", N_("年份"), whole_number(FIRST_YEAR, LAST_YEAR)),
    Field("document_number", N_("文号"), text(120)),
    Field("source", N_("从哪里来"), choice(["library", "csv"])),
    Field("days", N_("放假安排"), text(LARGEST_FILE), is_required=False),
    Field("act", N_("下一步"), choice(["preview", "load"]), is_required=False),
]


@get("/calendar", opt=PUBLIC)
async def this_year(now: Now) -> Template:
    """The year in which we are."""
    return await _year_page(county_day(now).year, now)


@get("/calendar/{year:int}", opt=PUBLIC)
async def show_year(year: FromPath[int], now: Now) -> Template:
    """Twelve months with holidays and make-up workdays; a year not announced yet says so."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound()
    return await _year_page(year, now)


async def _year_page(year: int, now: datetime) -> Template:
    return page(
        "marketplace/rules/year/show.html", year=year, months=months_of(year), calendar=county_calendar(),
        today=county_day(now), names=await queries.names_of(year), loadings=await queries.loadings(year),
        first=FIRST_YEAR, last=LAST_YEAR,
    )  # fmt: skip


@get("/calendar/load", opt=LOADING)
async def show_load(now: Now) -> Template:
    """Ask for the year and its days."""
    return _load_page(None, None, county_day(now).year + 1)


@post("/calendar/load", opt=LOADING)
async def do_load(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Show every row and mistake; load only what was shown whole and without mistakes."""
    sent = await posted(request)
    for file in sent.files.get("file", [])[:1]:
        sent.texts["days"] = (await file.read())[:LARGEST_FILE].decode("utf-8-sig", errors="replace")
    form = parse(FORM, sent.texts)
    year = form.values.get("year") or county_day(now).year + 1
    reading = _reading(form, year) if not form.errors else None
    if form.errors or reading is None or reading.mistakes:
        return _load_page(form, reading, year, 422)
    if form["act"] != "load":
        return _load_page(form, reading, year)
    await load_year(NewYear(year, form["source"], form["document_number"], reading.days), actor, now)
    return go(f"/calendar/{year}")


def _reading(form: Bound, year: int) -> Reading | None:
    if form["source"] == "library":
        known = library_year(year)
        if known is None:
            form.refuse("source", N_("日历库里还没有 {year} 年。请升级日历库，或者用表格登记。"), year=year)
            return None
        return read_csv(typed_csv(known), year)
    if not form["days"]:
        form.refuse("days", N_("请选择 CSV 文件，或者把每一行粘贴进来。"))
        return None
    return read_csv(form["days"], year)


def _load_page(form: Bound | None, reading: Reading | None, year: int, status_code: int = 200) -> Template:
    return page(
        "marketplace/rules/year/load.html", status_code=status_code, form=form, reading=reading, year=year,
        kind_labels=KIND_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [this_year, show_year, show_load, do_load]
