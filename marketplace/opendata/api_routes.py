"""The read API over catalogue and listings, described by `GET /schema`."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Response

from catalogue.items.queries import current_edition, current_items
from catalogue.listings import queries as listings
from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.rules import NEVER_PUBLIC, Method, Status, shown_status
from catalogue.notices.content import as_json, from_canonical
from catalogue.notices.kinds import FORMS
from catalogue.notices.queries import latest_paper, papers_of
from marketplace.accounts.described import refusal
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.opendata import api_types as api
from marketplace.opendata.api_queries import Row, Wanted, page_of_listings
from marketplace.site.notice_sources import check_may_read, entries_of, entry_of, paper_of

MOST = 100
DOCUMENTED: dict[str, Any] = {"opt": PUBLIC, "include_in_schema": True, "tags": ["read"]}


PROBLEMS = {status: refusal(status) for status in (403, 404, 422)}
OF_ONE = {status: PROBLEMS[status] for status in (403, 404)}
SHOWN = [status.value for status in Status if status not in NEVER_PUBLIC]
METHODS = [method.value for method in Method]


def answer(request: Request[Any, Any, Any], said: msgspec.Struct | list[Any]) -> Response[Any]:
    """An answer with the hash of its bytes as ETag; who has these bytes already gets 304."""
    body = msgspec.json.encode(said)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(body, headers=headers, media_type="application/json")


def site(request: Request[Any, Any, Any]) -> str:
    """The address of this marketplace."""
    return str(request.app.state["settings"].public_address)


@get("/api/catalogue", summary="The directory in force", **DOCUMENTED)
async def read_catalogue(request: Request[Any, Any, Any]) -> Response[api.Edition]:
    """The edition of the service directory in force, with its items."""
    edition = await current_edition() or {}
    items = [msgspec.convert(_item(row), api.Item) for row in await current_items()]
    said = api.Edition(edition.get("name"), edition.get("document"), edition.get("effective_on"), items)
    return answer(request, said)


def _item(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in api.Item.__struct_fields__}


@get("/api/listings", summary="Published listings", responses={422: PROBLEMS[422]}, **DOCUMENTED)
async def read_listings(
    request: Request[Any, Any, Any],
    now: Now,
    status: Annotated[FromQuery[str], Parameter(description=f"one of {', '.join(SHOWN)}")] = "",
    method: Annotated[FromQuery[str], Parameter(description=f"one of {', '.join(METHODS)}")] = "",
    item: Annotated[FromQuery[str], Parameter(description="code of a catalogue item, such as A02")] = "",
    buyer: Annotated[FromQuery[str], Parameter(description="the procuring unit's whole name")] = "",
    published_from: Annotated[FromQuery[str], Parameter(description="first day, 2026-03-02")] = "",
    published_to: Annotated[FromQuery[str], Parameter(description="last day, 2026-03-31")] = "",
    size: Annotated[FromQuery[str], Parameter(description="1 to 100, else 20")] = "20",
    after: Annotated[FromQuery[str], Parameter(description="where the page before ended; taken from `next`")] = "",
) -> Response[api.ListingPage]:
    """Published listings, newest first; `next` leads on until it is null."""
    wanted = Wanted(
        _one_of(status, SHOWN), _one_of(method, METHODS), item or None, buyer or None,
        _morning(_day(published_from)), _morning(_day(published_to), days=1),
    )  # fmt: skip
    rows, more = await page_of_listings(wanted, _place(after), _size(size), now)
    lines = [_line(row, site(request)) for row in rows]
    following = None
    if more:
        place = f"{rows[-1]['published_at'].isoformat()}~{rows[-1]['reference']}"
        kept = {name: value for name, value in request.query_params.items() if name != "after"}
        following = "/api/listings?" + urlencode({**kept, "after": place})
    return answer(request, api.ListingPage(lines, following))


def _line(row: Row, address: str) -> api.ListingLine:
    return api.ListingLine(
        row["reference"], row["status"], row["method"], row["title"], row["title_en"], row["procuring_unit"],
        str(row["budget"]), row["published_at"], row["closes_at"], f"{address}/listings/{row['reference']}",
    )  # fmt: skip


class NotUnderstood(DomainError):
    """A parameter of the question cannot be read."""

    status_code = 422


def _one_of(typed: str, known: list[str]) -> str | None:
    if typed and typed not in known:
        raise NotUnderstood(N_("不认识“{typed}”。可以用：{known}。"), typed=typed[:40], known="、".join(known))
    return typed or None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as wrong:
        raise NotUnderstood(N_("请按“2026-03-02”的样子写日期。")) from wrong


def _morning(day: date | None, days: int = 0) -> datetime | None:
    return at_county_time(day + timedelta(days=days), 0) if day else None


def _size(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4 and 1 <= int(typed) <= MOST):
        raise NotUnderstood(N_("size 请写 1 到 {most} 的整数。"), most=MOST)
    return int(typed)


def _place(typed: str) -> tuple[datetime, str] | None:
    if not typed:
        return None
    moment, _, reference = typed.partition("~")
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError as wrong:
        raise NotUnderstood(N_("after 看不懂。请用上一页的 next。")) from wrong
    if at.tzinfo is None:
        raise NotUnderstood(N_("after 看不懂。请用上一页的 next。"))
    return at, reference


@get("/api/listings/{reference:str}", summary="One listing", responses=OF_ONE, **DOCUMENTED)
async def read_listing(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Response[api.Listing]:
    """A published listing with its lots, factors, payments and counted dates."""
    row = await listings.listing_page(reference)
    await check_may_read_documents(row, request.scope.get("user"))
    address = f"{site(request)}/listings/{reference}"
    said = api.Listing(
        reference, shown_status(row["status"], row["closes_at"], now).value, row["method"], row["title"],
        row["title_en"], row["purchasing_body_name"], row["procuring_unit_name"],
        [town["name"] for town in await listings.towns(row["id"])], str(row["budget"]),
        str(row["ceiling"]) if row["ceiling"] else None, str(row["price_weight"]), row["requirement"],
        row["qualification"], row["service_from"], row["service_to"], row["published_at"], row["closes_at"],
        row["rules_on"], [_lot(lot) for lot in await listings.lots(row["id"])],
        [_factor(each) for each in await listings.criteria(row["id"])],
        [_milestone(each) for each in await listings.milestones(row["id"])],
        [_event(each) for each in await listings.timetable(row["id"])], row["end_reason"], address,
        f"/api/listings/{reference}/notices",
    )  # fmt: skip
    return answer(request, said)


def _lot(row: Row) -> api.Lot:
    quantity, budget = str(row["quantity"]), str(row["budget"])
    return api.Lot(row["number"], row["item_code"], row["title"], quantity, row["unit"], budget)


def _factor(row: Row) -> api.Factor:
    return api.Factor(row["kind"], row["title"], str(row["points"]), row["bands"], row["is_objective"])


def _milestone(row: Row) -> api.Milestone:
    return api.Milestone(row["title"], str(row["share"]), row["due_on"], row["evidence"])


def _event(row: Row) -> api.DatedEvent:
    return api.DatedEvent(row["event"], row["day"], row["rule_key"], row["is_provisional"])


@get("/api/listings/{reference:str}/notices", summary="Its notices", responses=OF_ONE, **DOCUMENTED)
async def read_notices(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[list[api.NoticeLine]]:
    """Every notice of a listing so far, with its published files."""
    row = await listings.listing_page(reference)
    await check_may_read_documents(row, request.scope.get("user"))
    papers = await papers_of(reference)
    lines = [
        api.NoticeLine(
            entry.slug, entry.kind.value, entry.title.text("zh"), entry.published_at,
            f"{site(request)}/listings/{reference}/notices/{entry.slug}",
            _files(papers, entry.slug, site(request)),
        )
        for entry in await entries_of(row)
    ]  # fmt: skip
    return answer(request, lines)


def _files(papers: list[Row], slug: str, address: str) -> list[api.File]:
    return [
        api.File(
            p["media_type"], p["version"], p["sha256"], p["content_sha256"], p["size"], p["published_at"],
            f"{address}/papers/{p['id']}",
        )
        for p in papers
        if p["slug"] == slug
    ]  # fmt: skip


@get(
    "/api/listings/{reference:str}/notices/{slug:str}",
    summary="One notice",
    responses=OF_ONE,
    **DOCUMENTED,
)
async def read_notice(
    request: Request[Any, Any, Any], reference: FromPath[str], slug: FromPath[str]
) -> Response[api.Notice]:
    """What a notice says: as it was published, or, before it is a file, as its facts stand."""
    row = await listings.listing_page(reference)
    await check_may_read(row, slug, request.scope.get("user"))
    entry = await entry_of(row, slug)
    kept = await latest_paper(reference, slug)
    store: DocumentStore = request.app.state["gateways"].documents
    paper = from_canonical(await store.get(kept["content_key"])) if kept else await paper_of(row, entry, site(request))
    form = FORMS[entry.kind].form_number
    files = _files(await papers_of(reference), slug, site(request))
    return answer(request, api.Notice(slug, entry.kind.value, form, as_json(paper), files))


ROUTES: list[Any] = [read_catalogue, read_listings, read_listing, read_notices, read_notice]
