"""`make bench-large`, or alone: the public search of a filled county, each question beside the same one in bare SQL.

Times are medians in milliseconds of the whole answer of the index: hits, order, counts of every facet.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from marketplace.finding.rules import read_search
from marketplace.finding.services import refresh_index
from marketplace.gateways.search_index import SearchIndex
from marketplace.kernel import db
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, figure, milliseconds, processor_milliseconds, show
from tests.benchmarks.parts import in_a_county

MOST_MILLISECONDS = 50.0
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


async def search_figures(county: County) -> list[Figure]:
    """Every question as a figure, and what the index costs."""
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        index, before, started = SearchIndex(Path(folder)), _memory(), perf_counter()
        written = await refresh_index(index)
        built = perf_counter() - started
        figures = []
        for name, typed in QUESTIONS.items():
            ask = partial(asyncio.to_thread, index.ask, read_search(typed).question())
            bare = partial(db.fetchval, BARE, f"%{typed.get('q', '')}%")
            measured = figure(f"search: {name}", await milliseconds(ask), await milliseconds(bare), MOST_MILLISECONDS)
            figures.append({**measured, "processor": round(await processor_milliseconds(ask), 1)})
        size = sum(file.stat().st_size for file in Path(folder).rglob("*"))
        held = Held(written, round(built, 1), round(size / 1e6, 1), round(before), round(_memory()))
        print(f"{county.size.listings:,} listings: {held}", flush=True)
    show(figures)
    return figures


def _memory() -> float:
    """This process's proportional set size in MB."""
    for line in Path(f"/proc/{os.getpid()}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(search_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
