"""The archive that holds a sealed bid: a plain ustar file, as every `tar` writes it (docs/sealed-bids.md).

Read strictly: what strangers made is taken apart by one small reader that knows files and folders and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

BLOCK = 512
SUMS = "SHA256SUMS"
MEMBER = re.compile(r"(\./)?((?:[A-Za-z0-9_-]{1,64}/){0,2}[A-Za-z0-9_-]{1,64}(?:\.[a-z]{1,4})?)")
MOST_MEMBERS = 600
_SUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](\./)?(.+)")


class SealBroken(DomainError):
    """Sealed bytes are not what was sealed: damaged, cut, mixed up or altered."""

    def __init__(self) -> None:
        super().__init__(N_("密封内容与封存时不一致，不能开启。请保留原文件并报告。"), "R-BID-01")


def written(members: Mapping[str, bytes]) -> bytes:
    """An archive of these members in this order, with their SHA-256 as `sha256sum` writes them at the end."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members.items())
    found = []
    for name, content in {**members, SUMS: sums.encode()}.items():
        found += [_header(name, len(content)), content, bytes(-len(content) % BLOCK)]
    return b"".join([*found, bytes(2 * BLOCK)])


def _header(name: str, size: int) -> bytes:
    fields = [
        name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0", b"%011o\0" % size, b"00000000000\0",
        b" " * 8, b"0", bytes(100), b"ustar\x0000", bytes(32), bytes(32), b"0000000\0", b"0000000\0", bytes(155),
    ]  # fmt: skip
    head = b"".join(fields).ljust(BLOCK, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def members_of(archive: bytes) -> dict[str, bytes]:
    """The files of an archive by name, checked against their sums where it brings any. Raises SealBroken."""
    found: dict[str, bytes] = {}
    at = 0
    while at + BLOCK <= len(archive) and any(archive[at : at + BLOCK]):
        name, size, kind = _read_header(archive[at : at + BLOCK])
        at += BLOCK
        content, end = archive[at : at + size], at + size + (-size % BLOCK)
        if len(content) != size or any(archive[at + size : end]) or end > len(archive):
            raise SealBroken
        if kind == "file":
            if name in found or len(found) >= MOST_MEMBERS:
                raise SealBroken
            found[name] = content
        at = end
    if archive[at:].strip(b"\0") or len(archive) < at + BLOCK:
        raise SealBroken
    _check_sums(found, found.pop(SUMS, None))
    return found


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
        raise SealBroken
    return plain.group(2), size, kind


def _check_sums(members: Mapping[str, bytes], sums: bytes | None) -> None:
    if sums is None:
        return
    said = {}
    for line in sums.decode("ascii", "replace").splitlines():
        found = _SUM_LINE.fullmatch(line)
        if found is None:
            raise SealBroken
        said[found.group(3)] = found.group(1)
    if said != {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}:
        raise SealBroken
