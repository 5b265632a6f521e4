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
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from contracts.agreements.queries import contract_by_id
from contracts.visits.rules import last_day
from marketplace.kernel import clock, db, devdb
from tests.benchmarks.large_register import copy_providers
from tests.benchmarks.large_set import copy_listings
from tests.benchmarks.measured import a_browser, computing_seconds
from tests.benchmarks.visit_set import copies, copy_contracts, without_triggers
from tests.benchmarks.year_stream import (
    LINE,
    VISIT,
    Year,
    close_of,
    lines,
    numbered,
    quarter_of,
    visits,
    year_of,
)
from tests.builders_contracts import APRIL, World, a_contract_in_force, a_paid_milestone
from tests.cast import actor
from tests.conftest import ROOT, make_database

BEFORE, TODAY = clock.at_county_time(date(2026, 3, 2), 9), clock.at_county_time(date(2027, 4, 6), 9)
KEPT = ("county_set.py", "large_register.py", "large_set.py", "visit_set.py", "year_stream.py")
# of the server while it is filled: no pause for what only a crash or another reader would need
FILLING = {"max_wal_size": "16GB", "checkpoint_timeout": "1h", "full_page_writes": "off", "autovacuum": "off"}


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
    admin = await asyncpg.connect(**devdb.ensure("postgres"))
    try:
        if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return None
        older = "SELECT datname FROM pg_database WHERE datname LIKE $1"
        for row in await admin.fetch(older, f"county\\_{size.name}\\_%"):
            await admin.execute(f"DROP DATABASE {row[0]} WITH (FORCE)")
        for setting, value in FILLING.items():
            await admin.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        await admin.execute("SELECT pg_reload_conf()")
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
        return seconds
    finally:
        for setting in FILLING:
            await admin.execute(f"ALTER SYSTEM RESET {setting}")
        await admin.execute("SELECT pg_reload_conf()")
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
    async with _indexes_later("visit", "month_line") as late:

        async def year_of_visits() -> None:
            await _visits(world, size)
            told(f"{size.visits:,} visits")
            await late.make("visit")
            told("their indexes")

        async def the_rest() -> None:
            await _months(world, size)
            told("their months")
            await late.make("month_line")
            await db.execute("VACUUM (ANALYZE) month_line, month_close, worker, person, contract")
            await copy_providers(size.providers)
            told(f"{size.providers:,} providers")
            await copy_listings(size.listings, BEFORE)
            told(f"{size.listings:,} listings")
            await late.make("visit")

        await asyncio.gather(year_of_visits(), the_rest())
    told("indexes")
    # what was vacuumed while another transaction went on would not be known as seen by all
    await db.execute("VACUUM (ANALYZE) visit, listing, provider, month_served, served_mark")
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


async def _visits(world: World, size: Size) -> None:
    async with without_triggers():
        await db.connection().copy_to_table(
            "visit", source=visits(_year(world, size)), columns=VISIT, format="binary"
        )


async def _months(world: World, size: Size) -> None:
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
        await db.connection().copy_to_table("month_line", source=lines(year), columns=LINE, format="binary")
        await _served(year)


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
    await db.connection().copy_records_to_table("month_served", records=rows, columns=columns)
    turns = [
        (f"{period}/{year.town}/S01/" if period_of is year_of else f"{period}/", resident, len(year.at_turn(turn)))
        for period_of in (year_of, quarter_of)
        for (period, resident), turn in year.first_turns(period_of).items()
    ]
    await db.execute(
        "INSERT INTO served_mark (id) SELECT md5(x.begin || 'JT-R-' || lpad(n::text, 5, '0') || x.resident)::uuid"
        " FROM unnest($1::text[], $2::int[], $3::int[]) x (begin, resident, workers), generate_series(0, workers - 1) n"
        " ORDER BY 1",
        *map(list, zip(*turns, strict=True)),
    )


# nobody is at two places, and no resident is served alone twice at once with the same
_MEETINGS = """
SELECT count(*) FROM (
  SELECT begins_at, chain, lag(chain) OVER w AS other, lag(ends_at) OVER w AS until
  FROM visit WHERE status IN ('logged', 'approved') AND NOT is_void{more}
  WINDOW w AS (PARTITION BY {who} ORDER BY begins_at)) v
WHERE until > begins_at AND other <> chain
"""


MEETINGS = {
    "visit_worker_no_overlap": _MEETINGS.format(more="", who="person"),
    "visit_recipient_no_overlap": _MEETINGS.format(more=" AND NOT is_group", who="recipient_code, item_code"),
}


class _Late:
    """Indexes that are made once the rows are there; several may take from them at the same time."""

    def __init__(self, found: Sequence[Any]) -> None:
        self.left = list(found)

    async def make(self, table: str) -> None:
        """All that nobody else makes yet."""
        while mine := [row for row in self.left if row["table"] == table]:
            row = mine[0]
            self.left.remove(row)
            async with db.transaction():
                await db.execute("SET LOCAL maintenance_work_mem = '1GB'")
                await db.execute("SET LOCAL max_parallel_maintenance_workers = 0")
                if row["excludes"]:
                    await _fill_exclusion(row)
                elif row["constrains"]:
                    await db.execute(f"REINDEX INDEX {row['name']}")
                else:
                    await db.execute(row["written"])


async def _fill_exclusion(row: Any) -> None:
    """PostgreSQL would look each row of an exclusion up, 0.1 ms each. The plain index is made, its file becomes the
    exclusion's, and that no two rows exclude each other is looked up for all of them at once."""
    name, plain = row["name"], f"{row['name']}_plain"
    await db.execute(row["written"].replace(f"INDEX {name} ", f"INDEX {plain} "))
    await db.execute("SET LOCAL allow_system_table_mods = on")
    await db.execute(
        "UPDATE pg_class a SET relfilenode = b.relfilenode, relpages = b.relpages, reltuples = b.reltuples"
        " FROM pg_class b WHERE (a.oid, b.oid) IN (($1::text::regclass, $2::text::regclass),"
        " ($2::text::regclass, $1::text::regclass))",
        name, plain,
    )  # fmt: skip
    await db.execute(READY, name, True)
    await db.execute("SET LOCAL work_mem = '1GB'")
    if met := await db.fetchval(MEETINGS[name]):
        raise RuntimeError(f"{met} visits exclude each other: {name}")


READY = "UPDATE pg_index SET indisready = $2, indisvalid = $2 WHERE indexrelid = $1::text::regclass"


@asynccontextmanager
async def _indexes_later(*tables: str) -> AsyncIterator[_Late]:
    """Without their indexes; those of constraints stay, but are not written."""
    found = await db.fetch(
        """
        SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name,
               pg_get_indexdef(i.indexrelid) AS written, i.indisexclusion AS excludes,
               EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid) AS constrains
        FROM pg_index i WHERE i.indrelid = ANY($1::text[]::regclass[]) ORDER BY i.indisexclusion DESC, 2
        """,
        list(tables),
    )
    async with db.transaction():
        await db.execute("SET LOCAL allow_system_table_mods = on")
        for row in found:
            if row["constrains"]:
                await db.execute(READY, row["name"], False)
            else:
                await db.execute(f"DROP INDEX {row['name']}")
    late = _Late(found)
    yield late
    for table in tables:
        await late.make(table)
    for row in found:
        if row["excludes"]:  # at last: whoever makes an index holds the table, and two would wait for each other
            await db.execute(f"DROP INDEX {row['name']}_plain")


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
            seconds = await _fill_template(name, size)
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
