"""Every JSON route stands in `/schema` with who may ask; what it says is what the routes answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Stream, Template
from litestar.routes import HTTPRoute

from marketplace.accounts.described import PROBLEM, roles_of
from marketplace.kernel.draws.services import hold_draw, open_draws
from marketplace.opendata.description import api_description
from marketplace.opendata.ocds.publishing import release_changes
from marketplace.opendata.routes import DATA_SETS
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_standing
from tests.described import Description, description_of, read_description
from tests.evaluations.bundles.test_bundles import announced
from tests.marketplace.draws.test_draw_services import TWO, a_frozen_draw, actor, enter_cast
from tests.marketplace.opendata.test_ocds import PUBLISHER
from vendors.standing.services import note_standings

Client = httpx.AsyncClient
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# a file by its ending is no JSON; what is streamed is a document as it was handed in, or sealed bytes
FILE_ENDINGS = (".pdf", ".xlsx", ".csv", ".txt", ".pem", ".js", ".atom", ".ics")
# what is no page and no JSON either
OTHER_FILES = {
    "/challenges/{reference}/papers/{file}": "a paper",
    "/complaints/{reference}/papers/{file}": "a paper",
    "/conference/{quarter}/{file}": "a paper",
    "/contracts/{reference}/papers/{file}": "a paper",
    "/coverage/export/{name}": "a sheet",
    "/dashboard/{key}/export/{name}": "a sheet",
    "/goals/{reference}/papers/{file}": "a paper",
    "/household-checks/{reference}/papers/{file}": "a paper",
    "/subsidies/lines/{line_id}/papers/{file}": "a paper",
    "/subsidies/runs/{reference}/papers/{file}": "a paper",
    "/yuan/export/{name}": "a sheet",
    "/yuan/paid/{month}/{name}": "a sheet",
    "/handovers/{reference}/papers/{file}": "a paper",
    "/data/{file}": "a sheet as CSV; the same rows as JSON are routes of their own",
    "/deposits/news": "the payment service tells its news here and gets an empty text",
    "/listings/papers/{listing}/{file}": "a paper",
    "/listings/{reference}/stage-papers/{file}": "a paper",
    "/listings/{reference}/versions/{number}": "a page, or the text that was hashed",
    "/paper-templates/{paper}": "a document's template",
    "/payments/voucher-file/{number}": "a sheet as CSV",
    "/payments/voucher-file/{number}/pay-file/whole": "the treasury's file as CSV or a sheet",
    "/payments/voucher-file/{number}/xlsx": "a sheet",
    "/providers/export/{file}": "a sheet",
    "/providers/papers/{paper}/picture": "a page of a paper as a picture",
    "/schema": "the description itself",
    "/schema/openapi.json": "the description itself",
    "/schema/{path}": "a page that says that there is none",
    "/static/{file_path}": "files of the front end",
    "/still-here": "an empty answer: somebody types or reads on a page",
    "/subsidies/runs/{reference}/pay-file/whole": "the bank's file as CSV",
    "/visits/app.webmanifest": "what makes a page installable",
    "/visits/photos/{photo}/show": "a photograph",
}


def handlers_of(app: Any) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every route with its handler."""
    for route in app.app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if METHODS & handler.http_methods:
                    yield route.path_format, handler


def is_no_json(path: str, handler: HTTPRouteHandler) -> bool:
    """Whether a handler says that it answers pages, goes to one, or gives a file of another kind."""
    told = handler.parsed_fn_signature.return_type
    kinds = [each.annotation for each in told.inner_types] if told.is_union else [told.annotation]
    is_page = all(isinstance(kind, type) and issubclass(kind, Template | Redirect | Stream) for kind in kinds)
    return is_page or path.endswith(FILE_ENDINGS)


async def test_every_route_that_is_no_page_stands_in_the_description_or_is_another_kind_of_file(app: Any) -> None:
    described = (await description_of(app)).whole["paths"]
    others = {path for path, handler in handlers_of(app) if not is_no_json(path, handler)}
    missing = others - set(described) - set(OTHER_FILES)
    assert not missing, "describe these with `described(...)`, or say here what they are"
    assert not set(OTHER_FILES) - others, "no such routes any more"
    assert not set(OTHER_FILES) & set(described)
    streamed = ("/data/ocds/files/", "/data/ocds/packages/")
    assert not {path for path in set(described) - others if not path.startswith(streamed)}, "pages stay out"


async def test_each_operation_says_who_may_ask_as_the_guard_reads_it(app: Any) -> None:
    described = (await description_of(app)).whole
    assert set(described["components"]["securitySchemes"]) == {"session", "form_token"}
    looked = 0
    for path, handler in handlers_of(app):
        if not handler.resolve_include_in_schema():
            continue
        for method in METHODS & handler.http_methods:
            operation = described["paths"][path][method.lower()]
            asked = operation.get("security")
            named = [way["session"] for way in asked or []]
            if handler.opt["access"] == "public":
                assert asked is None and operation["tags"] in (["read"], ["demo"])
            else:
                assert named == ([[role] for role in roles_of(handler.opt)] or [[]]), path
                assert all(("form_token" in way) == (method != "GET") for way in asked), path
                assert {"401", "403"} <= set(operation["responses"])
            assert operation["summary"] and operation["description"]
            looked += 1
    assert looked > 30


async def test_refusals_are_told_in_our_own_shape_everywhere(app: Any) -> None:
    for path, item in (await description_of(app)).whole["paths"].items():
        for operation in item.values():
            for status, told in operation["responses"].items():
                kinds = set(told.get("content", {}))
                if status >= "400" and path != "/listings/drafts/{listing}/{subject}":
                    assert kinds == {PROBLEM}, (path, status)


async def test_the_description_holds_together(app: Any) -> None:
    """References lead somewhere, parameters stand in their paths, schemas are JSON Schema 2020-12 (OpenAPI 3.1)."""
    whole = (await description_of(app)).whole
    assert whole["openapi"].startswith("3.1") and whole["info"]["title"] and whole["info"]["version"]
    references = [ref for ref in _references(whole)]
    assert references and {ref.rpartition("/")[2] for ref in references} <= set(whole["components"]["schemas"])
    for schema in whole["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [operation["operationId"] for item in whole["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    known = {tag["name"] for tag in whole["tags"]}
    for path, item in whole["paths"].items():
        for operation in item.values():
            in_path = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert in_path == {part.strip("{}") for part in path.split("/") if part.startswith("{")}, path
            assert set(operation["tags"]) <= known
            for way in operation.get("security", []):
                assert set(way) <= set(whole["components"]["securitySchemes"])
            for told in operation["responses"].values():
                assert told["description"]
                for content in told.get("content", {}).values():
                    jsonschema.Draft202012Validator.check_schema(content["schema"])
            taken = operation.get("requestBody", {"content": {"": {}}})
            assert taken["content"]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _references(each)


async def test_the_description_is_made_at_its_first_reading_and_kept(app: Any) -> None:
    assert api_description().render_plugins[0]._whole is None, "a process that nobody asks makes none"
    await description_of(app)
    begun = time.perf_counter()
    again = await read_description(app)
    assert time.perf_counter() - begun < 0.5 and again.whole == (await description_of(app)).whole


async def answers_of_public_routes(client: Client, clock: Any) -> list[httpx.Response]:
    """One answer of every JSON route that needs no account, out of a county where something has happened."""
    opened = await announced(clock)
    now = await clock.now()
    await enter_cast(now)
    draw = await a_frozen_draw(await actor("wang.min", now), now)
    await hold_draw(draw, TWO, await actor("wang.min", now), now)
    await open_draws("JT-2026-0012", now)
    listing = opened.listing.reference
    await release_changes(PUBLISHER)
    releases = await client.get("/data/ocds/releases")
    ocid = releases.json()["releases"][0]["ocid"]
    rated = await a_provider(now, "一心社会工作服务中心", username="yixin")
    await a_standing(rated.id, now)
    await note_standings(now)
    addresses = [
        "/healthz", *[f"/data/{name}.json" for name in DATA_SETS], f"/draws/{draw}/draw.json",
        f"/providers/{rated.reference}/standing.json",
        f"/listings/{listing}/award/bundle.json", f"/data/ocds/records/{ocid}", "/data/ocds/packages/2026-records.json",
        "/api/catalogue", "/api/listings?size=1", f"/api/listings/{listing}", f"/api/listings/{listing}/notices",
        "/demo/clock", "/demo/codes",
    ]  # fmt: skip
    return [releases, *[await client.get(address) for address in addresses]]


# these need a press, a closed chain or a frozen evaluation; the tests beside their features hold their answers as well
HELD_ELSEWHERE = {
    "/api/listings/{reference}/notices/{slug}", "/data/audit-heads.jsonl", "/data/ocds/files/{name}",
    "/evaluations/{reference}/snapshot.json", "/goals/{reference}/snapshot.json",
    "/listings/{reference}/receipts/{stage}", "/visits/device/{device}",
}  # fmt: skip


async def test_real_answers_of_the_public_routes_hold(app: Any, client: Client, clock: Any) -> None:
    description = await description_of(app)
    answers = await answers_of_public_routes(client, clock)
    for answer in answers:
        assert answer.status_code == 200, answer.request.url
        description.check(answer)
    public = {
        path for path, item in description.whole["paths"].items() if "security" not in item.get("get", {"security": 1})
    }
    seen = {path for path in public if any(_is_of(description, path, answer) for answer in answers)}
    assert public - seen == HELD_ELSEWHERE


def _is_of(description: Description, path: str, answer: httpx.Response) -> bool:
    found = description.operation("GET", answer.request.url.path)
    return found is description.whole["paths"][path].get("get")


async def test_an_answer_that_outgrows_its_description_is_found(app: Any, client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    description = await description_of(app)
    answer = await client.get("/data/listings.json")
    for wrong in ({"secret": "x"}, {"budget": 5}, {"published_at": "yesterday"}):
        changed = httpx.Response(
            200, content=json.dumps([{**answer.json()[0], **wrong}]), request=answer.request,
            headers={"content-type": "application/json"},
        )  # fmt: skip
        with pytest.raises(AssertionError):
            description.check(changed)
    with pytest.raises(AssertionError, match="not described"):
        description.check(httpx.Response(200, json={}, request=httpx.Request("GET", "http://county.test/nowhere")))
