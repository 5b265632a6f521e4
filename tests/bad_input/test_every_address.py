"""Every page that reads something from its address, with rubbish there: never a crash."""

from __future__ import annotations

import inspect
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar.routes import HTTPRoute

from marketplace.kernel.db import transaction
from tests.bad_input.rubbish import RUBBISH
from tests.builders_catalogue import a_published_listing
from tests.pages import sign_in

# of the rubbish that a request line can carry, each kind that is read in a way of its own
KINDS = (
    "turned direction", "null", "digits without end", "raised digit", "other digits", "exponent", "no day", "emoji",
    "surplus id",
)  # fmt: skip
READERS = ("", "wang.min", "liu.fang", "zhao.lei")
# what pages read from their address without declaring it
UNDECLARED = (
    "q", "year", "item", "buyer", "status", "page", "category", "visits", "show", "done", "kind", "provider", "method",
)  # fmt: skip


class Refused(Exception):
    """A page was not shown; what the asking did to the transaction is undone."""


def _questions(app: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Paths without a parameter that read their address, with the names of what it may carry."""
    found = set()
    for route in app.app.routes:
        if not isinstance(route, HTTPRoute) or "{" in route.path_format:
            continue
        for handler in route.route_handlers:
            asked = inspect.signature(handler.fn).parameters
            names = tuple(name for name, each in asked.items() if "query" in str(each.annotation).lower())
            if "GET" in handler.http_methods and (names or "request" in asked):
                found.add((route.path_format, names or UNDECLARED))
    return sorted(found)


@pytest.mark.parametrize("reader", READERS)
async def test_rubbish_in_an_address_breaks_no_page(
    client: httpx.AsyncClient, clock: Any, app: Any, reader: str
) -> None:
    await a_published_listing(await clock.now())
    if reader:
        await sign_in(client, reader)
    asked = _questions(app)
    assert len(asked) > 30
    broken = []
    for path, names in asked:
        for kind in KINDS:
            asking = "&".join(f"{name}={quote(RUBBISH[kind])}" for name in names)
            try:
                async with transaction():
                    status = (await client.get(f"{path}?{asking}")).status_code
                    if status >= 400:
                        raise Refused
            except Refused:
                broken += [f"{path} {kind}"] if status >= 500 else []
            if status in (302, 303, 307, 401, 403):
                break  # the page is not this reader's
    assert broken == []
