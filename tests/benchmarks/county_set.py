"""The county that large measurements share: listings, providers, contracts, workers and a year of visits.

`async with a_filled_county("my_bench", SMALL) as county:` gives it in a database of its own, with a browser. It is
filled once for each size and state of the schema, and kept as a template that others copy. The rows are as the services
would have written them: the first of each kind is made by the services, the rest are copies with other names by COPY
and by INSERT … SELECT, without triggers; indexes that are not unique are made after the rows. Identities follow from
numbers. `python -m tests.benchmarks.county_set [small|middle|large]` fills one anew and says how long it took.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from runpy import run_path
from time import perf_counter
from uuid import uuid4

import asyncpg
import httpx

from contracts.agreements.queries import contract_by_id
from contracts.visits.rules import last_day
from marketplace.kernel import clock, db, devdb
from tests.benchmarks.large_register import copy_providers
from tests.benchmarks.large_set import copy_listings
from tests.benchmarks.late_indexes import Late, indexes_later
from tests.benchmarks.measured import a_browser, computing_seconds
from tests.benchmarks.quick_server import a_quick_server
from tests.benchmarks.visit_set import copies, copy_contracts, without_triggers
from tests.benchmarks.year_stream import (
    LINE,
    VISIT,
    Year,
    close_of,
    lines,
    marks,
    numbered,
    quarter_of,
    visits,
    year_of,
)
from tests.builders_contracts import APRIL, World, a_contract_in_force, a_paid_milestone
from tests.cast import actor
from tests.conftest import ROOT, make_database

COUNTING = ROOT / "migrations" / "contracts" / "contracts_2026_11_28t12_16_00_000000.py"
BEFORE, TODAY = clock.at_county_time(date(2026, 3, 2), 9), clock.at_county_time(date(2027, 4, 6), 9)
KEPT = (
    "county_set.py", "large_register.py", "large_set.py", "late_indexes.py", "quick_server.py", "visit_set.py",
    "year_stream.py",
)  # fmt: skip
SERVED = (
    "SELECT month_close, town, item_code, minutes FROM month_served ORDER BY 1, 2, 3",
    "SELECT date_trunc('year', month), town, item_code, sum(first_in_year) FROM month_served GROUP BY 1, 2, 3"
    " ORDER BY 1, 2, 3",
    "SELECT date_trunc('quarter', month), sum(first_in_quarter) FROM month_served GROUP BY 1 ORDER BY 1",
    "SELECT id FROM served_mark ORDER BY id",
)
PROVEN = 1_000_000  # visits: up to so many it is looked up that they keep what the indexes made late would refuse
# of visits: none that is copied was corrected, ordered, left waiting or returned
FEW = "visit_correction", "visit_of_order", "visit_one_waiting", "visit_open", "visit_to_mend"


@dataclass(frozen=True)
class Size:
    """How large a county is; its visits spread over twelve months, its workers over its contracts."""

    name: str
    listings: int
    providers: int
    contracts: int
    workers: int
    visits: int


SMALL = Size("small", 1_000, 250, 10, 20, 10_000)
MIDDLE = Size("middle", 20_000, 5_000, 50, 2_000, 1_000_000)
LARGE = Size("large", 200_000, 50_000, 200, 20_000, 10_000_000)
SIZES = {size.name: size for size in (SMALL, MIDDLE, LARGE)}


@dataclass(frozen=True)
class County:
    """A filled county: whose contract the services made, what it holds, and a browser that asks for its pages."""

    world: World
    size: Size
    browser: httpx.AsyncClient
    database: str
    seconds_to_fill: float | None  # none where a kept one was taken


@asynccontextmanager
async def a_filled_county(database: str, size: Size, connections: int = 12) -> AsyncIterator[County]:
    """A county of this size at nine o'clock on 6 April 2027, its last month of service just over."""
    template = f"county_{size.name}_{_fingerprint()}"
    seconds = await _fill_template(template, size)
    await _copy_database(template, database)
    db.engine().config["database"] = database
    await db.open_pool(min_size=1, max_size=connections)
    try:
        async with a_browser() as browser:
            yield County(await _world(), size, browser, database, seconds)
    finally:
        await db.close_pool()


def _fingerprint() -> str:
    digest = hashlib.sha256()
    sources = [Path(__file__).with_name(name) for name in KEPT]
    for file in (*sorted((ROOT / "migrations").rglob("*.py")), *sources):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


async def _fill_template(name: str, size: Size) -> float | None:
    """Seconds, or none where it is there already; a half-filled one is never taken for a whole one."""
    if await _is_there(name):
        return None
    async with a_quick_server():
        admin = await asyncpg.connect(**devdb.ensure("postgres"))
        try:
            older = "SELECT datname FROM pg_database WHERE datname LIKE $1"
            for row in await admin.fetch(older, f"county\\_{size.name}\\_%"):
                await admin.execute(f"DROP DATABASE {row[0]} WITH (FORCE)")
            await make_database(f"{name}_new")
            db.engine().config["database"] = f"{name}_new"
            await db.open_pool(min_size=1, max_size=6)
            try:
                await clock.found_installation(is_demo=True)
                await clock.turn_clock_to(BEFORE)
                seconds = await fill(size)
            finally:
                await db.close_pool()
            await admin.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
        finally:
            await admin.close()
    return seconds


async def _is_there(name: str) -> bool:
    admin = await asyncpg.connect(**devdb.ensure("postgres"))
    try:
        return bool(await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
    finally:
        await admin.close()


async def _copy_database(template: str, name: str) -> None:
    admin = await asyncpg.connect(**devdb.ensure("postgres"))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    finally:
        await admin.close()


async def fill(size: Size) -> float:
    """Everything, in the database of the open pool, which has tables and nothing else; gives the seconds."""
    started, computed = perf_counter(), computing_seconds()

    def told(what: str) -> None:
        took = f"{perf_counter() - started:.1f} s, of processor {computing_seconds() - computed:.1f} s"
        print(f"{size.name}: {what} after {took}", flush=True)

    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await copy_contracts(world, size.contracts, "md5('provider' || n)")
    await _workers(world, size)
    told(f"{size.contracts:,} contracts, {size.workers:,} workers")
    visited, counted = asyncio.Event(), asyncio.Event()
    late: dict[str, Late] = {}

    async def year_of_visits() -> None:
        late["visit"] = await _visits(world, size)
        told(f"{size.visits:,} visits")
        visited.set()
        await late["visit"].make()
        told("their indexes")
        await counted.wait()
        await late["month_line"].make()

    async def the_rest() -> None:
        late["month_line"] = await _months(world, size)
        told("their months")
        counted.set()
        await copy_listings(size.listings, BEFORE)
        told(f"{size.listings:,} listings")
        await copy_providers(size.providers)
        told(f"{size.providers:,} providers")
        await late["month_line"].make()
        await visited.wait()
        await late["visit"].make()

    await asyncio.gather(year_of_visits(), the_rest())
    for each in late.values():
        await each.done()
    told("indexes")
    # most rows came as everybody sees them; what was vacuumed while another transaction went on would not
    await db.execute("VACUUM (INDEX_CLEANUP off, TRUNCATE off) listing, provider, month_served, month_close")
    await db.execute("ANALYZE visit, month_line, month_close, month_served, served_mark, worker, person, contract")
    if size.visits <= SMALL.visits:
        await _prove_served()
    await clock.turn_clock_to(TODAY)
    told("everything")
    return perf_counter() - started


async def _workers(world: World, size: Size) -> None:
    """Numbered from 1, those of the n-th contract with its provider."""
    async with without_triggers():
        await copies(
            "person", world.worker.person_id, size.workers,
            "'id', md5('person' || n), 'username', 'worker' || n, 'email', '', 'name', '社工' || n",
        )  # fmt: skip
        await copies(
            "worker", world.worker_row, size.workers,
            "'id', md5('worker' || n), 'person', md5('person' || n), 'file', NULL, 'certificate_number', '',"
            f" 'name', '社工' || n, 'provider', md5('provider' || (1 + n % {size.contracts}))",
        )  # fmt: skip


def _year(world: World, size: Size) -> Year:
    return Year(size.visits, size.workers, size.contracts, APRIL, world.town, world.reviewer.person_id)


async def _visits(world: World, size: Size) -> Late:
    async with without_triggers():
        late = await indexes_later("visit", FEW, is_proven=size.visits <= PROVEN)
        await db.connection().copy_to_table(
            "visit", source=visits(_year(world, size)), columns=VISIT, format="binary", freeze=True
        )
    return late


async def _months(world: World, size: Size) -> Late:
    """Every month of every copied contract closed over its visits, computed as these are and not read from them."""
    year = _year(world, size)
    closes = [
        (close_of(number, month), numbered("contract", number), month, count, count * 60, 0, "0" * 64,
         residents, world.reviewer.person_id, clock.at_county_time(last_day(month) + timedelta(days=4), 9))
        for (number, month), (count, residents) in year.months().items()
    ]  # fmt: skip
    columns = (
        "id", "contract", "month", "visit_count", "own_minutes", "adjustment_minutes", "lines_sha256", "residents",
        "closed_by", "closed_at",
    )  # fmt: skip
    async with without_triggers():
        await db.connection().copy_records_to_table("month_close", records=closes, columns=columns)
    await _served(year)
    async with without_triggers():
        late = await indexes_later("month_line", ["month_line_adjustments"], is_proven=size.visits <= PROVEN)
        await db.connection().copy_to_table(
            "month_line", source=lines(year), columns=LINE, format="binary", freeze=True
        )
    return late


async def _served(year: Year) -> None:
    """What the closed months add to the counts of year and quarter, and the marks of who is counted."""
    of_year, of_quarter = year.first_served(year_of), year.first_served(quarter_of)
    rows = [
        (uuid4(), close_of(*key), key[1], year.town, "S01", count * 60, of_year[key], of_quarter[key])
        for key, (count, _) in year.months().items()
    ]
    columns = (
        "id", "month_close", "month", "town", "item_code", "minutes", "first_in_year", "first_in_quarter"
    )  # fmt: skip
    async with without_triggers():
        await db.connection().copy_records_to_table("month_served", records=rows, columns=columns)
        late = await indexes_later("served_mark")
        await db.connection().copy_to_table(
            "served_mark", source=marks(year), columns=["id"], format="binary", freeze=True
        )
    await late.done()


async def _prove_served() -> None:
    """What the months were said to add to the counts is what the product counts over their lines."""
    said = [await db.fetch(question) for question in SERVED]
    async with db.transaction():
        for statement in run_path(str(COUNTING))["UP"]:
            await db.execute(statement)
    counted = [await db.fetch(question) for question in SERVED]
    if said != counted:
        raise RuntimeError(f"said to be served {said[:-1]}, counted {counted[:-1]}")


async def _world() -> World:
    """The contract that the services made, with its people."""
    row = await db.fetchrow(
        "SELECT c.id, c.reference, c.provider, p.credit_code FROM contract c JOIN provider p ON p.id = c.provider"
        " WHERE c.reference NOT LIKE 'HT-X-%'"
    )
    assert row is not None
    facts = await contract_by_id(row["id"])
    worker = await actor("tang.yi", TODAY)
    worker_row = await db.fetchval("SELECT id FROM worker WHERE person = $1", worker.person_id)
    return World(
        row["id"], row["reference"], row["provider"], await actor("wang.min", TODAY), await actor("chen.jing", TODAY),
        await actor(f"director.{row['credit_code'][-4:]}", TODAY), worker, worker_row, facts["buyer"],
        await actor("sun.yue", TODAY), facts,
    )  # fmt: skip


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: fill it anew, keep it, and say how long it took; the last line is JSON."""
    size = SIZES[argv[0] if argv else SMALL.name]

    async def measure() -> dict[str, object]:
        name = f"county_{size.name}_{_fingerprint()}"
        admin = await asyncpg.connect(**devdb.ensure("postgres"))
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            await admin.close()
        seconds = await _fill_template(name, size)
        admin = await asyncpg.connect(**devdb.ensure("postgres"))
        try:
            megabytes = await admin.fetchval("SELECT pg_database_size($1) / 1000000", name)
        finally:
            await admin.close()
        assert seconds is not None
        target = 300.0
        return {
            **asdict(size), "name": f"fill a {size.name} county", "value": round(seconds, 1), "target": target,
            "met": seconds <= target, "unit": "s", "megabytes": megabytes,
        }  # fmt: skip

    print(json.dumps([asyncio.run(measure())]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
