"""The front page is answered while the rest of the site is still being loaded.

Loading all 1,000 modules of the site takes a second longer than loading those of the front page. Its few pages stand
in an application of their own, which is asked first; whoever wants another page waits until the rest is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from litestar.types import ASGIApp, Receive, Scope, Send

from marketplace.site import routes as site

STATIC = "/static/"
FIRST = frozenset(path for handler in site.ROUTES for path in handler.paths)


class FirstPages:
    """Asks the small application for the first pages, and the whole one for everything as soon as it is loaded."""

    def __init__(self, first: ASGIApp, make_rest: Callable[[], ASGIApp]) -> None:
        self._first, self._make_rest = first, make_rest
        self._rest: ASGIApp | None = None
        self._loading: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises whatever kept the rest from being loaded."""
        app = self._rest or self._first
        if scope["type"] == "lifespan":
            app = self._first  # it holds the connections of both
        elif not self._rest and scope["path"] not in FIRST and not scope["path"].startswith(STATIC):
            app = await self.load()
        await app(scope, receive, send)

    async def load(self) -> ASGIApp:
        """Load the rest in a thread, once, whoever asks. Raises whatever keeps it from being loaded."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._make_rest)
        self._rest = await asyncio.shield(self._loading)
        return self._rest
