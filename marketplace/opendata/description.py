"""`GET /schema`: the JSON routes as OpenAPI, plain JSON and no script."""

from __future__ import annotations

from litestar import Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import License, Server, Tag

from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.settings import VERSION

DESCRIPTION = (
    "Published listings, their notices and the service directory of the county. Reading needs no account. "
    "Lists go on with `next`. Every answer has an ETag. Refusals are application/problem+json; amounts are texts."
)


def api_description() -> OpenAPIConfig:
    """What `/schema` says besides the routes themselves."""
    return OpenAPIConfig(
        title="金堂县社会救助服务采购 · Marketplace for social-assistance services",
        version=VERSION,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=[Server(url="/")],
        tags=[Tag(name="read", description="What everybody may read")],
        render_plugins=[JsonRenderPlugin(path="/")],
        openapi_router=Router("/schema", route_handlers=[], opt=PUBLIC, include_in_schema=False),
    )
