"""`make bench-large`, or alone: what two web processes and the worker take beside a filled county, at rest and at most.

They are started as a county starts them, every kind of page is asked several times by visitors and by people signed
in, and after that their proportional set sizes are added up.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import httpx

from marketplace.kernel import devdb
from tests.benchmarks.bench_command import ROOT, free_port
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, figure, show
from tests.benchmarks.parts import in_a_county
from tests.pages import sign_in

MOST_MEGABYTES, ROUNDS, SETTLED = 600.0, 5, 20  # seconds
PUBLIC = (
    "/", "/listings", "/listings?q=服务", "/listings?q=心理&page=40", "/providers", "/providers?q=康&page=300",
    "/notices", "/contracts", "/payments", "/subsidies", "/rules", "/plans", "/catalogue",
)  # fmt: skip
SIGNED_IN = {
    "liu.fang": ("/work", "/subsidies/runs", "/workers"),
    "chen.jing": ("/work", "/contracts", "/contracts/{reference}", "/contracts/{reference}/hours"),
    "sun.yue": ("/work", "/payments", "/budget"),
    "tang.yi": ("/work", "/visits", "/visits?month=2027-03"),
}


async def memory_figures(county: County) -> list[Figure]:
    """Megabytes of the site's own processes, and with those of the database."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        told = {
            **os.environ, "MARKETPLACE_DATABASE": county.database, "PORT": str(port),
            "PGEMBED_DATA": str(devdb.data_folder()), "MARKETPLACE_DEMO": "1",
        }  # fmt: skip
        with open(Path(folder) / "site.log", "wb") as log:  # noqa: ASYNC230
            site = subprocess.Popen(
                [sys.executable, "-P", "-m", "marketplace.cli", "serve", "--no-fill"], cwd=ROOT, env=told, stdout=log,
                stderr=log,
            )  # fmt: skip
        try:
            began = perf_counter()
            await _first_page(port)
            print(f"the front page came after {perf_counter() - began:.1f} s", flush=True)
            answered = await _ask(county, port)
            await asyncio.sleep(SETTLED)
            own = {pid: _name(pid) for pid in _tree(site.pid)}
            sizes = {pid: _megabytes(pid, "smaps_rollup", "Pss:") for pid in own}
            for pid, name in own.items():
                at_most = _megabytes(pid, "status", "VmHWM:")
                print(f"{name:24}{sizes[pid]:8.0f} MB, resident at most {at_most:8.0f} MB", flush=True)
            server = int((devdb.data_folder() / "postmaster.pid").read_text().split()[0])
            database = sum(_megabytes(pid, "smaps_rollup", "Pss:") for pid in _tree(server))
        finally:
            site.terminate()
            await asyncio.to_thread(site.wait, 60)
    print(f"{answered} pages answered; database {database:.0f} MB")
    whole = sum(sizes.values())
    figures = [
        figure("two web processes and the worker", whole, database, MOST_MEGABYTES, "MB"),
        figure("the same with the database", whole + database, database, 2 * MOST_MEGABYTES, "MB"),
    ]
    show(figures)
    return figures


async def _first_page(port: int) -> None:
    """Ask once it listens, and wait: who goes away and asks again makes the county begin anew."""
    async with httpx.AsyncClient(timeout=600) as browser:
        while True:
            try:
                (await browser.get(f"http://127.0.0.1:{port}/")).raise_for_status()
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.2)


async def _ask(county: County, port: int) -> int:
    address, answered = f"http://127.0.0.1:{port}", 0
    asking = {"": PUBLIC, **SIGNED_IN}
    for reader, paths in asking.items():
        async with httpx.AsyncClient(base_url=address, timeout=600) as browser:
            if reader:
                await sign_in(browser, reader)
            else:
                browser.cookies.set("sid", "nobody")
            for path in paths * ROUNDS:  # both web processes come to know every page
                answer = await browser.get(path.format(reference=county.world.reference))
                answered += answer.status_code == 200
    return answered


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return " ".join(word for word in words[3:] if word)[:24]


def _megabytes(pid: int, file: str, field: str) -> float:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1000
    return 0.0


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(memory_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
