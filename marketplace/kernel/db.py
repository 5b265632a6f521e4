"""The database: one engine, pages whose questions are asked once and together, and SQL by hand."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import asyncpg
import piccolo.table
from piccolo.table import Table

from marketplace.kernel.gathering import Gathering, Question, Row, gathering
from marketplace.kernel.light_libraries import lighten_tables
from marketplace.kernel.safe_engine import SafePostgresEngine, SafeTransaction, is_noting, note_kept

lighten_tables()
T = TypeVar("T")


_engine: SafePostgresEngine | None = None


def use_engine(engine: SafePostgresEngine) -> SafePostgresEngine:
    """Make this the engine that every query of this process uses (called by piccolo_conf)."""
    global _engine
    _engine = engine
    # Piccolo would look for it by loading its migrations and a code formatter, a third of a second
    piccolo.table.engine_finder = lambda module_name=None: engine
    return engine


def engine() -> SafePostgresEngine:
    """The engine of this process."""
    if _engine is None:
        raise RuntimeError("import piccolo_conf before using the database")
    return _engine


MOST_PLANS = 40  # of pages' joined questions, kept by each connection for them
LONGEST_KEPT = 64 * 1024  # bytes of a statement whose plan a connection keeps: a page's questions go as one


async def open_pool(min_size: int = 1, max_size: int = 10, longest_wait: float | None = None) -> None:
    """Start the connection pool; without it every query would open a connection of its own.

    Whoever finds all connections in use for `longest_wait` seconds is refused (`NoConnectionFree`).

    A connection goes back without being asked to forget what it was told: nothing here is told to a connection beyond
    its transaction (no session settings, locks, listeners), and the question would double the cost of a short query.
    A transaction left open is still rolled back.
    """
    await engine().start_connection_pool(
        min_size=min_size, max_size=max_size, reset=_nothing_told, max_cacheable_statement_size=LONGEST_KEPT,
        longest_wait=longest_wait,
    )  # fmt: skip


async def open_planned_pool(max_size: int, longest_wait: float | None = None) -> None:
    """Where pages are made: so many connections more, which keep the plans of what a page's parts ask together.

    They are told so once, when each is made. Left to itself the server makes a plan for these very values whenever it
    guesses that to be cheaper, and for a page of many parts setting up the plan takes longer than the work.
    """
    await engine().start_planned_pool(
        min_size=0, max_size=max_size, reset=_nothing_told, max_cacheable_statement_size=LONGEST_KEPT,
        statement_cache_size=MOST_PLANS, longest_wait=longest_wait,
    )  # fmt: skip


async def _nothing_told(_: object) -> None:
    pass


async def close_pool() -> None:
    """Close the pools when the process ends."""
    await close_planned_pool()
    await engine().close_connection_pool()


async def close_planned_pool() -> None:
    """Close the pool for joined questions; they go through the other one then."""
    planned, engine().planned = engine().planned, None
    if planned:
        await planned.close()


def transaction() -> SafeTransaction:
    """`async with transaction():` - all or nothing; nested blocks are savepoints."""
    _forget()
    return engine().transaction()


def connection() -> asyncpg.Connection | asyncpg.Pool:
    """The connection of the running transaction, or the pool when there is none."""
    running = engine().current_transaction.get()
    if running is not None:
        return running.connection
    pool = engine().pool
    if pool is None:
        raise RuntimeError("open_pool() first")
    return pool


def _for_joined_questions() -> asyncpg.Connection | asyncpg.Pool:
    return engine().planned or connection()


_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|TRUNCATE)\b", re.IGNORECASE)
def _note_if_written(sql: str) -> None:
    """A statement outside a transaction that may write is committed once it has been answered."""
    if is_noting() and engine().current_transaction.get() is None and _WRITES.search(sql):
        note_kept()


# what the page being made has read already; None where every question goes to the database
_reads: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("reads", default=None)
MOST_READS = 200
# what changes or locks something
_CHANGES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|NEXTVAL|SETVAL|SET_CONFIG|FOR\s+(?:KEY\s+)?SHARE)\b|ADVISORY|PG_SLEEP", re.IGNORECASE
)
# what gives another answer when it is asked again; the county's time is asked once, for a page is of one moment
_EVER_NEW = re.compile(r"\b(CLOCK_TIMESTAMP|RANDOM|GEN_RANDOM_UUID)\b", re.IGNORECASE)


@contextmanager
def reading_once() -> Iterator[None]:
    """While a page is made, the same question is asked once; whatever is written makes all forget.

    Parts of a page that know nothing of each other ask the same; the second answer is the first one's rows.
    """
    token = _reads.set({})
    try:
        yield
    finally:
        _reads.reset(token)


@lru_cache(maxsize=2000)
def _only_reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper().startswith(("SELECT", "WITH ")) and not _CHANGES.search(sql)


@lru_cache(maxsize=2000)
def _is_ever_new(sql: str) -> bool:
    return bool(_EVER_NEW.search(sql))


async def _ask(how: str, sql: str, args: tuple[Any, ...]) -> Any:
    reads = _reads.get()
    if reads is None or engine().current_transaction.get() is not None or not _only_reads(sql):
        if reads:
            reads.clear()
        found = await getattr(connection(), how)(sql, *args)
        _note_if_written(sql)
        return found
    if _is_ever_new(sql):
        return await _ask_afresh(how, sql, args)
    key = (how, sql, *(tuple(each) if isinstance(each, list) else each for each in args))
    try:
        known = key in reads
    except TypeError:  # a value that cannot be looked up
        return await getattr(connection(), how)(sql, *args)
    if known:
        found = reads[key]
        if type(found) is not Question:
            return found
        if _goes_with_others():  # a part that asks at the same time waits for the other's answer
            return _one_of(how, await found)
        return await getattr(connection(), how)(sql, *args)
    if len(reads) >= MOST_READS:  # a long answer made piece by piece must not grow with what it tells
        reads.clear()
    if not _goes_with_others():
        reads[key] = await getattr(connection(), how)(sql, *args)
        return reads[key]
    asking = reads[key] = Question(sql, args, first_only=how != "fetch")
    try:
        found = _one_of(how, await asking)
    except BaseException:
        reads.pop(key, None)
        raise
    reads[key] = found
    return found


def _goes_with_others() -> bool:
    """Whether the reader is one of the parts of a page that ask together."""
    others = gathering.get()
    return others is not None and others.is_at_work


async def _ask_afresh(how: str, sql: str, args: tuple[Any, ...]) -> Any:
    if _goes_with_others():
        return _one_of(how, await Question(sql, args, first_only=how != "fetch"))
    return await getattr(connection(), how)(sql, *args)


def _one_of(how: str, rows: list[Any]) -> Any:
    if how == "fetch":
        return rows
    first = rows[0] if rows else None
    return first[0] if first is not None and how == "fetchval" else first


async def together(*parts: Awaitable[Any]) -> list[Any]:
    """What several readers found, who know nothing of each other; what they ask at one moment goes in one journey.

    While a page is read (`reading_once`), outside a transaction; elsewhere they are waited for in turn. The first
    part that fails fails all.
    """
    if _reads.get() is None or engine().current_transaction.get() is not None:
        return await _in_turn(parts)
    outer = gathering.get()
    if outer is not None and outer.is_at_work:
        return await outer.run(parts, is_outermost=False)
    gathered = Gathering(connection, _for_joined_questions)
    token = gathering.set(gathered)
    try:
        return await gathered.run(parts, is_outermost=True)
    finally:
        gathering.reset(token)


async def _in_turn(parts: tuple[Awaitable[Any], ...]) -> list[Any]:
    found = []
    for place, part in enumerate(parts):
        try:
            found.append(await part)
        except BaseException:
            for other in parts[place + 1 :]:
                if isinstance(other, Coroutine):
                    other.close()  # it will not be waited for
            raise
    return found


async def nothing() -> None:
    """Stands in `together` for a part that a page does not have."""


async def read_ahead(*parts: Coroutine[Any, Any, Any]) -> None:
    """Ask at one moment what a page is about to ask one after the other; its own questions are then answered at once.

    Only while a page is read (`reading_once`) outside a transaction; elsewhere nothing is asked. What goes wrong is
    told where the page asks itself.
    """
    if _reads.get() is None or engine().current_transaction.get() is not None:
        for part in parts:
            part.close()
        return
    await together(*(_quietly(part) for part in parts))


async def _quietly(part: Awaitable[Any]) -> None:
    with suppress(Exception):
        await part


async def all_together(*lists: Awaitable[Iterable[T]]) -> list[T]:
    """The lists of several readers, one behind the other, read as `together` reads them."""
    return [each for found in await together(*lists) for each in found]


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows of a query; `$1` marks values."""
    return list(await _ask("fetch", sql, args))


def as_dict(row: Any) -> dict[str, Any]:
    """A row as a dictionary of its columns, for pages that read many."""
    return row.as_dict() if type(row) is Row else dict(row)


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row or None."""
    return await _ask("fetchrow", sql, args)


async def fetchval(sql: str, *args: Any) -> Any:
    """The first value of the first row or None."""
    return await _ask("fetchval", sql, args)


async def execute(sql: str, *args: Any) -> str:
    """Run a statement; returns PostgreSQL's command tag."""
    _forget()
    said = await connection().execute(sql, *args)
    _note_if_written(sql)
    return said


def _forget() -> None:
    if reads := _reads.get():
        reads.clear()


@dataclass(frozen=True)
class Statement:
    """A statement that has not been sent yet: `$1` marks its first value."""

    sql: str
    values: tuple[Any, ...]


async def execute_together(*statements: Statement) -> None:
    """Send several statements in one journey to the database. None of them sees what another one writes."""
    await execute(*_one(statements))


async def execute_many(statements: Sequence[Statement]) -> None:
    """Send one statement with the values of many in one journey; for nothing there is none."""
    if statements:
        _forget()
        await connection().executemany(statements[0].sql, [each.values for each in statements])
        _note_if_written(statements[0].sql)


async def fetchval_together(*statements: Statement) -> Any:
    """The same, giving the last statement's value. A statement can read what `part_0`, `part_1` before it gave."""
    return await fetchval(*_one(statements))


def _one(statements: tuple[Statement, ...]) -> tuple[Any, ...]:
    values = [value for statement in statements for value in statement.values]
    return _joined(tuple((statement.sql, len(statement.values)) for statement in statements)), *values


def _shifted(by: int, mark: re.Match[str]) -> str:
    return f"${int(mark[1]) + by}"


@lru_cache(maxsize=64)
def _joined(parts: tuple[tuple[str, int], ...]) -> str:
    numbered, before = [], 0
    for sql, count in parts:
        numbered.append(re.sub(r"\$(\d+)", partial(_shifted, before), sql))
        before += count
    *first, last = numbered
    named = ", ".join(f"part_{place} AS ({sql})" for place, sql in enumerate(first))
    return f"WITH {named} {last}" if first else last


async def insert(table: type[Table], **values: Any) -> Any:
    """Insert one row given as plain values and return its primary key."""
    _forget()
    key = table._meta.primary_key
    rows = await table.insert(table(**values)).returning(key)
    _note_if_written("INSERT")
    return rows[0][key._meta.name]
