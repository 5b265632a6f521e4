"""`marketplace export ocds --out DIR`: the whole public record as files, a folder to hand on or to check.

For each year in which processes began: `2026.jsonl` (releases, one a line), `2026-records.jsonl` (their states now) and
the flat tables as CSV. Memory stays constant whatever the number of processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.kernel import db
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds import queries
from marketplace.opendata.ocds.packages import COLUMNS, compiled, csv_lines, package, table_rows
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.opendata.ocds.rules import decoded, encoded


async def export(settings: Settings, out: Path) -> dict[str, int]:
    """Write the files; gives the number of releases by year."""
    publisher = publisher_of(settings)
    await release_changes(publisher)
    written = {}
    for year in await queries.years():
        written[str(year)] = await _write_releases(out / f"{year}.jsonl", year)
        await _write_states(out, year)
    about = package(publisher, "/data/ocds", "", releases_by_year=written)
    about.pop("publishedDate")
    (out / "about.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return written


async def _export_with_pool(settings: Settings, out: Path) -> dict[str, int]:
    await db.open_pool(min_size=1, max_size=2)
    try:
        await refresh_law((await CountyClock().look()).law)  # the county decides what of bids is told
        return await export(settings, out)
    finally:
        await db.close_pool()


async def _write_releases(path: Path, year: int) -> int:
    written = 0
    with path.open("wb") as file:
        async for body in queries.bodies_of_year(year, newest_only=False):
            file.write(body.encode() + b"\n")
            written += 1
    return written


async def _write_states(out: Path, year: int) -> None:
    files = {name: (out / f"{year}-{name}.csv").open("w", encoding="utf-8-sig", newline="") for name in COLUMNS}
    try:
        for name, file in files.items():
            file.write(csv_lines([COLUMNS[name]]))
        with (out / f"{year}-records.jsonl").open("wb") as states:
            async for body in queries.bodies_of_year(year, newest_only=True):
                newest = decoded(body)
                states.write(encoded(compiled(newest)) + b"\n")
                for name, file in files.items():
                    file.write(csv_lines(table_rows(name, newest)))
    finally:
        for file in files.values():
            file.close()


def main(argv: list[str]) -> int:
    """Exit 0 when everything is written, 2 when the line was not understood."""
    parser = argparse.ArgumentParser(prog="marketplace export ocds", description="Write the public record as files.")
    parser.add_argument("--out", metavar="DIR", required=True, type=Path, help="a folder; it is made if it is missing")
    given = parser.parse_args(argv)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        print(f"{given.out} cannot be made a folder: {refused.strerror}", file=sys.stderr)
        return 2
    for year, releases in asyncio.run(_export_with_pool(Settings.from_environment(), given.out)).items():
        print(f"{year}: {releases} releases")
    return 0
