"""Whether a container made elsewhere is sealed as its listing asks. All pure; nothing in it can be read here."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.sealing import Container
from vendors.bids.contents import MEGABYTE, PARTS
from vendors.bids.queries import SealTerms
from vendors.bids.rules import Stage

LARGEST_CONTAINER = 80 * MEGABYTE
CHUNK = MEGABYTE
AT_ONCE = 2  # pieces of a file in memory while it is read back
PARTS_OF: dict[Stage, tuple[str, ...]] = {Stage.FIRST: PARTS, Stage.FINAL: ("price",)}
_VERSION = b"age-encryption.org/v1"
_LONGEST_HEAD = 4096


class NotSealedAsAsked(DomainError):
    """A container that the openers of this listing could not open as the rule says."""


def check_container(container: Container, terms: SealTerms, stage: Stage) -> None:
    """The container names just these openers, this place and these parts, and all in it is age. Raises DomainError.

    Of each part its beginning is enough.
    """
    if container.place != terms.place:
        words = N_("这个文件是为“{found}”封存的，不是为“{place}”。请用本页的文件头重新封存。")
        raise NotSealedAsAsked(words, "R-BID-01", found=container.place[:100], place=terms.place)
    if dict(container.recipients) != terms.openers or container.needed != terms.needed:
        raise NotSealedAsAsked(
            N_("这个文件没有加密给公告的开标人，开标时打不开。请用本页列出的公钥重新封存。"), "R-BID-01"
        )
    if set(container.parts) != set(PARTS_OF[stage]):
        words = N_("这个文件应当有且只有这些部分：{parts}。")
        raise NotSealedAsAsked(words, "R-BID-01", parts=", ".join(PARTS_OF[stage]))
    for blob in [*container.parts.values(), *container.wraps.values(), *container.bidder_wraps.values()]:
        if not is_for_one_reader(blob):
            words = N_("这个文件里有不是 age 格式的内容，或者一层加密给了几个人。请重新封存。")
            raise NotSealedAsAsked(words, "R-BID-01")


def is_for_one_reader(blob: bytes) -> bool:
    """An age file with one X25519 recipient: several would mean that any one of them opens it."""
    version, *lines = blob[:_LONGEST_HEAD].split(b"\n")
    readers = 0
    for line in lines:
        if line.startswith(b"--- "):
            return version == _VERSION and readers == 1
        if line.startswith(b"-> "):
            kind = line.split(b" ")[1]
            readers += kind == b"X25519"
            # age tools mix in stanzas that mean nothing, so that readers learn to skip what they do not know
            if kind != b"X25519" and not kind.endswith(b"-grease"):
                return False
    return False


def chunks_of(size: int) -> int:
    """How many pieces a file of this size comes in."""
    return -(-size // CHUNK)


def length_of_chunk(size: int, number: int) -> int:
    """How long a piece must be."""
    return min(CHUNK, size - number * CHUNK)
