"""`make bench`: figures with a floor measured in the same run; the last line is JSON.

public_front_page, public_listing_page: answers per second of a kept page against the bare framework, one web process
each. The same with _made_anew: made for each who asks, against a bare page of the framework that asks the database
eight bare questions, as many as a page may; so is work_today, read by a buyer who is signed in.
sealing_commit: sealed bids entered per second against transactions with one bare INSERT of the same row.
scoring: seconds of the result of a lot of 200 bids, beside one bare sum of its marks.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parents[2]
SECONDS, PAGE_ROUNDS = 1.0, 7
ROUNDS, COMMITS = 9, 60
FILLED = "demo county: "


@dataclass(frozen=True)
class Figure:
    """A measured value, the floor of the same run, and what is aimed at (both in `unit` per second)."""

    name: str
    value: float
    floor: float
    ratio: float
    target: float
    met: bool


def figure(name: str, value: float, floor: float, target: float) -> Figure:
    """A figure with its ratio to the floor."""
    ratio = value / floor
    return Figure(name, round(value, 1), round(floor, 1), round(ratio, 3), target, ratio >= target)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(address: str, seconds: float, until: Callable[[bytes], bool] = bool) -> bytes:
    """The first answer that will do. Raises TimeoutError."""
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                body = answer.read()
                if until(body):
                    return bytes(body)
        except OSError:
            pass
        sleep(0.2)
    raise TimeoutError(address)


def wait_until_filled(log: Path, seconds: float) -> None:
    """Until nobody writes to the demo county any more: filling takes a whole core. Raises TimeoutError."""
    ends = perf_counter() + seconds
    while FILLED not in log.read_text(errors="replace"):
        if perf_counter() > ends:
            raise TimeoutError(f"the demo county was not filled in {seconds:.0f} seconds")
        sleep(0.5)
    sleep(3)


def measure_pages(folder: Path) -> list[Figure]:
    """The page of the demo county's first listing against the bare framework."""
    port, bare_port = free_port(), free_port()
    told = {**os.environ, "MARKETPLACE_VAR": str(folder / "var"), "PGEMBED_DATA": str(folder / "pg"), "PORT": str(port)}
    told.pop("DATABASE_URL", None)
    serve = [sys.executable, "-m", "marketplace.cli", "serve", "--web-processes", "1"]
    with (folder / "site.log").open("wb") as log:
        site = subprocess.Popen(serve, cwd=ROOT, env=told, stdout=log, stderr=subprocess.DEVNULL)
    bare = None
    try:
        wait_until_filled(folder / "site.log", 280)
        # its floor asks the same database
        bare = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "tests.benchmarks.bare_app:app", "--port", str(bare_port),
             "--no-access-log", "--loop", "uvloop", "--http", "httptools", "--log-level", "error"],
            cwd=ROOT, env=told,
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{bare_port}/", 30)
        listed = wait_for(f"http://127.0.0.1:{port}/listings", 10, lambda body: b"/listings/JT-" in body)
        path = "/listings/" + listed.split(b"/listings/JT-")[1].split(b'"')[0].join([b"JT-", b""]).decode()
        return asyncio.run(_page_figures(port, path, bare_port, _signed_in(told)))
    finally:
        for process in filter(None, (bare, site)):
            process.terminate()
            process.wait(30)


# a session as a sign-in leaves it, with the other cookie of a browser that was here before
_SIGN_IN = """
import asyncio, secrets, asyncpg, msgspec
from marketplace.accounts.sessions import hashed
from marketplace.kernel import devdb
async def main():
    line = await asyncpg.connect(**devdb.ensure("marketplace"))
    person = await line.fetchval("SELECT id FROM person WHERE username = 'wang.min'")
    name, data = secrets.token_urlsafe(32), msgspec.json.encode({"person": str(person), "second_factor": True})
    await line.execute("INSERT INTO web_session (id, person, data, expires_at, begun_at, browser) VALUES"
                       " ($1, $2, $3, clock_timestamp() + interval '1 hour', clock_timestamp(), '')",
                       hashed(name), person, data)
    print("sid=" + name + ";csrf=" + secrets.token_hex(32))
asyncio.run(main())
"""


def _signed_in(told: dict[str, str]) -> str:
    """The cookie of a buyer."""
    done = subprocess.run(
        [sys.executable, "-c", _SIGN_IN], cwd=ROOT, env=told, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


async def _page_figures(port: int, path: str, bare_port: int, cookie: str) -> list[Figure]:
    # a session of nobody is never answered by a kept page
    asking = (bare_port, "/asking", "")
    return [
        figure("public_front_page", *await _in_turns((port, "/", ""), (bare_port, "/", "")), 0.8),
        figure("public_listing_page", *await _in_turns((port, path, ""), (bare_port, "/", "")), 0.8),
        figure("public_listing_page_made_anew", *await _in_turns((port, path, "sid=nobody"), asking), 0.25),
        figure("public_front_page_made_anew", *await _in_turns((port, "/", "sid=nobody"), asking), 0.25),
        figure("work_today", *await _in_turns((port, "/work", cookie), asking), 0.2),
    ]


async def _in_turns(subject: tuple[int, str, str], bare: tuple[int, str, str]) -> tuple[float, float]:
    """Answers a second of both, in turns: what else the machine does meets both alike."""
    from tests.benchmarks.load import requests_per_second

    await requests_per_second(*subject[:2], 1.0, subject[2])
    await requests_per_second(*bare[:2], 1.0, bare[2])
    rounds = [
        (
            await requests_per_second(*subject[:2], SECONDS, subject[2]),
            await requests_per_second(*bare[:2], SECONDS, bare[2]),
        )
        for _ in range(PAGE_ROUNDS)
    ]
    value, floor = (median(each) for each in zip(*rounds, strict=True))
    return value, floor


def measure_scoring() -> dict[str, object]:
    """A lot of 200 bids by 30 criteria and seven members, in seconds: less is better."""
    # after the environment of the tests' own database is set
    from tests.benchmarks.scoring import scoring_figures

    return scoring_figures()[0]


async def measure_sealing() -> Figure:
    """Entering a sealed bid (deadline, receipt, audit, mail) against one bare INSERT; ciphertext made beforehand."""
    # after the environment of the tests' own database is set
    from tests.benchmarks import sealing

    async with sealing.a_listing_to_bid_for() as ready:
        value, floor = await _side_by_side(ready.enter, ready.bare_insert)
        return figure("sealing_commit", value, floor, 0.5)


async def _side_by_side(act: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]]) -> list[float]:
    """How often a second each can be done, measured in turns: what else the machine does meets both alike."""
    await _seconds(act, 20), await _seconds(bare, 20)
    rounds = [(await _seconds(act, COMMITS), await _seconds(bare, COMMITS)) for _ in range(ROUNDS)]
    return [COMMITS / median(times) for times in zip(*rounds, strict=True)]


async def _seconds(act: Callable[[], Awaitable[object]], times: int) -> float:
    started = perf_counter()
    for _ in range(times):
        await act()
    return perf_counter() - started


def main(argv: list[str]) -> int:
    """Measure and print; exit 0 when everything could be measured, met or not. `--large` measures the large county.

    Which county (`small`, `middle`, `large`) and which part of it may follow. `--standing` and `--export` measure other
    parts, with their size as one more; `--questions` counts what each page of the demo county asks the database.
    """
    if argv and argv[0] == "--large":
        # after the environment of the tests' own database is set
        from tests.benchmarks import large

        return large.main(argv[1:])
    if argv and argv[0] in ("--standing", "--questions", "--export"):
        # as above
        from tests.benchmarks import questions, record_export, standing

        parts = {"--standing": standing.main, "--questions": questions.main, "--export": record_export.main}
        return parts[argv[0]](argv[1:])
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        figures = [*measure_pages(folder), asyncio.run(measure_sealing())]
        scoring = measure_scoring()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{date.today()}  {'name':32}{'value/s':>12}{'floor/s':>12}{'ratio':>8}{'target':>8}")  # noqa: DTZ011
    for each in figures:
        print(f"            {each.name:32}{each.value:12}{each.floor:12}{each.ratio:8}{each.target:8}")
    in_seconds = f"{scoring['value']:12}{scoring['floor']:12}{scoring['ratio']:8}{scoring['target']:8} seconds"
    print(f"            {scoring['name']!s:32}{in_seconds}")
    print(json.dumps([*(asdict(each) for each in figures), scoring]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
