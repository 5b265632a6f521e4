"""`GET /schema`: the JSON routes as OpenAPI, plain JSON and no script."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server, Tag
from litestar.routes import HTTPRoute

from marketplace.accounts.described import (
    DEMO,
    FORM_TOKEN,
    JSON,
    PROBLEM,
    READ,
    REFUSALS,
    SESSION,
    WORK,
    Problem,
    Taken,
)  # fmt: skip
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.settings import VERSION

DESCRIPTION = (
    "Every route that answers JSON. Those tagged `read` need no account: published listings, their notices, the "
    "service directory, the public record, receipts, draws and awards. Those tagged `work` are for whoever is signed "
    "in, in one of the roles that `security` names. Lists go on with `next`; answers under /api have an ETag. Refusals "
    "are application/problem+json under /api and for whoever accepts JSON rather than pages. Amounts are texts; in the "
    "public record they are numbers."
)
SCHEMES = {
    SESSION: SecurityScheme(
        type="apiKey", name="sid", security_scheme_in="cookie",
        description="The cookie that /sign-in sets. The names beside it are roles: one of them must be held.",
    ),
    FORM_TOKEN: SecurityScheme(
        type="apiKey", name="x-csrftoken", security_scheme_in="header",
        description="The value of the cookie `csrf`, sent again as a header with whatever changes something.",
    ),
}  # fmt: skip
REFERENCE = "#/components/schemas/{name}"


class WholeDescription(JsonRenderPlugin):
    """Adds what a route takes: handlers read bodies themselves, so that a bad one is refused in the page's words."""

    _whole: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON, made at the first reading and kept."""
        if self._whole is None:
            add_bodies(request.app.routes, openapi_schema)
            tell_refusals_in_our_words(openapi_schema)
            self._whole = self.render_json(request, openapi_schema)
        return self._whole


def add_bodies(routes: list[Any], described: dict[str, Any]) -> None:
    """Write the request body into each operation that takes one."""
    handlers = [
        (route.path_format, handler, taken)
        for route in routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if isinstance(taken := handler.opt.get("takes"), Taken) and taken.media_type
    ]
    types = [taken.body for _, _, taken in handlers if taken.body]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type: dict[Any, Any] = dict(zip(types, schemas, strict=True))
    for path, handler, taken in handlers:
        content = {taken.media_type: {"schema": by_type[taken.body]} if taken.body else {}}
        for method in handler.http_methods:
            described["paths"][path][method.lower()]["requestBody"] = {"required": True, "content": content}
    described["components"]["schemas"] |= components


def tell_refusals_in_our_words(described: dict[str, Any]) -> None:
    """The framework's own shape of a refusal is never sent: `show_error` answers every one as a problem."""
    problem = {PROBLEM: {"schema": {"$ref": REFERENCE.format(name=Problem.__name__)}}}
    for item in described["paths"].values():
        for operation in item.values():
            refused = operation["responses"].get("400", {})
            if refused.get("content", {}).keys() == {JSON}:
                refused |= {"description": REFUSALS[400], "content": problem}


def api_description() -> OpenAPIConfig:
    """What `/schema` says besides the routes themselves."""
    return OpenAPIConfig(
        title="金堂县社会救助服务采购 · Marketplace for social-assistance services",
        version=VERSION,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=[Server(url="/")],
        tags=[
            Tag(name=READ, description="What everybody may read"),
            Tag(name=WORK, description="What people who are signed in do from a page or a program"),
            Tag(name=DEMO, description="Only where the installation is a demo"),
        ],
        components=Components(security_schemes=SCHEMES),
        render_plugins=[WholeDescription(path="/")],
        openapi_router=Router("/schema", route_handlers=[], opt=PUBLIC, include_in_schema=False),
    )
