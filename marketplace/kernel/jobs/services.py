"""Put work into the queue, in the same transaction as the change that causes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from marketplace.kernel.db import execute, fetch

RUN = "run_job"


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


async def enqueue(entrypoint: str, payload: str, after: timedelta | None = None, key: str | None = None) -> None:
    """Queue a call of one of the worker's entry points; with `key`, not while another one with it is waiting."""
    await Queries(TransactionDriver()).enqueue(
        entrypoint, payload.encode(), execute_after=after, dedupe_key=key, on_conflict="skip"
    )


async def enqueue_job(
    name: str, arguments: Mapping[str, str], after: timedelta | None = None, key: str | None = None
) -> None:
    """Queue a job that `marketplace.worker.JOBS` names. It may run more than once and must do no harm then."""
    await enqueue(RUN, json.dumps({"job": name, "arguments": dict(arguments)}), after, key)
