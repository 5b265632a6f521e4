"""Chain heads: signed lines that say how far a stream went, published so that nobody can cut it unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from marketplace.kernel.audit.chain import canonical_json


class Signer(Protocol):
    """A key that signs."""

    def sign(self, content: bytes) -> str: ...


class Verifier(Protocol):
    """A key that checks signatures."""

    @property
    def fingerprint(self) -> str: ...

    def verify(self, content: bytes, signature: str) -> bool: ...


@dataclass(frozen=True)
class Head:
    """The last entry of a stream when it was signed."""

    stream: str
    position: int
    hash: str
    signed_at: str
    key: str

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return canonical_json(self.__dict__)


@dataclass(frozen=True)
class SignedHead:
    """A head as it stands in the published file."""

    head: Head
    signature: str


def head_line(head: Head, signer: Signer) -> str:
    """One line of the published file: JSON with the signature."""
    return canonical_json({**head.__dict__, "signature": signer.sign(head.signed_bytes())}).decode()


def new_head(stream: str, position: int, entry_hash: str, signed_at: datetime, key: str) -> Head:
    """A head to be signed at a moment."""
    return Head(stream, position, entry_hash, signed_at.astimezone(UTC).isoformat(timespec="seconds"), key)


def read_line(line: str) -> SignedHead:
    """A line of the file. Raises ValueError when it is not one."""
    try:
        fields = json.loads(line)
        head = Head(fields["stream"], fields["position"], fields["hash"], fields["signed_at"], fields["key"])
        signature = fields["signature"]
    except (KeyError, TypeError) as error:
        raise ValueError("not a chain head") from error
    if not isinstance(head.position, int) or not all(isinstance(x, str) for x in (head.stream, head.hash, signature)):
        raise ValueError("not a chain head")
    return SignedHead(head, signature)


@dataclass(frozen=True)
class HeadsFile:
    """All heads of a file by stream and position, or the first line that does not hold."""

    hashes: dict[tuple[str, int], str]
    bad_line: int | None = None
    reason: str = ""

    def last_position(self, stream: str) -> int:
        """How far the stream was signed; 0 when never."""
        return max((position for name, position in self.hashes if name == stream), default=0)


def read_heads(lines: Iterable[str], *verifiers: Verifier) -> HeadsFile:
    """Read the published file and check every signature, each by the key that it names."""
    keys = {verifier.fingerprint: verifier for verifier in verifiers}
    hashes: dict[tuple[str, int], str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            signed = read_line(line)
        except ValueError:
            return HeadsFile(hashes, number, "unreadable")
        verifier = keys.get(signed.head.key)
        if verifier is None:
            return HeadsFile(hashes, number, "other_key")
        if not verifier.verify(signed.head.signed_bytes(), signed.signature):
            return HeadsFile(hashes, number, "signature")
        place = (signed.head.stream, signed.head.position)
        if hashes.setdefault(place, signed.head.hash) != signed.head.hash:
            return HeadsFile(hashes, number, "two_truths")
    return HeadsFile(hashes)
