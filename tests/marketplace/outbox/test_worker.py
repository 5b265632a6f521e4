"""The worker as its own process on a database of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pgqueuer.domain.models import Job
from pgqueuer.errors import RetryRequested

from marketplace import worker
from marketplace.kernel.audit.chain import Content, content_hash
from marketplace.kernel.db import fetchval
from tests.conftest import ROOT, WORKER, make_database

DATABASE = f"test_worker_{WORKER}"


class Hall:
    """A database of its own, the worker's folders, and the worker processes started on them."""

    def __init__(self, connection: asyncpg.Connection, folder: Path) -> None:
        self.connection, self.folder = connection, folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from marketplace.worker import main; sys.exit(main())"],
            cwd=ROOT,
            env={
                **os.environ,
                "MARKETPLACE_DATABASE": DATABASE,
                "MAIL_FOLDER": str(self.folder / "mail"),
                "KEYS_FOLDER": str(self.folder / "keys"),
                "DOCUMENTS_FOLDER": str(self.folder / "documents"),
            },
        )
        self.processes.append(process)
        return process

    async def post_mail(self, subject: str) -> None:
        message = uuid4()
        async with self.connection.transaction():
            await self.connection.execute(
                "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at)"
                " VALUES ($1, 'mail', $2, $3, now(), now())",
                message,
                json.dumps({"to": "lin@example.cn", "subject": subject, "body": "x"}),
                str(message),
            )

    def letters(self) -> int:
        return len(list((self.folder / "mail").glob("*.eml")))

    def signed_position(self) -> int:
        """How far the published heads reach."""
        path = self.folder / "documents" / "audit-heads" / "heads.jsonl"
        # the file is made before its first line is in it
        lines = path.read_text().splitlines() if path.exists() else []
        return json.loads(lines[-1])["position"] if lines else 0


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    address = await make_database(DATABASE)
    connection = await asyncpg.connect(**address)
    await connection.execute(
        "INSERT INTO installation (id, is_demo, created_at, migrations_hash) VALUES (1, true, now(), '')"
        " ON CONFLICT DO NOTHING"
    )
    hall = Hall(connection, tmp_path)
    yield hall
    for process in hall.processes:
        process.kill()
        process.wait()
    await connection.close()


async def until(is_true: Callable[[], Any], seconds: float = 60) -> None:
    for _ in range(int(seconds * 10)):
        if is_true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("waited in vain")


async def record(connection: asyncpg.Connection) -> None:
    at = await connection.fetchval("SELECT county_now()")
    content = Content(uuid4(), "main", "listing.published", "listing", "1", None, "", "", "", {}, at)
    await connection.execute(
        "INSERT INTO audit_entry (id, stream, act, subject_kind, subject_id, at, content_sha256, recorded_at,"
        " actor_name, actor_role, organisation, detail)"
        " VALUES ($1, 'main', $2, 'listing', '1', $3, $4, now(), '', '', '', '{}')",
        content.id,
        content.act,
        at,
        content_hash(content),
    )


async def test_the_worker_delivers_links_and_signs_and_takes_up_work_after_kill_9(hall: Hall):
    await hall.post_mail("before the worker")
    await record(hall.connection)
    first = hall.start()
    await until(lambda: hall.letters() == 1 and hall.signed_position() >= 1)
    await hall.post_mail("while it works")
    await until(lambda: hall.letters() == 2)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    await hall.post_mail("while it is away")
    await record(hall.connection)
    entries = await hall.connection.fetchval("SELECT count(*) FROM audit_entry")
    second = hall.start()
    await until(lambda: hall.letters() == 3 and hall.signed_position() >= entries >= 2)
    second.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(second.wait, 10) == 0
    assert await hall.connection.fetchval("SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL") == 0


async def test_the_worker_waits_for_a_database_that_is_not_migrated_yet(hall: Hall):
    await hall.connection.execute("ALTER TABLE outbox_message RENAME TO outbox_message_later")
    process = hall.start()
    await asyncio.sleep(3)
    assert process.poll() is None
    await hall.connection.execute("ALTER TABLE outbox_message_later RENAME TO outbox_message")
    await hall.post_mail("now")
    await until(lambda: hall.letters() == 1)


async def test_the_worker_comes_back_when_the_database_threw_it_out(hall: Hall):
    hall.start()
    await hall.post_mail("first")
    await until(lambda: hall.letters() == 1)
    await hall.connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
        DATABASE,
    )
    await hall.post_mail("second")
    await until(lambda: hall.letters() == 2)


def a_job(name: str, attempts: int = 0) -> Job:
    moment = "2026-03-02T04:00:00Z"
    return Job.model_validate(
        {
            "id": 1,
            "priority": 0,
            "created": moment,
            "updated": moment,
            "heartbeat": moment,
            "execute_after": moment,
            "status": "picked",
            "entrypoint": "run_job",
            "payload": json.dumps({"job": name, "arguments": {"month": "2026-03"}}).encode(),
            "attempts": attempts,
            "queue_manager_id": None,
            "headers": None,
        }
    )


async def test_a_job_gets_its_arguments_and_the_county_time(db, clock, monkeypatch):
    seen = []

    async def close_month(arguments, now) -> None:
        seen.append((arguments, now))

    monkeypatch.setitem(worker.JOBS, "close_month", close_month)
    await worker.run_named_job(a_job("close_month"))
    ((arguments, now),) = seen
    assert arguments == {"month": "2026-03"}
    assert abs(now - await fetchval("SELECT county_now()")) < timedelta(seconds=5)


async def test_a_failed_job_is_tried_again_and_at_last_stays_failed(db, clock, monkeypatch):
    async def fails(arguments, now) -> None:
        raise ConnectionError

    monkeypatch.setitem(worker.JOBS, "fails", fails)
    with pytest.raises(RetryRequested) as first:
        await worker.run_named_job(a_job("fails"))
    with pytest.raises(RetryRequested) as second:
        await worker.run_named_job(a_job("fails", attempts=1))
    assert first.value.delay < second.value.delay
    with pytest.raises(ConnectionError):
        await worker.run_named_job(a_job("fails", attempts=worker.MAX_JOB_ATTEMPTS - 1))


class _Driver:
    """The worker's own line, which always answers."""

    async def fetch(self, _: str) -> list[object]:
        return []


async def test_a_worker_whose_lines_are_all_at_work_is_not_taken_for_one_without_a_database(test_database, monkeypatch):
    """Letters to a slow mail server and a long monthly run hold every line for longer than a silence may last."""
    monkeypatch.setattr(worker, "LONGEST_SILENCE", 0.3)
    work = SimpleNamespace(stopping=asyncio.Event())
    real, test_database.pool = test_database.pool, None
    await test_database.start_connection_pool(min_size=0, max_size=2)
    try:
        held = [await test_database.pool.acquire() for _ in range(2)]
        feeling = asyncio.create_task(worker._feel_lines(work, _Driver()))
        await asyncio.sleep(0.8)
        assert not feeling.done(), feeling
        for each in held:
            await test_database.pool.release(each)
        work.stopping.set()
        await asyncio.wait_for(feeling, 6)
    finally:
        test_database.pool.terminate()
        test_database.pool = real


async def test_a_worker_that_is_asked_to_end_waits_for_long_work_only_a_while(monkeypatch):
    """The papers of a county that was just filled take minutes; whoever upgrades would wait for them."""
    monkeypatch.setattr(worker, "LONGEST_STOPPING", 0.3)
    work, ended = SimpleNamespace(stopping=asyncio.Event()), []

    async def works(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(seconds)

    tasks = [asyncio.create_task(works(seconds)) for seconds in (0.2, 60)]
    work.stopping.set()
    await asyncio.wait_for(worker._until_stopped(work, tasks), 5)
    await asyncio.sleep(0)
    assert ended == [0.2] and tasks[1].cancelled(), "short work ends by itself, long work is broken off"

    async def fails() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await worker._until_stopped(SimpleNamespace(stopping=asyncio.Event()), [asyncio.create_task(fails())])


async def test_a_loop_that_missed_its_cancellation_is_told_again_and_no_loop_holds_the_worker_up(monkeypatch):
    async def missing() -> None:
        with suppress(asyncio.CancelledError):  # as a line does that breaks just then
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async def deaf() -> None:
        while not heard.is_set():
            with suppress(asyncio.CancelledError):
                await heard.wait()

    heard = asyncio.Event()
    monkeypatch.setattr(worker, "LONGEST_ENDING", 2.0)
    one, other = asyncio.create_task(missing()), asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(worker._end([one, other]), 5)
    assert one.cancelled() and not other.done()
    heard.set()
    await other
