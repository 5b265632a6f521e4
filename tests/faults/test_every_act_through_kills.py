"""kill -9 of web processes, worker and PostgreSQL while people press: what was acknowledged is there, exactly once.

One rush for each act. A killer drawn by the seed lets a few people press, kills, waits until the service answers by
itself, and kills again. Whoever lost an answer looks whether it happened, and presses again only if it has not.
`FAULTS_KILLS` is the number of kills of all rushes together; `FAULTS_RUSHES` names some of the rushes.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from marketplace.kernel.db import fetch
from tests.faults import rushes
from tests.faults.killing import Chain, KilledCounty, bundles_verified, rush, verified
from tests.faults.sealing_county import sealing_county

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("FAULTS_KILLS", "490"))
SEED = int(os.environ.get("FAULTS_SEED", "20260601"))
# presses of one chain, and within how many seconds after they began the kill falls
RUSHES: dict[str, tuple[Callable[[int], Awaitable[list[Chain]]], int, float]] = {
    "opening": (rushes.openings, 2, 0.4),
    "award": (rushes.awards, 2, 0.3),
    "visit sync": (rushes.visits, 1, 0.15),
    "month close": (rushes.months, 1, 0.15),
    "payment": (rushes.payments, 4, 0.15),
    "subsidy run": (rushes.subsidy_lists, 1, 0.15),
    "subsidy payment": (rushes.subsidy_payments, 1, 0.15),
}
# "payment,subsidy run": these rushes only
if wanted := os.environ.get("FAULTS_RUSHES"):
    RUSHES = {name: RUSHES[name] for name in wanted.split(",")}
PRESSES_A_KILL = 2  # on the average


async def test_whatever_is_killed_nothing_acknowledged_is_lost_and_nothing_happens_twice() -> None:
    chance, began = random.Random(SEED), time.monotonic()
    kills, seconds, acknowledged, unheard, broken = Counter[str](), list[float](), 0, 0, 0
    share = -(-KILLS // len(RUSHES))
    async with sealing_county(0, kind=KilledCounty) as county:
        county.start_worker()
        try:
            for name, (prepare, presses, span) in RUSHES.items():
                chains = await prepare(-(-share * PRESSES_A_KILL // presses))
                told, killer = await rush(county, chains, share, chance, span)
                await verified(county)
                kills += killer.kills
                seconds += killer.seconds
                acknowledged += len(told.acknowledged)
                unheard += len(told.unheard)
                broken += told.broken
                print(
                    f"{name}: {killer.kills.total()} kills, {len(told.acknowledged)} acts acknowledged,"
                    f" {len(told.unheard)} done though the answer was lost, {told.broken} broken lines;"
                    f" each there once, chain and ledger hold ({time.monotonic() - began:.0f} s)",
                    flush=True,
                )
                if name == "award":
                    awarded = await fetch("SELECT reference FROM listing WHERE status = 'awarded' ORDER BY reference")
                    await bundles_verified(county, [row["reference"] for row in awarded])
                    print(f"{len(awarded)} bundles prove themselves", flush=True)
        finally:
            county.end()
    slowest = max(seconds)
    print(
        f"seed {SEED}: {kills.total()} kills ({', '.join(f'{n} {w}' for w, n in sorted(kills.items()))}),"
        f" {acknowledged} acts acknowledged and {unheard} done unheard, {broken} broken lines; the service answered"
        f" again after {statistics.median(seconds):.2f} s (median), {slowest:.2f} s at most;"
        f" {time.monotonic() - began:.0f} s"
    )
    assert kills.total() >= KILLS * 0.9, "too little was left to press while somebody killed"
    assert broken >= KILLS // 4, "the kills must meet people at work"
    assert slowest < 30, "the service must answer again by itself"
