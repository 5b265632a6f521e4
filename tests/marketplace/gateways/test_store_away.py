"""An S3 that refuses, is slow or breaks off: said as such within a bound, nothing half-kept, kept when it is back."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from marketplace.accounts.people.passwords import hash_password
from marketplace.gateways import files
from marketplace.gateways.files import S3_AT_ONCE, S3Store, s3_client
from marketplace.kernel.settings import Settings
from marketplace.kernel.unable import StoreAway

PAPER = os.urandom(400_000)


class Line:
    """A line to S3 that passes everything on until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.passes_on = 1 << 40  # bytes of each request before the line is cut
        self.passes_back = 1 << 40  # bytes of each answer
        self.pause = 0.0  # seconds before anything is passed on

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.pause)
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(
            _pass(reader, far_writer, self.passes_on), _pass(far_reader, writer, self.passes_back),
            return_exceptions=True,
        )  # fmt: skip


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
    passed = 0
    while piece := await reader.read(16_384):
        passed += len(piece)
        if passed > most:
            writer.transport.abort()
            return
        writer.write(piece)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def a_line(settings: Settings) -> AsyncIterator[tuple[Line, Settings]]:
    """S3 as seen through a line of its own."""
    there = urlsplit(settings.s3_endpoint)
    line = Line(str(there.hostname), there.port or 80)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield line, replace(settings, s3_endpoint=f"http://127.0.0.1:{port}")
    finally:
        server.close()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that gives up soon and tries once."""
    monkeypatch.setattr(files, "S3_ANSWER", 0.4)
    monkeypatch.setattr(files, "S3_TRIES", 1)


async def refused(store: S3Store) -> float:
    """Seconds until the store said that it could not keep a paper."""
    began = time.monotonic()
    with pytest.raises(StoreAway):
        await store.put(PAPER, "方案.pdf")
    return time.monotonic() - began


async def test_a_line_that_breaks_keeps_nothing_and_the_next_try_keeps_all(
    s3_settings: Settings, short_waits: None
) -> None:
    async with a_line(s3_settings) as (line, settings):
        store = S3Store(s3_client(settings), settings.s3_bucket)
        line.passes_on = 100_000  # in the middle of the paper
        assert await refused(store) < 5
        line.passes_on = 1 << 40
        kept = await store.put(PAPER, "方案.pdf")
        assert await store.get(kept.key) == PAPER
        line.passes_back = 100_000
        with pytest.raises(StoreAway):
            await store.get(kept.key)
        with pytest.raises(FileNotFoundError):
            await store.get("ab/" + "cd" * 32)


async def test_a_slow_s3_is_given_up_and_holds_up_nobody_else(s3_settings: Settings, short_waits: None) -> None:
    async with a_line(s3_settings) as (line, settings):
        store = S3Store(s3_client(settings), settings.s3_bucket)
        line.pause = 1.5
        waiting = [asyncio.create_task(refused(store)) for _ in range(S3_AT_ONCE)]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await hash_password("somebody signs in meanwhile")
        alone = time.monotonic() - began
        seconds = await asyncio.gather(*waiting)
        assert max(seconds) < 5 and alone < 1.2, (alone, seconds)


async def test_whoever_finds_all_threads_waiting_for_s3_is_told_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "S3_QUEUE", 0.2)
    hangs = threading.Event()
    client = SimpleNamespace(head_object=lambda **_: hangs.wait(10))
    store = S3Store(client, "bucket")
    asking = [asyncio.create_task(store.exists("key")) for _ in range(S3_AT_ONCE)]
    await asyncio.sleep(0.05)
    asking[0].cancel()  # its thread hangs on all the same
    began = time.monotonic()
    said = await asyncio.gather(*(store.exists("key") for _ in range(40)), return_exceptions=True)
    assert time.monotonic() - began < 2 and {type(each) for each in said} == {StoreAway}
    hangs.set()
    assert await asyncio.gather(*asking[1:]) == [True] * (S3_AT_ONCE - 1)
    assert await store.exists("key"), "free again"


async def test_an_s3_that_refuses_is_said_to_be_away_without_its_words(
    s3_settings: Settings, short_waits: None
) -> None:
    elsewhere = replace(s3_settings, s3_endpoint="http://127.0.0.1:1")
    assert await refused(S3Store(s3_client(elsewhere), s3_settings.s3_bucket)) < 5
    assert await refused(S3Store(s3_client(s3_settings), "no-such-bucket")) < 5
