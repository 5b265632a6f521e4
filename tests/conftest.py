"""One migrated template database per run, a clone per worker, a rolled-back transaction per test."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis.internal.conjecture import providers

ROOT = Path(__file__).resolve().parents[1]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
os.environ.pop("DATABASE_URL", None)
os.environ["MARKETPLACE_DATABASE"] = f"test_{WORKER}"
os.environ["MARKETPLACE_DEMO"] = "1"
os.environ.setdefault("PGEMBED_DATA", str(ROOT / "var" / "pg-tests"))
VAR = ROOT / "var" / f"test-{WORKER}"
os.environ["MARKETPLACE_VAR"] = str(VAR)

import httpx  # noqa: E402, I001
import piccolo_conf  # noqa: E402

from argon2 import PasswordHasher  # noqa: E402

from catalogue.notices.services import Shop  # noqa: E402
from marketplace.accounts.people import passwords  # noqa: E402
from marketplace.app import create_app, open_gateways  # noqa: E402
from marketplace.gateways.files import open_store  # noqa: E402
from marketplace.gateways.papers import ProcessPress  # noqa: E402
from marketplace.kernel import clock as county_clock  # noqa: E402
from marketplace.kernel import devdb  # noqa: E402
from marketplace.kernel.i18n import current_language  # noqa: E402
from marketplace.kernel.law.loading import forget_law  # noqa: E402
from marketplace.kernel.settings import Settings  # noqa: E402
from marketplace.site import notice_jobs  # noqa: E402
from tests.described import description_of  # noqa: E402
from tests.presses import PressedOnce  # noqa: E402


# a hash is slow on purpose, and thousands of tests enter the cast and sign in; servers of their own keep the county's
COUNTY_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def in_chinese() -> None:
    """A test that spoke English must not leave the next one speaking it."""
    current_language.set("zh")


def _schema_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


async def _migrated_template(admin: asyncpg.Connection) -> str:
    template = f"template_{_schema_hash()}"
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
        await admin.execute(f"DROP DATABASE IF EXISTS {template}_new WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {template}_new")
        made = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "piccolo.main", "migrations", "forwards", "all"],
            cwd=ROOT, capture_output=True, text=True, env={**os.environ, "MARKETPLACE_DATABASE": f"{template}_new"},
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(made.stdout[-3000:] + made.stderr[-3000:])
        await admin.execute(f"ALTER DATABASE {template}_new RENAME TO {template}")
    return template


async def make_database(name: str) -> dict[str, Any]:
    """A fresh database with every table, cloned from the migrated template."""
    address = devdb.ensure("postgres")
    admin = await asyncpg.connect(**address)
    try:
        (ROOT / "var").mkdir(exist_ok=True)
        with open(ROOT / "var" / "template.lock", "w") as lock:  # noqa: ASYNC230
            fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers the first one migrates
            template = await _migrated_template(admin)
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await admin.close()
    return {**address, "database": name}


class OneConnectionPool:
    """Quacks like asyncpg's pool but hands out one connection that stands in a transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection, self.lock = connection, asyncio.Lock()

    def acquire(self, *, timeout: float | None = None) -> _Acquired:
        return _Acquired(self.connection, self.lock)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """The connection stays with the test."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.connection, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            async with self.lock:
                return await method(*args, **kwargs)

        return call


class _Acquired:
    def __init__(self, connection: Any, lock: asyncio.Lock) -> None:
        self.connection, self.lock = connection, lock

    def __await__(self) -> Any:
        async def give() -> Any:
            return self.connection

        return give().__await__()

    async def __aenter__(self) -> Any:
        await self.lock.acquire()
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        self.lock.release()


@pytest_asyncio.fixture(scope="session")
async def test_database() -> AsyncIterator[Any]:
    """The worker's own database with an open pool; it is a demo, so tests may turn its clock."""
    await make_database(f"test_{WORKER}")
    await piccolo_conf.DB.start_connection_pool(min_size=1, max_size=6)
    await county_clock.found_installation(is_demo=True)
    yield piccolo_conf.DB
    await piccolo_conf.DB.close_connection_pool()


@pytest_asyncio.fixture
async def db(test_database: Any) -> AsyncIterator[Any]:
    """The database inside a transaction that is rolled back after the test."""
    real = test_database.pool
    async with real.acquire() as connection:
        outer = connection.transaction()
        await outer.start()
        test_database.pool = OneConnectionPool(connection)
        try:
            yield test_database
        finally:
            test_database.pool = real
            await outer.rollback()
            forget_law()


class TestClock:
    """The county clock of a test: `await clock.set(moment)` turns it, `await clock.now()` reads it."""

    __test__ = False

    async def set(self, moment: datetime) -> None:
        """Turn the county clock to a moment."""
        await county_clock.turn_clock_to(moment)

    async def now(self) -> datetime:
        """The county's time."""
        return await county_clock.CountyClock().now()


@pytest_asyncio.fixture
async def clock(db: Any) -> TestClock:
    """The county clock, set to Monday 2 March 2026, 09:00 in the county."""
    test_clock = TestClock()
    await test_clock.set(county_clock.at_county_time(datetime(2026, 3, 2).date(), 9))  # noqa: DTZ001
    return test_clock


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of the tests: a demo with its own folders."""
    return Settings.from_environment()


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> PressedOnce:
    """One press for all workers of this run; what is not asked through the application presses for itself."""
    mine = tmp_path_factory.getbasetemp()
    return PressedOnce(ProcessPress(), (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "pressed")


@pytest.fixture(scope="session")
def app(settings: Settings, press: PressedOnce) -> Any:
    """The whole application on the tests' pool, and the worker's press beside it."""
    shop = Shop(press, open_store(settings))
    notice_jobs._shop = lambda: shop
    return create_app(settings, replace(open_gateways(settings), papers=press), own_pool=False)


@pytest_asyncio.fixture
async def client(db: Any, clock: TestClock, app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without pictures: cookies are kept, redirects are shown, JSON is held against its description."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    async def hold_against_description(answer: httpx.Response) -> None:
        if "json" in answer.headers.get("content-type", "") and not answer.request.url.path.startswith("/schema"):
            await answer.aread()
            (await description_of(app)).check(answer)

    hooks = {"response": [hold_against_description]}
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test", event_hooks=hooks) as browser:
        yield browser


@pytest_asyncio.fixture
async def committed(test_database: Any) -> AsyncIterator[None]:
    """A database of its own where commits are real, for those who race; its clock stands on today, 09:00."""
    real, address = test_database.pool, await make_database(f"races_{WORKER}")
    test_database.pool = await asyncpg.create_pool(**address, min_size=3, max_size=6)
    try:
        await county_clock.found_installation(is_demo=True)
        today = county_clock.county_day(await test_database.pool.fetchval("SELECT clock_timestamp()"))
        await county_clock.turn_clock_to(county_clock.at_county_time(today, 9))
        yield
    finally:
        await test_database.pool.close()
        test_database.pool = real


def pytest_configure() -> None:
    """Spare hypothesis the syntax trees of a thousand modules, read for constants that no test of ours lives on."""
    if hasattr(providers, "is_local_module_file"):
        providers.is_local_module_file = lambda _: False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that at the end no core waits for one; the rest keeps its order.

    Seconds stand in durations.txt: `scripts/keep_durations.py` writes it from the report of a whole run.
    """
    lines = (ROOT / "tests" / "durations.txt").read_text().splitlines()
    seconds = {ROOT / name: int(taken) for taken, name in (line.split() for line in lines)}
    items.sort(key=lambda item: -seconds.get(item.path, 0))
