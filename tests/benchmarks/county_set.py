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
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import httpx

from contracts.agreements.queries import contract_by_id
from marketplace.kernel import clock, db, devdb
from tests.benchmarks.large_register import copy_providers
from tests.benchmarks.large_set import copy_listings
from tests.benchmarks.measured import a_browser
from tests.benchmarks.visit_set import copies, copy_contracts, without_triggers
from tests.builders_contracts import APRIL, World, a_contract_in_force, a_paid_milestone
from tests.cast import actor
from tests.conftest import ROOT, make_database

BEFORE, TODAY = clock.at_county_time(date(2026, 3, 2), 9), clock.at_county_time(date(2027, 4, 6), 9)
DAYS, A_DAY = 365, 8  # visits begin at eight hours of the day, at most two of a worker on one day
LOOKED_UP = 50_000  # visits
KEPT = ("county_set.py", "large_register.py", "large_set.py", "visit_set.py")


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
async def a_filled_county(database: str, size: Size, connections: int = 4) -> AsyncIterator[County]:
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
        await admin.execute("ALTER SYSTEM SET max_wal_size = '12GB'")
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
        await admin.execute("ALTER SYSTEM RESET max_wal_size")
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
    started = perf_counter()

    def told(what: str) -> None:
        print(f"{size.name}: {what} after {perf_counter() - started:.1f} s", flush=True)

    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await copy_contracts(world, size.contracts, "md5('provider' || n)")
    await _workers(world, size)
    told(f"{size.contracts:,} contracts, {size.workers:,} workers")
    async with _indexes_later("visit", "month_line", looked_up=size.visits <= LOOKED_UP) as late:

        async def year_of_visits() -> None:
            await _visits(world, size)
            told(f"{size.visits:,} visits")
            await late.make("visit")
            told("their indexes")

        async def the_rest() -> None:
            await _months(world, size)
            told("their months")
            await late.make("month_line")
            await copy_providers(size.providers)
            told(f"{size.providers:,} providers")
            await copy_listings(size.listings, BEFORE)
            told(f"{size.listings:,} listings")
            await late.make("visit")

        await asyncio.gather(year_of_visits(), the_rest())
    told("indexes")
    await db.execute("VACUUM (ANALYZE) visit, month_line, month_close, worker, person, contract, listing, provider")
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


# every visit with its worker, numbered in the order in which they would have been entered: $1 visits, $2 workers,
# $3 contracts, $4 the first day, $5 visits of a worker; a worker has ten residents of his own
_YEAR = f"""
(SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id, n % $2::int AS number, n / $2 AS turn,
        $4::date + n / $2 * {DAYS} / $5::int AS day
 FROM generate_series(0, $1::int - 1) n) v
JOIN (SELECT n AS number, md5('contract' || (1 + (1 + n) % $3::int))::uuid AS contract,
             md5('worker' || (1 + n))::uuid AS worker, md5('person' || (1 + n))::uuid AS person,
             'JT-R-' || lpad(n::text, 5, '0') AS code
      FROM generate_series(0, $2::int - 1) n) w USING (number)
"""


def _year(size: Size) -> tuple[object, ...]:
    return size.visits, size.workers, size.contracts, APRIL, -(-size.visits // size.workers)


async def _visits(world: World, size: Size) -> None:
    async with without_triggers():
        await _in_order()
        await db.execute(
            f"""
            INSERT INTO visit (id, chain, contract, item_code, worker, person, recipient_code, town, village, day,
                               begins_at, ends_at, minutes, status, entered_at, decided_by, decided_at)
            SELECT id, id, contract, 'S01', worker, person, code || turn % 10, $6, '三江村', day, begins,
                   begins + interval '1 hour', 60, 'approved', begins + interval '10 hours', $7,
                   begins + interval '20 hours'
            FROM {_YEAR}, LATERAL (
              SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' + make_interval(hours => 8 + turn % {A_DAY})
                AS begins) b
            """,
            *_year(size), world.town, world.reviewer.person_id,
        )  # fmt: skip


async def _months(world: World, size: Size) -> None:
    """Every month of every copied contract closed over its visits, computed as these are and not read from them."""
    async with without_triggers():
        await _in_order()
        await db.execute(
            f"""
            INSERT INTO month_close (id, contract, month, visit_count, own_minutes, lines_sha256, closed_by, closed_at)
            SELECT md5('close' || contract || month)::uuid, contract, month, count, count * 60, repeat('0', 64), $6,
                   month + interval '1 month 4 days'
            FROM (SELECT contract, date_trunc('month', day)::date AS month, count(*) FROM {_YEAR} GROUP BY 1, 2) m
            """,
            *_year(size), world.reviewer.person_id,
        )  # fmt: skip
        await db.execute(
            f"""
            INSERT INTO month_line (id, month_close, visit, person, kind, minutes)
            SELECT l.id, c.id, l.id, person, 'visit', 60
            FROM (SELECT v.id, contract, person, date_trunc('month', day)::date AS month FROM {_YEAR}) l
            JOIN month_close c USING (contract, month)
            """,
            *_year(size),
        )  # fmt: skip


async def _in_order() -> None:
    """Rows one after the other as they are numbered: what keeps identities apart then only grows at its end."""
    for setting in ("work_mem = '256MB'", "enable_nestloop = off", "enable_mergejoin = off"):
        await db.execute(f"SET LOCAL {setting}")


class _Late:
    """Indexes that are made once the rows are there; several may take from them at the same time."""

    def __init__(self, found: Sequence[Any], *, looked_up: bool) -> None:
        self.left, self.looked_up = list(found), looked_up

    async def make(self, table: str) -> None:
        """All that nobody else makes yet."""
        while mine := [row for row in self.left if row["table"] == table]:
            row = mine[0]
            self.left.remove(row)
            async with db.transaction():
                await db.execute("SET LOCAL maintenance_work_mem = '768MB'")
                await db.execute("SET LOCAL max_parallel_maintenance_workers = 0")
                if row["excludes"]:
                    await self._fill_exclusion(row)
                else:
                    await db.execute(row["written"])

    async def _fill_exclusion(self, row: Any) -> None:
        name, plain = row["name"], f"{row['name']}_plain"
        if self.looked_up:
            await db.execute(f"REINDEX INDEX {name}")
            return
        # PostgreSQL looks each row of an exclusion up, 0.1 ms each: the plain index is made, and its file becomes the
        # exclusion's. That rows numbered like this do not overlap is looked up where a county is small.
        await db.execute(row["written"].replace(f"INDEX {name} ", f"INDEX {plain} "))
        await db.execute("SET LOCAL allow_system_table_mods = on")
        await db.execute(
            "UPDATE pg_class a SET relfilenode = b.relfilenode, relpages = b.relpages, reltuples = b.reltuples"
            " FROM pg_class b WHERE (a.oid, b.oid) IN (($1::text::regclass, $2::text::regclass),"
            " ($2::text::regclass, $1::text::regclass))",
            name, plain,
        )  # fmt: skip
        await db.execute(READY, name, True)
        await db.execute(f"DROP INDEX {plain}")


READY = "UPDATE pg_index SET indisready = $2, indisvalid = $2 WHERE indexrelid = $1::text::regclass"


@asynccontextmanager
async def _indexes_later(*tables: str, looked_up: bool) -> AsyncIterator[_Late]:
    """Without their indexes, but for those that keep identities apart; exclusions wait too."""
    found = await db.fetch(
        """
        SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name,
               pg_get_indexdef(i.indexrelid) AS written, i.indisexclusion AS excludes
        FROM pg_index i
        WHERE i.indrelid = ANY($1::text[]::regclass[]) AND NOT (i.indisunique AND i.indpred IS NULL)
        ORDER BY i.indisexclusion DESC, 2
        """,
        list(tables),
    )
    async with db.transaction():
        await db.execute("SET LOCAL allow_system_table_mods = on")
        for row in found:
            if row["excludes"]:
                await db.execute(READY, row["name"], False)
            else:
                await db.execute(f"DROP INDEX {row['name']}")
    late = _Late(found, looked_up=looked_up)
    yield late
    for table in tables:
        await late.make(table)


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
