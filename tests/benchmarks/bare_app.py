"""The floor for pages: the framework alone, answering a constant text of a page's size, with and without a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from litestar import Litestar, get
from litestar.datastructures import State

from marketplace.kernel import devdb

BODY = "<p>" + "县" * 5_000 + "</p>"
QUESTIONS = 8  # as many as a page may ask


@get("/", media_type="text/html")
async def bare() -> str:
    """A constant page."""
    return BODY


@get("/asking", media_type="text/html")
async def bare_asking(state: State) -> str:
    """The same page after eight bare questions, one after the other."""
    async with state.pool.acquire() as connection:
        for _ in range(QUESTIONS):
            await connection.fetchrow("SELECT * FROM listing LIMIT 1")
    return BODY


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    app.state.pool = asyncpg.create_pool(**devdb.ensure("marketplace"), min_size=0, max_size=8)
    await app.state.pool
    try:
        yield
    finally:
        await app.state.pool.close()


app = Litestar([bare, bare_asking], openapi_config=None, lifespan=[_pool])
