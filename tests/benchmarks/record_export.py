"""`marketplace bench --export [LISTINGS]`: the public record of a small and a large county released, then exported.

Export and floor (the same releases streamed by bare SQL into one file) run each in a process of their own, whose most
memory is read: it must not grow with the county.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from tests.benchmarks.large_set import copy_listings
from tests.benchmarks.measured import Figure, a_county, alone, show

SMALL, LARGE = 20_000, 200_000
ROOT = Path(__file__).resolve().parents[2]
TODAY = at_county_time(date(2026, 3, 2), 9)
MOST_GROWTH, LEAST_RATIO = 1.15, 0.1
# not what getrusage tells: that begins with what the process had that started this one
_MEMORY = """
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
EXPORT = f"""
import sys
from marketplace.opendata.ocds.export_command import main
main(["--out", sys.argv[1]])
{_MEMORY}
"""
BARE = f"""
import asyncio, sys
import piccolo_conf
from marketplace.kernel import db
async def main():
    await db.open_pool(min_size=1, max_size=1)
    with open(sys.argv[1] + "/bare.jsonl", "w") as file:
        async with db.transaction():
            async for row in db.connection().cursor("SELECT body FROM ocds_release ORDER BY number", prefetch=500):
                file.write(row["body"] + "\\n")
    await db.close_pool()
asyncio.run(main())
{_MEMORY}
"""


async def export_figures(listings: int = LARGE) -> list[Figure]:
    """Releases made a second, listings exported a second beside the floor, and the memory of both sizes."""
    figures: list[Figure] = []
    memory: list[int] = []
    for size in (min(SMALL, listings // 10), listings):
        async with a_county("bench_export", TODAY):
            await copy_listings(size, TODAY)
            await db.execute("INSERT INTO ocds_change (listing) SELECT id FROM listing WHERE published_at IS NOT NULL")
            started = perf_counter()
            made = await release_changes(publisher_of(Settings.from_environment()))
            releasing = made / (perf_counter() - started)
            with tempfile.TemporaryDirectory() as out:
                bare, _ = await asyncio.to_thread(_run, BARE, out)
                took, most = await asyncio.to_thread(_run, EXPORT, out)
                written = sum(path.stat().st_size for path in Path(out).iterdir() if path.name != "bare.jsonl")
        memory.append(most)
        print(f"{made:,} releases of {size:,} listings made, {releasing:,.0f} a second;"
              f" {written / 1e6:,.0f} MB in files, {took:.1f} s, at most {most} MB", flush=True)  # fmt: skip
        value, floor = size / took, made / bare
        figures += [
            _figure(f"record of {size}: exported, listings a second", value, floor, LEAST_RATIO),
            {"name": f"record of {size}: releases made a second", "value": round(releasing, 1), "unit": "a second",
             "floor": round(floor, 1), "ratio": round(releasing / floor, 3), "target": 0, "met": True},
        ]  # fmt: skip
    growth = memory[1] / memory[0]
    figures.append({
        "name": "record: most memory of the export", "value": memory[1], "floor": memory[0], "ratio": round(growth, 3),
        "target": MOST_GROWTH, "met": growth <= MOST_GROWTH, "unit": "MB",
    })  # fmt: skip
    show(figures)
    return figures


def _run(program: str, out: str) -> tuple[float, int]:
    """Seconds of a program with that folder, and the MB it had at most."""
    environment = {**os.environ, "MARKETPLACE_DATABASE": "bench_export"}
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, out], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return perf_counter() - started, int(done.stdout.split()[-1])


def _figure(name: str, value: float, floor: float, target: float) -> Figure:
    ratio = value / floor
    return {
        "name": name, "value": round(value, 1), "floor": round(floor, 1), "ratio": round(ratio, 3), "target": target,
        "met": ratio >= target, "unit": "a second",
    }  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure it alone, with the number of listings as the only argument; the last line is JSON."""
    return alone(export_figures, LARGE, argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
