"""What the large measurements share: a database of their own, medians, counted questions, a table with its JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import asyncpg
import httpx

from marketplace.app import create_app, open_gateways
from marketplace.kernel import clock, db, devdb
from marketplace.kernel.settings import Settings
from marketplace.upkeep.questions import FRAME
from tests.conftest import make_database

Figure = dict[str, object]
ROUNDS, LONG = 9, 3.0  # seconds


@asynccontextmanager
async def a_county(name: str, now: datetime, connections: int = 4) -> AsyncIterator[httpx.AsyncClient]:
    """An empty county in a database of its own, with a browser that asks the application without a network."""
    await make_database(name)
    db.engine().config["database"] = name
    await db.open_pool(min_size=1, max_size=connections)
    try:
        await clock.found_installation(is_demo=True)
        await clock.turn_clock_to(now)
        async with a_browser() as browser:
            yield browser
    finally:
        await db.close_pool()


@asynccontextmanager
async def a_browser() -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application on the open pool, without a network."""
    settings = Settings.from_environment()
    transport = httpx.ASGITransport(app=create_app(settings, open_gateways(settings), own_pool=False))
    await db.open_planned_pool(2)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://county.test", timeout=600) as browser:
            yield browser
    finally:
        await db.close_planned_pool()


async def milliseconds(act: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    """The median of some rounds after one that warms up."""
    await act()
    times = []
    for _ in range(rounds):
        started = perf_counter()
        await act()
        times.append(perf_counter() - started)
    return median(times) * 1000


async def processor_milliseconds(act: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    """The least that this process and the embedded database compute meanwhile: others' load is hardly in it."""
    await act()
    return min([(await spent(act))[1] for _ in range(rounds)]) * 1000


async def spent(act: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds of an act, and the seconds that this process and the embedded database compute meanwhile."""
    computed, started = computing_seconds(), perf_counter()
    await act()
    return perf_counter() - started, computing_seconds() - computed


def computing_seconds() -> float:
    """Of this process, and of the embedded database's that serve the database of the open pool."""
    name = str(db.engine().config["database"]).encode()
    server = (devdb.data_folder() / "postmaster.pid").read_text().split()[0]
    nanoseconds = 0
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        with suppress(OSError):  # it has ended
            if name in Path(f"/proc/{child}/cmdline").read_bytes():
                nanoseconds += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
    return process_time() + nanoseconds / 1e9


@contextmanager
def asked() -> Iterator[list[str]]:
    """Every question to the database while it is open, without what only frames a transaction."""
    questions: list[str] = []
    kept = asyncpg.Connection._execute, asyncpg.Connection.execute

    async def noted(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        questions.append(query)
        return await kept[0](self, query, *args, **kwargs)

    async def noted_execute(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        # with values it goes through _execute
        if not args and not FRAME.match(query):
            questions.append(query)
        return await kept[1](self, query, *args, **kwargs)

    asyncpg.Connection._execute, asyncpg.Connection.execute = noted, noted_execute
    try:
        yield questions
    finally:
        asyncpg.Connection._execute, asyncpg.Connection.execute = kept


async def page(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    """A page that has to come. Somebody with a session of his own is never answered by a kept page."""
    headers = {} if "sid" in browser.cookies else {"cookie": "sid=nobody"}
    answer = await browser.get(path, headers=headers)
    answer.raise_for_status()
    return answer


async def page_figure(browser: httpx.AsyncClient, name: str, path: str, floor: float, target: float) -> Figure:
    """A page's time and questions beside a bare query of the same run, both in milliseconds."""
    with asked() as questions:
        first = await spent(lambda: page(browser, path))
    size = len((await page(browser, path)).content)
    rounds = ROUNDS if first[0] < LONG else 1  # nobody waits for the median of what takes a minute
    value = await milliseconds(lambda: page(browser, path), rounds)
    computed = round(await processor_milliseconds(lambda: page(browser, path), rounds), 1)
    return {
        **figure(name, value, floor, target), "processor": computed, "questions": len(questions),
        "kilobytes": round(size / 1000),
    }  # fmt: skip


def figure(name: str, value: float, floor: float, target: float, unit: str = "ms") -> Figure:
    """A figure that is met where it is at most the target."""
    return {
        "name": name, "value": round(value, 2), "floor": round(floor, 2), "ratio": round(value / floor, 3),
        "target": target, "met": value <= target, "unit": unit,
    }  # fmt: skip


def show(figures: list[Figure]) -> None:
    """The table of these figures."""
    print(f"{'':40}{'value':>10}{'floor':>10}{'ratio':>8}{'aim':>10}{'':>8}{'processor':>10}{'questions':>10}")
    for each in figures:
        print(
            f"{each['name']!s:40}{each['value']:>10}{each['floor']:>10}{each['ratio']:>8}{each['target']:>10}"
            f"{'met' if each['met'] else 'missed':>8}{each.get('processor', ''):>10}{each.get('questions', ''):>10}",
            flush=True,
        )  # fmt: skip


def alone(measure: Callable[[int], Awaitable[list[Figure]]], usual: int, argv: list[str]) -> int:
    """Measure one of them by itself, with its size as the only argument; the last line is JSON."""
    size = int(argv[0]) if argv else usual
    print(json.dumps(asyncio.run(measure(size))))  # type: ignore[arg-type]
    return 0
