"""Piccolo's engine with transactions that cannot leak, and what of a request was committed.

Piccolo 1.38 loses a pool connection when COMMIT fails and silently joins nested transactions; the engine here
gives the connection back in every case and turns a nested transaction into a savepoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from marketplace.kernel.pool import BoundedPool, connect


class Kept:
    """Whether something of this request is in the database for good."""

    is_something = False


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def noting_what_is_kept(*, has_weight: bool = True) -> Iterator[None]:
    """While a request is answered, it is noted that something was committed: then nobody says that nothing was.

    What has no weight is a count of ours: whoever hears that nothing was saved has lost nothing by it.
    """
    token = _kept.set(Kept() if has_weight else None)
    try:
        yield
    finally:
        _kept.reset(token)


def has_kept_something() -> bool:
    """Whether something of this request was committed already, whatever fails now."""
    kept = _kept.get()
    return kept is not None and kept.is_something


def note_kept() -> None:
    """Something of this request is in the database for good."""
    if kept := _kept.get():
        kept.is_something = True


def is_noting() -> bool:
    """Whether a request is being answered of which it is noted."""
    return _kept.get() is not None


class SafeTransaction(PostgresTransaction):
    """A transaction that always returns its connection; inside another one it is a savepoint."""

    __slots__ = ("_savepoint",)

    async def __aenter__(self) -> Any:
        if self._parent is not None:
            self._savepoint = await self._parent.savepoint()
            return self._parent
        self.connection = await self.get_connection()
        try:
            self.transaction = self.connection.transaction()
            await self.begin()
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def _give_back(self) -> None:
        if self.engine.pool:
            # the pool resets the connection, or ends it when it is broken
            await asyncio.shield(self.engine.pool.release(self.connection, timeout=5))
        else:
            await asyncio.shield(self.connection.close(timeout=5))

    async def commit(self) -> None:
        await super().commit()
        note_kept()

    async def __aexit__(self, exc_type: Any, exc: Any, tb: Any) -> Literal[False]:
        if self._parent is not None:
            if exc is None:
                await self._savepoint.release()
            elif not _is_gone(self._parent.connection):
                await self._savepoint.rollback_to()
            return False
        try:
            if exc is not None:
                # on a line that broke there is nothing to roll back, and trying would hide what happened
                if not self._rolled_back and not _is_gone(self.connection):
                    await self.rollback()
            elif not self._committed and not self._rolled_back:
                await self.commit()
        finally:
            try:
                self.engine.current_transaction.reset(self.context)
            finally:  # reset() raises when left in another task: stay loud, never leak
                await self._give_back()
        return False


def _is_gone(connection: Any) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool took back what broke
        return True


class SafePostgresEngine(PostgresEngine):
    """Piccolo's engine with safe transactions."""

    async def check_version(self) -> None:
        """Ask nothing: Piccolo would connect while it is imported, half a second before the first page."""

    def transaction(self, allow_nested: bool = True) -> SafeTransaction:
        return SafeTransaction(engine=self, allow_nested=allow_nested)

    planned: BoundedPool | None = None

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Piccolo's, with a pool in which nobody waits longer than `longest_wait` seconds (none: without end)."""
        if self.pool:
            raise RuntimeError("The pool is open already.")
        self.pool = await BoundedPool(**{**self.config, **kwargs})

    async def start_planned_pool(self, **kwargs: Any) -> None:
        """A second pool, whose connections keep one plan of each statement for whatever values."""
        told = {**dict(self.config.get("server_settings") or {}), "plan_cache_mode": "force_generic_plan"}
        self.planned = await BoundedPool(**{**self.config, **kwargs, "server_settings": told})

    async def get_new_connection(self) -> asyncpg.Connection:
        """Piccolo's, made as those of the pool are."""
        return await connect(**self.config)


def engine_config(database_url: str) -> dict[str, Any]:
    """A database address as asyncpg's arguments; sockets are given as `?host=/folder`."""
    if not database_url.startswith(("postgres://", "postgresql://")):
        raise ValueError(f"DATABASE_URL must start with postgresql://, not {database_url.split(':')[0]}:")
    parts = urlsplit(database_url)
    if not parts.hostname:
        return {"dsn": database_url}
    return {
        "host": parts.hostname,
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
        "database": parts.path.lstrip("/"),
    }
