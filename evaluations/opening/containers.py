"""Sealed files out of the store: as they were when they were sealed, and for the place they are opened for."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, cast

from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.sealed_container import FORM_WITH_PAPERS
from vendors.bids.contents import WITH_PAPERS
from vendors.bids.papers import Unsealed, Unsealer
from vendors.bids.queries import SealedBid


@dataclass
class SealedFile:
    """A container taken apart, with its parts, and the file in which its papers lie."""

    container: sealing.Container
    file: BinaryIO

    def forget_parts(self) -> None:
        """They are open: those of the earlier forms are as large as all papers together."""
        self.container = replace(self.container, parts={})

    def papers(self, file_key: bytes) -> list[Unsealer] | None:
        """How to open each paper that lies beside the parts; None for a container of the earlier forms."""
        if self.container.form < FORM_WITH_PAPERS:
            return None
        count = len(self.container.raw.get(WITH_PAPERS, ()))
        return [partial(self._unsealed, number, file_key) for number in range(1, count + 1)]

    async def _unsealed(self, number: int, file_key: bytes) -> Unsealed:
        """One paper in a temporary file: it is never whole in memory. Raises SealBroken."""
        out = cast("BinaryIO", tempfile.TemporaryFile())
        try:
            opened = (self.file, self.container, WITH_PAPERS, number, file_key, out)
            size, sha256 = await asyncio.to_thread(sealing.open_raw, *opened)
        except BaseException:
            out.close()
            raise
        out.seek(0)
        return Unsealed(out, size, sha256)


@asynccontextmanager
async def sealed_file(bid: SealedBid, documents: DocumentStore) -> AsyncIterator[SealedFile]:
    """A sealed bid taken apart while it is open. Raises SealBroken, FileNotFoundError."""
    with await documents.open(bid.storage_key) as file:
        yield SealedFile(await asyncio.to_thread(_taken_apart, file, bid), file)


def _taken_apart(file: BinaryIO, bid: SealedBid) -> sealing.Container:
    container, sha256 = sealing.read_file(file)
    if not hmac.compare_digest(sha256, bid.sealed_sha256):
        raise sealing.SealBroken
    sealing.check_place(container, bid.place)
    return container


async def beginnings_of(bid: SealedBid, documents: DocumentStore) -> sealing.Container:
    """The same with the beginnings of its parts alone: peeling needs the wraps, and a hundred bids may be large."""
    reader, digest, is_first = sealing.beginnings(), hashlib.sha256(), True
    async for piece in documents.stream(bid.storage_key):
        if is_first and piece.startswith(sealing.MAGIC):
            async with sealed_file(bid, documents) as sealed:
                return sealed.container
        is_first = False
        await asyncio.to_thread(digest.update, piece)
        reader.take(piece)
    if not hmac.compare_digest(digest.hexdigest(), bid.sealed_sha256):
        raise sealing.SealBroken
    container = sealing.container_of(reader)
    sealing.check_place(container, bid.place)
    return container
