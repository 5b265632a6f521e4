"""The archive that holds a sealed bid: a plain ustar file, as every `tar` writes it (docs/sealed-bids.md).

Read strictly: what strangers made is taken apart by one small reader that knows files and folders and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from typing import BinaryIO, NamedTuple, Protocol

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

BLOCK = 512
SUMS = "SHA256SUMS"
MEMBER = re.compile(r"(\./)?((?:[A-Za-z0-9_-]{1,64}/){0,2}[A-Za-z0-9_-]{1,64}(?:\.[a-z]{1,4})?)")
MOST_MEMBERS = 600
_SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](\./)?(.+)")


class SealBroken(DomainError):
    """Sealed bytes are not what was sealed: damaged, cut, mixed up or altered. `why` says which, where it is known."""

    def __init__(self, why: str = "", **values: object) -> None:
        super().__init__(why or N_("密封内容与封存时不一致，不能开启。请保留原文件并报告。"), "R-BID-01", **values)


NOT_ASKED_FOR = N_("密封文件里有不该有的文件“{name}”。请重新封存。")
CUT = N_("密封文件不完整，后面缺了一段。请重新上传完整的文件；还不行，请重新封存。")


class Span(NamedTuple):
    """Where the bytes of a file lie in its archive."""

    start: int
    size: int


class Writable(Protocol):
    """Takes bytes, piece by piece."""

    def write(self, piece: bytes, /) -> int: ...
    def flush(self) -> None: ...


class ArchiveWriter:
    """Writes an archive into a file that can be sought, file by file; how long one is may turn out while it is made."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sums = file, list[str]()

    def add(self, name: str, content: bytes) -> None:
        """A file whose bytes are at hand."""
        self._sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        self._file.write(_header(name, len(content)))
        self._file.write(content)
        self._file.write(bytes(-len(content) % BLOCK))

    def make(self, name: str, write: Callable[[Writable], None]) -> None:
        """A file that `write` writes: its head is filled in when its length is known."""
        at, made = self._file.tell(), _Made(self._file)
        self._file.write(bytes(BLOCK))
        write(made)
        self._file.seek(at)
        self._file.write(_header(name, made.size))
        self._file.seek(at + BLOCK + made.size)
        self._file.write(bytes(-made.size % BLOCK))
        self._sums.append(f"{made.digest.hexdigest()}  {name}\n")

    def end(self) -> None:
        """The SHA-256 of all that was written, as `sha256sum` writes them, and the end."""
        self.add(SUMS, "".join(self._sums).encode())
        self._file.write(bytes(2 * BLOCK))


class _Made:
    """Passes bytes on, counts and hashes them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.size, self.digest = file, 0, hashlib.sha256()
        self.flush = file.flush

    def write(self, piece: bytes) -> int:
        self.size += len(piece)
        self.digest.update(piece)
        return self._file.write(piece)


def written(members: Mapping[str, bytes]) -> bytes:
    """An archive of these members in this order, with their SHA-256 as `sha256sum` writes them at the end."""
    held = io.BytesIO()
    archive = ArchiveWriter(held)
    for name, content in members.items():
        archive.add(name, content)
    archive.end()
    return held.getvalue()


def _header(name: str, size: int) -> bytes:
    fields = [
        name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0", b"%011o\0" % size, b"00000000000\0",
        b" " * 8, b"0", bytes(100), b"ustar\x0000", bytes(32), bytes(32), b"0000000\0", b"0000000\0", bytes(155),
    ]  # fmt: skip
    head = b"".join(fields).ljust(BLOCK, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def members_of(archive: bytes) -> dict[str, bytes]:
    """The files of an archive by name, checked against their sums where it brings any. Raises SealBroken."""
    reader = ArchiveReader()
    reader.take(archive)
    return reader.members()


class ArchiveReader:
    """Takes an archive in pieces of any length and keeps of each file what `most` allows, by its name; None: all.

    What is kept grows with the number of files, never with their length.
    """

    def __init__(self, most: Callable[[str], int] | None = None) -> None:
        self._most = most
        self._waiting = b""  # of a block whose rest is still to come
        self._left = self._padding = 0  # of the file that is being read
        self._is_over = False
        self._zeros = 0
        self._now: _Member | None = None
        self._found: dict[str, _Member] = {}
        self._spans: dict[str, Span] = {}
        self._taken = 0  # bytes of the pieces before this one

    def take(self, piece: bytes) -> None:
        """The next piece. Raises SealBroken."""
        whole = self._waiting + piece if self._waiting else piece
        self._taken -= len(self._waiting)
        self._waiting, at = b"", 0
        view = memoryview(whole)
        while at < len(whole):
            if self._is_over:
                at = self._after_the_end(whole, at)
            elif self._left and self._now:
                cut = view[at : at + self._left]
                self._now.take(cut)
                self._left, at = self._left - len(cut), at + len(cut)
            elif self._padding:
                cut = view[at : at + self._padding]
                if any(cut):
                    raise SealBroken
                self._padding, at = self._padding - len(cut), at + len(cut)
            elif len(whole) - at < BLOCK:
                self._waiting, at = whole[at:], len(whole)
            else:
                self._begin(whole[at : at + BLOCK], self._taken + at + BLOCK)
                at += BLOCK
        self._taken += len(whole)

    def members(self) -> dict[str, bytes]:
        """What was kept of each file, once the whole archive was taken. Raises SealBroken."""
        if self._waiting or self._left or self._padding or self._zeros < BLOCK:
            raise SealBroken(CUT) if self._found else SealBroken
        sums = self._found.pop(SUMS, None)
        self._spans.pop(SUMS, None)
        if sums is not None:
            _check_sums({name: each.digest.hexdigest() for name, each in self._found.items()}, sums.kept())
        return {name: each.kept() for name, each in self._found.items()}

    def spans(self) -> dict[str, Span]:
        """Where each file lies in the archive."""
        return self._spans

    def _begin(self, head: bytes, start: int) -> None:
        if not any(head):
            self._is_over, self._zeros = True, BLOCK
            return
        name, size, kind = _read_header(head)
        if kind == "file":
            if name in self._found or len(self._found) >= MOST_MEMBERS:
                raise SealBroken
            self._now = self._found[name] = _Member(self._most(name) if self._most else size)
            self._spans[name] = Span(start, size)
            self._left, self._padding = size, -size % BLOCK

    def _after_the_end(self, whole: bytes, at: int) -> int:
        if whole[at:].strip(b"\0"):
            raise SealBroken
        self._zeros += len(whole) - at
        return len(whole)


class _Member:
    """One file: its digest, and its beginning up to what may be kept."""

    def __init__(self, most: int) -> None:
        self.digest = hashlib.sha256()
        self._most, self._pieces = most, list[bytes]()

    def take(self, cut: memoryview) -> None:
        self.digest.update(cut)
        if self._most > 0:
            self._pieces.append(bytes(cut[: self._most]))
            self._most -= len(self._pieces[-1])

    def kept(self) -> bytes:
        if len(self._pieces) != 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]


def _read_header(head: bytes) -> tuple[str, int, str]:
    kind = {b"0": "file", b"\0": "file", b"5": "folder"}.get(head[156:157])
    try:
        name = head[:100].rstrip(b"\0").decode("ascii")
        size = int(head[124:136].strip(b" \0") or b"0", 8)
        said = int(head[148:156].strip(b" \0"), 8)
    except ValueError as broken:
        raise SealBroken from broken
    if kind is None or said != sum(head[:148]) + 8 * 32 + sum(head[156:]) or size < 0:
        raise SealBroken
    if kind == "folder":
        return "", 0, kind
    plain = MEMBER.fullmatch(name)
    if plain is None:
        raise SealBroken(NOT_ASKED_FOR, name=name)
    return plain.group(2), size, kind


def _check_sums(digests: Mapping[str, str], sums: bytes) -> None:
    said = {}
    for line in sums.decode("ascii", "replace").splitlines():
        found = _SUM_LINE.fullmatch(line)
        if found is None:
            raise SealBroken
        said[found.group(3)] = found.group(1)
    for name in said.keys() | digests.keys():
        if said.get(name) != digests.get(name):
            words = N_("密封文件里的“{name}”和 SHA256SUMS 对不上。请重新上传；还不行，请重新封存。")
            raise SealBroken(words, name=name[:100])
