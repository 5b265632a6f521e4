"""Readers that know nothing of each other ask the database in one journey.

A page of many parts asks for each of them; waiting for one after the other is forty journeys. `db.together(a(), b())`
lets the parts begin at the same time; what they ask is collected here until all of them wait for an answer, goes as one
statement, and each part gets its own rows. The parts stay as they are: they say `await fetch(…)`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import asyncpg

log = logging.getLogger("marketplace")

# of this transaction alone: left to itself the server makes a plan for these very values each time
PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"

MOST_QUESTIONS = 40  # in one statement
MOST_TEXT = 60_000  # characters of them; above `LONGEST_KEPT` of the pool their plan would be made anew each time
MANY = 20  # questions in one statement: setting up a plan of so many takes longer than their work
TURNS = 8  # of the loop without a new question, until all parts are taken to wait: parts have parts themselves

class Row:
    """A row as asyncpg's: by name, by place, in order of its columns."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: dict[str, int], values: tuple[Any, ...]) -> None:
        self._names, self._values = names, values

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._values[self._names[key]]
        except (KeyError, TypeError):  # a place, or a part of the row
            if isinstance(key, str):
                raise
            return self._values[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Iterable) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return f"<Row {dict(zip(self._names, self._values, strict=False))}>"

    def get(self, key: str, default: Any = None) -> Any:
        """What stands under a name, or the default where there is no such column."""
        return self._values[self._names[key]] if key in self._names else default

    def keys(self) -> Any:
        """The names of the columns."""
        return self._names.keys()

    def values(self) -> Any:
        """What stands in the columns."""
        return iter(self._values)

    def items(self) -> Any:
        """Names with what stands there."""
        return ((name, self._values[place]) for name, place in self._names.items())


# inside a row of a row asyncpg reads these without asking what they are; a question with others goes by itself
KNOWN_TYPES = frozenset({
    "bool", "bytea", "date", "float8", "int2", "int4", "int8", "interval", "json", "jsonb", "numeric", "text", "text[]",
    "time", "timestamp", "timestamptz", "uuid", "varchar",
})  # fmt: skip

def _uuids(texts: list[str | None] | None) -> list[UUID | None] | None:
    return None if texts is None else [None if text is None else UUID(text) for text in texts]


def _days(texts: list[str | None] | None) -> list[date | None] | None:
    return None if texts is None else [None if text is None else date.fromisoformat(text) for text in texts]


# other arrays travel as texts, and what they are is made of them here
AS_TEXTS: dict[str, Callable[[Any], Any] | None] = {
    "varchar[]": None, "bpchar[]": None, "uuid[]": _uuids, "date[]": _days
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The columns of a question: their places by name, those that travel as texts, and what is made of these."""

    places: dict[str, int]
    columns: int
    as_texts: frozenset[int]
    made: tuple[tuple[int, Callable[[Any], Any]], ...]

    def row(self, values: Iterable[Any]) -> Row:
        """A row as the question would give it alone."""
        told = list(values)
        for place, make in self.made:
            told[place] = make(told[place])
        return Row(self.places, tuple(told))


def shape_of(columns: Sequence[tuple[str, str]]) -> Shape | None:
    """The shape of columns given as (name, type); none where one of them can travel by itself alone."""
    if any(kind not in KNOWN_TYPES and kind not in AS_TEXTS for _, kind in columns):
        return None
    return Shape(
        {name: place for place, (name, _) in enumerate(columns)}, len(columns),
        frozenset(place for place, (_, kind) in enumerate(columns) if kind in AS_TEXTS),
        tuple((place, make) for place, (_, kind) in enumerate(columns) if (make := AS_TEXTS.get(kind))),
    )  # fmt: skip


# for each SQL that was met; none for one that goes by itself
_shapes: dict[str, Shape | None] = {}


class Question:
    """A statement on its way, and who waits for its rows."""

    __slots__ = ("answer", "first_only", "sql", "values")

    def __init__(self, sql: str, values: tuple[Any, ...], *, first_only: bool) -> None:
        self.sql, self.values, self.first_only = sql, values, first_only
        self.answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

    def settle(self, rows: list[Any] | BaseException) -> None:
        """Give the rows, or what went wrong, to whoever still waits."""
        if self.answer.done():
            return
        if isinstance(rows, BaseException):
            self.answer.set_exception(rows)
        else:
            self.answer.set_result(rows)


class Gathering:
    """The questions of the parts of one page; one statement is on its way at a time."""

    def __init__(self, connection: Callable[[], Any]) -> None:
        self.connection, self.waiting = connection, list[Question]()
        self._sender: asyncio.Task[None] | None = None

    def ask(self, sql: str, values: tuple[Any, ...], *, first_only: bool) -> asyncio.Future[list[Any]]:
        """The rows of a question (or the first alone) that are to come, asked with all the others."""
        question = Question(sql, values, first_only=first_only)
        self.waiting.append(question)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return question.answer

    async def _send(self) -> None:
        while self.waiting:
            sent: list[Question] = []
            try:
                await self._all_wait()
                number = how_many(len(each.sql) for each in self.waiting[:MOST_QUESTIONS])
                sent, self.waiting = self.waiting[:number], self.waiting[number:]
                await self._ask(sent)
            except BaseException as error:
                # nobody is left waiting for ever
                for question in (*sent, *self.waiting):
                    question.settle(error)
                raise

    async def _ask(self, sent: list[Question]) -> None:
        if len(sent) > 1:
            await self._learn(sent)
        joined = [each for each in sent if _shapes.get(each.sql) is not None] if len(sent) > 1 else []
        alone = [each for each in sent if each not in joined]
        if len(joined) < 2 or not await self._ask_as_one(joined):
            alone = sent
        for question in alone:
            await self._ask_alone(question)

    async def _all_wait(self) -> None:
        known, turns = 0, TURNS
        while turns:
            await asyncio.sleep(0)
            known, turns = len(self.waiting), turns - 1 if len(self.waiting) == known else TURNS

    async def _ask_as_one(self, sent: list[Question]) -> bool:
        """False where they could not be asked together: then each is asked by itself, and fails by itself."""
        joined = as_one(tuple((each.sql, len(each.values), each.first_only) for each in sent))
        values = [value for each in sent for value in each.values]
        try:
            if len(sent) < MANY:
                found = await self.connection().fetchrow(joined, *values)
            else:
                found = await self._ask_planned_once(joined, values)
        except Exception:
            log.warning("questions that could not be asked together", exc_info=True)
            return False
        for question, rows in zip(sent, found, strict=True):
            shape = _shapes[question.sql]
            assert shape is not None
            question.settle([shape.row(row) for row in rows])
        return True

    async def _ask_planned_once(self, joined: str, values: list[Any]) -> Any:
        """The answer by the plan that the connection keeps for whatever values, as long as it keeps the statement."""
        async with self.connection().acquire() as connection:
            passing = connection.transaction()
            await passing.start()
            try:
                await connection.execute(PLAN_ONCE)
                return await connection.fetchrow(joined, *values)
            finally:
                if not connection.is_closed():
                    await passing.rollback()  # there was nothing to keep, and the connection is told nothing for later

    async def _learn(self, questions: list[Question]) -> None:
        """Find out, once in a process, the columns of each question; one that is wrong is left to fail by itself."""
        unknown = [each.sql for each in questions if each.sql not in _shapes]
        if not unknown:
            return
        async with self.connection().acquire() as connection:
            for sql in unknown:
                shape = None
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
                    columns = (await connection.prepare(sql)).get_attributes()
                    shape = shape_of([(column.name, column.type.name) for column in columns])
                # another reader may have learned it meanwhile, and be waiting for rows of that shape
                _shapes.setdefault(sql, shape)

    async def _ask_alone(self, question: Question) -> None:
        try:
            question.settle(await self.connection().fetch(question.sql, *question.values))
        except Exception as error:
            question.settle(error)


def how_many(lengths: Iterable[int]) -> int:
    """How many of the waiting questions, given their lengths, fit into one statement; at least one."""
    number, text = 0, 0
    for length in lengths:
        text += length + 100  # the frame of each
        if number and text > MOST_TEXT:
            break
        number += 1
    return number


gathering: ContextVar[Gathering | None] = ContextVar("gathering", default=None)


def _shifted(by: int, mark: re.Match[str]) -> str:
    return f"${int(mark[1]) + by}"


def _written(shape: Shape | None) -> tuple[str, str]:
    """How a question's row is written, and the names its columns are given for it."""
    if shape is None or not shape.as_texts:
        return "q", ""
    names = [f"c{place}" for place in range(shape.columns)]
    row = ", ".join(f"{name}::text[]" if place in shape.as_texts else name for place, name in enumerate(names))
    return f"ROW({row})", f"({', '.join(names)})"


@lru_cache(maxsize=1000)
def as_one(questions: tuple[tuple[str, int, bool], ...]) -> str:
    """One statement of (SQL, number of its values, whether its first row is enough): an array of rows for each.

    Each stands in a sub-select of its own, planned and run as it would be alone; joining them took PostgreSQL three
    times as long to plan.
    """
    parts, before = [], 0
    for sql, count, first_only in questions:
        numbered = re.sub(r"\$(\d+)", partial(_shifted, before), sql)
        row, names = _written(_shapes.get(sql))
        parts.append(f"ARRAY(SELECT {row} FROM ({numbered}\n) q{names}{' LIMIT 1' if first_only else ''})")
        before += count
    return "SELECT " + ",\n".join(parts)
