"""Readers that know nothing of each other ask the database in one journey.

A page of many parts asks for each of them; waiting for one after the other is forty journeys. `db.together(a(), b())`
lets the parts begin at the same time; what they ask is collected here until none of them can go on, goes as one
statement, and each part gets its own rows. The parts stay as they are: they say `await fetch(…)`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from types import CoroutineType
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.kernel.pool import DatabaseAway, NoConnectionFree

log = logging.getLogger("marketplace")

MOST_QUESTIONS = 40  # in one statement
MOST_TEXT = 60_000  # characters of them; above `LONGEST_KEPT` of the pool their plan would be made anew each time

class Row:
    """A row as asyncpg's: by name, by place, in order of its columns."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: dict[str, int], values: Sequence[Any]) -> None:
        self._names, self._values = names, values

    def as_dict(self) -> dict[str, Any]:
        """What `dict(row)` gives, in a tenth of its time: of two columns of one name the last."""
        names = self._names
        if len(names) == len(self._values):
            return dict(zip(names, self._values, strict=True))
        return {name: self._values[place] for name, place in names.items()}

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
        return hash(tuple(self._values))

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

    def row(self, values: Sequence[Any]) -> Row:
        """A row as the question would give it alone."""
        if not self.made:
            return Row(self.places, values)
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
    """A statement on its way, and its rows once they have come."""

    __slots__ = ("_rows", "first_only", "is_settled", "sql", "values")

    def __init__(self, sql: str, values: tuple[Any, ...], *, first_only: bool) -> None:
        self.sql, self.values, self.first_only = sql, values, first_only
        self.is_settled = False
        self._rows: list[Any] | BaseException = []

    def __await__(self) -> Iterator[Any]:
        """Its rows. Raises what went wrong."""
        while not self.is_settled:
            yield self
        if isinstance(self._rows, BaseException):
            raise self._rows
        return self._rows

    def settle(self, rows: list[Any] | BaseException) -> None:
        """Give the rows, or what went wrong, to whoever waits."""
        if not self.is_settled:
            self._rows, self.is_settled = rows, True


class Waits:
    """What the parts of a part wait for: their questions, and what is none (a file, a lock, a turn of the loop)."""

    __slots__ = ("others", "questions")

    def __init__(self) -> None:
        self.questions, self.others = list[Question](), list[Any]()

    def __bool__(self) -> bool:
        return bool(self.questions or self.others)

    def __await__(self) -> Iterator[Any]:
        yield self

    def add(self, told: Any) -> None:
        """What a part gave up its turn for."""
        if type(told) is Question:
            self.questions.append(told)
        elif type(told) is Waits:
            self.questions += told.questions
            self.others += told.others
        else:
            self.others.append(told)


class Part:
    """A reader that is run step by step, in a context of its own as a task would be, without being a task."""

    __slots__ = ("context", "coroutine", "failed", "is_done", "result", "waits_for")

    def __init__(self, part: Awaitable[Any]) -> None:
        self.coroutine: Any = part if type(part) is CoroutineType else _awaited(part)
        self.context, self.is_done, self.result = copy_context(), False, None
        self.failed: BaseException | None = None
        self.waits_for: Any = None

    def can_go_on(self) -> bool:
        """Whether what it waits for has come."""
        told = self.waits_for
        if type(told) is Question:
            return told.is_settled
        if type(told) is Waits:
            return any(each.is_settled for each in told.questions) or any(map(_has_come, told.others))
        return _has_come(told)

    def step(self, error: BaseException | None = None) -> None:
        """Run it until it waits or ends."""
        try:
            if error is None:
                self.waits_for = self.context.run(self.coroutine.send, None)
            else:
                self.waits_for = self.context.run(self.coroutine.throw, error)
        except StopIteration as end:
            self.is_done, self.result = True, end.value
        except BaseException as failed:
            self.is_done, self.failed = True, failed
        else:
            if isinstance(self.waits_for, asyncio.Future):
                self.waits_for._asyncio_future_blocking = False  # it is waited for, by those who run the parts


async def _awaited(part: Awaitable[Any]) -> Any:
    return await part


def _has_come(other: Any) -> bool:
    return other is None or other.done()


async def _first_of(others: list[Any]) -> None:
    if any(map(_has_come, others)):
        await asyncio.sleep(0)
    else:
        await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)


class Gathering:
    """The parts of one page. They are run in turn, by hand, in the task that makes the page; what they ask when none
    of them can go on is one statement. A task for each, and a future for each question, took longer than their work.
    """

    def __init__(self, connection: Callable[[], Any], planned: Callable[[], Any] | None = None) -> None:
        """Where a question goes by itself, and where several go as one statement."""
        self.connection, self.planned = connection, planned or connection
        # while it is one of the parts that runs: a task that a part has begun runs when the parts wait
        self.is_at_work = False

    async def run(self, parts: Iterable[Awaitable[Any]], *, is_outermost: bool) -> list[Any]:
        """What the parts found, in their order. Raises what the first of them that failed raised; the others end."""
        running = [Part(each) for each in parts]
        self.is_at_work = True
        for each in running:
            each.step()
        try:
            while not _all_done(running):
                waits = Waits()
                for each in running:
                    if not each.is_done:
                        waits.add(each.waits_for)
                if is_outermost:
                    await self._answer(waits)
                else:
                    await waits  # those who run this part
                for each in running:
                    if not each.is_done and each.can_go_on():
                        each.step()
        except BaseException as error:
            self.is_at_work = False  # whoever asks while it puts things in order asks by itself
            raise await _end(running, error) from None
        finally:
            self.is_at_work = not is_outermost
        return [each.result for each in running]

    async def _answer(self, waits: Waits) -> None:
        self.is_at_work = False
        try:
            await self._answer_or_wait(waits)
        finally:
            self.is_at_work = True

    async def _answer_or_wait(self, waits: Waits) -> None:
        # a part in the midst of something else may hold the only connection that is free
        if waits.others:
            await _first_of(waits.others)
        else:
            await self.answer(list(dict.fromkeys(waits.questions)))  # several may wait for the same

    async def answer(self, questions: list[Question]) -> None:
        """Give each question its rows, or what went wrong with it."""
        try:
            left = questions
            while left:
                number = how_many(len(each.sql) for each in left[:MOST_QUESTIONS])
                sent, left = left[:number], left[number:]
                await self._ask(sent)
        except BaseException as error:
            # nobody is left waiting for ever
            for question in questions:
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

    async def _ask_as_one(self, sent: list[Question]) -> bool:
        """False where they could not be asked together: then each is asked by itself, and fails by itself."""
        joined = as_one(tuple((each.sql, len(each.values), each.first_only) for each in sent))
        values = [value for each in sent for value in each.values]
        try:
            found = await self.planned().fetchrow(joined, *values)
        except (NoConnectionFree, DatabaseAway):
            raise  # each of them would wait as long again
        except Exception:
            log.warning("questions that could not be asked together", exc_info=True)
            return False
        for question, rows in zip(sent, found, strict=True):
            shape = _shapes[question.sql]
            assert shape is not None
            question.settle([shape.row(row) for row in rows])
        return True

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


def _all_done(parts: list[Part]) -> bool:
    """Whether all are done. Raises what a part raised, once those before it are done."""
    for each in parts:
        if not each.is_done:
            return False
        if each.failed is not None:
            raise each.failed
    return True


async def _end(parts: list[Part], error: BaseException) -> BaseException:
    """End the parts that still run, and give what is to be raised: a part may say better why the wait was ended."""
    for each in parts:
        if each.is_done:
            continue
        each.step(asyncio.CancelledError())
        while not each.is_done:  # it puts something in order
            if type(each.waits_for) in (Question, Waits):
                each.step(asyncio.CancelledError())
            else:
                waits = Waits()
                waits.add(each.waits_for)
                await _first_of(waits.others)
                each.step()
        if isinstance(error, asyncio.CancelledError) and isinstance(each.failed, Exception):
            error = each.failed  # the time was over that the part had given itself
    return error


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
