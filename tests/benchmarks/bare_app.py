"""The floor for pages: the framework alone, answering a constant text of a page's size."""

from litestar import Litestar, get

BODY = "<p>" + "县" * 5_000 + "</p>"


@get("/", media_type="text/html")
async def bare() -> str:
    """A constant page."""
    return BODY


app = Litestar([bare], openapi_config=None)
