"""The papers of a bid: their limits, how they are listed in the technical part, and where their bytes are.

A bid of today has them beside its parts as raw files, sealed one by one, and lists name, size and SHA-256. A bid of the
earlier forms has them inside the technical part as base64, and is opened in memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

from marketplace.gateways.file_types import LARGEST, MEGABYTE
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from vendors.bids.strangers import ContentsBroken, a_list, a_text, the_fields

MOST_ATTACHMENTS = 20
LARGEST_ATTACHMENT = LARGEST  # 100 MB, as of any paper that is handed in
LARGEST_ATTACHMENTS = 500 * MEGABYTE
LARGEST_EARLIER_ATTACHMENTS = 50 * MEGABYTE  # of the earlier forms
LARGEST_EARLIER_TECHNICAL = 70 * MEGABYTE  # base64 adds a third
LARGEST_NAME = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
_IN_NO_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")

# as pages say them
LIMITS = {
    "most": MOST_ATTACHMENTS, "each": LARGEST_ATTACHMENT // MEGABYTE, "together": LARGEST_ATTACHMENTS // MEGABYTE
}  # fmt: skip
_NOT_READABLE = N_("附件“{name}”的内容和清单不一样：长度或者 SHA-256 不同，不能读取。请按无法开启记录。")
_NOT_AS_MANY = N_("清单里有 {listed} 份附件，封存的有 {sealed} 份，对不上，不能读取。请按无法开启记录。")

class Unsealed(NamedTuple):
    """What came out of a seal: a file to read and to close, its size in bytes and its SHA-256."""

    file: BinaryIO
    size: int
    sha256: str


Opener = Callable[[], Awaitable[BinaryIO]]
Unsealer = Callable[[], Awaitable[Unsealed]]


class PaperBroken(ContentsBroken):
    """A paper is not the one that was listed, or there are more or fewer of them."""

    def __init__(self, message: str, **values: object) -> None:
        DomainError.__init__(self, message, "R-BID-06", **values)


@dataclass(frozen=True)
class Elsewhere:
    """A paper that is not in memory: its SHA-256, its size in bytes, and how to get it as a file to read and close."""

    sha256: str
    size: int
    open: Opener = field(repr=False, compare=False)


@dataclass(frozen=True)
class Attachment:
    """A paper of a bid: its bytes, or where they are when they are too many to hold."""

    name: str
    content: bytes | Elsewhere

    @cached_property
    def sha256(self) -> str:
        """Proves the paper."""
        return hashlib.sha256(self.content).hexdigest() if isinstance(self.content, bytes) else self.content.sha256

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    async def open(self) -> BinaryIO:
        """The paper as a file to read and to close. Raises PaperBroken, SealBroken."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else await self.content.open()


def listed_papers(value: Any, papers: Sequence[Unsealer]) -> tuple[Attachment, ...]:
    """The listed papers, each with how to get it. Raises ContentsBroken for what `pack` would not list.

    What comes out of the seal is compared with the list when it is got.
    """
    listed, found = a_list(value, "attachments", MOST_ATTACHMENTS), list[Attachment]()
    if len(listed) != len(papers):
        raise PaperBroken(_NOT_AS_MANY, listed=len(listed), sealed=len(papers))
    for each, paper in zip(listed, papers, strict=True):
        raw = the_fields(each, "attachments", {"name", "sha256", "size"})
        name, digest, size = _paper_name(raw["name"]), a_text(raw["sha256"], "attachments", 64), raw["size"]
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= LARGEST_ATTACHMENT:
            raise ContentsBroken(f"attachments: {name[:40]}")
        if not _DIGEST.fullmatch(digest) or name in (one.name for one in found):
            raise ContentsBroken(f"attachments: {name[:40]}")
        found.append(Attachment(name, Elsewhere(digest, size, _as_listed(name, (size, digest), paper))))
    if sum(each.size for each in found) > LARGEST_ATTACHMENTS:
        raise ContentsBroken("attachments")
    return tuple(found)


def _as_listed(name: str, listed: tuple[int, str], unseal: Unsealer) -> Opener:
    async def got() -> BinaryIO:
        paper = await unseal()
        if (paper.size, paper.sha256) != listed:
            paper.file.close()
            raise PaperBroken(_NOT_READABLE, name=name)
        return paper.file

    return got


def _paper_name(value: Any) -> str:
    """The name of a file and of no folder: nothing that leads elsewhere where somebody unpacks it."""
    name = a_text(value, "attachments", LARGEST_NAME)
    if name in ("", ".", "..") or _IN_NO_NAME.search(name):
        raise ContentsBroken(f"attachments: {_IN_NO_NAME.sub('?', name)[:40]}")
    return name


def papers_inside(value: Any) -> tuple[Attachment, ...]:
    """The papers of a bid of the earlier forms, out of base64. Raises ContentsBroken."""
    found, total = [], 0
    for each in a_list(value, "attachments", MOST_ATTACHMENTS):
        raw = the_fields(each, "attachments", {"name", "sha256", "base64"})
        name, digest = a_text(raw["name"], "attachments", LARGEST_NAME), a_text(raw["sha256"], "attachments", 64)
        try:
            content = base64.b64decode(a_text(raw["base64"], "attachments", LARGEST_EARLIER_TECHNICAL), validate=True)
        except (binascii.Error, ValueError) as broken:
            raise ContentsBroken("attachments") from broken
        attachment, total = Attachment(name, content), total + len(content)
        if not name or not _DIGEST.fullmatch(digest) or attachment.sha256 != digest:
            raise ContentsBroken("attachments")
        if total > LARGEST_EARLIER_ATTACHMENTS:
            raise ContentsBroken("attachments")
        found.append(attachment)
    return tuple(found)
