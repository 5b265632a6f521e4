"""Recovery to a moment: a base copy and the archived WAL bring the county back to just before a mistake.

The lines of configuration and the steps are those of docs/operations.md, on a server and folders of its own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, make_or_load_key
from marketplace.kernel import clock, db, devdb
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.devdb import _give_to_server, _run
from marketplace.kernel.settings import Settings
from tests.builders_catalogue import a_published_listing
from tests.cast import enter_cast
from tests.conftest import ROOT, make_database

pytestmark = pytest.mark.faults

NAME = "point_in_time"
LONGEST_RECOVERY = 120.0


@pytest.fixture
def places() -> Iterator[Path]:
    """A folder that the server may write to, for its archive and copies."""
    folder = Path(tempfile.mkdtemp(prefix="marketplace-pitr-"))
    for name in ("archive", "sockets"):
        (folder / name).mkdir(mode=0o700)
        _give_to_server(folder / name)
    _give_to_server(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def archiving_server(places: Path) -> AsyncIterator[dict[str, Any]]:
    """A server of its own that archives its WAL, with a migrated county in it."""
    before, real = dict(os.environ), db.engine().pool
    # keys and published heads of its own: what the recovered audit is proved by
    os.environ |= {"PGEMBED_DATA": str(ROOT / "var" / "pg-faults"), "MARKETPLACE_VAR": str(places / "var")}
    for name in ("KEYS_FOLDER", "DOCUMENTS_FOLDER"):
        os.environ.pop(name, None)
    settings = {
        "archive_mode": "on", "archive_timeout": "60",
        "archive_command": f"test ! -f {places}/archive/%f && cp %p {places}/archive/%f",
    }  # fmt: skip
    try:
        address = await make_database(NAME)
        server = await asyncpg.connect(**{**address, "database": "postgres"})
        for name, value in settings.items():
            await server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await server.close()
        await asyncio.to_thread(devdb.stop)
        await asyncio.to_thread(devdb.ensure, NAME)
        db.engine().pool = await asyncpg.create_pool(**address, min_size=0, max_size=4)
        yield address
    finally:
        if db.engine().pool is not real:
            db.engine().pool.terminate()
        db.engine().pool = real
        server = await asyncpg.connect(**{**devdb.dsn("postgres")})
        for name in settings:
            await server.execute(f"ALTER SYSTEM RESET {name}")
        await server.close()
        await asyncio.to_thread(devdb.stop)
        os.environ.clear()
        os.environ |= before


def copy_base(places: Path) -> None:
    """The nightly base copy: pg_basebackup, which the WAL brings forward."""
    source = ("-h", devdb.dsn()["host"], "-U", devdb.USER)
    code, said = _run(
        devdb.programs() / "pg_basebackup", *source, "-D", places / "base", "-X", "none", "--checkpoint=fast",
        timeout=300,
    )  # fmt: skip
    assert code == 0, said


def recover_to(moment: str, places: Path) -> float:
    """Bring the base copy forward to a moment on a server of its own; gives the seconds it took."""
    began = time.monotonic()
    restored = places / "base"
    with open(restored / "postgresql.auto.conf", "a") as file:
        file.write(
            f"restore_command = 'cp {places}/archive/%f %p'\nrecovery_target_time = '{moment}'\n"
            "recovery_target_action = 'promote'\narchive_mode = 'off'\n"
        )
    (restored / "recovery.signal").touch()
    _give_to_server(restored / "recovery.signal")
    served = f"-k {places}/sockets -c listen_addresses=''"
    _run(
        devdb.programs() / "pg_ctl", "-D", restored, "-w", "-t", "120", "-l", places / "sockets" / "log", "-o", served,
        "start", timeout=LONGEST_RECOVERY + 10,
    )  # fmt: skip
    reach = ("-h", places / "sockets", "-U", devdb.USER, "-d", NAME, "-Atc", "SELECT pg_is_in_recovery()")
    said = ""
    while time.monotonic() - began < LONGEST_RECOVERY:
        _, said = _run(devdb.programs() / "psql", *reach)
        if said.strip() == "f":
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError(f"not recovered: {said} {(places / 'sockets' / 'log').read_text()[-1500:]}")


async def test_a_county_comes_back_to_the_moment_before_a_mistake(places: Path) -> None:
    async with archiving_server(places) as address:
        await clock.found_installation(is_demo=True)
        now = await clock.CountyClock().now()
        await enter_cast(now)
        await asyncio.to_thread(copy_base, places)
        before = (await a_published_listing(now)).reference
        await sign_what_was_done()
        moment = str(await db.fetchval("SELECT clock_timestamp()"))
        await asyncio.sleep(1.1)
        after = (await a_published_listing(await clock.CountyClock().now())).reference
        await db.execute("DROP TABLE bid_draft CASCADE")
        began = time.monotonic()
        await db.execute("SELECT pg_switch_wal()")
        while not await db.fetchval("SELECT last_archived_time > $1::text::timestamptz FROM pg_stat_archiver", moment):
            assert time.monotonic() - began < 60, "the WAL was not archived"
            await asyncio.sleep(0.1)
        seconds = await asyncio.to_thread(recover_to, moment, places)
        try:
            found = await asyncpg.connect(host=str(places / "sockets"), user=address["user"], database=NAME)
            kept = {row["reference"] for row in await found.fetch("SELECT reference FROM listing")}
            assert before in kept and after not in kept
            assert await found.fetchval("SELECT to_regclass('bid_draft') IS NOT NULL")
            assert await found.fetchval("SELECT count(*) FROM audit_entry WHERE subject_id <> ''") > 0
            await found.close()
            await asyncio.to_thread(audit_is_whole, places)
        finally:
            _run(devdb.programs() / "pg_ctl", "-D", places / "base", "-m", "immediate", "stop")
    print(f"recovered to {moment} in {seconds:.1f} s; at most 60 s of work are not archived yet (archive_timeout)")


async def sign_what_was_done() -> None:
    """What the worker does all the time: the audit is linked, and its heads are signed and published."""
    settings = Settings.from_environment()
    key = make_or_load_key(settings.keys_folder / AUDIT_KEY)
    while await link_committed():
        pass
    now = await clock.CountyClock().now()
    assert await sign_heads(open_heads_log(settings), key, key.public.fingerprint, now) > 0


def audit_is_whole(places: Path) -> None:
    """`marketplace verify chain` on the recovered county."""
    told = {**os.environ, "DATABASE_URL": f"postgresql://{devdb.USER}@/{NAME}?host={places}/sockets"}
    command = [sys.executable, "-P", "-m", "marketplace.cli", "verify", "chain"]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
