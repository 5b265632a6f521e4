"""kill -9 of a web process or of PostgreSQL while bidders seal up to the deadline: twenty times, by a seed.

What the service called sealed is there afterwards, whole, in its chain of versions and open to the openers; what came
at or after the deadline is not, whoever was killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
from typing import Any

import httpx
import pytest

from marketplace.kernel import db, devdb, sealing
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


async def check_round(county: County, told: list[Told]) -> None:
    """Nothing acknowledged is lost, nothing late is accepted, every bid has its entry in the audit and opens."""
    assert county.listing is not None
    closes_at = await db.fetchval("SELECT closes_at FROM listing WHERE id = $1", county.listing.id)
    rows = await db.fetch("SELECT * FROM bid WHERE listing = $1 ORDER BY provider, version", county.listing.id)
    by_receipt = {row["receipt_number"]: row for row in rows}
    for each in told:
        row = by_receipt[each.receipt]
        assert (row["sealed_sha256"], row["provider"]) == (each.sha256, each.provider)
    assert all(row["sealed_at"] < closes_at for row in rows)
    last = {row["provider"]: row for row in rows}
    for row in rows:  # of each bidder the last version stands, the earlier ones were replaced, none is missing
        assert row["status"] == ("sealed" if row is last[row["provider"]] else "replaced")
        kept = (county.folder / "documents" / row["storage_key"]).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == row["sealed_sha256"] and len(kept) == row["sealed_size"]
    assert [row["version"] for row in rows] == versions_without_gaps(rows)
    audited = await db.fetchval(
        "SELECT count(*) FROM audit_entry WHERE act = 'bid.sealed' AND stream = $1", f"listing:{county.listing.id}"
    )
    assert audited == len(rows)
    for row in last.values():
        opened(county, (county.folder / "documents" / row["storage_key"]).read_bytes())


def versions_without_gaps(rows: list[Any]) -> list[int]:
    """1, 2, 3 … for each bidder."""
    counted: dict[Any, int] = {}
    found = []
    for row in rows:
        counted[row["provider"]] = counted.get(row["provider"], 0) + 1
        found.append(counted[row["provider"]])
    return found


def opened(county: County, sealed: bytes) -> None:
    """Two openers open it together."""
    assert county.listing is not None
    keys = {sealing.recipient_of(identity): identity for identity in county.listing.identities.values()}
    (one, first), (two, second), *_ = sealing.read_container(sealed).recipients.items()
    half = sealing.release(sealed, one, keys[first])
    parts = sealing.open_parts(sealed, two, keys[second], half, ("qualification", "technical", "price"))
    assert json.loads(parts["price"])["price"] == "480000.00"


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
