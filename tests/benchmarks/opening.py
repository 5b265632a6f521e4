"""`python -m tests.benchmarks.opening`: a hundred bids of 49 MB are opened, in seconds and memory of the web process.

Two openers release over HTTP what their browsers peeled, so the process holds no passphrase's gigabyte; it takes the
bids apart, decrypts them, keeps every paper and writes the record. First a listing with two such bids, then the one
with all: the memory must be that of the largest bid, whatever their number. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import sys
import time
from dataclasses import replace
from typing import Any

import httpx
import pyrage

from marketplace.gateways.files import FolderStore
from marketplace.kernel import clock, db
from tests.benchmarks.uploads import MEGABYTE, peak
from tests.builders_catalogue import OPENERS
from tests.builders_vendors import some_contents
from tests.faults.sealing_county import County, sealing_county
from tests.pages import sign_in, token
from vendors.bids.contents import BidContents
from vendors.bids.papers import Attachment
from vendors.bids.services import seal_bid

FEW = 2
MOST_MORE = 1.15  # of the memory that the few bids took
LONG = 3600.0


def contents(number: int, papers: int, megabytes: float) -> BidContents:
    """A bid with so many papers of about this size, different for each bidder."""

    def paper(at: int) -> Attachment:
        piece = hashlib.sha256(f"{number}/{at}".encode()).digest() * 32
        content = b"%PDF-1.7\n" + piece * int(megabytes * MEGABYTE / len(piece) - 1) + b"\n%%EOF\n"
        return Attachment(f"方案{number}-{at}.pdf", content)

    return replace(some_contents(text=f"方案{number}"), attachments=tuple(map(paper, range(papers))))


async def seal_all(county: County, bids: int, papers: int, megabytes: float) -> None:
    """A listing for which so many have sealed, and whose deadline has passed."""
    listing = await county.publish(LONG)
    store, now = FolderStore(county.folder / "documents"), await clock.CountyClock().now()
    for number, bidder in enumerate(county.bidders[:bids]):
        await seal_bid(listing.lots[0]["id"], contents(number, papers, megabytes), store, bidder.provider.actor, now)
    await county.close_in(0.1)
    await asyncio.sleep(0.2)


async def release(county: County, opener: str) -> str:
    """What the opener's browser does: fetch the layers, peel them, give them back; the outcome."""
    assert county.listing is not None
    key = pyrage.x25519.Identity.from_str(county.listing.identities[opener])
    async with httpx.AsyncClient(base_url=county.webs[0].address, timeout=LONG) as browser:
        await sign_in(browser, opener)
        headers = {"x-csrftoken": await token(browser), "accept": "application/json"}
        path = f"/listings/{county.listing.reference}/opening/layers"
        waiting = await browser.get(path)
        assert waiting.status_code == 200, waiting.text[:500]
        layers = {each["bid"]: peeled(each["layers"], key) for each in waiting.json()["bids"]}
        answer = await browser.post(path, json={"stage": "first", "peeled": layers}, headers=headers)
        assert answer.status_code == 200, answer.text[:500]
        return str(answer.json()["outcome"])


def peeled(layers: dict[str, str], key: Any) -> dict[str, str]:
    """Each layer opened with the opener's key."""
    return {
        name: base64.b64encode(pyrage.decrypt(base64.b64decode(wrap), [key])).decode() for name, wrap in layers.items()
    }


async def open_all(county: County, bids: int, papers: int, megabytes: float) -> dict[str, Any]:
    """Seconds of both releases, and the most memory of the web process meanwhile."""
    await seal_all(county, bids, papers, megabytes)
    await asyncio.sleep(1)
    before = peak(county.webs[0].process.pid)
    before = peak(county.webs[0].process.pid)
    started = time.perf_counter()
    assert await release(county, OPENERS[0]) == "waiting"
    first, seconds = peak(county.webs[0].process.pid), time.perf_counter() - started
    started = time.perf_counter()
    assert await release(county, OPENERS[1]) == "opened"
    opened = time.perf_counter() - started
    assert county.listing is not None
    whole = await db.fetchval(
        "SELECT count(*) FROM opened_attachment a JOIN opened_bid o ON o.id = a.opened_bid JOIN bid b ON b.id = o.bid"
        " WHERE b.listing = $1 AND o.fault = ''", county.listing.id,
    )  # fmt: skip
    assert whole == bids * papers, f"{whole} of {bids * papers} papers came out whole"
    return {
        "bids": bids, "before": before, "peak_first_release": first, "peak_opening": peak(county.webs[0].process.pid),
        "first_release": round(seconds, 2), "opening": round(opened, 2), "per_bid": round(opened / bids, 3),
    }  # fmt: skip


async def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """The few, then all."""
    async with sealing_county(asked.bids, webs=1) as county:
        few = await open_all(county, FEW, asked.papers, asked.megabytes)
        many = await open_all(county, asked.bids, asked.papers, asked.megabytes)
    share = many["peak_opening"] / few["peak_opening"]
    return {
        "name": "opening", "papers": asked.papers, "megabytes": asked.megabytes, "few": few, "all": many,
        "memory_ratio": round(share, 3),
        "target": MOST_MORE, "met": share <= MOST_MORE,
    }  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure and print; fails when a bid does not come out whole."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.opening")
    parser.add_argument("--bids", type=int, default=100)
    parser.add_argument("--papers", type=int, default=1, help="in each bid")
    parser.add_argument("--megabytes", type=float, default=49.0, help="of each paper; at most 100")
    found = asyncio.run(measure(parser.parse_args(argv)))
    for each in (found["few"], found["all"]):
        print(
            f"{each['bids']} bids of {found['papers']} x {found['megabytes']:g} MB: first release"
            f" {each['first_release']} s, opening {each['opening']} s ({each['per_bid']} s a bid); memory before"
            f" {each['before']} MB, peak"
            f" {each['peak_first_release']} MB while releasing, {each['peak_opening']} MB while opening"
        )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
