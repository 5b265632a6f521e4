"""The read API and its description: what `/schema` says is what the routes answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import jsonschema
import pytest

from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.pages import send, sign_in
from tests.papers import needs_press

Client = httpx.AsyncClient


async def description(client: Client) -> dict[str, Any]:
    answer = await client.get("/schema")
    assert answer.status_code == 200 and "json" in answer.headers["content-type"]
    return json.loads(answer.text)


def schema_of(described: dict[str, Any], path: str, status: int = 200) -> dict[str, Any]:
    """The schema of an answer, with the components beside it so that references lead somewhere."""
    [(_, spec)] = described["paths"][path]["get"]["responses"][str(status)]["content"].items()
    return {**spec["schema"], "components": described["components"]}


def check(described: dict[str, Any], path: str, answer: httpx.Response) -> None:
    schema = schema_of(described, path, answer.status_code)
    jsonschema.Draft202012Validator(schema).validate(answer.json())


async def test_every_real_answer_holds_against_the_description(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    described = await description(client)
    one = f"/api/listings/{listing.reference}"
    asked = {
        "/healthz": "/healthz",
        "/api/catalogue": "/api/catalogue",
        "/api/listings": "/api/listings?size=1&status=published&method=consultation&item=A02",
        "/api/listings/{reference}": one,
        "/api/listings/{reference}/notices": f"{one}/notices",
        "/api/listings/{reference}/notices/{slug}": f"{one}/notices/consultation",
    }
    apis = {path for path in described["paths"] if path.startswith("/api/")}
    assert apis | {"/healthz"} == set(asked)
    for path, address in asked.items():
        answer = await client.get(address)
        assert answer.status_code == 200, address
        check(described, path, answer)
    for path, address in (
        ("/api/listings/{reference}", "/api/listings/none"),
        ("/api/listings", "/api/listings?size=x"),
    ):
        answer = await client.get(address)
        assert answer.headers["content-type"] == "application/problem+json"
        check(described, path, answer)


async def test_the_description_is_valid_and_a_wrong_answer_would_be_found(client: Client, clock: Any) -> None:
    described = await description(client)
    assert described["openapi"].startswith("3.1")
    for name, schema in described["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema, name
    ids = [op["operationId"] for path in described["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))
    wrong = {"listings": [{"reference": 7}], "next": None}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema_of(described, "/api/listings")).validate(wrong)


async def test_drafts_are_not_in_the_api(client: Client, clock: Any) -> None:
    now = await clock.now()
    await a_draft(now, await a_budget_line(now))
    assert (await client.get("/api/listings")).json() == {"listings": [], "next": None}
    assert (await client.get("/api/listings/JT-2026-0001")).status_code == 404


async def test_pages_lead_on_until_the_end_and_filters_stay(client: Client, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    wanted = {
        (await a_published_listing(now, line, budget=b, ceiling=b)).reference
        for b in map(Decimal, (200000, 210000, 220000))
    }
    address, found = "/api/listings?size=2&method=consultation", []
    while address:
        answer = (await client.get(address)).json()
        found += [listing["reference"] for listing in answer["listings"]]
        address = answer["next"]
        assert address is None or "method=consultation" in address
    assert len(found) == 3 and set(found) == wanted
    assert (await client.get("/api/listings?method=open_tender")).json()["listings"] == []
    assert (
        len((await client.get("/api/listings?published_from=2026-03-02&published_to=2026-03-02")).json()["listings"])
        == 3
    )
    assert (await client.get("/api/listings?published_to=2026-03-01")).json()["listings"] == []


@pytest.mark.parametrize(
    "query", ["size=0", "size=101", "status=draft", "method=inquiry", "published_from=x", "after=x"]
)
async def test_a_question_that_cannot_be_read_is_refused_in_words(client: Client, clock: Any, query: str) -> None:
    answer = await client.get(f"/api/listings?{query}")
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


async def test_who_has_the_bytes_already_gets_304(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    for address in ("/api/listings", "/api/catalogue", f"/api/listings/{listing.reference}/notices/consultation"):
        first = await client.get(address)
        again = await client.get(address, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304 and again.content == b""


@needs_press
async def test_the_api_gives_the_hash_of_a_published_file(client: Client, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    await send(client, f"/listings/{listing.reference}/notices/consultation/pdf")
    notices = (await client.get(f"/api/listings/{listing.reference}/notices")).json()
    notice = next(each for each in notices if each["files"])
    assert notice["files"][0]["media_type"] == "application/pdf" and len(notice["files"][0]["sha256"]) == 64
