"""A page asks the same question once; whatever is written in between is seen."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, reading_once, transaction
from tests.benchmarks.measured import asked

CLOCK = "SELECT offset_by FROM county_clock"


async def test_the_same_question_is_asked_once_and_others_are_asked(db: Any) -> None:
    with asked() as questions, reading_once():
        assert await fetch(CLOCK) == await fetch(CLOCK)
        first = await fetch(CLOCK)
        first.clear()  # what one reader does to its rows is nobody else's
        assert len(await fetch(CLOCK)) == 1
        assert await fetchval(CLOCK) == (await fetchrow(CLOCK) or [None])[0]
        for number in (1, 2, 1):
            assert await fetchval("SELECT $1::int FROM county_clock", number) == number
        for codes in (["a"], ["b"], ["a"]):  # a list is told apart by what it holds
            assert await fetchval("SELECT $1::text[] FROM county_clock", codes) == codes
    assert len(questions) == 3 + 2 + 2


async def test_what_is_written_is_seen_at_once(db: Any) -> None:
    with reading_once():
        before = await fetchval(CLOCK)
        await execute("UPDATE county_clock SET offset_by = offset_by + interval '1 day'")
        after = await fetchval(CLOCK)
        async with transaction():
            later = await fetchval(
                "UPDATE county_clock SET offset_by = offset_by + interval '1 day' RETURNING offset_by"
            )
            assert await fetchval(CLOCK) == later
        assert before < after < later == await fetchval(CLOCK)


async def test_machine_time_and_locks_are_asked_for_each_time_and_county_time_once(db: Any) -> None:
    with asked() as questions, reading_once():
        now = await fetchval("SELECT county_now()")
        assert now == await fetchval("SELECT county_now()")
        questions.clear()
        for _ in range(2):
            await fetchval("SELECT clock_timestamp()")
            await fetchval("SELECT 1 FROM county_clock FOR UPDATE")
    assert len(questions) == 4


async def test_a_share_is_no_lock_and_what_asks_for_the_time_makes_nobody_forget(db: Any) -> None:
    with asked() as questions, reading_once():
        for _ in range(2):
            await fetchval("SELECT m.share FROM (SELECT 1 AS share) m")
            await fetchval("SELECT clock_timestamp()")
    assert [each.split()[1] for each in questions] == ["m.share", "clock_timestamp()", "clock_timestamp()"]


async def test_outside_a_page_every_question_is_asked(db: Any) -> None:
    with asked() as questions:
        for _ in range(2):
            await fetchval(CLOCK)
    assert len(questions) == 2
