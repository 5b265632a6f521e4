"""`make bench-large`: every part in one small, one middle and one large county, and how the figures grow between them.

`marketplace bench --large [small|middle|large …] [PART …]` measures some of it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from datetime import UTC, datetime

from tests.benchmarks.county_set import SIZES, a_filled_county
from tests.benchmarks.drill_down import drill_down_figures
from tests.benchmarks.measured import Figure
from tests.benchmarks.memory import memory_figures
from tests.benchmarks.months import month_figures
from tests.benchmarks.pages import page_figures
from tests.benchmarks.record_export import export_figures
from tests.benchmarks.register import register_figures
from tests.benchmarks.search import search_figures
from tests.benchmarks.subsidies import subsidy_figures
from tests.benchmarks.visits import visit_figures

# those that only read come first: every part of a size has the same county
PARTS = {
    "search": search_figures, "register": register_figures, "pages": page_figures, "memory": memory_figures,
    "subsidies": subsidy_figures, "drill-down": drill_down_figures, "months": month_figures, "visits": visit_figures,
}  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure and print; exit 0 when everything could be measured, met or not."""
    if unknown := [word for word in argv if word not in SIZES and word not in PARTS]:
        print(f"Not known: {' '.join(unknown)}. Sizes: {' '.join(SIZES)}. Parts: {' '.join(PARTS)}.")
        return 2
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every request would bury the figures
    sizes = [size for size in SIZES if size in argv] or list(SIZES)
    parts = [part for part in PARTS if part in argv] or list(PARTS)
    measured = {size: asyncio.run(_county(size, parts)) for size in sizes}
    _growth(measured)
    if not argv:  # in counties of its own, small and large
        measured["of its own"] = asyncio.run(export_figures())
    print(json.dumps([{**each, "county": size} for size, figures in measured.items() for each in figures]))
    return 0


async def _county(size: str, parts: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    async with a_filled_county(f"bench_{size}", SIZES[size]) as county:
        if county.seconds_to_fill:
            print(f"\n{size} county filled in {county.seconds_to_fill:.1f} s", flush=True)
        for part in parts:
            load = "/".join(f"{each:.0f}" for each in os.getloadavg())
            print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} {size}: {part}, load {load}", flush=True)
            county.browser.cookies.clear()
            figures += await PARTS[part](county)
    return figures


def _growth(measured: dict[str, list[Figure]]) -> None:
    """What each figure is in each county, and how many times as much in the largest as in the one before."""
    by_name: dict[str, dict[str, float]] = {}
    for size, figures in measured.items():
        for each in figures:
            by_name.setdefault(str(each["name"]), {})[size] = float(str(each["value"]))
    print(f"\n{'growth':48}" + "".join(f"{size:>12}" for size in measured) + f"{'last step':>12}")
    for name, values in by_name.items():
        row = "".join(f"{values.get(size, float('nan')):12.1f}" for size in measured)
        found = list(values.values())
        step = f"{found[-1] / found[-2]:11.2f}x" if len(found) > 1 and found[-2] else ""
        print(f"{name:48}{row}{step:>12}")
