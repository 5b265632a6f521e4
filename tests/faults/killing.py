"""Who kills, who presses meanwhile, and what has to be true afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from evaluations.bundles.verify import verify
from marketplace.kernel import db, devdb
from tests.conftest import ROOT
from tests.faults.forked import Forge, Forked
from tests.faults.sealing_county import NAME, County, Web, free_port, fresh_pool, kill_database
from tests.pages import sign_in, token, words

LONGEST_WAIT = 240.0  # seconds until an act must have happened, whatever is killed meanwhile
MOST_IN_A_ROW = 6  # kills without an act getting through: on a slow machine nothing would ever happen otherwise
# what a question may meet whose database is killed while it is asked
LOST = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,
)  # fmt: skip
VICTIMS = {"web": 8, "worker": 4, "database": 3, "connection": 5}  # how often each, of twenty


@dataclass
class KilledCounty(County):
    """A county whose web processes and worker are forked and therefore back at once."""

    forge: Forge | None = None
    worker: Forked | None = None

    def start_web(self, number: int) -> None:
        """Start (again) the web process with this number."""
        port = self.webs[number].port if number < len(self.webs) else free_port()
        self.webs[number : number + 1] = [Web(port, self._forge().new(f"web {port}"))]  # type: ignore[arg-type]

    def start_worker(self) -> None:
        """Start (again) the worker."""
        self.worker = self._forge().new("worker")

    def end(self) -> None:
        """End worker and web processes; to be called before their database is stopped."""
        if self.forge is not None:
            self.forge.end()

    def _forge(self) -> Forge:
        if self.forge is None:
            environment = {**os.environ, "MARKETPLACE_DATABASE": NAME, "STEP_UP_MINUTES": "600"}
            self.forge = Forge(environment, self.folder / "forked.log")
        return self.forge


@dataclass(frozen=True)
class Press:
    """One button of one person, and the question that tells how often what it does has happened."""

    who: str
    path: str
    happened: str
    about: tuple[Any, ...]
    data: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] | None = None
    body: Any = None  # sent as JSON instead of a form


# what one person after the other presses; a later button may need to know what an earlier one made
Chain = Sequence[Press | Callable[[], Awaitable[Press]]]


@dataclass
class Told:
    """What happened in a rush, counted by the clients."""

    acknowledged: list[Press] = field(default_factory=list)
    unheard: list[Press] = field(default_factory=list)  # happened, and the answer was lost
    broken: int = 0


async def ask(question: str, *about: Any) -> Any:
    """A value from the database, however often it is killed meanwhile."""
    ends = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            connection = await asyncpg.connect(**devdb.dsn(NAME), timeout=5)
            try:
                return await connection.fetchval(question, *about)
            finally:
                connection.terminate()
        except LOST:
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.05)


class Killer:
    """Kills a victim drawn by the seed as soon as the service answers, while people press."""

    def __init__(self, county: KilledCounty, chance: random.Random, happened: Callable[[], int]) -> None:
        self.county, self.chance, self.happened = county, chance, happened
        self.kills: Counter[str] = Counter()
        self.seconds: list[float] = []  # from each kill until the service answered
        self.may_press = asyncio.Semaphore(0)
        self.everybody_is_done = False
        self._in_a_row, self._seen = 0, 0

    async def _let_one_through(self) -> None:
        """After many kills in a row nobody is killed until an act has happened."""
        if self.happened() > self._seen:
            self._in_a_row, self._seen = 0, self.happened()
        self._in_a_row += 1
        while self._in_a_row > MOST_IN_A_ROW:
            if self.everybody_is_done or self.happened() > self._seen:
                break
            await asyncio.sleep(0.02)

    async def kill_often(self, kills: int, span: float) -> None:
        """Let a few press, kill within `span` seconds, wait until the service answers by itself, again."""
        for _ in range(kills):
            await self._let_one_through()
            if self.everybody_is_done:
                break
            for _ in range(self.chance.randint(1, 3)):
                self.may_press.release()
            await asyncio.sleep(self.chance.uniform(0, span))
            began = time.monotonic()
            await self._kill_one()
            await self.answers()
            self.seconds.append(time.monotonic() - began)
        for _ in range(10_000):
            self.may_press.release()

    async def _kill_one(self) -> None:
        victim = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        self.kills[victim] += 1
        if victim == "web":
            number = self.chance.randrange(len(self.county.webs))
            self.county.kill_web(number)
            self.county.start_web(number)
        elif victim == "worker":
            assert self.county.worker is not None
            self.county.worker.send_signal(signal.SIGKILL)
            self.county.worker.wait()
            self.county.start_worker()
        elif victim == "database":
            kill_database()
            await asyncio.to_thread(devdb.ensure, "postgres")
        else:
            # one of PostgreSQL's own processes: its first one ends all others and recovers
            if pid := _a_process_of_the_database(self.chance):
                os.kill(pid, signal.SIGKILL)

    async def answers(self) -> None:
        """Wait until every web process answers a page from the database."""
        ends = time.monotonic() + LONGEST_WAIT
        async with httpx.AsyncClient(timeout=5) as browser:
            for web in self.county.webs:
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        if (await browser.get(f"{web.address}/healthz")).status_code == 200:
                            break
                    if time.monotonic() > ends:
                        log = (self.county.folder / "forked.log").read_text()[-3000:]
                        raise AssertionError(f"{web.address} does not answer again: {log}")
                    await asyncio.sleep(0.02)


def _a_process_of_the_database(chance: random.Random) -> int | None:
    first = (devdb.data_folder() / "postmaster.pid").read_text().split()[0]
    found = []
    for stat in sorted(Path("/proc").glob("[0-9]*/stat")):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == first:
                found.append(int(stat.parent.name))
    return chance.choice(found) if found else None


class Crowd:
    """Browsers of the people who press, each signed in with one session at all web processes."""

    def __init__(self, county: KilledCounty, chance: random.Random) -> None:
        self.county, self.chance = county, chance
        self.browsers: dict[str, httpx.AsyncClient] = {}

    async def enter(self, who: str) -> None:
        """Sign in, once."""
        if who not in self.browsers:
            browser = httpx.AsyncClient(base_url=self.county.webs[0].address, timeout=30)
            await sign_in(browser, who)
            await token(browser)
            self.browsers[who] = browser

    async def leave(self) -> None:
        """Close every browser."""
        for browser in self.browsers.values():
            await browser.aclose()

    async def press(self, press: Press, told: Told) -> None:
        """Press until it has happened: after a broken line look whether it has, and press again only if not."""
        ends, is_sure = time.monotonic() + LONGEST_WAIT, True
        while time.monotonic() < ends:
            try:
                answer = await self._send(press)
            except httpx.TransportError:
                told.broken += 1
                is_sure = False
            else:
                if '"is_recorded":false' in answer.text:
                    raise AssertionError(f"{press.path}: {answer.text[:600]}")
                if answer.status_code in (200, 303) and "/sign-in" not in answer.headers.get("location", ""):
                    told.acknowledged.append(press)
                    return
                if answer.status_code < 500 and is_sure:
                    raise AssertionError(f"{press.path}: {answer.status_code} {words(answer.text)[:400]}")
                told.broken += answer.status_code >= 500
                is_sure = is_sure and answer.status_code < 500
            if not is_sure and await ask(press.happened, *press.about):
                told.unheard.append(press)
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{press.path} did not happen in {LONGEST_WAIT:.0f} s")

    async def _send(self, press: Press) -> httpx.Response:
        browser = self.browsers[press.who]
        address = self.chance.choice(self.county.webs).address + press.path
        guard = browser.cookies["csrf"]
        if press.body is not None:
            return await browser.post(address, json=press.body, headers={"x-csrftoken": guard})
        return await browser.post(address, data={**press.data, "_csrf_token": guard}, files=press.files)


async def rush(
    county: KilledCounty, chains: Sequence[Chain], kills: int, chance: random.Random, span: float = 0.3
) -> tuple[Told, Killer]:
    """Six people press their chains while somebody kills; all of it has happened exactly once when this returns."""
    told, crowd = Told(), Crowd(county, random.Random(chance.random()))
    killer = Killer(county, chance, lambda: len(told.acknowledged) + len(told.unheard))
    waiting = list(reversed(chains))
    db.engine().pool.terminate()

    async def one_after_another() -> None:
        while waiting:
            for each in waiting.pop():
                press = each if isinstance(each, Press) else await each()
                await killer.may_press.acquire()
                await crowd.press(press, told)

    try:
        await fresh_pool()
        for who in sorted({each.who for chain in chains for each in chain if isinstance(each, Press)} | PAYING):
            await crowd.enter(who)
        db.engine().pool.terminate()
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(killer.kill_often(kills, span))
            pressing = [group.create_task(one_after_another()) for _ in range(6)]
            await asyncio.gather(*pressing)
            killer.everybody_is_done = True
            await killing
    finally:
        await crowd.leave()
        await fresh_pool()
    for press in (*told.acknowledged, *told.unheard):
        times = await ask(press.happened, *press.about)
        assert times == 1, f"{press.path} {press.about} happened {times} times"
    return told, killer


PAYING = {"zhao.lei", "sun.yue"}


async def verified(county: KilledCounty) -> None:
    """The worker catches up by itself, and the proofs of the chain and of the ledger hold."""
    ends = time.monotonic() + LONGEST_WAIT
    while await ask("SELECT count(*) FROM audit_entry WHERE position IS NULL"):
        assert time.monotonic() < ends, "entries of the audit stay unlinked"
        await asyncio.sleep(0.2)
    for what in ("chain", "ledger"):
        await asyncio.to_thread(_verify, what)


def _verify(*what: str) -> None:
    environment = {**os.environ, "MARKETPLACE_DATABASE": NAME}
    command = [sys.executable, "-P", "-m", "marketplace.cli", "verify", *what]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


async def bundles_verified(county: KilledCounty, references: Sequence[str]) -> None:
    """The public bundle of each announced award proves itself, as `verify bundle` does it."""
    async with httpx.AsyncClient(timeout=30) as browser:
        for reference in references:
            answer = await browser.get(f"{county.webs[0].address}/listings/{reference}/award/bundle.json")
            assert answer.status_code == 200, answer.text[:300]
            verdict = verify([answer.json()])
            assert verdict.holds, (reference, verdict)
