"""The connections of a process, for which nobody waits without end."""

from __future__ import annotations

from typing import Any

import asyncpg

# what asyncpg would choose itself: connections made anew after so many questions, and closed after idle seconds
_USUAL = {
    "min_size": 1, "max_size": 10, "max_queries": 50_000, "max_inactive_connection_lifetime": 300.0, "loop": None,
    "connection_class": asyncpg.Connection, "record_class": asyncpg.Record,
}  # fmt: skip


class NoConnectionFree(Exception):
    """All connections were in use for as long as anybody may wait: the page says so instead of standing still."""


class BoundedPool(asyncpg.Pool):
    """asyncpg's pool, in which whoever finds no free connection waits at most `longest_wait` seconds."""

    __slots__ = ("longest_wait",)

    def __init__(self, longest_wait: float | None = None, **wanted: Any) -> None:
        super().__init__(**{**_USUAL, **wanted})
        self.longest_wait = longest_wait

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109
        # with a connection free there is nothing to wait for, and a clock would cost a task for each question
        if timeout is not None or self.longest_wait is None or not self._queue.empty():
            return await super()._acquire(timeout)
        try:
            return await super()._acquire(self.longest_wait)
        except TimeoutError as over:
            raise NoConnectionFree from over
