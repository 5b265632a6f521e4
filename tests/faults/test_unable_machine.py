"""A real web process on a machine that cannot: full disks, taken connections, slow browsers, a clock that jumps.

Each is said in words within a bound, leaves nothing half-written, and is over by itself when its cause is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.app import LONGEST_WAIT
from marketplace.gateways.files import FolderStore
from marketplace.kernel import clock, devdb
from marketplace.kernel.db import fetchval
from marketplace.kernel.devdb import _give_to_server
from marketplace.kernel.unable import BUSY, FULL
from tests.builders_vendors import PDF, a_provider
from tests.cast import actor, enter_cast, office
from tests.faults.sealing_county import NAME, County, sealing_county
from tests.pages import send, sign_in, token, words

pytestmark = pytest.mark.faults

PAPER = PDF + b"\n%" + b"x" * 700_000 + b"\n%%EOF\n"
SLOW = 500
SLOW_READERS = 200
LONG_PAPER = PDF + b"\n%" + b"x" * 12_000_000 + b"\n%%EOF\n"  # more than the buffers of a line take


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of its own of a few megabytes; skips loudly where this machine may not mount one."""
    place = Path(tempfile.mkdtemp(prefix="marketplace-small-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here, so a full one is not tried: {made.stderr}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(place, ignore_errors=True)


def fill(place: Path, leave: int = 0) -> Path:
    """Fill a disk, but for so many bytes."""
    filler = place / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        free = shutil.disk_usage(place).free - leave
        for _ in range(max(0, free // 4096)):
            file.write(bytes(4096))
    return filler


@dataclass
class Machine(County):
    """One web process whose documents lie on a small disk and whose clock can be moved."""

    disk: Path = Path()

    def start_web(self, number: int) -> None:
        """Start it; nothing but this process sees another clock."""
        before = dict(os.environ)
        os.environ |= {"DOCUMENTS_FOLDER": str(self.disk), "LD_PRELOAD": self.shim(), "JUMP_FILE": str(self.jump)}
        try:
            super().start_web(number)
        finally:
            os.environ.clear()
            os.environ |= before

    @property
    def jump(self) -> Path:
        """Says by how many seconds the clock is moved."""
        return self.folder / "jump"

    def shim(self) -> str:
        """The library that moves it; nothing where it cannot be made."""
        made = self.folder / "jumping_clock.so"
        if shutil.which("cc") and not made.exists():
            source = Path(__file__).with_name("jumping_clock.c")
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
        return str(made) if made.exists() else ""


@pytest_asyncio.fixture(scope="module")
async def machine() -> AsyncIterator[Machine]:
    """A county on a machine with a small disk for documents."""
    with small_disk(4) as place:
        async with sealing_county(0, webs=1, kind=partial(Machine, disk=place)) as county:  # type: ignore[arg-type]
            now = await clock.CountyClock().now()
            await enter_cast(now)
            await a_provider(now)
            yield county


def browser_of(machine: Machine, address: str = "10.0.0.1") -> httpx.AsyncClient:
    """A browser somewhere in the county."""
    headers = {"x-forwarded-for": address}
    return httpx.AsyncClient(base_url=machine.webs[0].address, timeout=60, headers=headers)


async def tell(browser: httpx.AsyncClient) -> httpx.Response:
    """Tell a town of somebody who needs help: a page that writes one row."""
    tip = {"town": str(await office("zhaozhen")), "village": "三江村", "about": "other", "told": "婆婆摔伤了。" * 40}
    return await send(browser, "/need-help", tip)


async def bounded(browser: httpx.AsyncClient, path: str = "/listings") -> tuple[float, httpx.Response]:
    """A page, and how long it took."""
    began = time.monotonic()
    answer = await browser.get(path)
    return time.monotonic() - began, answer


async def test_documents_on_a_full_disk(machine: Machine) -> None:
    async def hand_in() -> httpx.Response:
        typed = {"kind": "registration", "valid_until": "2030-12-31"}
        return await send(browser, "/my-organisation/papers", typed, files={"file": ("证书.pdf", PAPER)})

    async with browser_of(machine) as browser:
        await sign_in(browser, "hemei")
        filler = fill(machine.disk, leave=300_000)
        full = await hand_in()
        assert full.status_code == 507 and FULL in words(full.text), words(full.text)
        assert not list(machine.disk.rglob(".draft-*")), "nothing half-written"
        assert not await fetchval("SELECT count(*) FROM provider_paper")
        assert (await browser.get("/my-organisation/papers")).status_code == 200, "reading goes on"
        filler.unlink()
        again = await hand_in()
        assert again.status_code == 303, words(again.text)
        assert await fetchval("SELECT count(*) FROM provider_paper") == 1
        print("documents on a full disk: 507 in words, nothing left behind, kept when there was room")


async def test_a_database_on_a_full_disk(machine: Machine) -> None:
    with small_disk(2) as place:
        _give_to_server(place)
        connection = await asyncpg.connect(**devdb.dsn(NAME))
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            await connection.execute("ALTER TABLE lead SET TABLESPACE small")
            filler = fill(place)
            with pytest.raises(asyncpg.DiskFullError):  # PostgreSQL's own word
                while True:
                    await connection.execute(SMALL_ROW, await office("zhaozhen"))
            before = await connection.fetchval("SELECT count(*) FROM lead")
            audited = await connection.fetchval("SELECT count(*) FROM audit_entry")
            async with browser_of(machine) as browser:
                full = await tell(browser)
                assert full.status_code == 507 and FULL in words(full.text), words(full.text)
                assert await connection.fetchval("SELECT count(*) FROM lead") == before
                entries = await connection.fetchval("SELECT count(*) FROM audit_entry")
                assert entries == audited, "no entry without its act"
                assert (await browser.get("/listings")).status_code == 200
                filler.unlink()
                assert (await tell(browser)).status_code == 303
            assert await connection.fetchval("SELECT count(*) FROM lead") == before + 1
            assert await connection.fetchval("SELECT count(*) FROM audit_entry") == audited + 1
            print(f"a database on a full disk: 507 in words after {before} rows, kept when there was room")
        finally:
            await connection.execute("DELETE FROM lead WHERE reference LIKE 'X-%'")
            await connection.execute("ALTER TABLE lead SET TABLESPACE pg_default")
            await connection.execute("DROP TABLESPACE small")
            await connection.close()


# smaller than any row of the page, so that where this one finds no room the page finds none
SMALL_ROW = (
    "INSERT INTO lead (id, reference, town, village, channel, about, told, came_at)"
    " VALUES (gen_random_uuid(), 'X-' || gen_random_uuid(), $1, '村', 'public', 'other', '', now())"
)


async def test_all_connections_taken(machine: Machine) -> None:
    locking = await asyncpg.connect(**devdb.dsn(NAME))
    async with browser_of(machine) as browser:
        await token(browser)
        hold = locking.transaction()
        await hold.start()
        await locking.execute("LOCK TABLE lead IN ACCESS EXCLUSIVE MODE")
        before = await fetchval("SELECT count(*) FROM audit_entry")
        tellers = [browser_of(machine, f"10.0.1.{number}") for number in range(14)]
        try:
            waiting = [asyncio.create_task(tell(each)) for each in tellers]
            await asyncio.sleep(1)
            seconds, answer = await bounded(browser)
            assert answer.status_code == 503 and BUSY in words(answer.text), words(answer.text)[:300]
            assert seconds < LONGEST_WAIT + 2, seconds
            program = await browser.get("/api/listings")
            assert (program.status_code, program.json()["title"]) == (503, BUSY)
            await hold.rollback()
            told = [(await each).status_code for each in waiting]
            after, answer = await bounded(browser)
            assert answer.status_code == 200 and after < 2
        finally:
            for each in tellers:
                await each.aclose()
            await locking.close()
        assert set(told) <= {303, 503} and told.count(303) >= 8, told
        assert await fetchval("SELECT count(*) FROM audit_entry") == before + told.count(303), "each told once"
        print(f"all connections taken: 503 in words after {seconds:.1f} s, 200 in {after:.2f} s once they were free")


async def _trickle(port: int, begins: bytes, ends: asyncio.Event) -> None:
    """A browser that says one byte a second."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64)
        writer.write(begins)
        while not ends.is_set():
            writer.write(b"x")
            await asyncio.sleep(1)
        writer.transport.abort()
        del reader


def held(port: int) -> int:
    """Connections that the server has open on its port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(local.endswith(f":{port:04X}") and state == "01" for _, local, _, state, *_ in lines)


async def _served(machine: Machine, browser: httpx.AsyncClient, number: int) -> float:
    took, answer = await bounded(browser)
    assert answer.status_code == 200
    if number % 5 == 0:
        async with browser_of(machine, f"10.0.2.{number}") as another:
            assert (await tell(another)).status_code == 303
    return took


async def test_five_hundred_slow_connections(machine: Machine) -> None:
    port, ends = machine.webs[0].port, asyncio.Event()
    kinds = (
        b"GET /listings HTTP/1.1\r\nHost: county\r\nX-Slow: ",
        b"POST /sign-in HTTP/1.1\r\nHost: county\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 100000\r\n\r\nusername=",
    )
    async with browser_of(machine) as browser:
        quiet = [(await bounded(browser))[0] for _ in range(5)]
        slow = [asyncio.create_task(_trickle(port, kinds[n % len(kinds)], ends)) for n in range(SLOW)]
        await asyncio.sleep(8)  # longer than a server waits for the next request of a line it keeps
        try:
            assert held(port) >= SLOW, "the server holds every one of them"
            seconds = [await _served(machine, browser, number) for number in range(20)]
        finally:
            ends.set()
            await asyncio.gather(*slow)
        assert max(seconds) < 3, seconds
        print(
            f"{SLOW} slow connections: a page in {sorted(seconds)[10]:.3f} s (median), {max(seconds):.3f} s at most;"
            f" {sorted(quiet)[2]:.3f} s before"
        )


async def _sip(port: int, path: str, ends: asyncio.Event, got: list[int]) -> None:
    """A browser that asks for a file and takes one byte of it a second."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(sock, ("127.0.0.1", port))
        await loop.sock_sendall(sock, f"GET {path} HTTP/1.1\r\nHost: county\r\n\r\n".encode())
        while not ends.is_set():
            got.append(len(await loop.sock_recv(sock, 1)))
            await asyncio.sleep(1)
    finally:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found.group(1)) * 1024


async def test_two_hundred_readers_of_one_byte_a_second(machine: Machine, tmp_path: Path) -> None:
    port, pid, ends, got = machine.webs[0].port, machine.webs[0].process.pid, asyncio.Event(), list[int]()
    now = await clock.CountyClock().now()
    paper = NewDocument("长.pdf", LONG_PAPER, "public")
    document = await upload_document(paper, FolderStore(tmp_path), await actor("wang.min", now), now)
    key = await fetchval("SELECT storage_key FROM document WHERE id = $1", document)
    (machine.disk / key).parent.mkdir(exist_ok=True)
    (machine.disk / key).symlink_to(tmp_path / key)  # the machine's own disk is too small for it
    path = f"/documents/{document}"
    async with browser_of(machine) as browser:
        assert len((await browser.get(path)).content) == len(LONG_PAPER)
        quiet, before = [(await bounded(browser))[0] for _ in range(5)], memory(pid)
        slow = [asyncio.create_task(_sip(port, path, ends, got)) for _ in range(SLOW_READERS)]
        await asyncio.sleep(8)
        try:
            holds = held(port)
            assert holds >= SLOW_READERS, "the server holds every one of them"
            in_use = await fetchval("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
            seconds = [await _served(machine, browser, number) for number in range(20)]
            grown = memory(pid) - before
        finally:
            ends.set()
            await asyncio.gather(*slow)
        assert sum(got) >= SLOW_READERS, "each of them reads"
        assert in_use == 0, "who reads slowly holds no connection of the database"
        assert max(seconds) < 3, seconds
        assert grown < SLOW_READERS * 1_000_000, grown
        await asyncio.sleep(2)
        assert held(port) < 20, "they are gone when they have gone"
        print(
            f"{SLOW_READERS} slow readers of {len(LONG_PAPER) / 1e6:.0f} MB: {grown / 1e6:.0f} MB more memory; a page"
            f" in {sorted(seconds)[10]:.3f} s (median), {max(seconds):.3f} s at most; {sorted(quiet)[2]:.3f} s before"
        )


async def test_a_clock_that_jumps(machine: Machine) -> None:
    if not machine.shim():
        pytest.skip("no C compiler here, so a jumping clock is not tried")
    listing = await machine.publish(3600.0)
    async with browser_of(machine) as browser:
        await sign_in(browser, "hemei")
        for days in (2, -2, 400, -400, 0):
            machine.jump.write_text(str(days * 86400))
            await asyncio.sleep(2.5)
            page = await browser.get(f"/listings/{listing.reference}/lots/1/bid")
            assert page.status_code in (200, 303) and "/sign-in" not in page.headers.get("location", ""), days
            told = parsedate_to_datetime(page.headers["date"]) - datetime.now(UTC)
            assert abs(told - timedelta(days=days)) < timedelta(minutes=1), f"its own clock did jump: {told}"
            assert "已截止" not in words((await browser.get(f"/listings/{listing.reference}")).text), days
            async with browser_of(machine, f"10.0.3.{days % 200}") as another:
                assert (await tell(another)).status_code == 303
            apart = await fetchval("SELECT abs(extract(epoch FROM county_now() - max(came_at))) FROM lead")
            assert apart < 60, f"{days} days: written {apart} s apart from the county's time"
        await machine.close_in(-1.0)
        machine.jump.write_text(str(-2 * 86400))
        late = await browser.get(f"/listings/{listing.reference}/lots/1/sealing/first")
        assert "data-seal" not in late.text, "what has closed stays closed"
        machine.jump.unlink()
    print("a clock that jumps by 2 and 400 days: sessions, deadlines and what is written follow the database")
