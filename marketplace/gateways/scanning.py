"""Looking through handed-in files for viruses: clamd's INSTREAM over TCP or a unix socket, or nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.settings import Settings

PATIENCE = 120.0  # seconds for a whole file; 100 MB take a scanner a few
LENGTH_BYTES = 4


class VirusFound(DomainError):
    """A file that carries what a scanner knows to be harmful."""


class ScannerAway(DomainError):
    """A scanner is set but does not answer: nothing is taken in unseen."""

    status_code = 503


class Scanner(Protocol):
    """Looks through files."""

    @property
    def is_set(self) -> bool:
        """Whether anybody looks at all."""
        ...

    async def check(self, pieces: AsyncIterator[bytes]) -> None:
        """Read a file to its end. Raises VirusFound, or ScannerAway when nobody answers."""
        ...


class NoScanner:
    """Where the county has set no scanner."""

    is_set = False

    async def check(self, pieces: AsyncIterator[bytes]) -> None:
        """Nobody looks."""


NO_SCANNER = NoScanner()


@dataclass(frozen=True)
class Clamd:
    """A ClamAV daemon: `host` and `port`, or the `socket` of this machine."""

    host: str = ""
    port: int = 0
    socket: str = ""
    patience: float = PATIENCE

    is_set = True

    async def check(self, pieces: AsyncIterator[bytes]) -> None:
        """Send a file in pieces. Raises VirusFound, or ScannerAway when clamd is away, too slow or not content."""
        try:
            async with asyncio.timeout(self.patience):
                said = await self._ask(pieces)
        except (OSError, EOFError, TimeoutError) as error:
            raise _away() from error
        if said.endswith(" FOUND"):
            # the name of the find stays out of the sentence: it tells an attacker which rule to get around
            raise VirusFound(N_("这份文件里查出了病毒，没有接收。请在本机杀毒、重新制作后再上传。"))
        if not said.endswith(" OK"):
            raise _away()

    async def _ask(self, pieces: AsyncIterator[bytes]) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            # clamd hangs up on a file beyond its own limit and says so: what it said is still to be read
            with suppress(ConnectionError):
                async for piece in pieces:
                    writer.write(len(piece).to_bytes(LENGTH_BYTES, "big") + piece)
                    await writer.drain()
                writer.write(bytes(LENGTH_BYTES))
                await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode(errors="replace").strip()
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.socket:
            return await asyncio.open_unix_connection(self.socket)
        return await asyncio.open_connection(self.host, self.port)


def _away() -> ScannerAway:
    return ScannerAway(
        N_("病毒检查现在不工作，文件没有接收，也没有保存。请过几分钟再上传；如果还不行，请告诉系统管理员。")
    )


def open_scanner(settings: Settings) -> Scanner:
    """The scanner that `CLAMD` names: tcp://host:port or unix:/path; nobody when it is empty. Raises ValueError."""
    if not settings.clamd:
        return NO_SCANNER
    named = urlsplit(settings.clamd)
    if named.scheme == "unix" and named.path:
        return Clamd(socket=named.path)
    if named.scheme == "tcp" and named.hostname and named.port:
        return Clamd(host=named.hostname, port=named.port)
    raise ValueError(f"CLAMD is neither tcp://host:port nor unix:/path: {settings.clamd}")
