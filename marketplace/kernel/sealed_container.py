"""Sealed containers taken apart: header, parts, wraps, and where the raw files lie. Nothing is decrypted here.

What strangers made is read strictly: every file that must be there, no other, and a sentence that says what is wrong.
Containers of the first form are still read:

    magic · length of header (4 bytes) · header (canonical JSON) · parts · wraps · SHA-256 of all before
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import perm
from typing import BinaryIO

from marketplace.kernel.i18n import N_
from marketplace.kernel.sealed_padding import PIECE
from marketplace.kernel.sealed_tar import NOT_ASKED_FOR, SUMS, ArchiveReader, SealBroken, Span

FORMAT, SECOND_FORM = "sealed-bid-3", "sealed-bid-2"
FORM_WITH_PAPERS = 3
FORMS = {SECOND_FORM: 2, FORMAT: FORM_WITH_PAPERS}
SEAL = "seal.json"
KEYS = "keys"
MAGIC = b"SEALED-PARTS-1\n"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST_BYTES = 32
MOST_WRAPS = 120
LARGEST_HEADER = 64 * 1024
LARGEST_WRAP = 16 * 1024  # a layer of age takes a few hundred bytes
# what is longer is a raw file; the earlier forms put everything into their parts
LARGEST_PART = 8 * 1024 * 1024
MISSING = N_("密封文件里缺“{name}”。请重新封存。")
_RAW = re.compile(r"([A-Za-z0-9_-]{1,64})/([1-9][0-9]?)\.age")


@dataclass(frozen=True)
class Container:
    """A sealed container taken apart; nothing in it is readable yet. `place` says what it was sealed for.

    `raw`: of each part's raw files the beginning; where they lie in the archive stands in `spans`, by `raw_name`.
    """

    needed: int
    recipients: Mapping[str, str]
    place: str
    parts: Mapping[str, bytes]
    wraps: Mapping[str, bytes]
    bidder: str = ""
    bidder_wraps: Mapping[str, bytes] = field(default_factory=dict)
    raw: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    form: int = FORM_WITH_PAPERS


def raw_name(part: str, number: int) -> str:
    """The name of a part's raw file, counted from 1: bound into it, and its file in the archive without the ending."""
    return f"{part}/{number}"


def read_container(sealed: bytes | Container) -> Container:
    """Take sealed bytes apart; any changed byte raises SealBroken. One that was taken apart stays as it is."""
    if isinstance(sealed, Container):
        return sealed
    if sealed.startswith(MAGIC):
        return _read_first_form(sealed)
    reader = ArchiveReader()
    reader.take(sealed)
    return container_of(reader)


def read_file(file: BinaryIO) -> tuple[Container, str]:
    """Take a container apart that lies in a file, and its SHA-256. Its raw files stay there. Raises SealBroken."""
    file.seek(0)
    begins = file.read(len(MAGIC))
    file.seek(0)
    if begins == MAGIC:
        whole = file.read()
        return _read_first_form(whole), sealed_sha256(whole)
    reader, digest = beginnings(), hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
        reader.take(piece)
    container = container_of(reader)
    return replace(container, parts={name: _whole_part(file, container, name) for name in container.parts}), (
        digest.hexdigest()
    )


def _whole_part(file: BinaryIO, container: Container, name: str) -> bytes:
    span = container.spans[f"{name}.age"]
    if container.form >= FORM_WITH_PAPERS and span.size > LARGEST_PART:
        raise SealBroken(N_("密封文件里的“{name}”太大。附件要另外封存，不放在里面。"), name=f"{name}.age")
    file.seek(span.start)
    return file.read(span.size)


def beginnings() -> ArchiveReader:
    """Reads a container that comes in pieces: its header and wraps whole, of all else the beginning alone."""
    return ArchiveReader(lambda name: LARGEST_HEADER if name in (SEAL, SUMS) else LARGEST_WRAP + 1)


def container_of(reader: ArchiveReader) -> Container:
    """The container that the files of an archive make up, once it was taken whole. Raises SealBroken."""
    members, spans = reader.members(), reader.spans()
    form, needed, place, bidder, openers = _header_of(members)
    parts = {name.removesuffix(".age"): members.pop(name) for name in list(members) if "/" not in name}
    if not all(NAME.fullmatch(name) and name != KEYS for name in parts):
        raise SealBroken
    raw = _raw_of(members, list(parts)) if form >= FORM_WITH_PAPERS else {}
    wraps, own = _wraps_of(members, list(parts), list(openers), needed, bidder)
    return Container(needed, openers, place, parts, wraps, bidder, own, raw, spans, form)


def _header_of(members: dict[str, bytes]) -> tuple[int, int, str, str, dict[str, str]]:
    """Form, number of openers needed, place, the bidder's recipient, and the openers."""
    if SEAL not in members:
        raise SealBroken(MISSING, name=SEAL)
    try:
        header = json.loads(members.pop(SEAL))
        said = str(header["format"])
        if said not in FORMS:
            words = N_("密封文件的格式是“{found}”，这里能打开的是 {known}。请用本页的脚本或者在浏览器里重新封存。")
            raise SealBroken(words, found=said[:40], known=" / ".join(FORMS))
        needed, place, bidder = int(header["k"]), str(header["place"]), str(header["bidder"])
        openers = {str(each["name"]): str(each["recipient"]) for each in header["openers"]}
    except (ValueError, KeyError, TypeError, RecursionError) as broken:
        raise SealBroken from broken
    if not (2 <= needed <= len(openers)) or len(openers) != len(header["openers"]):
        raise SealBroken
    if perm(len(openers), needed) > MOST_WRAPS or not all(NAME.fullmatch(name) for name in openers):
        raise SealBroken
    return FORMS[said], needed, place, bidder, openers


def _raw_of(members: dict[str, bytes], parts: list[str]) -> dict[str, list[bytes]]:
    """The raw files of each part, counted from 1 without a gap. Raises SealBroken."""
    found: dict[str, list[bytes]] = {}
    for part in parts:
        count = sum(1 for name in members if (raw := _RAW.fullmatch(name)) and raw.group(1) == part)
        for number in range(1, count + 1):
            name = f"{raw_name(part, number)}.age"
            if name not in members:
                raise SealBroken(MISSING, name=name)
            found.setdefault(part, []).append(members.pop(name))
    return found


def _wraps_of(
    members: dict[str, bytes], parts: list[str], openers: list[str], needed: int, bidder: str
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Every wrap that must be there, and nothing else. Raises SealBroken."""
    wraps, own = {}, {}
    try:
        for name in parts:
            for chosen in permutations(range(len(openers)), needed):
                order = tuple(openers[each] for each in chosen)
                wraps[wrap_key(name, order, 0)] = members.pop(member_of_wrap(name, chosen))
            if bidder:
                own[name] = members.pop(f"{KEYS}/{name}/bidder.age")
    except KeyError as missing:
        raise SealBroken(MISSING, name=str(missing.args[0])) from missing
    if members:
        raise SealBroken(NOT_ASKED_FOR, name=next(iter(members)))
    if not parts or any(len(wrap) > LARGEST_WRAP for wrap in [*wraps.values(), *own.values()]):
        raise SealBroken
    return wraps, own


def _read_first_form(sealed: bytes) -> Container:
    body, digest = sealed[:-DIGEST_BYTES], sealed[-DIGEST_BYTES:]
    if not hmac.compare_digest(hashlib.sha256(body).digest(), digest):
        raise SealBroken
    start = len(MAGIC) + 4
    end = start + int.from_bytes(body[len(MAGIC) : start], "big")
    try:
        header = json.loads(body[start:end])
        blobs: dict[str, dict[str, bytes]] = {"parts": {}, "wraps": {}}
        for kind, named in blobs.items():
            for name, length in header[kind]:
                named[name] = body[end : end + length]
                end += length
        needed, openers, nonce = int(header["k"]), dict(header["openers"]), str(header["nonce"])
    except (ValueError, KeyError, TypeError) as broken:
        raise SealBroken from broken
    if end != len(body):
        raise SealBroken
    return Container(needed, openers, nonce, blobs["parts"], blobs["wraps"], form=1)


def member_of_wrap(name: str, chosen: tuple[int, ...]) -> str:
    """The file of a wrap: the openers by their number in the header, the outermost layer first."""
    return f"{KEYS}/{name}/{'-'.join(str(each + 1) for each in chosen)}.age"


def wrap_key(name: str, order: tuple[str, ...], done: int) -> str:
    return f"{name}:{'>'.join(order)}:{done}"


def read_wrap_key(container: Container, key: str) -> tuple[str, tuple[str, ...], int]:
    """Part, order of openers and how many have peeled; a key the container does not know is SealBroken."""
    name, _, rest = key.partition(":")
    order, _, done = rest.partition(":")
    if f"{name}:{order}:0" not in container.wraps or not done.isdecimal() or int(done) >= container.needed:
        raise SealBroken
    return name, tuple(order.split(">")), int(done)


def sealed_sha256(sealed: bytes) -> str:
    """The fingerprint printed on the receipt: SHA-256 of the sealed bytes, in hex."""
    return hashlib.sha256(sealed).hexdigest()
