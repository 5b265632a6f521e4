"""Holds every JSON answer that a test gets against what `GET /schema` says of its route."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import httpx
import jsonschema

Json = dict[str, Any]
KINDS = ("application/json", "application/problem+json")
# any route may refuse so: too large a body, another method, too many requests, or an error of ours
ANYWHERE = {405, 413, 429, 500, 503}


def strict(schema: Any) -> Any:
    """The same schema where an object has the fields it names and no other: an answer must not outgrow its words."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items()}
    if isinstance(made.get("properties"), dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return made


class Description:
    """The description as an installation answers it."""

    def __init__(self, whole: Json) -> None:
        self.whole = whole

    @cached_property
    def components(self) -> Json:
        """All schemas, strict."""
        found: Json = strict(self.whole["components"])
        return found

    @cached_property
    def _routes(self) -> list[tuple[re.Pattern[str], str]]:
        # an address written out goes before one with a parameter in its place
        paths = sorted(self.whole["paths"], key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in paths]

    def operation(self, method: str, address: str) -> Json | None:
        """What is said of a route, by an address of it."""
        plain = address.removeprefix("/en")
        for pattern, path in self._routes:
            if pattern.match(plain) and method.lower() in self.whole["paths"][path]:
                found: Json = self.whole["paths"][path][method.lower()]
                return found
        return None

    def check(self, answer: httpx.Response) -> None:
        """An answer in JSON is described, with its status, its media type and its shape. Raises AssertionError."""
        kind = answer.headers.get("content-type", "").partition(";")[0]
        method, address = answer.request.method, answer.request.url.path
        if kind not in KINDS or not answer.content or address.startswith("/static/"):
            return
        operation = self.operation(method, address)
        if kind == "application/problem+json" and (operation is None or answer.status_code in ANYWHERE):
            # a page that was asked by a program is refused in the same shape
            self.validate({"$ref": "#/components/schemas/Problem"}, answer)
            return
        assert operation is not None, f"{method} {address} answers JSON and is not described"
        told = operation["responses"].get(str(answer.status_code), {}).get("content", {})
        assert kind in told, f"{method} {address} answers {answer.status_code} as {kind}, and is described otherwise"
        self.validate(told[kind]["schema"], answer)

    def validate(self, schema: Json, answer: httpx.Response) -> None:
        """Raises AssertionError naming the address."""
        whole = {**strict(schema), "components": self.components}
        wrong = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).iter_errors(
            answer.json()
        )
        first = next(wrong, None)
        assert first is None, f"{answer.request.method} {answer.request.url}: {first and first.message}"


async def read_description(app: Any) -> Description:
    """`/schema` of an application, behind the front: the description needs no clock and no database."""
    transport = httpx.ASGITransport(app=app.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        return Description((await browser.get("/schema")).json())


_KNOWN: dict[int, Description] = {}


async def description_of(app: Any) -> Description:
    """`/schema` of an application, read once."""
    if id(app) not in _KNOWN:
        _KNOWN[id(app)] = await read_description(app)
    return _KNOWN[id(app)]
