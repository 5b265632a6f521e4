"""Parts of a page ask in one journey, and each gets its own rows as if it had asked alone."""

from __future__ import annotations

import asyncio
import gc
from contextvars import ContextVar
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel.db import (
    all_together,
    close_planned_pool,
    execute,
    fetch,
    fetchrow,
    fetchval,
    open_planned_pool,
    read_ahead,
    reading_once,
    together,
    transaction,
)
from marketplace.kernel.gathering import Gathering, Question
from tests.benchmarks.measured import asked

KINDS = (
    "SELECT $1::int AS n, 12.50::numeric(14,2) AS amount, '2026-03-02'::date AS day, now() AS at, ARRAY['a', 'b'] AS w,"
    " '00000000-0000-0000-0000-000000000001'::uuid AS id, NULL::text AS none, '{\"a\": 1}'::jsonb AS data, 7 AS n"
)
ARRAYS = (
    "SELECT ARRAY['00000000-0000-0000-0000-000000000001'::uuid, NULL] AS ids, ARRAY['a'::varchar(3)] AS short,"
    " NULL::uuid[] AS none,"
    " ARRAY['2026-03-02'::date, NULL] AS days, ARRAY[]::uuid[] AS empty, 1 AS n, ARRAY['x'] AS words, 2 AS n"
)
SEVERAL = "SELECT g AS n, $2::text || g AS word FROM generate_series(1, $1::int) g ORDER BY g DESC"


async def test_each_part_gets_what_it_would_get_alone(db: Any) -> None:
    """Types, names, order, two columns of one name, a column called as the frame might call its own."""
    questions = [
        (fetch, KINDS, (3,)), (fetchrow, KINDS, (4,)), (fetchval, KINDS, (5,)), (fetch, SEVERAL, (4, "w")),
        (fetch, SEVERAL, (0, "w")), (fetchrow, SEVERAL, (0, "v")), (fetchval, SEVERAL, (0, "u")),
        (fetchrow, SEVERAL, (9, "t")), (fetch, ARRAYS, ()),
        (fetch, "WITH x AS (SELECT 1 AS a) SELECT a, a + 1 AS b FROM x -- so", ()),
        (fetchval, "SELECT EXISTS (SELECT 1 FROM person WHERE name = $1)", ("nobody",)),
    ]  # fmt: skip
    alone = [await ask(sql, *values) for ask, sql, values in questions]
    with reading_once(), asked() as sent:
        joined = await together(*(ask(sql, *values) for ask, sql, values in questions))
    assert len(sent) == 1
    for mine, theirs in zip(joined, alone, strict=True):
        if isinstance(theirs, list):
            assert [tuple(each) for each in mine] == [tuple(each) for each in theirs]
            assert [dict(each) for each in mine] == [dict(each) for each in theirs]
        else:
            assert mine == theirs
    row = joined[0][0]
    assert (row["amount"], row["id"], row[0], row["n"]) == (Decimal("12.50"), UUID(int=1), 3, 7)
    assert row.get("none", 1) is None and row.get("strange", 1) == 1 and "day" in row and "strange" not in row
    assert {**row} == dict(row) and len(row) == 9 and row[0:2] == (3, Decimal("12.50"))
    with pytest.raises(KeyError):
        row["strange"]
    assert [each["n"] for each in joined[3]] == [4, 3, 2, 1]


async def test_parts_of_parts_and_what_they_ask_later_go_together(db: Any) -> None:
    async def twice(number: int) -> int:
        first = await fetchval("SELECT $1::int + 1", number)
        return await fetchval("SELECT $1::int * 2", first)  # type: ignore[no-any-return]

    async def deep(number: int) -> list[int]:
        return await together(twice(number), twice(number + 1))

    with reading_once(), asked() as sent:
        assert await together(deep(1), twice(5), deep(10)) == [[4, 6], 12, [22, 24]]
    assert len(sent) == 2


async def test_the_same_question_is_asked_once_by_parts_too(db: Any) -> None:
    with reading_once(), asked() as sent:
        found = await all_together(*(fetch(SEVERAL, 2, "w") for _ in range(5)), fetch(SEVERAL, 1, "x"))
        assert [each["word"] for each in found] == ["w2", "w1"] * 5 + ["x1"]
        assert await fetchval(SEVERAL, 3, "y") == 3
    assert len(sent) == 2 and sent[0].count("ARRAY(SELECT q") == 2


async def test_many_questions_go_in_several_statements(db: Any) -> None:
    with reading_once(), asked() as sent:
        assert await together(*(fetchval("SELECT $1::int", number) for number in range(100))) == list(range(100))
    assert len(sent) == 3


async def test_outside_a_page_and_in_a_transaction_one_waits_for_the_other(db: Any) -> None:
    with asked() as sent:
        assert await together(fetchval("SELECT 1"), fetchval("SELECT 2")) == [1, 2]
    assert len(sent) == 2
    with reading_once():
        async with transaction():
            await execute("UPDATE county_clock SET offset_by = offset_by + interval '1 day'")
            with asked() as sent:
                assert await together(fetchval("SELECT 1"), fetchval("SELECT 2")) == [1, 2]
            assert len(sent) == 2


async def test_what_asks_for_the_time_goes_with_the_others_and_locks_are_asked_by_themselves(db: Any) -> None:
    with reading_once(), asked() as sent:
        await together(fetchval("SELECT clock_timestamp()"), fetchval("SELECT 1"), fetchval("SELECT county_now()"))
        assert len(sent) == 1
        await together(fetchval("SELECT 3 FROM county_clock FOR SHARE"), fetchval("SELECT 4"), fetchval("SELECT 5"))
    assert len(sent) == 3


async def test_one_wrong_question_fails_alone_and_the_first_part_that_fails_is_told(committed: Any) -> None:
    async def fails() -> None:
        raise ValueError("first")

    with reading_once():
        with pytest.raises(asyncpg.UndefinedTableError):
            await together(fetchval("SELECT 1"), fetchval("SELECT 2 FROM nothing_of_this_name"))
        assert await fetchval("SELECT 1") == 1
        with pytest.raises(ValueError, match="first"):
            await together(fails(), fetchval("SELECT 3 FROM nothing_of_this_name"), asyncio.sleep(60))
        assert await together(fetchval("SELECT 4"), fetchval("SELECT 5")) == [4, 5]


async def test_what_a_page_is_about_to_ask_is_read_ahead(db: Any) -> None:
    async def refused() -> None:
        raise ValueError("told where the page asks itself")

    with reading_once(), asked() as sent:
        await read_ahead(fetch(SEVERAL, 2, "a"), fetchval("SELECT 6"), refused())
        assert [each["word"] for each in await fetch(SEVERAL, 2, "a")] == ["a2", "a1"]
        assert await fetchval("SELECT 6") == 6
    assert len(sent) == 1
    with asked() as sent:
        await read_ahead(fetchval("SELECT 7"), refused())
    assert sent == []


class _SlowlyLearned:
    """A connection on which a second reader learns the shapes of questions while the first one waits for its rows."""

    def __init__(self) -> None:
        self.first_waits = asyncio.Event()

    def acquire(self) -> _SlowlyLearned:
        return self

    async def __aenter__(self) -> _SlowlyLearned:
        await asyncio.sleep(0)  # meanwhile the second one finds them unknown too
        return self

    async def __aexit__(self, *_: object) -> None:
        """It stays."""

    async def prepare(self, sql: str) -> Any:
        return self

    def get_attributes(self) -> list[Any]:
        return [asyncpg.types.Attribute("n", asyncpg.types.Type(23, "int4", "scalar", "pg_catalog"))]

    async def fetchrow(self, sql: str, *values: Any) -> list[list[tuple[int]]]:
        self.first_waits.set()
        await asyncio.sleep(0.01)
        return [[(1,)], [(2,)]]


class _SecondReader(_SlowlyLearned):
    """Knew at the same moment that the shapes were not known, and asks for them only while the first one waits."""

    def __init__(self, first: _SlowlyLearned) -> None:
        super().__init__()
        self.first = first

    async def __aenter__(self) -> _SlowlyLearned:
        await self.first.first_waits.wait()
        return self

    async def prepare(self, sql: str) -> Any:
        await asyncio.sleep(0.02)
        return self


async def test_two_readers_who_first_ask_the_same_at_once_both_get_their_rows() -> None:
    first = _SlowlyLearned()

    async def read(connection: _SlowlyLearned) -> list[Any]:
        both = [Question(f"SELECT {n} AS n -- first met by two", (), first_only=False) for n in (1, 2)]
        await Gathering(lambda: connection).answer(both)
        return [await each for each in both]

    for found in await asyncio.gather(read(first), read(_SecondReader(first))):
        assert [[row["n"] for row in rows] for rows in found] == [[1], [2]]


async def test_joined_questions_keep_their_plan_and_no_other_question_does(committed: Any) -> None:
    """A plan for these very values is made each time; for a page of many parts that takes longer than their work."""
    mode, forced = "SELECT current_setting('plan_cache_mode')", "force_generic_plan"
    await open_planned_pool(1)
    try:
        for divisor in (1, 0, 1):
            with reading_once():
                if not divisor:  # each goes alone then, and fails alone
                    with pytest.raises(asyncpg.DivisionByZeroError):
                        await together(fetchval(mode), fetchval("SELECT 1 / $1::int", 0))
                else:
                    assert await together(fetchval(mode), fetchval("SELECT 1 / $1::int", 1)) == [forced, 1]
            assert await fetchval(mode) == "auto"
        with reading_once():
            assert await together(fetchval(mode)) == ["auto"]
    finally:
        await close_planned_pool()


async def test_a_part_has_a_context_of_its_own_and_waits_for_what_is_no_question(db: Any) -> None:
    told: ContextVar[int] = ContextVar("told", default=0)

    async def part(number: int) -> list[int]:
        told.set(number)
        await asyncio.sleep(0.001 * number)
        found = await fetchval("SELECT $1::int", number)
        own_task = asyncio.create_task(fetchval("SELECT $1::int * 2", number))  # it is no part of the page
        return [told.get(), found, await own_task]

    async def waiting(future: asyncio.Future[str]) -> str:
        return await future

    async def same(question: str) -> list[int]:
        own_task = asyncio.create_task(fetchval(question))
        return [await fetchval(question), await own_task]

    with reading_once():
        # the task asks while the other part's question is on its way
        assert await together(fetchval("SELECT 7"), same("SELECT 7"), asyncio.sleep(0.01)) == [7, [7, 7], None]
    later = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, later.set_result, "come")
    with reading_once(), asked() as sent:
        found = await together(part(1), together(part(2), part(3)), waiting(later), later)
    assert found == [[1, 1, 2], [[2, 2, 4], [3, 3, 6]], "come", "come"]
    assert told.get() == 0 and len(sent) == 1 + 3


async def test_whoever_leaves_ends_all_parts_and_a_part_whose_time_is_over_says_so(db: Any) -> None:
    ended: list[str] = []

    async def orderly(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.001)
            ended.append(name)

    async def impatient() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)

    async def page(*parts: Any) -> None:
        with reading_once():
            await together(fetchval("SELECT 1"), together(*parts), orderly("b"))

    leaving = asyncio.create_task(page(orderly("a")))
    await asyncio.sleep(0.05)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert sorted(ended) == ["a", "b"]
    with pytest.raises(TimeoutError):
        await page(impatient())
    assert ended[2:] == ["b"]
    with reading_once():
        assert await together(fetchval("SELECT 2"), fetchval("SELECT 3")) == [2, 3]


async def test_no_part_is_left_behind_when_one_fails_outside_a_page(recwarn: pytest.WarningsRecorder, db: Any) -> None:
    async def fails() -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        await together(fails(), fetchval("SELECT 1"))
    gc.collect()
    assert not [each for each in recwarn if "never awaited" in str(each.message)]
