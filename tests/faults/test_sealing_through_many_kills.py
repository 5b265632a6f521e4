"""kill -9 of web processes, worker and PostgreSQL while bidders seal: what was acknowledged is there, exactly once.

`FAULTS_SEALING_KILLS` is the number of kills.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics

import pytest

from marketplace.kernel import db
from tests.faults.killing import KilledCounty, Killer, verified
from tests.faults.sealing_checks import check_round
from tests.faults.sealing_county import Told, fresh_pool, sealing_county
from tests.faults.test_sealing_through_kills import seal_until_late

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("FAULTS_SEALING_KILLS", "80"))
SEED = int(os.environ.get("FAULTS_SEED", "20260601"))


async def _sealing(county: KilledCounty, kills: int, chance: random.Random) -> Killer:
    await county.publish(7 * 86400)
    told: list[Told] = []
    killer = Killer(county, chance, lambda: len(told))
    db.engine().pool.terminate()
    async with asyncio.TaskGroup() as group:
        for bidder in county.bidders:
            group.create_task(seal_until_late(county, bidder, told, random.Random(chance.random())))
        await killer.kill_often(kills, 0.3)
        await fresh_pool()
        await county.close_in(1)
    await check_round(county, told)
    print(f"sealing: {len(told)} acknowledged, all there, {sum(b.broken for b in county.bidders)} broken lines")
    return killer


async def test_sealing_loses_nothing_though_web_worker_and_database_are_killed_again_and_again() -> None:
    async with sealing_county(4, kind=KilledCounty) as county:
        county.start_worker()
        try:
            killer = await _sealing(county, KILLS, random.Random(SEED))
            await verified(county)
        finally:
            county.end()
    print(f"seed {SEED}: {killer.kills.total()} kills {dict(killer.kills)}, answered again after"
          f" {statistics.median(killer.seconds):.2f} s (median), {max(killer.seconds):.2f} s at most")
    assert killer.kills.total() == KILLS
    assert max(killer.seconds) < 30, "the service must answer again by itself"
