"""A county with a PostgreSQL and web processes of its own that may be killed, and bidders who seal over HTTP.

A bidder does what the browser does: begins an upload, sends the pieces, fetches the file back and compares it, enters
it; after a broken line it asks the page which of its bids stands and goes on, at the other process.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import mmap
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from marketplace.gateways.file_types import MEGABYTE
from marketplace.kernel import clock, db, devdb, sealing
from marketplace.kernel.private_columns import column_keys
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider, some_contents
from tests.conftest import ROOT, make_database
from tests.pages import sign_in, token
from vendors.bids.contents import WITH_PAPERS, pack
from vendors.bids.papers import Attachment
from vendors.bids.queries import SealTerms, seal_terms
from vendors.sealing.rules import CHUNK

PATIENCE = 60.0
LONGEST_START = 240.0  # seconds until a web process answers, also on a busy machine
NAME = "sealing_faults"


class TooLate(Exception):
    """The service said that the deadline has passed."""


@dataclass
class Web:
    """A web process on a port."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Told:
    """What the service told a bidder it had sealed."""

    receipt: str
    sha256: str
    provider: Any
    seconds: float


@dataclass
class Bidder:
    """A provider's browser, signed in at both processes with one session."""

    provider: AProvider
    browser: httpx.AsyncClient
    replaces: str = ""
    tries: int = 1  # for each request, before the whole upload is begun again
    broken: int = 0
    late: int = 0


@dataclass
class County:
    """Web processes, a database and folders of their own."""

    folder: Path
    webs: list[Web] = field(default_factory=list)
    bidders: list[Bidder] = field(default_factory=list)
    listing: Published | None = None
    terms: dict[Any, SealTerms] = field(default_factory=dict)

    def start_web(self, number: int) -> None:
        """Start (again) the web process with this number."""
        port = self.webs[number].port if number < len(self.webs) else free_port()
        command = [sys.executable, "-m", "uvicorn", "marketplace.asgi:app", "--port", str(port), "--no-access-log"]
        environment = {**os.environ, "MARKETPLACE_DATABASE": NAME}
        with open(self.folder / f"web{number}.log", "ab") as log:
            process = subprocess.Popen(
                [*command, "--log-level", "error"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.webs[number : number + 1] = [Web(port, process)]

    def kill_web(self, number: int) -> None:
        """End a web process as a power cut would."""
        self.webs[number].process.send_signal(signal.SIGKILL)
        self.webs[number].process.wait()

    async def answers(self, number: int) -> None:
        """Wait until a web process answers from the database."""
        async with httpx.AsyncClient(base_url=self.webs[number].address, timeout=5) as browser:
            ends = time.monotonic() + LONGEST_START
            while time.monotonic() < ends:
                with contextlib.suppress(httpx.TransportError):
                    if (await browser.get("/listings")).status_code == 200:
                        return
                await asyncio.sleep(0.1)
        raise AssertionError(f"web process {number} does not answer: {(self.folder / f'web{number}.log').read_text()}")

    async def publish(self, seconds_left: float) -> Published:
        """A new listing that closes in so many seconds; openers have fresh keys."""
        listing = await a_published_listing(await clock.CountyClock().now())
        self.listing = listing
        await self.close_in(seconds_left)
        for bidder in self.bidders:
            bidder.replaces = ""
            provider = bidder.provider.id
            self.terms[provider] = await seal_terms(listing.lots[0]["id"], provider, "first")
        return listing

    async def close_in(self, seconds_left: float) -> None:
        """Let the listing's deadline come in so many seconds."""
        assert self.listing is not None
        async with db.engine().pool.acquire() as connection, connection.transaction():
            # a published deadline moves only with a version; here the time until it is cut short instead
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(
                "UPDATE listing SET closes_at = county_now() + $2::interval WHERE id = $1",
                self.listing.id, timedelta(seconds=seconds_left),
            )  # fmt: skip

    async def container(self, bidder: Bidder, size: int = 0) -> bytes:
        """A bid of its own, different every time, with a paper of this many bytes."""
        terms = self.terms[bidder.provider.id]
        papers = [Attachment("方案.txt", secrets.token_hex(size // 2).encode())] if size else []
        contents = replace(some_contents(text=secrets.token_hex(16)), attachments=papers)
        return await asyncio.to_thread(
            sealing.seal, pack(contents), terms.openers, terms.needed, terms.place, sealing.new_identity()[1],
            {WITH_PAPERS: [each.content for each in papers if isinstance(each.content, bytes)]},
        )  # fmt: skip

    async def container_file(self, bidder: Bidder, papers: int, megabytes: int) -> mmap.mmap:
        """A bid with so many papers of so many megabytes, in a file and not in memory."""
        return await asyncio.to_thread(self._container_file, self.terms[bidder.provider.id], papers, megabytes)

    def _container_file(self, terms: SealTerms, papers: int, megabytes: int) -> mmap.mmap:
        def paper(seed: bytes) -> bytes:
            return b"%PDF-1.7\n" + seed * (megabytes - 1) + b"\n%%EOF\n"

        seeds = [secrets.token_bytes(MEGABYTE) for _ in range(papers)]
        listed = [Attachment(f"方案{number}.pdf", paper(seed)) for number, seed in enumerate(seeds)]
        parts = pack(replace(some_contents(text=secrets.token_hex(16)), attachments=listed))
        del listed
        with (self.folder / f"{secrets.token_hex(8)}.tar").open("w+b") as file:
            own = sealing.new_identity()[1]
            sealer = sealing.Sealer(file, parts, terms.openers, terms.needed, terms.place, own)
            for seed in seeds:
                content = paper(seed)
                sealer.add_raw(WITH_PAPERS, io.BytesIO(content), len(content))
            sealer.end()
            file.flush()
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    async def upload(self, bidder: Bidder, web: Web, sealed: bytes | mmap.mmap) -> str:
        """Send the pieces that are not there yet and compare what arrived; gives the upload."""
        assert self.listing is not None
        page = f"{web.address}/listings/{self.listing.reference}/lots/1/sealing/first"
        said = json.dumps({"sha256": hashlib.sha256(sealed).hexdigest(), "size": len(sealed)})
        begun = (await self._post(bidder, f"{page}/uploads", said.encode())).json()
        for number in range(-(-len(sealed) // CHUNK)):
            if number not in begun["received"]:
                piece = sealed[number * CHUNK : (number + 1) * CHUNK]
                await self._post(bidder, f"{web.address}/sealed-uploads/{begun['upload']}/{number}", piece)
        for number in range(-(-len(sealed) // CHUNK)):
            back = await self._ask(bidder, "GET", f"{web.address}/sealed-uploads/{begun['upload']}/{number}")
            assert back.content == sealed[number * CHUNK : (number + 1) * CHUNK]
        return str(begun["upload"])

    async def enter(self, bidder: Bidder, web: Web, upload: str, sealed: bytes | mmap.mmap) -> Told:
        """Enter a whole upload; told means sealed."""
        started = asyncio.get_running_loop().time()
        path = f"{web.address}/sealed-uploads/{upload}/seal?replaces={bidder.replaces}"
        receipt = str((await self._post(bidder, path)).json()["receipt"])
        bidder.replaces = receipt
        seconds = asyncio.get_running_loop().time() - started
        return Told(receipt, hashlib.sha256(sealed).hexdigest(), bidder.provider.id, seconds)

    async def ask_what_stands(self, bidder: Bidder, web: Web) -> None:
        """Which bid the page offers to replace: after a broken line nobody knows whether it was entered."""
        assert self.listing is not None
        page = await bidder.browser.get(f"{web.address}/listings/{self.listing.reference}/lots/1/sealing/first")
        _check(page)
        found = re.search(r'data-replaces="([^"]*)"', page.text)
        if found is None:
            raise TooLate
        bidder.replaces = found.group(1)

    async def _post(self, bidder: Bidder, address: str, body: bytes = b"") -> httpx.Response:
        return await self._ask(bidder, "POST", address, body)

    async def _ask(self, bidder: Bidder, method: str, address: str, body: bytes = b"") -> httpx.Response:
        headers = {"x-csrftoken": bidder.browser.cookies["csrf"], "accept": "application/json"}
        for left in reversed(range(bidder.tries)):
            try:
                answer = await bidder.browser.request(method, address, content=body, headers=headers)
                _check(answer)
                break
            except httpx.TransportError:
                if not left:
                    raise
                bidder.broken += 1
        return answer


def _check(answer: httpx.Response) -> None:
    """Raises TooLate, or TransportError for an answer that a browser would try again after."""
    if answer.status_code == 409 and "截止" in answer.text:
        raise TooLate
    if answer.status_code == 409 or answer.status_code >= 500 or answer.status_code == 401:
        raise httpx.RemoteProtocolError(f"{answer.status_code}")
    assert answer.status_code < 300, (answer.status_code, answer.text[:500])


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def kill_database() -> None:
    """End PostgreSQL as a power cut would: its first process is gone, the others follow."""
    os.kill(int((devdb.data_folder() / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


async def fresh_pool() -> None:
    """Connections of the test's own to a database that may have been killed under the earlier ones."""
    db.engine().pool = await asyncpg.create_pool(**devdb.dsn(NAME), min_size=0, max_size=4)


@asynccontextmanager
async def sealing_county(bidders: int, webs: int = 2, kind: type[County] = County) -> AsyncIterator[Any]:
    """Everything of its own, removed afterwards; the migrated template database is kept for the next time."""
    before = dict(os.environ)
    folder = ROOT / "var" / "faults"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ |= {"PGEMBED_DATA": str(ROOT / "var" / "pg-faults"), "MARKETPLACE_VAR": str(folder)}
    column_keys.cache_clear()  # each county has keys of its own
    real = db.engine().pool
    await make_database(NAME)
    await fresh_pool()
    county = kind(folder)
    try:
        await clock.found_installation(is_demo=True)
        now = await clock.CountyClock().now()
        for number in range(webs):
            county.start_web(number)
        for number in range(webs):
            await county.answers(number)
        for number in range(bidders):
            county.bidders.append(await a_bidder(county, number, now))
        yield county
    except BaseException:
        for log in sorted(folder.glob("*.log")):
            print(f"{log.name}: …{log.read_text(errors='replace')[-6000:]}", flush=True)
        raise
    finally:
        for bidder in county.bidders:
            await bidder.browser.aclose()
        for web in county.webs:
            web.process.terminate()
            web.process.wait(PATIENCE)
        db.engine().pool.terminate()
        db.engine().pool = real
        devdb.stop()
        os.environ.clear()
        os.environ |= before
        column_keys.cache_clear()
        shutil.rmtree(folder, ignore_errors=True)


async def a_bidder(county: County, number: int, now: Any) -> Bidder:
    provider = await a_provider(now, f"第{number}社会工作服务中心", username=f"bidder{number}")
    browser = httpx.AsyncClient(base_url=county.webs[0].address, timeout=PATIENCE)
    await sign_in(browser, provider.username)
    await token(browser)
    return Bidder(provider, browser)
