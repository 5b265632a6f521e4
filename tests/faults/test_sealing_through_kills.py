"""kill -9 of a web process or of PostgreSQL while bidders seal up to the deadline: twenty times, by a seed.

What the service called sealed is there afterwards, whole, in its chain of versions and open to the openers; what came
at or after the deadline is not, whoever was killed.
"""

from __future__ import annotations

import asyncio
import os
import random

import httpx
import pytest

from marketplace.kernel import db, devdb
from tests.faults.sealing_checks import check_round
from tests.faults.sealing_county import Bidder, County, Told, TooLate, fresh_pool, kill_database, sealing_county

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "20"))
SEED = int(os.environ.get("FAULTS_SEED", "20260302"))
BIDDERS, SECONDS = 6, 4.0


async def seal_until_late(county: County, bidder: Bidder, told: list[Told], chance: random.Random) -> None:
    """Seal again and again, at either process, until the service says that it is too late."""
    while True:
        web = chance.choice(county.webs)
        try:
            sealed = await county.container(bidder)
            told.append(await county.enter(bidder, web, await county.upload(bidder, web, sealed), sealed))
        except TooLate:
            bidder.late += 1
            return
        except httpx.TransportError:
            bidder.broken += 1
            await asyncio.sleep(0.1)
            try:
                await county.ask_what_stands(bidder, chance.choice(county.webs))
            except TooLate:
                bidder.late += 1
                return
            except httpx.TransportError:
                continue


async def kill_and_bring_back(county: County, number: int, chance: random.Random) -> None:
    """In even rounds a web process, in odd ones the database; both come back by themselves as a supervisor would."""
    await asyncio.sleep(chance.uniform(0.5, SECONDS - 1.5))
    if number % 2:
        db.engine().pool.terminate()
        kill_database()
        await asyncio.to_thread(devdb.ensure, "postgres")
    else:
        web = chance.randrange(len(county.webs))
        county.kill_web(web)
        county.start_web(web)


async def test_kills_lose_nothing_that_was_called_sealed_and_let_nothing_late_in() -> None:
    chance = random.Random(SEED)
    sealed = 0
    async with sealing_county(BIDDERS) as county:
        for number in range(ROUNDS):
            await county.publish(SECONDS)
            told: list[Told] = []
            async with asyncio.TaskGroup() as group:
                group.create_task(kill_and_bring_back(county, number, chance))
                for bidder in county.bidders:
                    group.create_task(seal_until_late(county, bidder, told, random.Random(chance.random())))
            await fresh_pool()
            for web in range(len(county.webs)):
                await county.answers(web)
            await check_round(county, told)
            sealed += len(told)
            print(
                f"round {number + 1} of {ROUNDS}, seed {SEED}: {len(told)} called sealed, all there, none late",
                flush=True,
            )
        broken = sum(bidder.broken for bidder in county.bidders)
        print(f"seed {SEED}: {ROUNDS} kills, {sealed} bids called sealed, {broken} broken lines")
        assert all(bidder.late == ROUNDS for bidder in county.bidders)
        assert sealed > ROUNDS and broken >= ROUNDS // 2, "the kills must meet bidders at work"
