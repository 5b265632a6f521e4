"""The feed of releases, the record of a process, and the files of a year."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Response, Stream, Template

from marketplace.accounts.described import JSON, LINES, Told, described
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page
from marketplace.opendata.data_types import RecordPackage, ReleasePackage, YearPackage
from marketplace.opendata.ocds import queries
from marketplace.opendata.ocds.disclosure import decided_on
from marketplace.opendata.ocds.packages import COLUMNS, csv_lines, package, record, table_rows
from marketplace.opendata.ocds.publishing import publisher_of
from marketplace.opendata.ocds.rules import decoded, encoded
from marketplace.opendata.ocds.shape import Publisher

FEED = "/data/ocds/releases"
PAGE, MOST = 100, 500
RECORDS = "records"


def _publisher(request: Request[Any, Any, Any]) -> Publisher:
    return publisher_of(request.app.state["settings"])


def _json(value: object) -> Response[bytes]:
    return Response(encoded(value), media_type="application/json")


@get(FEED, summary="Releases of the public record", **described(PUBLIC, Told(ReleasePackage), (422,)))
async def feed(
    request: Request[Any, Any, Any],
    after: Annotated[FromQuery[str], Parameter(description="number of the last release read; in `links.next`")] = "0",
    size: Annotated[FromQuery[str], Parameter(description=f"1 to {MOST}, else {PAGE}")] = "",
) -> Response[bytes]:
    """Releases in the order of commits. `links.next` always leads on: an empty page means that nothing is newer."""
    start, most = _number(after, 2**62), min(MOST, _number(size or str(PAGE), MOST))
    rows = await queries.releases_after(start, max(1, most))
    releases = [decoded(row["body"]) for row in rows]
    last = rows[-1]["number"] if rows else start
    published = releases[-1]["date"] if releases else "1970-01-01T00:00:00Z"
    kept = f"&size={most}" if size else ""
    links = {"next": f"{_publisher(request).address}{FEED}?after={last}{kept}"}
    here = f"{FEED}?after={start}{kept}"
    return _json(package(_publisher(request), here, published, releases=releases, links=links))


def _number(typed: str, most: int) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(most)) and int(typed) <= most):
        raise NumberNotUnderstood(N_("请写 0 到 {most} 的整数。下一页的地址在 links.next 里。"), most=most)
    return int(typed)


class NumberNotUnderstood(DomainError):
    """A cursor or a size that is no number."""

    status_code = 422


@get(
    "/data/ocds/records/{ocid:str}", summary="The record of a process",
    **described(PUBLIC, Told(RecordPackage), (404,)),
)  # fmt: skip
async def read_record(request: Request[Any, Any, Any], ocid: FromPath[str]) -> Response[bytes]:
    """One contracting process: its releases and its state now."""
    rows = await queries.releases_of(ocid)
    made = record(ocid, [row["body"] for row in rows])
    here = f"/data/ocds/records/{ocid}"
    return _json(package(_publisher(request), here, made["compiledRelease"]["date"], records=[made]))


def _year(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
        raise NotFound()
    return int(typed)


def _stream(made: AsyncIterator[bytes], name: str, media_type: str) -> Stream:
    return Stream(made, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@get(
    "/data/ocds/files/{name:str}", summary="A year of the public record",
    **described(PUBLIC, Told(str, "A release or a record a line; tables are CSV", media_type=LINES), (404,)),
)  # fmt: skip
async def year_file(
    name: Annotated[FromPath[str], Parameter(description="2026.jsonl, 2026-records.jsonl, 2026-awards.csv")],
) -> Stream:
    """A year's file: `2026.jsonl` with a release a line, `2026-records.jsonl`, or a table such as `2026-awards.csv`."""
    stem, _, kind = name.partition(".")
    year, _, part = stem.partition("-")
    if not (kind == "jsonl" and part in ("", RECORDS) or kind == "csv" and part in COLUMNS):
        raise NotFound()
    if kind == "csv":
        return _stream(_csv_file(_year(year), part), name, "text/csv; charset=utf-8")
    return _stream(_lines(_year(year), part), name, LINES)


@get(
    "/data/ocds/packages/{name:str}", summary="A year of the public record in one package",
    **described(PUBLIC, Told(YearPackage), (404,)),
)  # fmt: skip
async def year_package(
    request: Request[Any, Any, Any],
    name: Annotated[FromPath[str], Parameter(description="2026-releases.json or 2026-records.json")],
) -> Stream:
    """One package around a year's releases, or around its records, as checkers of the standard read it."""
    stem, _, kind = name.partition(".")
    year, _, part = stem.partition("-")
    if kind != "json" or part not in ("releases", RECORDS):
        raise NotFound()
    return _stream(_package(_publisher(request), name, _year(year), part), name, JSON)


async def _lines(year: int, part: str) -> AsyncIterator[bytes]:
    async for each in _parts_of_year(year, part):
        yield each + b"\n"


async def _parts_of_year(year: int, part: str) -> AsyncIterator[bytes]:
    """The releases of a year, or its records: every process with its releases and its state now, one at a time."""
    if part != RECORDS:
        async for body in queries.bodies_of_year(year, newest_only=False):
            yield body.encode()
        return
    async for ocid, bodies in queries.processes_of_year(year):
        yield encoded(record(ocid, bodies))


async def _package(publisher: Publisher, name: str, year: int, part: str) -> AsyncIterator[bytes]:
    """Written as it is read: memory does not grow with the year."""
    published = await queries.newest_of_year(year)
    head = encoded(package(publisher, f"/data/ocds/packages/{name}", published or "1970-01-01T00:00:00Z"))
    yield head[:-1] + f',"{part}":['.encode()
    comma = b""
    async for each in _parts_of_year(year, part):
        yield comma + each
        comma = b","
    yield b"]}"


async def _csv_file(year: int, table: str) -> AsyncIterator[bytes]:
    # the mark at the start tells spreadsheets which characters these are
    yield b"\xef\xbb\xbf" + csv_lines([COLUMNS[table]]).encode()
    async for body in queries.bodies_of_year(year, newest_only=True):
        if rows := list(table_rows(table, decoded(body))):
            yield csv_lines(rows).encode()


@get("/data/ocds", opt=PUBLIC)
async def about(request: Request[Any, Any, Any], now: Now) -> Template:
    """What the public record in the standard is, how to read it and what it leaves out."""
    example, releases = await queries.newest()
    return page(
        "marketplace/opendata/ocds.html", years=await queries.years(), tables_of_year=list(COLUMNS), feed=FEED,
        publisher=_publisher(request), example=example, releases=releases,
        discloses=decided_on(county_day(now)),
    )  # fmt: skip


ROUTES: list[Any] = [about, feed, read_record, year_file, year_package]
