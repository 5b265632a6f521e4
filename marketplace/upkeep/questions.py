"""How often a request asks the database, told in a header where `TELL_QUESTIONS` is set: tests hold pages to it."""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import partial
from typing import Any

import asyncpg
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace.kernel import db

HEADER = "x-questions"
# what only frames the questions of a page
FRAME = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b", re.IGNORECASE)


class Asked:
    """How often the request that is answered asked so far."""

    times = 0


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def _note() -> None:
    if asked := _asked.get():
        asked.times += 1


class CountingConnection(asyncpg.Connection):
    """Notes every question for the request that asks it."""

    async def _execute(self, query: str, *args: Any, **kwargs: Any) -> Any:
        _note()
        return await super()._execute(query, *args, **kwargs)

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        if not args and not FRAME.match(query):  # with values it goes through _execute
            _note()
        told: str = await super().execute(query, *args, timeout=timeout)
        return told


class Telling:
    """The application, each answer of which tells how often the database was asked for it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        db.engine().config["connection_class"] = CountingConnection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _asked.set(asked := Asked())
        try:
            await self.app(scope, receive, partial(_tell, asked, send))
        finally:
            _asked.reset(token)


async def _tell(asked: Asked, send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (HEADER.encode(), str(asked.times).encode())]
    await send(message)
