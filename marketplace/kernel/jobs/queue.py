"""pgqueuer on the caller's own connection: the part of the queue that is loaded when first used."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Self

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from marketplace.kernel.db import execute, fetch


class TransactionDriver(Driver):
    """pgqueuer's way to the database for those who only enqueue: the running transaction, else the pool."""

    def __init__(self) -> None:
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()

    async def fetch(self, query: str, *args: Any) -> list[dict[str, object]]:
        return [dict(row) for row in await fetch(query, *args)]

    async def execute(self, query: str, *args: Any) -> str:
        return await execute(query, *args)

    async def notify(self, channel: str, payload: str) -> None:
        await execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        raise NotImplementedError("only the worker listens")

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def put(entrypoint: str, payload: str, after: timedelta | None, key: str | None) -> None:
    """Queue a call in the running transaction."""
    await Queries(TransactionDriver()).enqueue(
        entrypoint, payload.encode(), execute_after=after, dedupe_key=key, on_conflict="skip"
    )
