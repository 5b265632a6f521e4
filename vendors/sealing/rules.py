"""Whether a container made elsewhere is sealed as its listing asks. All pure; nothing in it can be read here."""

from __future__ import annotations

from marketplace.gateways.file_types import MEGABYTE
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.sealed_container import FORM_WITH_PAPERS
from marketplace.kernel.sealing import Container, raw_name
from vendors.bids.contents import LARGEST_PARTS, PARTS, WITH_PAPERS
from vendors.bids.papers import LARGEST_ATTACHMENT, LARGEST_ATTACHMENTS, MOST_ATTACHMENTS
from vendors.bids.queries import SealTerms
from vendors.bids.rules import Stage

# the papers with what hides their lengths and what age adds, and the parts with their wraps
LARGEST_CONTAINER = LARGEST_ATTACHMENTS + MOST_ATTACHMENTS * 2 * MEGABYTE + 10 * MEGABYTE
LARGEST_EARLIER_CONTAINER = 80 * MEGABYTE  # of the earlier form, which is opened in memory
CHUNK = MEGABYTE
MOST_UPLOADS = 3  # of one bidder for one stage of a lot that wait to be finished
# what the last step took in, checked and entered of a large bid on a busy machine: 524 MB in 26 s (docs/performance.md)
ENTERED_IN_A_SECOND = 20 * MEGABYTE
AT_ONCE = 2  # pieces of a file in memory while it is read back
PARTS_OF: dict[Stage, tuple[str, ...]] = {Stage.FIRST: PARTS, Stage.FINAL: ("price",)}
_VERSION = b"age-encryption.org/v1"
_LONGEST_HEAD = 4096


class NotSealedAsAsked(DomainError):
    """A container that the openers of this listing could not open as the rule says."""


def entering_seconds(size: int) -> int:
    """How long the last step takes for a sealed file of this size: the service reads all of it before the receipt."""
    return -(-size // ENTERED_IN_A_SECOND)


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
    _check_lengths(container, stage)
    if set(container.parts) != set(PARTS_OF[stage]):
        words = N_("这个文件应当有且只有这些部分：{parts}。")
        raise NotSealedAsAsked(words, "R-BID-01", parts=", ".join(PARTS_OF[stage]))
    papers = [paper for of_part in container.raw.values() for paper in of_part]
    for blob in [*container.parts.values(), *container.wraps.values(), *container.bidder_wraps.values(), *papers]:
        if not is_for_one_reader(blob):
            words = N_("这个文件里有不是 age 格式的内容，或者一层加密给了几个人。请重新封存。")
            raise NotSealedAsAsked(words, "R-BID-01")


def _check_lengths(container: Container, stage: Stage) -> None:
    """No more and no larger than what the opening takes: it is found out now and not when nothing can be mended."""
    sizes = {name: span.size for name, span in container.spans.items()}
    if container.form < FORM_WITH_PAPERS:
        if sum(sizes.values()) > LARGEST_EARLIER_CONTAINER:
            words = N_("这个文件是用以前的脚本封存的，最大 {most} MB。请重新下载封存脚本，再封存一次。")
            raise NotSealedAsAsked(words, most=LARGEST_EARLIER_CONTAINER // MEGABYTE)
        return
    papers = container.raw.get(WITH_PAPERS, ())
    if set(container.raw) - {WITH_PAPERS} or (papers and stage != Stage.FIRST):
        raise NotSealedAsAsked(N_("附件只能随“{part}”一起封存。请重新封存。"), part=WITH_PAPERS)
    if len(papers) > MOST_ATTACHMENTS:
        raise NotSealedAsAsked(N_("附件最多 {most} 份。请合并后重新封存。"), most=MOST_ATTACHMENTS)
    for number in range(1, len(papers) + 1):
        if sizes[f"{raw_name(WITH_PAPERS, number)}.age"] > LARGEST_ATTACHMENT + 2 * MEGABYTE:
            words = N_("第 {number} 份附件太大，每份最大 {most} MB。请压缩或者拆分后重新封存。")
            raise NotSealedAsAsked(words, number=number, most=LARGEST_ATTACHMENT // MEGABYTE)
    for part, most in LARGEST_PARTS.items():
        if sizes.get(f"{part}.age", 0) > most + 2 * MEGABYTE:
            words = N_("“{part}”太大。附件要作为文件另外封存，不写在里面。请用本页的脚本重新封存。")
            raise NotSealedAsAsked(words, part=part)


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
