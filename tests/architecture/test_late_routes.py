"""Every route is laid out at the start, answers as Litestar would let it, and is sound though it is read late."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.exceptions import ImproperlyConfiguredException
from litestar.params import FromPath, FromQuery
from litestar.routes import HTTPRoute

from marketplace import route_table
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.settings import Settings
from marketplace.late_routes import LateLitestar, LateRoute


@get("/things/{number:int}", opt=PUBLIC)
async def read_thing(number: FromPath[int], least: FromQuery[int] = 0) -> dict[str, int]:
    return {"number": number, "least": least}


@post("/things/{number:int}")
async def change_thing(number: FromPath[int], request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"said": (await request.body()).decode(), "path": str(number)}


@get("/things/{number:int}")
async def read_it_otherwise(number: FromPath[int]) -> dict[str, int]:
    return {"number": number}


@get("/wrong")
async def says_not_what_it_answers(request: Request[Any, Any, Any]):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return None


def _laid_out(app: Litestar) -> dict[tuple[str, str], str]:
    """Each address and method with the handler's own name."""
    return {
        (route.path, str(method)): str(handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def test_every_handler_of_the_table_is_served_at_its_address_and_methods(app: Any, settings: Settings) -> None:
    served = _laid_out(app.app)
    written = {
        (path, str(method)): str(handler)
        for handler in route_table.routes(settings)
        for path in handler.paths
        for method in handler.http_methods
    }
    assert len(written) > 700
    assert {key: served.get(key) for key in written} == written
    # every address says what it takes, and nothing is served that is in no list but files and the description
    more = {path for path, method in served if method != "OPTIONS"} - {path for path, _ in written}
    assert all(path.startswith(("/static", "/schema")) for path in more), more
    assert {path for path, _ in written} <= {path for path, method in served if method == "OPTIONS"}


def test_every_route_can_be_made_ready(app: Any) -> None:
    late = [route for route in app.app.routes if isinstance(route, LateRoute)]
    assert len(late) > 500
    for route in late:
        for handler in route.route_handlers:
            route.make_ready(handler)
        assert all(model is not None for _, model in route.route_handler_map.values())


def test_one_method_twice_at_one_address_is_refused_at_the_start() -> None:
    with pytest.raises(ImproperlyConfiguredException, match="GET /things/{number:int} has two handlers"):
        LateLitestar(route_handlers=[read_thing, change_thing, read_it_otherwise])


def _allowed(answer: httpx.Response) -> list[str]:
    return sorted(answer.headers.get("allow", "").split(", "))


def _kind(answer: httpx.Response) -> str | None:
    return answer.headers.get("content-type")


async def test_a_late_route_answers_as_one_that_was_read_at_the_start() -> None:
    answers = []
    for application in (LateLitestar, Litestar):
        app = application(route_handlers=[read_thing, change_thing], include_in_schema=False)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://c.test") as browser:
            asked = [
                await browser.get("/things/7?least=3"),
                await browser.get("/things/7"),
                await browser.get("/things/7?least=x"),
                await browser.get("/things/seven"),
                await browser.post("/things/7", content="words"),
                await browser.put("/things/7"),
                await browser.request("OPTIONS", "/things/7"),
                await browser.get("/nothing"),
            ]
            answers.append([(each.status_code, _allowed(each), _kind(each), each.text) for each in asked])
    assert [each[0] for each in answers[0]] == [200, 200, 400, 404, 201, 405, 204, 404]
    # Litestar leaves out of the answer to OPTIONS what was entered later at the same address
    assert answers[0].pop(6)[1] == ["GET", "OPTIONS", "POST"] and answers[1].pop(6)[1] == ["GET", "OPTIONS"]
    assert answers[0] == answers[1]


def test_what_the_start_would_have_refused_is_found_when_a_route_is_made_ready() -> None:
    app = LateLitestar(route_handlers=[says_not_what_it_answers], include_in_schema=False)
    (route,) = [each for each in app.routes if isinstance(each, LateRoute)]
    with pytest.raises(ImproperlyConfiguredException, match="type annotated"):
        route.make_ready(route.route_handlers[0])
