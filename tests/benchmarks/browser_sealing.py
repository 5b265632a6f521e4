"""`python -m tests.benchmarks.browser_sealing`: the largest bid sealed by a real Chromium, in seconds and memory.

Five papers of 100 MB are chosen on the page, hashed, encrypted, sent in pieces, fetched back, compared and opened again
with the bidder's own key, as a bidder sees it. What the service has must open with every paper. Needs Chromium
(`CHROMIUM` or on the path). The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Error, Page, async_playwright

from marketplace.kernel import db
from tests.benchmarks.uploads import MEGABYTE, peak
from tests.browser.conftest import FLAGS, NAMES
from tests.faults.sealing_checks import check_round
from tests.faults.sealing_county import Bidder, County, Told, sealing_county

LONG = 3600.0
PASSPHRASE = "three old bridges"
EVERY = 0.25  # seconds between two looks at the page


def family(of: int) -> list[int]:
    """The processes below this one."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found, front = [], {of}
    while front := {pid for pid, parent in parents.items() if parent in front}:
        found += sorted(front)
    return found


def chromium_peaks() -> dict[str, float]:
    """The most memory that a page's process and the browser's own process held, in MB."""
    found = {"page": 0.0, "browser": 0.0}
    for pid in family(os.getpid()):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if not any(b"chrom" in word for word in words[:1]):
            continue
        kind = next((word for word in words if word.startswith(b"--type=")), b"")
        if kind in (b"--type=renderer", b""):
            name = "page" if kind else "browser"
            found[name] = max(found[name], peak(pid))
    return found


async def fill(page: Page, county: County, papers: list[Path]) -> None:
    """Everything a bid asks, with the papers."""
    assert county.listing is not None
    await page.goto(f"/listings/{county.listing.reference}/lots/1/sealing/first")
    for box in ("#field-acknowledged", "#field-declares", "#field-past"):
        if await page.locator(box).count():
            await page.check(box)
    await page.fill("#field-technical_text", "按需求逐项落实的服务方案")
    if await page.locator("#field-price").count():
        await page.fill("#field-price", "480000.00")
    await page.set_input_files("#field-papers", papers)
    await page.fill("#field-passphrase", PASSPHRASE)
    await page.fill("#field-passphrase_again", PASSPHRASE)


async def watch(page: Page, phases: dict[str, float], most: dict[str, float]) -> str:
    """Look at the page until it shows the receipt: how long it said what, and how large its heap grew."""
    started = time.perf_counter()
    while time.perf_counter() - started < LONG:
        await asyncio.sleep(EVERY)
        if found := re.search(r"/bids/(HZ-[^/?]+)", page.url):
            return found.group(1)
        try:
            said, tone, heap = await page.evaluate(
                "[document.querySelector('[data-progress]')?.innerText ?? '',"
                " document.querySelector('[data-progress]')?.className ?? '', performance.memory.usedJSHeapSize]"
            )
        except Error:  # the page goes on to the receipt just now
            continue
        assert "refused" not in tone, said
        phase = re.sub(r"[0-9 ]+", " ", said).strip()
        phases[phase] = phases.get(phase, 0.0) + EVERY
        most["heap"] = max(most["heap"], heap / MEGABYTE)
    raise TimeoutError


async def seal(county: County, bidder: Bidder, papers: list[Path], chromium: str) -> dict[str, Any]:
    """One bid; seconds, phases and memory."""
    phases: dict[str, float] = {}
    most = {"heap": 0.0}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*FLAGS, "--enable-precise-memory-info"]
        )
        address = county.webs[0].address
        context = await browser.new_context(base_url=address, accept_downloads=True)
        await context.add_cookies([{"name": n, "value": v, "url": address} for n, v in bidder.browser.cookies.items()])
        page = await context.new_page()
        await fill(page, county, papers)
        started = time.perf_counter()
        await page.click("[data-act=seal]")
        receipt = await watch(page, phases, most)
        seconds, peaks = time.perf_counter() - started, chromium_peaks()
        await browser.close()
    return {
        "receipt": receipt, "seconds": round(seconds, 1), "heap": round(most["heap"], 1), **peaks,
        "phases": {name: round(each, 1) for name, each in phases.items()},
    }  # fmt: skip


async def measure(asked: argparse.Namespace, chromium: str) -> dict[str, Any]:
    """Seal, and open what the service has."""
    async with sealing_county(1, webs=1) as county:
        await county.publish(LONG)
        papers = []
        for number in range(asked.papers):
            path = county.folder / f"方案{number}.pdf"
            path.write_bytes(b"%PDF-1.7\n" + secrets.token_bytes(MEGABYTE) * (asked.megabytes - 1) + b"\n%%EOF\n")
            papers.append(path)
        bidder = county.bidders[0]
        found = await seal(county, bidder, papers, chromium)
        row = await db.fetchrow("SELECT * FROM bid WHERE receipt_number = $1", found["receipt"])
        assert row is not None
        server = peak(county.webs[0].process.pid)
        await county.close_in(0.1)
        await asyncio.sleep(0.2)
        await check_round(county, [Told(found["receipt"], row["sealed_sha256"], bidder.provider.id, 0.0)])
    return {"name": "browser_sealing", "papers": asked.papers, "megabytes": asked.megabytes, "server": server, **found}


def main(argv: list[str]) -> int:
    """Measure and print; fails when the bid does not open with every paper."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.browser_sealing")
    parser.add_argument("--papers", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=100, help="of each paper; at most 100")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        print("there is no Chromium", file=sys.stderr)
        return 1
    found = asyncio.run(measure(parser.parse_args(argv), chromium))
    print(
        f"{found['papers']} papers of {found['megabytes']} MB sealed in Chromium in {found['seconds']} s: heap of the"
        f" page {found['heap']} MB at most, its process {found['page']} MB, the browser's {found['browser']} MB, the"
        f" web process {found['server']} MB; the service's copy opens with every paper"
    )
    for phase, seconds in found["phases"].items():
        print(f"  {seconds:6} s  {phase}")
    print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
