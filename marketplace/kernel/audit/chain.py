"""The hash chain: canonical bytes of an entry, the hash that ties it to the one before, and the first one that lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from marketplace.kernel.hashing import KNOWN, SHA256, hashed, named

# what stands before the first entry of every stream
GENESIS = "0" * 64


@dataclass(frozen=True)
class Content:
    """What an entry says. Everything in it is covered by its hash."""

    id: UUID
    stream: str
    act: str
    subject_kind: str
    subject_id: str
    actor_id: UUID | None
    actor_name: str
    actor_role: str
    organisation: str
    detail: Mapping[str, str]
    at: datetime
    hashed_by: str = SHA256


@dataclass(frozen=True)
class ChainEntry:
    """An entry with its place in the chain. `content_sha256`: the hash of its content, by its own algorithm."""

    content: Content
    content_sha256: str
    position: int
    previous_hash: str
    entry_hash: str


@dataclass(frozen=True)
class Bad:
    """The first entry of a stream that does not hold, and what is wrong with it."""

    stream: str
    position: int
    id: UUID
    reason: str


def canonical_json(value: Mapping[str, object]) -> bytes:
    """One spelling for one meaning: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def canonical(content: Content) -> bytes:
    """The bytes of an entry that are hashed; the moment is written in UTC to the microsecond."""
    return canonical_json(
        {
            "id": str(content.id),
            "stream": content.stream,
            "act": content.act,
            "subject": [content.subject_kind, content.subject_id],
            "actor": str(content.actor_id) if content.actor_id else None,
            "actor_name": content.actor_name,
            "actor_role": content.actor_role,
            "organisation": content.organisation,
            "detail": dict(content.detail),
            "at": content.at.astimezone(UTC).isoformat(timespec="microseconds"),
            **named(content.hashed_by),
        }
    )


def content_hash(content: Content) -> str:
    """The hash of the canonical bytes, in hex."""
    return hashed(canonical(content), content.hashed_by)


def link_hash(previous_hash: str, canonical_bytes: bytes, algorithm: str = SHA256) -> str:
    """The hash of the previous entry's hash followed by this entry's bytes, in hex; by the entry's own algorithm."""
    return hashed(bytes.fromhex(previous_hash) + canonical_bytes, algorithm)


class ChainWalk:
    """Walks entries ordered by stream and position and compares each with the one before."""

    def __init__(self) -> None:
        self._stream: str | None = None
        self._position = 0
        self._hash = GENESIS

    def step(self, entry: ChainEntry) -> Bad | None:
        """What is wrong with the next entry, or None."""
        if entry.content.stream != self._stream:
            self._stream, self._position, self._hash = entry.content.stream, 0, GENESIS
        reason = self._fault(entry)
        self._position, self._hash = entry.position, entry.entry_hash
        return Bad(entry.content.stream, entry.position, entry.content.id, reason) if reason else None

    def _fault(self, entry: ChainEntry) -> str:
        if entry.position != self._position + 1:
            return "gap"
        if entry.previous_hash != self._hash:
            return "previous"
        written, algorithm = canonical(entry.content), entry.content.hashed_by
        if algorithm not in KNOWN or hashed(written, algorithm) != entry.content_sha256:
            return "content"
        if link_hash(entry.previous_hash, written, algorithm) != entry.entry_hash:
            return "hash"
        return ""


def first_bad(entries: Iterable[ChainEntry]) -> Bad | None:
    """The first entry that was changed, moved or cut out; entries come ordered by stream and position."""
    walk = ChainWalk()
    return next((bad for entry in entries if (bad := walk.step(entry))), None)
