"""Which files may be handed in: by extension and by content, both, and never more than 100 MB.

A file is looked at in pieces: whoever hands in 100 MB costs no more memory than whoever hands in one.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.late import late

puremagic = late("puremagic")

MEGABYTE = 1024 * 1024
LARGEST = 100 * MEGABYTE
PIECE = 256 * 1024
MOST_MEMBERS = 5_000
LARGEST_DIRECTORY = MEGABYTE  # what a package lists about its members is read at once
LARGEST_UNPACKED = 500 * MEGABYTE
LARGEST_RATIO = 200

MIME_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
}
# taken only where a place says so
SPECIAL_TYPES = {"xml": "application/xml"}
_SAME = {"jpeg": "jpg"}
_OLD_OFFICE = {"doc": "docx", "xls": "xlsx", "ppt": "pdf", "pptx": "pdf", "wps": "docx", "et": "xlsx"}
_ARCHIVES = {"zip", "rar", "7z", "gz", "tar"}
_MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}
_OFD_ROOT = re.compile(rb"<(?:\w+:)?OFD[\s>]")
# what an office file says of itself when it carries code, whatever its parts are called
_CODE_WORDS = (b"macroenabled", b"vbaproject", b"macrosheet", b"activex")
_CODE_NAMES = ("vbaproject.bin", "vbadata.xml")
_CODE_EXTENSIONS = frozenset("docm dotm xlsm xltm xlsb pptm exe dll bat cmd com scr js vbs ps1 jar msi".split())
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class FileRefused(DomainError):
    """A file that cannot be handed in, and what to do about it."""


@dataclass(frozen=True)
class FileType:
    """What a file really is."""

    extension: str
    mime_type: str


def check_size(size: int) -> None:
    """At most 100 MB and not empty; `size` in bytes. Raises FileRefused."""
    if size == 0:
        raise FileRefused(N_("文件是空的。请检查文件能否打开，再重新上传。"))
    if size > LARGEST:
        raise FileRefused(
            N_("文件太大（{size} MB）。每个文件最多 {most} MB，请压缩或拆分后再上传。"),
            size=-(-size // MEGABYTE),
            most=LARGEST // MEGABYTE,
        )


def check_file(name: str, content: bytes | BinaryIO, also: tuple[str, ...] = ()) -> FileType:
    """The type of a file whose name and content agree; `also` kinds are taken too. Raises FileRefused."""
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    size = file.seek(0, io.SEEK_END)
    check_size(size)
    extension = _extension(name, also)
    file.seek(0)
    head = file.read(8192)
    file.seek(max(0, size - 2048))
    tail = file.read()
    file.seek(0)
    if extension in _MAIN_PART:
        _check_package(extension, file, head)
    elif extension == "xml":
        _check_xml(file)
    elif extension in ("txt", "csv"):
        _check_text(extension, file)
    elif not _has_shape(extension, head, tail) or _looks_like(head, name) not in (extension, ""):
        raise _other_content(extension)
    file.seek(0)
    return FileType(extension, {**MIME_TYPES, **SPECIAL_TYPES}[extension])


def mime_type(name: str, also: tuple[str, ...] = ()) -> str:
    """The type under which a file of this name is given out. Raises FileRefused."""
    return {**MIME_TYPES, **SPECIAL_TYPES}[_extension(name, also)]


def _extension(name: str, also: tuple[str, ...] = ()) -> str:
    written = PurePath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    extension = _SAME.get(written, written)
    if extension in MIME_TYPES or extension in also:
        return extension
    if extension in _OLD_OFFICE:
        raise FileRefused(
            N_("不收 {written} 格式。请用办公软件另存为 {better} 后再上传。"),
            written=written,
            better=_OLD_OFFICE[extension],
        )
    if extension in _ARCHIVES:
        raise FileRefused(N_("不收压缩包（{written}）。请解压后把文件一个一个上传。"), written=written)
    raise FileRefused(
        N_("不收这种文件（{written}）。可以上传：{allowed}。"),
        written=written or "—",
        allowed="、".join([*MIME_TYPES, *also]),
    )


def _other_content(extension: str) -> FileRefused:
    return FileRefused(
        N_("文件的内容不是 {extension}，和扩展名不一致。请用原来的软件打开，另存为 {extension} 后再上传。"),
        extension=extension,
    )


def _has_shape(extension: str, head: bytes, tail: bytes) -> bool:
    if extension == "pdf":
        return head.startswith(b"%PDF-") and b"%%EOF" in tail
    if extension == "png":
        return head.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in tail
    return head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail


def _looks_like(head: bytes, name: str) -> str:
    try:
        found = puremagic.from_string(head, filename=name).lstrip(".")
    except (puremagic.PureError, ValueError):
        return ""
    return {"jpeg": "jpg", "jfif": "jpg", "jpe": "jpg"}.get(found, found)


def _check_text(extension: str, file: BinaryIO) -> None:
    begins = file.read(PIECE).lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins.startswith((b"<", b"%PDF", b"PK\x03")):
        raise _other_content(extension)
    if not any(_is_written_in(encoding, file) for encoding in ("utf-8", "gb18030")):
        raise _other_content(extension)


def _check_xml(file: BinaryIO) -> None:
    begins = file.read(PIECE).lstrip(b"\xef\xbb\xbf \t\r\n")
    # a document type of its own is where an XML reaches out or swells; no invoice has one
    if not begins.startswith(b"<") or re.search(rb"<!(?:DOCTYPE|ENTITY)|<html", begins, re.IGNORECASE):
        raise _other_content("xml")
    if not any(_is_written_in(encoding, file) for encoding in ("utf-8", "gb18030")):
        raise _other_content("xml")


def _is_written_in(encoding: str, file: BinaryIO) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(PIECE):
            if b"\x00" in piece:
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Bounded:
    """A file that a package's reader cannot be made to read in one gulp: the directory says its own size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, lambda: True

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise _too_much()
        return self._file.read(LARGEST_DIRECTORY if size < 0 else size)


def _check_package(extension: str, file: BinaryIO, head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # an encrypted or old office file
        raise FileRefused(N_("文件设了密码或是旧格式。请去掉密码，另存为 {extension} 后再上传。"), extension=extension)
    if not head.startswith(b"PK\x03\x04"):
        raise _other_content(extension)
    size = file.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(cast("BinaryIO", _Bounded(file))) as package:
            _check_members(extension, package.infolist(), size)
            _check_what_it_says(extension, package)
            _read_through(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise FileRefused(N_("文件损坏，打不开。请重新保存一份，再上传。")) from error


def _too_much() -> FileRefused:
    return FileRefused(N_("文件里压缩的内容太多，不能接收。请另存为 PDF 后再上传。"))


def _macros(extension: str) -> FileRefused:
    return FileRefused(N_("文件里有宏。请另存为不带宏的 {extension} 后再上传。"), extension=extension)


def _check_members(extension: str, members: list[zipfile.ZipInfo], size: int) -> None:
    names = {member.filename for member in members}
    if any(member.flag_bits & 0x1 for member in members):
        raise FileRefused(N_("文件设了密码或是旧格式。请去掉密码，另存为 {extension} 后再上传。"), extension=extension)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    # members that share their bytes claim more than the file has
    if len(members) > MOST_MEMBERS or packed > size:
        raise _too_much()
    if unpacked > LARGEST_UNPACKED or unpacked > LARGEST_RATIO * packed + MEGABYTE:
        raise _too_much()
    if len(names) < len(members) or any(member.compress_type not in _COMPRESSIONS for member in members):
        raise FileRefused(N_("文件损坏，打不开。请重新保存一份，再上传。"))
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        raise FileRefused(N_("文件损坏，打不开。请重新保存一份，再上传。"))
    if _MAIN_PART[extension] not in names or (extension != "ofd" and "[Content_Types].xml" not in names):
        raise _other_content(extension)
    paths = [PurePath(name.lower()) for name in names]
    if any(path.name in _CODE_NAMES or path.suffix.lstrip(".") in _CODE_EXTENSIONS for path in paths):
        raise _macros(extension)


def _check_what_it_says(extension: str, package: zipfile.ZipFile) -> None:
    with package.open(_MAIN_PART["ofd"] if extension == "ofd" else "[Content_Types].xml") as said:
        words = said.read(MEGABYTE)
    if extension == "ofd":
        if not _OFD_ROOT.search(words):
            raise _other_content(extension)
    elif any(word in words.lower() for word in _CODE_WORDS):
        raise _macros(extension)


def _read_through(package: zipfile.ZipFile) -> None:
    """Every member unpacks to just the size it claims: a claim that lies is found by its checksum."""
    for member in package.infolist():
        with package.open(member) as opened:
            while opened.read(PIECE):
                pass
