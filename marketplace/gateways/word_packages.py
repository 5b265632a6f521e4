"""Single parts of strangers' Word files (DOCX), read without trusting anything that the file says of itself."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Sequence
from typing import BinaryIO, cast

MAIN_PART = "word/document.xml"
LARGEST_PART = 16 * 1024 * 1024  # bytes unpacked; what lies beyond is not read
LARGEST_DIRECTORY = 1024 * 1024  # bytes: thousands of parts, where a Word file has dozens
PIECE = 64 * 1024
# Word itself writes no other, and others may unpack a little into very much at one reading
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# text runs, and what ends a line; text that was struck out in tracked changes (w:delText) is none
_PIECES = re.compile(r"<w:t(?: [^<>]{0,100})?>([^<]{0,100000})</w:t>|(</w:p>|<w:br ?/>|<w:br [^<>]{0,100}/>|</w:tc>)")


class _Bounded:
    """A file whose reader cannot be made to read a directory of any size in one gulp."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, lambda: True

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise ValueError("the directory of the package is too large")
        return self._file.read(LARGEST_DIRECTORY if size is None or size < 0 else size)


def parts_of(file: BinaryIO, names: Sequence[str], most: int) -> list[str]:
    """The first `most` bytes of each named part that is there, in order, as text.

    Raises whatever the package's reader raises for a broken one (zipfile.BadZipFile, ValueError, zlib.error …).
    """
    found = []
    with zipfile.ZipFile(cast("BinaryIO", _Bounded(file))) as package:
        for name in names:
            member = package.NameToInfo.get(name)
            if member is not None and member.compress_type in _COMPRESSIONS:
                found.append(_begin_of(package, member, most).decode("utf-8", "replace"))
    return found


def _begin_of(package: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    pieces, room = [], most
    with package.open(member) as opened:
        while room > 0 and (piece := opened.read(min(room, PIECE))):
            pieces.append(piece)
            room -= len(piece)
    return b"".join(pieces)


def text_of(content: bytes, most: int) -> str:
    """The words of a DOCX, a line for each paragraph, at most `most` characters; empty where there are none."""
    found: list[str] = []
    room = most
    for part in parts_of(io.BytesIO(content), [MAIN_PART], LARGEST_PART):
        for words, ends in _PIECES.findall(part):
            piece = "\n" if ends else html.unescape(words)[:room]
            found.append(piece)
            room -= len(piece)
            if room <= 0:
                break
    return re.sub(r"\n{2,}", "\n", "".join(found)).strip().replace("\x00", "")
