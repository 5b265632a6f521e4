"""What an opened file says of who made it. Read without opening it as a program would: bounded, and never trusted."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from marketplace.gateways.word_packages import parts_of

LARGEST_PART = 64 * 1024
ENDS = 1024 * 1024  # of a PDF its first and its last megabyte are read: there it says who made it
# every repetition is bounded: these are read while an opening waits, and a bidder may write what it likes
_TAG = re.compile(r"<(dc:creator|cp:lastModifiedBy|Company)\b[^<>]{0,200}>([^<]{1,200})</")
_XMP = re.compile(rb"<dc:creator>.{0,400}?<rdf:li[^<>]{0,100}>([^<]{1,200})</rdf:li>", re.DOTALL)
_INFO = re.compile(rb"/Author\s{0,20}(?:\(((?:[^()\\]|\\.){1,400})\)|<([0-9A-Fa-f\s]{2,800})>)")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
# what programs write when nobody said who is working: it tells nothing of two bidders
_NOBODY = frozenset(
    "administrator admin user users owner windows wps office microsoft lenovo hp dell asus thinkpad pc"
    " 微软用户 微软中国 用户 管理员 未知 unknown 作者 apple mac python-docx".split()
) | {"windows 用户", "microsoft office user", "windows user", "wps office"}  # fmt: skip


@dataclass(frozen=True)
class FileMarks:
    """One file of a bid: its hash, and the persons and bodies that it names as its makers."""

    name: str
    sha256: str
    makers: frozenset[str] = frozenset()
    # the words of a PDF or a Word file, as far as there was time to read them
    text: str = ""


@dataclass
class ReadingTime:
    """Seconds left of an opening to read words: others wait for it, and who lacks words has marks still."""

    left: float = 120.0


def marks_of(name: str, sha256: str, file: BinaryIO) -> FileMarks:
    """The marks of one file, of which little is in memory; one that cannot be read has its hash alone."""
    file.seek(0)
    begins = file.read(4)
    try:
        found = _of_pdf(_ends(file)) if begins == b"%PDF" else _of_docx(file) if begins.startswith(b"PK") else []
    except Exception:  # whatever a bidder wrote into its file, the opening of the others goes on
        found = []
    makers = {" ".join(_NOT_TEXT.sub(" ", each).split()) for each in found}
    return FileMarks(name, sha256, frozenset(m for m in makers if len(m) > 1 and m.casefold() not in _NOBODY))


def _of_docx(file: BinaryIO) -> list[str]:
    said = parts_of(file, ("docProps/core.xml", "docProps/app.xml"), LARGEST_PART)
    return [html.unescape(value) for part in said for _, value in _TAG.findall(part)]


def _ends(file: BinaryIO) -> bytes:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size <= 2 * ENDS:
        return file.read()
    first = file.read(ENDS)
    file.seek(-ENDS, io.SEEK_END)
    return first + file.read()


def _of_pdf(content: bytes) -> list[str]:
    found = [each.decode("utf-8", "replace") for each in _XMP.findall(content)]
    for text, digits in _INFO.findall(content):
        found.append(_string(_unescaped(text) if text else bytes.fromhex("".join(digits.decode().split()))))
    return found


def _unescaped(text: bytes) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        escaped = match.group(1)
        return bytes([int(escaped, 8) & 255]) if escaped.isdigit() else escaped

    return _ESCAPE.sub(plain, text)


def _string(raw: bytes) -> str:
    """A string of a PDF: UTF-16 with its mark, else UTF-8 or what is left of it."""
    return raw[2:].decode("utf-16-be", "replace") if raw.startswith(b"\xfe\xff") else raw.decode("utf-8", "replace")
