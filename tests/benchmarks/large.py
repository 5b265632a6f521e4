"""`make bench-large`: the public search on a small and a large county, each question beside the same one in bare SQL.

Times are medians in milliseconds of the whole answer of the index: hits, order, counts of every facet.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from marketplace.finding.rules import read_search
from marketplace.finding.services import refresh_index
from marketplace.gateways.search_index import SearchIndex
from marketplace.kernel import clock, db
from tests.benchmarks.drill_down import drill_down_figures
from tests.benchmarks.large_register import register_figures
from tests.benchmarks.large_set import copy_listings
from tests.benchmarks.months import month_figures
from tests.benchmarks.record_export import export_figures
from tests.benchmarks.subsidies import subsidy_figures
from tests.benchmarks.visits import visit_figures
from tests.conftest import make_database

SMALL, LARGE = 1_000, 200_000
MOST_MILLISECONDS = 50.0
ROUNDS = 9
QUESTIONS: dict[str, dict[str, str]] = {
    "everything": {},
    "one character": {"q": "养"},
    "in every title": {"q": "社会救助"},
    "two characters": {"q": "心理"},
    "across words": {"q": "助心"},
    "a long phrase": {"q": "社会救助心理疏导服务采购"},
    "English": {"q": "assistance 123"},
    "a number": {"q": "LS-2025-150000"},
    "facets": {"q": "赵镇", "state": "awarded", "method": "consultation", "band": "300k-500k"},
    "bounds, by amount": {"q": "服务", "least": "100000", "most": "900000", "sort": "largest"},
    "open, closing soonest": {"state": "published", "sort": "closing"},
    "a far page": {"q": "服务", "page": "400"},
}
BARE = (
    "SELECT count(*) FROM listing WHERE published_at IS NOT NULL AND (title LIKE $1 OR title_en ILIKE $1 OR reference"
    " LIKE $1)"
)


@dataclass(frozen=True)
class Held:
    """What an index costs: entries, seconds to write it, MB on disk, MB of memory before it and after all questions."""

    entries: int
    seconds_to_write: float
    megabytes_on_disk: float
    megabytes_before: int
    megabytes_after: int


def main() -> int:
    """Measure and print; exit 0 when everything could be measured, met or not."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every request would bury the figures
    folder = Path(tempfile.mkdtemp(prefix="bench-large-"))
    try:
        figures = asyncio.run(_both(folder)) + asyncio.run(register_figures())
        for measure in (drill_down_figures, month_figures, visit_figures, subsidy_figures, export_figures):
            figures += asyncio.run(measure())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))
    return 0


async def _both(folder: Path) -> list[dict[str, object]]:
    small, _ = await _measure(SMALL, folder / "small")
    large, held = await _measure(LARGE, folder / "large")
    print(f"\n{date.today()}  {'question':24}{'small ms':>10}{'large ms':>10}{'growth':>8}{'bare SQL ms':>13}")  # noqa: DTZ011
    figures: list[dict[str, object]] = []
    for name in QUESTIONS:
        (value, floor), before = large[name], small[name][0]
        print(f"            {name:24}{before:10.1f}{value:10.1f}{value / before:8.1f}{floor:13.1f}")
        figures.append(
            {"name": f"search: {name}", "value": round(value, 2), "floor": round(floor, 2),
             "ratio": round(value / floor, 3), "target": MOST_MILLISECONDS, "met": value <= MOST_MILLISECONDS}
        )  # fmt: skip
    return [*figures, {"name": f"search: index of {LARGE:,} listings", **asdict(held)}]


async def _measure(count: int, folder: Path) -> tuple[dict[str, tuple[float, float]], Held]:
    name = f"bench_large_{count}"
    await make_database(name)
    db.engine().config["database"] = name
    await db.open_pool(min_size=1, max_size=4)
    try:
        await clock.found_installation(is_demo=True)
        await clock.turn_clock_to(clock.at_county_time(date(2026, 3, 2), 9))
        started = perf_counter()
        await copy_listings(count, await clock.CountyClock().now())
        copied = perf_counter()
        index = SearchIndex(folder)
        before = _memory()
        written = await refresh_index(index)
        built = perf_counter()
        answers = {name: (await _ask(index, typed), await _bare(typed)) for name, typed in QUESTIONS.items()}
        size = sum(file.stat().st_size for file in folder.rglob("*"))
        held = Held(written, round(built - copied, 1), round(size / 1e6, 1), round(before), round(_memory()))
        print(f"{count:,} listings: copied in {copied - started:.1f} s, {held}", flush=True)
        return answers, held
    finally:
        await db.close_pool()


async def _ask(index: SearchIndex, typed: dict[str, str]) -> float:
    question = read_search(typed).question()

    async def once() -> None:
        await asyncio.to_thread(index.ask, question)

    return await _milliseconds(once)


async def _bare(typed: dict[str, str]) -> float:
    async def once() -> None:
        await db.fetchval(BARE, f"%{typed.get('q', '')}%")

    return await _milliseconds(once)


async def _milliseconds(act: Callable[[], Awaitable[None]]) -> float:
    await act()
    times = []
    for _ in range(ROUNDS):
        started = perf_counter()
        await act()
        times.append(perf_counter() - started)
    return median(times) * 1000


def _memory() -> float:
    """This process's proportional set size in MB."""
    for line in Path(f"/proc/{os.getpid()}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0
