"""Requests that wait together share one question for the time and the state of the data."""

import asyncio
from datetime import UTC, datetime

import pytest

from marketplace.kernel.clock import Look, SharedLook


class CountedClock:
    """A clock that answers when it is let, with the number of its question as the data's version."""

    def __init__(self):
        self.asked, self.may_answer, self.fails = 0, asyncio.Event(), False

    async def look(self):
        self.asked += 1
        number = self.asked
        await self.may_answer.wait()
        if self.fails:
            raise ConnectionError("no database")
        return Look(datetime(2026, 3, 2, tzinfo=UTC), number, None)


@pytest.fixture
def counted():
    return CountedClock()


async def test_who_waits_together_is_answered_by_one_question(counted):
    looks = SharedLook(counted)
    waiting = [asyncio.create_task(looks.look()) for _ in range(20)]
    await asyncio.sleep(0)
    counted.may_answer.set()
    assert {each.version for each in await asyncio.gather(*waiting)} == {1} and counted.asked == 1


async def test_who_asks_later_is_never_answered_by_an_earlier_question(counted):
    looks = SharedLook(counted)
    early = asyncio.create_task(looks.look())
    await asyncio.sleep(0.01)
    late = [asyncio.create_task(looks.look()) for _ in range(5)]
    await asyncio.sleep(0.01)
    counted.may_answer.set()
    assert (await early).version == 1
    assert {each.version for each in await asyncio.gather(*late)} == {2} and counted.asked == 2


async def test_a_reader_who_goes_away_takes_no_answer_from_the_others(counted):
    looks = SharedLook(counted)
    gone, stays = asyncio.create_task(looks.look()), asyncio.create_task(looks.look())
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0)
    counted.may_answer.set()
    assert (await stays).version == 1
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_failure_reaches_everybody_who_waited_and_nobody_after(counted):
    looks = SharedLook(counted)
    counted.fails = True
    counted.may_answer.set()
    waiting = await asyncio.gather(looks.look(), looks.look(), return_exceptions=True)
    assert [type(each) for each in waiting] == [ConnectionError, ConnectionError]
    counted.fails = False
    assert (await looks.look()).version == 2
