"""What the machine cannot do is said in words, with a bound, and nothing stays half-written; later it works again."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from marketplace import worker
from marketplace.accounts.throttle.services import begin_try, note_failure
from marketplace.gateways.files import FolderStore
from marketplace.kernel import devdb, pool
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.pool import BoundedPool, DatabaseAway, NoConnectionFree
from marketplace.kernel.safe_engine import SafePostgresEngine, noting_what_is_kept
from marketplace.kernel.unable import AWAY, BUSY, FULL, HALFWAY, STORE, StoreAway, unable
from marketplace.kernel.web import sentence_of
from tests.builders_vendors import PDF, a_provider
from tests.pages import send, sign_in, words

LARGE = b"x" * 300_000


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """This process may write no larger file for a while."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("error", "status", "said"), [
    (OSError(errno.ENOSPC, "no space"), 507, FULL), (OSError(errno.EDQUOT, "quota"), 507, FULL),
    (asyncpg.DiskFullError("full"), 507, FULL), (NoConnectionFree(), 503, BUSY),
    (asyncpg.TooManyConnectionsError("many"), 503, BUSY), (StoreAway(), 503, STORE),
    (DatabaseAway(), 503, AWAY), (asyncpg.CannotConnectNowError("starting"), 503, AWAY),
    (asyncpg.ConnectionDoesNotExistError("gone"), 503, AWAY), (asyncpg.AdminShutdownError("stop"), 503, AWAY),
    (asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"), 503, AWAY),
])  # fmt: skip
def test_what_the_machine_cannot_is_told_apart(error: Exception, status: int, said: str) -> None:
    found = sentence_of(error)
    assert (found[0], found[1].text("zh"), found[2]) == (status, said, None)


@pytest.mark.parametrize(
    "error",
    [ValueError(), OSError(errno.EACCES, "no"), asyncpg.QueryCanceledError("x"), NotFound(), ConnectionResetError()],
)
def test_a_mistake_of_ours_is_no_fault_of_the_machine(error: Exception) -> None:
    assert unable(error) is None


async def test_once_something_was_committed_nobody_is_told_that_nothing_was_saved(db: Any) -> None:
    cannot = [NoConnectionFree(), StoreAway(), OSError(errno.ENOSPC, "no space")]

    def said() -> list[str]:
        return [found[1].text("zh") for error in cannot if (found := unable(error))]

    nothing_kept = [BUSY, STORE, FULL]
    with noting_what_is_kept():
        await fetchval("SELECT count(*) FROM bid")
        with pytest.raises(NotFound):
            async with transaction():
                await execute("DELETE FROM lead")
                raise NotFound
        assert said() == nothing_kept, "what was read or rolled back is not kept"
        await note_failure(await begin_try(b"name", b"address"), b"address")
        assert said() == nothing_kept, "a count of tries is nothing that anybody saved"
        await execute("DELETE FROM lead")
        assert said() == [HALFWAY] * 3
    with noting_what_is_kept():
        assert said() == nothing_kept, "each request for itself"
        async with transaction():
            await execute("DELETE FROM lead")
        assert said() == [HALFWAY] * 3
    assert said() == nothing_kept


async def test_a_file_that_finds_no_room_is_not_there_and_is_kept_when_there_is_room(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with no_file_larger_than(100_000), pytest.raises(OSError) as refused:
        await store.put(LARGE, "方案.pdf")
    assert unable(refused.value) is not None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing half-written"
    kept = await store.put(LARGE, "方案.pdf")
    assert await store.get(kept.key) == LARGE


async def test_an_upload_that_the_store_breaks_off_leaves_nothing_and_is_taken_when_the_store_is_back(
    client: httpx.AsyncClient, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What S3 does in the middle of a file (tests/marketplace/gateways/test_store_away.py), as its sender sees it."""

    async def breaks(self: FolderStore, content: Any, name: str) -> Any:
        raise StoreAway

    async def hand_in() -> httpx.Response:
        typed = {"kind": "registration", "valid_until": "2030-12-31"}
        return await send(client, "/my-organisation/papers", typed, files={"file": ("证书.pdf", PDF)})

    left = "SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM provider_paper)"
    audited = "SELECT count(*) FROM audit_entry"
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    before = await fetchval(left), await fetchval(audited)
    with monkeypatch.context() as patched:
        patched.setattr(FolderStore, "put", breaks)
        broken = await hand_in()
    assert broken.status_code == 503 and STORE in words(broken.text) and "retry-after" in broken.headers
    assert (await fetchval(left), await fetchval(audited)) == before, "no row and no entry without its file"
    assert (await hand_in()).status_code == 303
    assert await fetchval(left) == before[0] + 2


async def test_nobody_waits_longer_than_the_bound_for_a_connection(test_database: Any) -> None:
    few = await BoundedPool(0.2, **devdb.dsn(test_database.config["database"]), min_size=1, max_size=1)
    try:
        holder = await few.acquire()
        began = time.monotonic()
        with pytest.raises(NoConnectionFree):
            await few.fetchval("SELECT 1")
        assert 0.15 < time.monotonic() - began < 2
        waiting = asyncio.create_task(few.fetchval("SELECT 2"))
        await asyncio.sleep(0.05)
        await few.release(holder)
        assert await waiting == 2, "who waits within the bound is served"
    finally:
        few.terminate()


@asynccontextmanager
async def lines_to(address: dict[str, Any] | None) -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """A port with a database behind it, or with something that takes all and never answers; and its lines."""
    lines: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        if address is None:
            await reader.read()
            return
        path = f"{address['host']}/.s.PGSQL.{address.get('port', 5432)}"
        far_reader, far_writer = await asyncio.open_unix_connection(path)
        lines.append(far_writer)
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], lines
    finally:
        server.close()
        for line in lines:
            line.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
    writer.close()


async def test_a_database_that_keeps_silent_is_said_to_be_away_within_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "LONGEST_CONNECT", 0.3)
    async with lines_to(None) as (port, _):
        address = {"host": "127.0.0.1", "port": port, "user": "x", "database": "x", "password": "x"}
        silent = await BoundedPool(0.2, **address, min_size=0, max_size=1)
        began = time.monotonic()
        # the second finds the only connection being made for the first: that is not one of too many people
        said = await asyncio.gather(*(silent.fetchval("SELECT 1") for _ in range(2)), return_exceptions=True)
        said += await asyncio.gather(*(silent.fetchval("SELECT 1") for _ in range(2)), return_exceptions=True)
        assert time.monotonic() - began < 3
        assert [type(each) for each in said] == [DatabaseAway] * 4, said
        assert unable(said[0])[1].text("zh") == AWAY  # type: ignore[index, arg-type]
        silent.terminate()


async def test_the_server_behind_one_that_keeps_silent_is_found_and_a_dead_line_ends(
    test_database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "LONGEST_CONNECT", 1.0)
    real = devdb.dsn(test_database.config["database"])
    async with lines_to(None) as (silent, _), lines_to(real) as (port, _):
        address = f"postgresql://{real['user']}@/{real['database']}?host=127.0.0.1,127.0.0.1&port={silent},{port}"
        found = await pool.connect(dsn=f"{address}&target_session_attrs=primary")
        assert await found.fetchval("SELECT 1") == 1
        line = found._transport.get_extra_info("socket")
        for name, (level, value) in pool.LINE_OPTIONS.items():
            assert line.getsockopt(level, getattr(socket, name)) == value, name
        await found.close()


async def test_a_line_that_breaks_in_a_transaction_is_called_that(test_database: Any) -> None:
    real = devdb.dsn(test_database.config["database"])
    async with lines_to(real) as (port, lines):
        engine = SafePostgresEngine({**real, "host": "127.0.0.1", "port": port})
        await engine.start_connection_pool(min_size=1, max_size=1, longest_wait=1.0)

        async def asks() -> None:
            async with engine.transaction() as outer, engine.transaction():
                asyncio.get_running_loop().call_later(0.1, lines[0].transport.abort)
                await outer.connection.fetchval("SELECT pg_sleep(5)")

        try:
            with pytest.raises(asyncpg.PostgresConnectionError):
                await asks()
            assert await engine.pool.fetchval("SELECT 1") == 1, "the next one finds a new line"
        finally:
            engine.pool.terminate()


async def test_with_all_connections_taken_a_page_says_so_and_then_answers_again(
    client: httpx.AsyncClient, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Taken:
        def __getattr__(self, name: str) -> Any:
            async def refuse(*_: Any, **__: Any) -> Any:
                raise NoConnectionFree

            return refuse

    with monkeypatch.context() as patch:
        patch.setattr(db, "pool", Taken())
        page, english = await client.get("/listings"), await client.get("/en/listings")
        program = await client.get("/listings", headers={"accept": "application/json"})
        style = await client.get("/static/favicon.svg")
    assert page.status_code == english.status_code == program.status_code == 503
    assert BUSY in words(page.text) and "Too many people" in words(english.text)
    assert program.headers["content-type"] == "application/problem+json" and program.json()["title"] == BUSY
    assert page.headers["retry-after"] and "content-security-policy" in page.headers
    assert style.status_code == 200
    assert (await client.get("/listings")).status_code == 200


async def test_a_full_disk_stops_one_duty_of_the_worker_and_a_broken_line_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def leads(_: Any) -> bool:
        return True

    async def now() -> None:
        return None

    class Once:
        """A worker's work that ends after the first round."""

        stopping = asyncio.Event()

    async def round_with(error: Exception) -> None:
        work: Any = Once()
        work.stopping.clear()

        async def run(_: Any) -> None:
            work.stopping.set()
            raise error

        await worker._tick(work, None, "press", worker.Tick(run, worker.HEARTBEAT))  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "_leads", leads)
    monkeypatch.setattr(worker, "county_time", now)
    await round_with(OSError(errno.ENOSPC, "no space"))
    await round_with(StoreAway())
    with pytest.raises(ConnectionResetError):
        await round_with(ConnectionResetError())
