"""An earlier county's database moves on: by migrations, with old processes still writing, and to a newer PostgreSQL.

Each on servers and folders of its own. PostgreSQL 15 is looked for where Debian puts it; without it that part is
skipped loudly.
"""

from __future__ import annotations

import asyncio
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pyrage
import pytest

from marketplace.gateways.files import FolderStore
from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, make_or_load_key
from marketplace.kernel import clock, db, devdb
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.private_columns import column_keys
from marketplace.kernel.settings import Settings
from tests.builders_catalogue import a_published_listing
from tests.cast import enter_cast, office
from tests.conftest import ROOT
from tests.faults.sealing_county import free_port
from tests.pages import send, sign_in

pytestmark = pytest.mark.faults

EARLIER = "2026-11-26T23:59:59"  # the migrations that stood at the end of that day
PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
PAPER = b"%PDF-1.4 a paper"
TO_EARLIER = """
import asyncio, sys
from piccolo.apps.migrations.commands.forwards import run_forwards
async def main():
    for each in sys.argv[1:]:
        name, last = each.split("=")
        done = await run_forwards(app_name=name, migration_id=last)
        assert done.success, done.message
asyncio.run(main())
"""


@contextmanager
def own_environment(**changed: str) -> Iterator[None]:
    """The environment as it was, afterwards; each county has keys of its own."""
    before = dict(os.environ)
    os.environ |= changed
    column_keys.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
        column_keys.cache_clear()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own."""
    place = Path(tempfile.mkdtemp(prefix="marketplace-upgrade-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@asynccontextmanager
async def a_server(data: Path, name: str, programs: str = "") -> AsyncIterator[str]:
    """A server of its own with one empty database; gives its DATABASE_URL."""
    with own_environment(PGEMBED_DATA=str(data), **({"PG_BIN_DIR": programs} if programs else {})):
        address = await asyncio.to_thread(devdb.ensure, "postgres")
        admin = await asyncpg.connect(**address)
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        try:
            yield f"postgresql://{address['user']}@/{name}?host={address['host']}"
        finally:
            await asyncio.to_thread(devdb.stop)


@asynccontextmanager
async def pool_of(url: str) -> AsyncIterator[None]:
    """The services of the test work on this database."""
    real = db.engine().pool
    db.engine().pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    try:
        yield
    finally:
        await db.engine().pool.close()
        db.engine().pool = real


def marketplace(*words: str, **environment: str) -> tuple[float, str]:
    """Run a command as an operator does; gives its seconds and what it said."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "marketplace.cli", *words], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
    return time.monotonic() - began, done.stdout + done.stderr


def last_of(package: str, before: str) -> str:
    """The last migration of a package that stood at a moment."""
    texts = [path.read_text() for path in (ROOT / "migrations" / package).glob("*.py")]
    known = [found[1] for text in texts if (found := re.search(r'^ID = "(.*?)"', text, re.MULTILINE))]
    return max(each for each in known if each <= before)


async def first_page(url: str, var: Path, path: str) -> tuple[float, str]:
    """Seconds until a web process on this database answers this page, and the page."""
    port, began = free_port(), time.monotonic()
    command = [sys.executable, "-m", "uvicorn", "marketplace.asgi:app", "--port", str(port), "--log-level", "error"]
    environment = {**os.environ, "DATABASE_URL": url, "MARKETPLACE_VAR": str(var)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        async with httpx.AsyncClient(timeout=5) as browser:
            while time.monotonic() - began < 120:
                try:
                    answer = await browser.get(f"http://127.0.0.1:{port}{path}")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                assert answer.status_code == 200, answer.text[:500]
                return time.monotonic() - began, answer.text
        raise AssertionError("no page in two minutes")
    finally:
        process.terminate()
        process.wait(30)


# rows as the application of that day wrote them: an old process goes on with the very same statements
OLD_ROWS = (
    "INSERT INTO organisation (id, kind, name, name_en, sort_key)"
    " VALUES (gen_random_uuid(), 'provider', '旧{n}', 'Old', '旧{n}')",
    "INSERT INTO person (id, username, name, email, password_hash, created_at, is_active)"
    " VALUES (gen_random_uuid(), 'old{n}', '旧人', 'old{n}@example.cn', 'x', now(), true)",
    "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at)"
    " VALUES (gen_random_uuid(), 'mail', '{{}}', 'old{n}', now(), now())",
)
COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable = 'YES' OR column_default IS NOT NULL AS may_lack"
    " FROM information_schema.columns WHERE table_schema = 'public'"
)
KEPT = "SELECT row_to_json(t)::text AS row FROM (SELECT {columns} FROM {table} ORDER BY 1) t"


async def test_the_database_of_an_earlier_day_moves_on_and_keeps_its_rows() -> None:
    with folder() as place:
        async with a_server(place / "pg", "earlier") as url:
            steps = [f"{package}={last_of(package, EARLIER)}" for package in PACKAGES]
            environment = {**os.environ, "DATABASE_URL": url, "PICCOLO_CONF": "piccolo_conf"}
            done = subprocess.run(
                [sys.executable, "-c", TO_EARLIER, *steps], cwd=ROOT, env=environment, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            connection = await asyncpg.connect(url)
            for each in OLD_ROWS:
                await connection.execute(each.format(n=1))
            tables = {re.search(r"INTO (\w+)", each)[1] for each in OLD_ROWS}  # type: ignore[index]
            was = {(row["table_name"], row["column_name"]): row["data_type"] for row in await connection.fetch(COLUMNS)}
            names = {t: ", ".join(f'"{column}"' for table, column in sorted(was) if table == t) for t in tables}
            before = {t: await _rows(connection, t, names[t]) for t in tables}
            seconds, _ = marketplace("migrate", DATABASE_URL=url, MARKETPLACE_VAR=str(place / "var"))
            after = {t: await _rows(connection, t, names[t]) for t in tables}
            assert before == after and all(before.values()), "every row is as it was"
            # what an old process would stumble over, named: before the first release nobody promised otherwise
            now = {(r["table_name"], r["column_name"]): r for r in await connection.fetch(COLUMNS)}
            old_tables = {table for table, _ in was}
            gone = sorted(f"{t}.{c}" for t, c in was if (t, c) not in now)
            needed = sorted(f"{t}.{c}" for (t, c), r in now.items()
                            if t in old_tables and (t, c) not in was and not r["may_lack"])  # fmt: skip
            for each in OLD_ROWS:
                await connection.execute(each.format(n=2))
            await connection.close()
            start, page = await first_page(url, place / "var", "/listings")
            assert "</html>" in page
    print(
        f"from {EARLIER} to today: migrated in {seconds:.1f} s, first page after {start:.1f} s;"
        f" {len(was)} columns were, {len(now)} are; {len(gone)} gone {gone},"
        f" {len(needed)} that an old process must know {needed[:12]}"
    )


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


@contextmanager
def the_version_before(place: Path) -> Iterator[Path]:
    """The tree as it was before the last migrations; skips loudly where the history is not here."""
    last = os.environ.get("FAULTS_OLD") or _git("log", "-n", "1", "--format=%H~1", "--", "migrations")
    is_whole = _git("rev-parse", "--is-shallow-repository") == "false"
    if not is_whole or not _git("rev-parse", "--verify", f"{last}^{{commit}}"):
        pytest.skip("the history of this tree is not here, so the version before is not run against today's database")
    old = place / "old"
    assert _git("worktree", "add", "--detach", str(old), last) or old.is_dir()
    shutil.copytree(ROOT / "marketplace" / "static" / "built", old / "marketplace" / "static" / "built")
    try:
        yield old
    finally:
        _git("worktree", "remove", "--force", str(old))


@contextmanager
def process_of(tree: Path, environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a tree's own code."""
    told = {**os.environ, **environment, "PYTHONPATH": str(tree)}
    with (tree / "said.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *words], cwd=tree, env=told, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:  # a worker of before waits for the papers it makes
            process.kill()
            process.wait()


async def test_processes_of_the_version_before_go_on_with_todays_database() -> None:
    """Migrated, not yet restarted: the old web process reads and writes, the old worker links, today's code proves."""
    with folder() as place, the_version_before(place) as old:
        async with a_server(place / "pg", "county") as url:
            told = {"DATABASE_URL": url, "MARKETPLACE_VAR": str(place / "var"), "MARKETPLACE_DEMO": "1"}
            with own_environment(**told):
                for name in ("KEYS_FOLDER", "DOCUMENTS_FOLDER"):
                    os.environ.pop(name, None)
                marketplace("migrate")
                async with pool_of(url):
                    reference, _ = await a_small_county()
                    port = free_port()
                    web = ("-m", "uvicorn", "marketplace.asgi:app", "--port", str(port), "--log-level", "error")
                    with process_of(old, told, *web), process_of(old, told, "-m", "marketplace.cli", "worker"):
                        await _press_old(f"http://127.0.0.1:{port}", reference, old)
                        ends = time.monotonic() + 120
                        while await db.fetchval("SELECT count(*) FROM audit_entry WHERE position IS NULL"):
                            assert time.monotonic() < ends, (old / "said.log").read_text()[-3000:]
                            await asyncio.sleep(0.5)
                    written = await db.fetchval("SELECT count(*) FROM audit_entry WHERE act = 'lead.came'")
                marketplace("verify", "chain")
                marketplace("verify", "ledger")
        assert written == 1, "the old process wrote its entry"
        print(f"the version before ({_git('-C', str(old), 'log', '-n', '1', '--format=%h %ad', '--date=iso')}) went on")


async def _press_old(address: str, reference: str, old: Path) -> None:
    """Read and write by the old web process."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as browser:
        ends = time.monotonic() + 240
        while True:
            try:
                answer = await browser.get(f"/listings/{reference}")
                break
            except httpx.TransportError:
                assert time.monotonic() < ends, (old / "said.log").read_text()[-3000:]
                await asyncio.sleep(0.2)
        assert answer.status_code == 200 and reference in answer.text, answer.text[:500]
        tip = {"town": str(await office("zhaozhen")), "village": "三江村", "about": "other", "told": "婆婆摔伤了。" * 4}
        assert (await send(browser, "/need-help", tip)).status_code == 303
        await sign_in(browser, "wang.min")
        for path in ("/work", "/listings", "/contracts", "/audit", "/my-data"):
            seen = await browser.get(path)
            assert seen.status_code in (200, 403, 404), (path, seen.status_code, seen.text[:500])


async def _rows(connection: asyncpg.Connection, table: str, columns: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(KEPT.format(table=table, columns=columns))
    return [json.loads(row["row"]) for row in rows]


async def test_a_county_moves_from_postgresql_15_to_the_embedded_one_by_backup_and_restore() -> None:
    old = sorted(glob.glob("/usr/lib/postgresql/15/bin"))
    if not old:
        pytest.skip("PostgreSQL 15 is not on this machine, so moving to a newer one is not tried")
    key = pyrage.x25519.Identity.generate()
    with folder() as place:
        (place / "backup.key").write_text(f"{key}\n")
        var, new_var = place / "var", place / "new-var"
        async with a_server(place / "pg15", "county", old[0]) as url:
            with own_environment(DATABASE_URL=url, MARKETPLACE_VAR=str(var), MARKETPLACE_DEMO="1"):
                for name in ("KEYS_FOLDER", "DOCUMENTS_FOLDER"):
                    os.environ.pop(name, None)
                os.environ.pop("PG_BIN_DIR", None)
                marketplace("migrate")
                async with pool_of(url):
                    reference, paper = await a_small_county()
                backup, _ = marketplace("backup", "--to", str(place / "backups"), "-r", str(key.to_public()),
                                        "--keys-to", str(place / "keys"))  # fmt: skip
        (made,) = (path for path in (place / "backups").iterdir() if path.is_dir())
        (keys,) = (place / "keys").iterdir()
        async with a_server(place / "pg18", "county") as url:
            with own_environment(DATABASE_URL=url, MARKETPLACE_VAR=str(new_var), MARKETPLACE_DEMO="1"):
                for name in ("KEYS_FOLDER", "DOCUMENTS_FOLDER"):
                    os.environ.pop(name, None)
                restored, _ = marketplace("restore", "--from", str(made), "--identity", str(place / "backup.key"),
                                          "--keys", str(keys))  # fmt: skip
                answers, page = await first_page(url, new_var, f"/listings/{reference}")
                assert reference in page
                marketplace("verify", "chain")
                marketplace("verify", "ledger")
                assert await FolderStore(new_var / "documents").get(paper) == PAPER
                connection = await asyncpg.connect(url)
                version = await connection.fetchval("SHOW server_version")
                await connection.close()
    print(
        f"PostgreSQL 15 to {version}: backed up and checked in {backup:.1f} s, restored in {restored:.1f} s, the first"
        f" page {answers:.1f} s later: {restored + answers:.1f} s from an empty server to an answer"
    )


async def a_small_county() -> tuple[str, str]:
    """People, a published listing, a document and signed heads; gives the listing and the document."""
    settings = Settings.from_environment()
    await clock.found_installation(is_demo=True)
    now = await clock.CountyClock().now()
    await enter_cast(now)
    listing = await a_published_listing(now)
    paper = await FolderStore(settings.documents_folder).put(PAPER, "a.pdf")
    key = make_or_load_key(settings.keys_folder / AUDIT_KEY)
    while await link_committed():
        pass
    assert await sign_heads(open_heads_log(settings), key, key.public.fingerprint, now) > 0
    return listing.reference, paper.key
