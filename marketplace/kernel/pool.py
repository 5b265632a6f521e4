"""The connections of a process, for which nobody waits without end; one whose line is dead ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

# what asyncpg would choose itself: connections made anew after so many questions, and closed after idle seconds
_USUAL = {
    "min_size": 1, "max_size": 10, "max_queries": 50_000, "max_inactive_connection_lifetime": 300.0, "loop": None,
    "connection_class": asyncpg.Connection, "record_class": asyncpg.Record,
}  # fmt: skip

LONGEST_CONNECT = 5.0  # seconds in which each server that is named must have let us in
# how long a line may be dead before the machine closes it; what takes long on a line that lives is never cut
LINE_OPTIONS = {
    "SO_KEEPALIVE": (socket.SOL_SOCKET, 1), "TCP_KEEPIDLE": (socket.IPPROTO_TCP, 10),
    "TCP_KEEPINTVL": (socket.IPPROTO_TCP, 5), "TCP_KEEPCNT": (socket.IPPROTO_TCP, 3),
    "TCP_USER_TIMEOUT": (socket.IPPROTO_TCP, 20_000),
}  # fmt: skip


class NoConnectionFree(Exception):
    """All connections were in use for as long as anybody may wait: the page says so instead of standing still."""


class DatabaseAway(ConnectionError):
    """No connection to the database could be made in time."""


async def connect(**wanted: Any) -> asyncpg.Connection:
    """A connection to the first server that lets us in, on a line that ends when it is dead. Raises DatabaseAway.

    asyncpg would wait for all servers together: one that keeps silent would take the time of the one behind it.
    """
    failed: Exception | None = None
    for place in _places(str(wanted.get("dsn") or "")):
        try:
            made = await asyncpg.connect(**{"timeout": LONGEST_CONNECT, **wanted, **place})
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched) as error:
            failed = error
        else:
            _end_when_dead(made)
            return made
    raise DatabaseAway(type(failed).__name__) from failed


def _places(address: str) -> Iterator[dict[str, Any]]:
    """Each server that an address names in its query; an address that names one leaves it to asyncpg."""
    named = parse_qs(urlsplit(address).query)
    hosts, ports = (",".join(named.get(name, [])).split(",") for name in ("host", "port"))
    if len(hosts) < 2 or ":" in ",".join(hosts):
        yield {}
        return
    for place, host in enumerate(hosts):
        port = ports[place] if len(ports) == len(hosts) else ports[0]
        yield {"host": host, "port": int(port or 5432)}


def _end_when_dead(made: asyncpg.Connection) -> None:
    line = made._transport.get_extra_info("socket")
    if line is None or line.family == socket.AF_UNIX:
        return
    for name, (level, value) in LINE_OPTIONS.items():
        if hasattr(socket, name):
            line.setsockopt(level, getattr(socket, name), value)


class BoundedPool(asyncpg.Pool):
    """asyncpg's pool, in which whoever finds no free connection waits at most `longest_wait` seconds.

    The time in which a connection is made has a bound of its own: who waits for that is not one of too many.
    """

    __slots__ = ("being_made", "is_away", "longest_wait")

    def __init__(self, longest_wait: float | None = None, **wanted: Any) -> None:
        super().__init__(**{**_USUAL, "connect": connect, **wanted})
        self.longest_wait, self.is_away, self.being_made = longest_wait, False, 0

    @property
    def has_one_free(self) -> bool:
        """Whether who asks now need not wait for another."""
        return not self._queue.empty()

    async def _get_new_connection(self) -> Any:
        self.being_made += 1
        try:
            made = await super()._get_new_connection()
        except DatabaseAway:
            self.is_away = True
            raise
        finally:
            self.being_made -= 1
        self.is_away = False
        return made

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109
        # with a connection free there is nothing to wait for, and a clock would cost a task for each question
        if timeout is not None or self.longest_wait is None or not self._queue.empty():
            return await super()._acquire(timeout)
        try:
            async with asyncio.timeout(self.longest_wait):
                holder = await self._queue.get()
        except TimeoutError as over:
            raise (DatabaseAway if self.is_away or self.being_made else NoConnectionFree) from over
        try:
            taken = await holder.acquire()
        except BaseException:
            self._queue.put_nowait(holder)
            self._schedule_min_size_maintenance()
            raise
        holder._timeout = None
        return taken
