"""Web processes killed before a deadline: what their own record says when one of them is back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from typing import Any

import pytest

from catalogue.listings.queries import listing_by_id
from catalogue.outages.rules import new_deadline, rule_of
from marketplace.kernel.clock import county_day, turn_clock_to
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.site.deadline_jobs import pass_deadlines
from tests.builders_catalogue import a_published_listing

SERVING = """
import asyncio, datetime, sys
import piccolo_conf
from marketplace.app import beat_on
from marketplace.kernel.db import open_pool

class Skewed(datetime.datetime):  # a machine whose own clock is wrong: the record must not follow it
    @classmethod
    def now(cls, zone=None):
        return super().now(zone) + datetime.timedelta(hours=int(sys.argv[1]))

datetime.datetime = Skewed

async def main():
    await open_pool(max_size=1)
    await beat_on()

asyncio.run(main())
"""


async def serving(skew: int) -> asyncio.subprocess.Process:
    """A process that beats as every web process does, on a machine with a wrong clock; it has beaten once."""
    before = await fetchval("SELECT coalesce(max(seen_at), '-infinity') FROM service_span")
    told = {**os.environ, "MARKETPLACE_DATABASE": await fetchval("SELECT current_database()")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVING, str(skew), cwd=PROJECT_FOLDER, env=told
    )
    for _ in range(300):
        if await fetchval("SELECT coalesce(max(seen_at), '-infinity') > $1 FROM service_span", before):
            return process
        await asyncio.sleep(0.1)
    raise AssertionError("the process has not beaten")


async def kill(*processes: asyncio.subprocess.Process) -> None:
    for process in processes:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def pass_time(by: timedelta) -> None:
    """As if so much time went by: what was recorded until now lies so much further back."""
    await execute("UPDATE service_span SET begun_at = begun_at - $1::interval, seen_at = seen_at - $1::interval", by)


@pytest.mark.parametrize(("away", "moves"), [(45, True), (20, False)])
async def test_killed_before_the_deadline(committed: Any, away: int, moves: bool) -> None:
    now = await fetchval("SELECT county_now()")
    listing = await a_published_listing(now)
    await turn_clock_to(listing.closes_at - timedelta(minutes=5))
    one, two = await serving(3), await serving(-5)
    await kill(one)
    assert len(await fetch("SELECT id FROM service_span")) == 1  # the other one is there: no break
    await kill(two)
    await pass_time(timedelta(minutes=away))
    back = await serving(0)
    try:
        await pass_deadlines(await fetchval("SELECT county_now()"))
        found = await listing_by_id(listing.id)
        rule = rule_of(county_day(now))
        after = new_deadline(listing.closes_at, rule, listing.closes_at)
        assert found["closes_at"] == (after if moves else listing.closes_at)
        await pass_deadlines(await fetchval("SELECT county_now()"))
        assert (await listing_by_id(listing.id))["closes_at"] == found["closes_at"]
        assert await fetchval("SELECT count(*) FROM outage_extension") == int(moves)
    finally:
        await kill(back)
