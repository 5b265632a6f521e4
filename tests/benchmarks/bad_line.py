"""`python -m tests.benchmarks.bad_line`: large bids sealed over a line that is cut every few megabytes.

Five bidders, each with a bid of the most that is taken (five papers of 100 MB), behind a proxy that cuts every
connection once so many bytes went through it, either way. Each goes on at the piece where its line broke, as its
browser does. Every bid must be entered as it was sent and open with every paper, in a web process whose memory knows
pieces and no bids. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import mmap
import sys
import time
from typing import Any

from tests.benchmarks.uploads import MEGABYTE, peak
from tests.faults.sealing_checks import check_round
from tests.faults.sealing_county import Bidder, County, Told, Web, free_port, sealing_county

LONG = 3600.0
PATIENCE = 50  # tries of one request
MOST_MORE = 20.0  # MB above the memory after a small bid, for each bidder who sends at once


class BadLine:
    """A proxy that cuts each connection after so many bytes."""

    def __init__(self, to: int, cut_after: int) -> None:
        self.to, self.cut_after, self.port, self.cuts = to, cut_after, free_port(), 0

    async def serve(self) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.to)
        left = [self.cut_after]

        async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while piece := await source.read(64 * 1024):
                left[0] -= len(piece)
                if left[0] <= 0:
                    self.cuts += 1
                    for each in (writer, server_writer):
                        each.transport.abort()
                    return
                target.write(piece)
                await target.drain()

        ways = [asyncio.create_task(carry(reader, server_writer)), asyncio.create_task(carry(server_reader, writer))]
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for each in (writer, server_writer):
            each.close()


async def seal_patiently(county: County, bidder: Bidder, web: Web, sealed: bytes | mmap.mmap) -> Told:
    """Send, compare and enter the same bytes; whatever request breaks is asked again."""
    bidder.tries, bidder.browser.timeout = PATIENCE, LONG
    return await county.enter(bidder, web, await county.upload(bidder, web, sealed), sealed)


async def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """A small bid first, then all of them at once."""
    async with sealing_county(asked.bidders, webs=1) as county:
        line = BadLine(county.webs[0].port, int(asked.cut * MEGABYTE))
        server, through = await line.serve(), Web(line.port, county.webs[0].process)
        await county.publish(LONG)
        small = await county.container(county.bidders[0])
        first = await seal_patiently(county, county.bidders[0], through, small)
        peak(county.webs[0].process.pid)
        before = peak(county.webs[0].process.pid)
        sealed = [await county.container_file(bidder, asked.papers, asked.megabytes) for bidder in county.bidders]
        started = time.perf_counter()
        told = await asyncio.gather(
            *(seal_patiently(county, b, through, each) for b, each in zip(county.bidders, sealed, strict=True))
        )
        seconds, most = time.perf_counter() - started, peak(county.webs[0].process.pid)
        server.close()
        await county.close_in(0.1)
        await asyncio.sleep(0.2)
        await check_round(county, [first, *told])
    broken = sum(bidder.broken for bidder in county.bidders)
    return {
        "name": "bad_line", "bidders": asked.bidders, "papers": asked.papers, "megabytes": asked.megabytes,
        "sealed_bytes": [len(each) for each in sealed], "cut_every": asked.cut, "cuts": line.cuts,
        "broken_requests": broken, "seconds": round(seconds, 1),
        "slowest_commit": round(max(each.seconds for each in told), 2), "memory_before": before,
        "peak_memory": most, "target": round(before + MOST_MORE * asked.bidders, 1),
        "met": most <= before + MOST_MORE * asked.bidders,
    }  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure and print; fails when a bid is not entered as it was sent."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bad_line")
    parser.add_argument("--bidders", type=int, default=5)
    parser.add_argument("--papers", type=int, default=5, help="in each bid")
    parser.add_argument("--megabytes", type=int, default=100, help="of each paper; at most 100")
    parser.add_argument("--cut", type=float, default=7.0, help="megabytes after which a connection is cut")
    found = asyncio.run(measure(parser.parse_args(argv)))
    print(
        f"{found['bidders']} bids of {found['papers']} papers of {found['megabytes']} MB over a line with"
        f" {found['cuts']} cuts in {found['seconds']} s: all entered as sent and open, the final commit took"
        f" {found['slowest_commit']} s at most; the web process had {found['memory_before']} MB after a small bid,"
        f" {found['peak_memory']} MB at most"
    )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
