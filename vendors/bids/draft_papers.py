"""Papers of a draft, locked and unlocked piece by piece: one of 100 MB takes the memory of a piece.

What is written to a disk on the way is ciphertext.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from hashlib import sha256
from typing import IO, BinaryIO, cast
from uuid import UUID

from marketplace.gateways.file_types import MEGABYTE
from marketplace.kernel.db import execute, fetch, fetchrow, insert
from vendors.bids.draft_box import DraftPaper, DraftPlace, lock_bytes, unlock_bytes
from vendors.bids.papers import Attachment, Elsewhere
from vendors.bids.tables import BidDraftPaper

PIECE = 4 * MEGABYTE
AROUND = len(lock_bytes(b"", bytes(32), b""))  # nonce and tag of a piece


class PaperLocked(Exception):
    """The key of this browser does not open the paper."""


async def keep_paper(draft: UUID, file: IO[bytes], key: bytes, place: DraftPlace) -> tuple[UUID, str, int]:
    """Lock a file and keep it with a draft; its row, its SHA-256 and its size. Inside the caller's transaction."""
    paper: UUID = await insert(BidDraftPaper, draft=draft, ciphertext=b"")
    digest, size, number = sha256(), 0, 0
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, PIECE):
        digest.update(piece)
        locked = await asyncio.to_thread(lock_bytes, piece, key, _bound(place, paper, number))
        await execute(
            "INSERT INTO bid_draft_piece (id, paper, number, ciphertext) VALUES (gen_random_uuid(), $1, $2, $3)",
            paper, number, locked,
        )  # fmt: skip
        size, number = size + len(piece), number + 1
    return paper, digest.hexdigest(), size


def kept_paper(paper: DraftPaper, key: bytes, place: DraftPlace) -> Attachment:
    """A paper of a draft, got when it is asked for. Getting it raises PaperLocked."""

    async def got() -> BinaryIO:
        return await _got(paper.id, key, place)

    return Attachment(paper.name, Elsewhere(paper.sha256, paper.size, got))


async def _got(paper: UUID, key: bytes, place: DraftPlace) -> BinaryIO:
    whole = await fetchrow("SELECT ciphertext FROM bid_draft_paper WHERE id = $1", paper)
    if whole is None:
        raise PaperLocked
    if whole["ciphertext"]:  # from before there were pieces
        plain = unlock_bytes(whole["ciphertext"], key, place.words("paper"))
        if plain is None:
            raise PaperLocked
        return io.BytesIO(plain)
    held = cast("BinaryIO", tempfile.TemporaryFile())
    number = 0
    while rows := await fetch(
        "SELECT ciphertext FROM bid_draft_piece WHERE paper = $1 AND number = $2", paper, number
    ):
        await asyncio.to_thread(held.write, rows[0]["ciphertext"])
        number += 1
    held.seek(0)
    return cast("BinaryIO", io.BufferedReader(_Unlocking(held, key, place, paper), PIECE))


class _Unlocking(io.RawIOBase):
    """Reads locked pieces one after the other; one plain piece is in memory."""

    def __init__(self, held: BinaryIO, key: bytes, place: DraftPlace, paper: UUID) -> None:
        self._held, self._key, self._place, self._paper = held, key, place, paper
        self._number, self._plain = 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._plain and (locked := self._held.read(PIECE + AROUND)):
            plain = unlock_bytes(locked, self._key, _bound(self._place, self._paper, self._number))
            if plain is None:
                raise PaperLocked
            self._plain, self._number = plain, self._number + 1
        piece, self._plain = self._plain[: len(room)], self._plain[len(room) :]
        room[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._held.close()
        super().close()


def _bound(place: DraftPlace, paper: UUID, number: int) -> bytes:
    return place.words(f"paper:{paper}:{number}")
