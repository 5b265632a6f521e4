"""Dashboards for civil affairs, finance, offices and providers: numbers, their rows, both as files."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response, Template

from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.gateways.spreadsheets import Column
from marketplace.kernel.characters import small_number
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import money as money_words
from marketplace.kernel.formats import named
from marketplace.kernel.formats import number as number_words
from marketplace.kernel.forms import money, text
from marketplace.kernel.i18n import N_, say, translate
from marketplace.kernel.web import page, url
from marketplace.overview import board_queries
from marketplace.overview.board_queries import PAGE_SIZE
from marketplace.overview.boards import Board, Measure, Number, boards_of
from marketplace.overview.coverage_routes import asked_year
from marketplace.overview.files import table_file

WORD = text(300)
VALUE_LABELS = {Measure.COUNT: N_("件数"), Measure.YUAN: N_("金额（元）"), Measure.MINUTES: N_("小时")}
BOARD_COLUMNS = [
    Column("label", N_("指标"), WORD, width=30), Column("rows", N_("件数"), WORD), Column("value", N_("合计"), money()),
    Column("unit", N_("单位名称"), WORD),
]  # fmt: skip
WHO_LABEL = N_("单位或者机构")
YEARS_SHOWN = 5


def shown(number: Number, row: Mapping[str, Any]) -> str:
    """A number as it is read."""
    if number.measure is Measure.COUNT:
        return number_words(row["rows"])
    if number.measure is Measure.YUAN:
        return money_words(row["sum"])
    return say(N_("{hours} 小时"), hours=hours_words(int(row["sum"]))).text()


def row_columns(number: Number) -> list[Column]:
    """The columns of a file with the rows of a number."""
    found = [
        Column("reference", N_("编号"), WORD), Column("title", N_("名称"), WORD, width=36),
        Column("who", WHO_LABEL, WORD, width=30),
    ]  # fmt: skip
    if number.day_label:
        found.append(Column("day", number.day_label, WORD))
    value = Column("value", VALUE_LABELS[number.measure], money())
    return found if number.measure is Measure.COUNT else [*found, value]


def _board(actor: Actor, key: str) -> Board:
    found = next((each for each in boards_of(actor) if each.key == key), None)
    if found is None:
        raise NotFound()
    return found


def _title(number: Number, row: Mapping[str, Any]) -> str:
    return translate(number.words[row["title"]]) if number.words else named(row, "title")


@get("/dashboard", opt=SIGNED_IN)
async def show_dashboards(actor: CurrentActor, now: Now, year: FromQuery[str] = "") -> Template:
    """The first board of the reader; who has none is told what there is instead."""
    boards = boards_of(actor)
    if not boards:
        return page("marketplace/overview/no_board.html")
    return await _show(boards[0], actor, now, year)


@get("/dashboard/{key:str}", opt=SIGNED_IN)
async def show_board(key: FromPath[str], actor: CurrentActor, now: Now, year: FromQuery[str] = "") -> Template:
    """One board."""
    return await _show(_board(actor, key), actor, now, year)


async def _show(board: Board, actor: Actor, now: Any, year: str) -> Template:
    told, today = asked_year(year, now), county_day(now)
    numbers, months = await together(
        board_queries.numbers_of(board, actor, told, today), board_queries.months_of(board, actor, told, today)
    )
    return page(
        "marketplace/overview/board.html", board=board, boards=boards_of(actor), year=told,
        years=list(range(today.year, today.year - YEARS_SHOWN, -1)), numbers=numbers, months=months,
        drawn=board.number(board.monthly), shown=shown,
    )  # fmt: skip


@get("/dashboard/{key:str}/export/{name:str}", opt=SIGNED_IN)
async def export_board(
    key: FromPath[str], name: FromPath[str], actor: CurrentActor, now: Now, year: FromQuery[str] = ""
) -> Response[bytes]:
    """All numbers of a board as `board.csv` or `board.xlsx`, the rows of one as `cases-late.xlsx`."""
    board, told, today = _board(actor, key), asked_year(year, now), county_day(now)
    wanted = name.partition(".")[0]
    if wanted == "board":
        numbers = await board_queries.numbers_of(board, actor, told, today)
        rows = [
            {"label": translate(each.label), "rows": numbers[each.key]["rows"],
             "value": _plain(each, numbers[each.key]["sum"]), "unit": translate(VALUE_LABELS[each.measure])}
            for each in board.numbers
        ]  # fmt: skip
        return table_file(name, board.label, BOARD_COLUMNS, rows, is_public=False)
    number = board.number(wanted)
    if number is None:
        raise NotFound()
    rows = [
        {**row, "title": _title(number, row), "who": named(row, "who"), "value": _plain(number, row["value"]),
         "day": _day(number, row["day"])}
        for row in await board_queries.rows_of(board, number, actor, told, today)
    ]  # fmt: skip
    return table_file(name, number.label, row_columns(number), rows, is_public=False)


def _day(number: Number, day: date | None) -> str:
    if day is None:
        return ""
    return day.isoformat()[:7] if number.is_of_months else day.isoformat()


def _plain(number: Number, value: Any) -> Any:
    """Yuan as they are, minutes as hours and minutes."""
    return hours_words(int(value)) if number.measure is Measure.MINUTES else value


@get("/dashboard/{key:str}/{wanted:str}", opt=SIGNED_IN)
async def show_number(
    key: FromPath[str], wanted: FromPath[str], actor: CurrentActor, now: Now, year: FromQuery[str] = "",
    place: FromQuery[str] = "1",
) -> Template:  # fmt: skip
    """The rows behind a number, a page at a time."""
    board, told, today = _board(actor, key), asked_year(year, now), county_day(now)
    number = board.number(wanted)
    if number is None:
        raise NotFound()
    total = (await board_queries.numbers_of(board, actor, told, today))[number.key]
    pages = Pages(board, number, told, max(1, -(-total["rows"] // PAGE_SIZE)), small_number(place), total["rows"])
    rows = await board_queries.rows_of(board, number, actor, told, today, pages.number)
    return page(
        "marketplace/overview/number.html", board=board, number=number, year=told, page=pages, sum=shown(number, total),
        rows=[{**row, "title": _title(number, row), "title_en": ""} for row in rows], measure=number.measure,
        hours_words=hours_words, value_label=VALUE_LABELS[number.measure], who_label=WHO_LABEL,
    )  # fmt: skip


class Pages:
    """Where the reader is in the rows of a number."""

    def __init__(self, board: Board, of: Number, year: int, pages: int, asked: int, total: int) -> None:  # noqa: PLR0913
        self.pages, self.total, self.number = pages, total, min(max(1, asked), pages)
        self._address = f"/dashboard/{board.key}/{of.key}?year={year}"

    def url_for(self, number: int) -> str:
        """The address of another page."""
        return url(f"{self._address}&place={number}")


ROUTES: list[Any] = [show_dashboards, show_board, export_board, show_number]
