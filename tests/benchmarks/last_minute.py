"""`python -m tests.benchmarks.last_minute`: everybody seals in the last minute, at two web processes on one database.

Each bidder begins at a moment of its own in the minute before the deadline and does what its browser does: sends the
pieces, fetches them back and compares, enters the bid. Afterwards all that were told “sealed” must be there and open,
none may be late. The final commit is the request that enters the bid, as its bidder waits. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from marketplace.kernel import db
from tests.benchmarks.uploads import MEGABYTE, peak
from tests.faults.sealing_checks import check_round
from tests.faults.sealing_county import Bidder, County, Told, TooLate, sealing_county

AIM = 1.0  # seconds for the final commit, of a hundred bidders the slowest but one
TRIES = 20
LONG = 3600.0  # while the bids are made beforehand


@dataclass
class Minute:
    """What became of everybody."""

    told: list[Told] = field(default_factory=list)
    late: int = 0
    broken: int = 0


async def seal_once(county: County, bidder: Bidder, sealed: bytes, begins: tuple[float, int], minute: Minute) -> None:
    """One bidder, from a moment on, at one of the processes; a broken line is taken up again at the next one."""
    wait, number = begins
    await asyncio.sleep(wait)
    for attempt in range(TRIES):
        web = county.webs[(number + attempt) % len(county.webs)]
        try:
            minute.told.append(await county.enter(bidder, web, await county.upload(bidder, web, sealed), sealed))
            return
        except TooLate:
            minute.late += 1
            return
        except httpx.TransportError:
            minute.broken += 1
            await asyncio.sleep(0.2)
    raise AssertionError(f"bidder {number} could not seal and was not told that it is late")


async def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Figures of one minute."""
    chance = random.Random(asked.seed)
    async with sealing_county(asked.bidders, asked.webs) as county:
        await county.publish(LONG)
        sealed = [await county.container(bidder, int(asked.megabytes * MEGABYTE)) for bidder in county.bidders]
        before, began = [peak(web.process.pid) for web in county.webs], [spent(web.process.pid) for web in county.webs]
        minute = Minute()
        await county.close_in(asked.seconds)
        async with asyncio.TaskGroup() as group:
            for number, bidder in enumerate(county.bidders):
                begins = (chance.uniform(0, asked.seconds), number)
                group.create_task(seal_once(county, bidder, sealed[number], begins, minute))
        after = [peak(web.process.pid) for web in county.webs]
        worked = [round(spent(web.process.pid) - each, 1) for web, each in zip(county.webs, began, strict=True)]
        assert county.listing is not None
        await check_round(county, minute.told)
        entered = await db.fetchval("SELECT count(*) FROM bid WHERE listing = $1", county.listing.id)
    assert entered == len(minute.told) and entered + minute.late == asked.bidders, (entered, minute)
    memory = {"memory_before": before, "peak_memory": after, "cpu_seconds": worked}
    return figures(asked, minute) | memory


def spent(pid: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(asked: argparse.Namespace, minute: Minute) -> dict[str, Any]:
    """What the JSON line says of the commits, in seconds."""
    seconds = sorted(each.seconds for each in minute.told)
    if not seconds:
        raise SystemExit("nobody came through before the deadline: too many for this machine in so short a time")
    p99 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
    return {
        "name": "last_minute", "bidders": asked.bidders, "megabytes": asked.megabytes, "web_processes": asked.webs,
        "seed": asked.seed, "told_sealed": len(seconds), "told_late": minute.late, "broken_lines": minute.broken,
        "median": round(statistics.median(seconds), 3), "p99": round(p99, 3), "slowest": round(seconds[-1], 3),
        "target": AIM, "met": p99 < AIM,
    }  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure and print; fails when one that was told “sealed” is missing, does not open or came late."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.last_minute")
    parser.add_argument("--bidders", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long before the deadline the first ones begin")
    parser.add_argument("--webs", type=int, default=2, help="web processes")
    parser.add_argument("--seed", type=int, default=20260302)
    found = asyncio.run(measure(parser.parse_args(argv)))
    print(
        f"{found['told_sealed']} told “sealed”: all there, all open, none late; {found['told_late']} told “too late”.\n"
        f"final commit: median {found['median']} s, p99 {found['p99']} s (aim: under {AIM:g} s),"
        f" slowest {found['slowest']} s; peak memory of the web processes {found['peak_memory']} MB,"
        f" processor {found['cpu_seconds']} s"
    )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
