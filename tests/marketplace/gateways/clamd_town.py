"""A small server that speaks clamd's INSTREAM as clamd does: over TCP or a unix socket, with its limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

HARMFUL = b"HARMFUL-FOR-TESTS"


@dataclass
class ClamdTown:
    """What was asked, and how it answers: `most` bytes a stream, `silent` never answers."""

    most: int = 1 << 30
    silent: bool = False
    address: str = ""
    seen: list[int] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one stream."""
        try:
            assert await reader.readexactly(10) == b"zINSTREAM\0"
            writer.write(await self._look(reader) + b"\0")
            await writer.drain()
            if self.silent:
                await asyncio.sleep(60)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _look(self, reader: asyncio.StreamReader) -> bytes:
        size, kept, found = 0, b"", False
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            piece = await reader.readexactly(length)
            size += length
            if size > self.most:
                return b"INSTREAM size limit exceeded. ERROR"
            found, kept = found or HARMFUL in kept + piece, piece[-len(HARMFUL) :]
        self.seen.append(size)
        if self.silent:
            await asyncio.sleep(60)
        return b"stream: Test.Harmful FOUND" if found else b"stream: OK"


@asynccontextmanager
async def clamd_town(town: ClamdTown, socket: Path | None = None) -> AsyncIterator[ClamdTown]:
    """The server on a free port, or on a socket."""
    if socket is None:
        server = await asyncio.start_server(town.answer, "127.0.0.1", 0)
        town.address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server, town.address = await asyncio.start_unix_server(town.answer, socket), f"unix:{socket}"
    try:
        yield town
    finally:
        server.close()
