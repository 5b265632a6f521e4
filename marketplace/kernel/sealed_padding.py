"""How a plaintext is framed before it is encrypted: name, place and length before it, zeros after it.

The bucket hides the length, which could tell the digits of a price; name and place hold a part where it belongs. Both
ways there is one for bytes at hand and one that goes through a file in pieces.
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from marketplace.kernel.sealed_tar import SealBroken, Span

PIECE = 256 * 1024
SMALLEST_BUCKET = 4096
LARGEST_DOUBLING = 1024 * 1024


def padded(name: str, place: str, content: bytes) -> bytes:
    """Name, place and length before the content, zeros after it up to the bucket."""
    head = f"{name}\n{place}\n{len(content)}\n".encode()
    plain = head + content
    return plain + bytes(bucket_size(len(plain)) - len(plain))


def unpadded(name: str, place: str, plain: bytes) -> bytes:
    """The content again. Raises SealBroken where it was another name or place."""
    head = f"{name}\n{place}\n".encode()
    start = plain.find(b"\n", len(head), len(head) + 20) + 1
    said_length = plain[len(head) : start - 1]
    if not plain.startswith(head) or not start or not said_length.isdigit():
        raise SealBroken
    if int(said_length) > len(plain) - start:
        raise SealBroken
    # cut once: a copy of tens of megabytes more would be felt while a hundred bids are opened
    return plain[start : start + int(said_length)]


def bucket_size(length: int) -> int:
    """The size a plaintext of this length is padded to: 4 KiB doubled up to 1 MiB, then whole MiB."""
    bucket = SMALLEST_BUCKET
    while bucket < length and bucket < LARGEST_DOUBLING:
        bucket *= 2
    return bucket if length <= bucket else -(-length // LARGEST_DOUBLING) * LARGEST_DOUBLING


class PaddedReader:
    """Gives what `padded` gives of a file, in pieces."""

    def __init__(self, name: str, place: str, content: BinaryIO, size: int) -> None:
        self._head = f"{name}\n{place}\n{size}\n".encode()
        self._content, self._left = content, size
        self._zeros = bucket_size(len(self._head) + size) - len(self._head) - size
        self.failure: Exception | None = None  # of the file: what reads here knows errors of its own alone

    def read(self, most: int = PIECE) -> bytes:
        if self._head:
            piece, self._head = self._head[:most], self._head[most:]
        elif self._left:
            piece = self._of_the_file(min(most, self._left))
            self._left -= len(piece)
        else:
            piece = bytes(min(most, self._zeros))
            self._zeros -= len(piece)
        return piece

    def _of_the_file(self, most: int) -> bytes:
        try:
            piece = self._content.read(most)
            if not piece:
                raise ValueError("the file is shorter than was said")
        except Exception as failure:
            self.failure = failure
            raise
        return piece


class Cut:
    """A stretch of a file, read from its start."""

    def __init__(self, file: BinaryIO, span: Span) -> None:
        self._file, self._left = file, span.size
        self.failure: OSError | None = None
        file.seek(span.start)

    def read(self, most: int = PIECE) -> bytes:
        try:
            piece = self._file.read(min(most, self._left))
        except OSError as failure:
            self.failure = failure
            raise
        self._left -= len(piece)
        return piece


class Unpadder:
    """Takes what `padded` gives in pieces and passes the content on, counted and hashed."""

    def __init__(self, name: str, place: str, out: BinaryIO) -> None:
        self._head, self._waiting, self._out = f"{name}\n{place}\n".encode(), b"", out
        self.failure: OSError | None = None
        self.size, self.left, self.digest = 0, 1, hashlib.sha256()  # left: unknown until the length was read
        self._is_begun = False

    def write(self, piece: bytes) -> int:
        content = piece if self._is_begun else self._after_the_head(piece)
        content = content[: self.left] if self._is_begun else b""
        if content:
            self.digest.update(content)
            self.left -= len(content)
            try:
                self._out.write(content)
            except OSError as failure:
                self.failure = failure
                raise
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here once the head was read."""

    def _after_the_head(self, piece: bytes) -> bytes:
        self._waiting += piece
        start = len(self._head)
        end = self._waiting.find(b"\n", start, start + 20)
        if end < 0:
            if len(self._waiting) > start + 20:
                raise ValueError("no length")
            return b""
        said = self._waiting[start:end]
        if not self._waiting.startswith(self._head) or not said.isdigit():
            raise ValueError("another name or place")
        self.size = self.left = int(said)
        self._is_begun = True
        return self._waiting[end + 1 :]
