"""County time: one clock for every process, which a demo county may turn forward and no other may."""

from __future__ import annotations

from asyncio import Future, Task, create_task, get_running_loop
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.kernel.db import execute, fetchrow, fetchval

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Look:
    """What a request starts from: the time, the number of the last write, the version of county rules and years."""

    now: datetime
    version: int
    law: UUID | None


class Clock(Protocol):
    """Something that knows what time it is in the county."""

    async def now(self) -> datetime:
        """The county's time in UTC."""
        ...

    async def look(self) -> Look:
        """The county's time and what changed since the last request."""
        ...


class CountyClock:
    """The clock of this installation: real time, moved by the offset row of a demo database."""

    async def now(self) -> datetime:
        """The same time that `county_now()` gives in SQL."""
        return await fetchval("SELECT county_now()")

    async def look(self) -> Look:
        """The county's time, the running number of the last write and the version of the law, in one question."""
        row = await fetchrow(
            "SELECT county_now() AS now, (SELECT last_value FROM audit_entry_sequence_seq) AS version,"
            " (SELECT version FROM law_state) AS law"
        )
        assert row is not None
        return Look(row["now"], row["version"], row["law"])


class SharedLook:
    """Looks for all requests that wait: one question answers everybody who asked before it, and nobody after."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[Future[Look]] = []
        self._runner: Task[None] | None = None

    async def look(self) -> Look:
        """A look that began after this call. Raises what the clock raises."""
        answer: Future[Look] = get_running_loop().create_future()
        self._waiting.append(answer)
        if self._runner is None:
            self._runner = create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, []
                try:
                    found = await self._clock.look()
                except Exception as refused:
                    _tell(asked, refused)
                else:
                    _tell(asked, found)
        finally:
            self._runner = None


def _tell(asked: list[Future[Look]], found: Look | Exception) -> None:
    # a reader who went away in the meantime has cancelled the answer
    for answer in (each for each in asked if not each.done()):
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)


class StoppedClock:
    """A clock for tests that stands where it was set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    async def now(self) -> datetime:
        """The time it was set to."""
        return self.at

    async def look(self) -> Look:
        """The time it was set to; nothing is ever written."""
        return Look(self.at, 0, None)


async def turn_clock_to(moment: datetime) -> None:
    """Turn the county clock to a moment. The database refuses this unless it was created as a demo."""
    await execute("UPDATE county_clock SET offset_by = $1::timestamptz - clock_timestamp()", moment)


async def found_installation(is_demo: bool) -> bool:
    """Say once, for good, whether this database is a demo; returns what it is (the first word stands)."""
    await execute(
        "INSERT INTO installation (id, is_demo, created_at) VALUES (1, $1, clock_timestamp()) ON CONFLICT DO NOTHING",
        is_demo,
    )
    return bool(await fetchval("SELECT is_demo FROM installation WHERE id = 1"))


def county_day(moment: datetime) -> date:
    """The calendar day in the county at a moment."""
    return moment.astimezone(COUNTY_ZONE).date()


def at_county_time(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment on a county day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=COUNTY_ZONE).astimezone(UTC)
