"""The one linker: chains committed entries within a second and signs the heads of the streams that may be known."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg

from marketplace.kernel.audit.chain import GENESIS, canonical, link_hash
from marketplace.kernel.audit.heads import Signer, head_line, new_head
from marketplace.kernel.audit.queries import content_of
from marketplace.kernel.db import execute, fetch, fetchval, transaction

LINKER_LOCK = 7_240_001  # PostgreSQL advisory lock: one linker in all processes
BATCH = 1000


class PublicLog(Protocol):
    """A file of lines that only grows."""

    async def append(self, lines: Sequence[str]) -> None: ...


async def link_committed() -> set[str]:
    """Chain entries that are committed but not linked yet, at most 1000; returns the streams that grew.

    Entries get their place in the order of their numbers; one that commits later than a higher number simply comes
    later in the chain. Nothing is done while another process holds the linker's lock.
    """
    async with transaction():
        if not await fetchval("SELECT pg_try_advisory_xact_lock($1)", LINKER_LOCK):
            return set()
        entries = await fetch("SELECT * FROM audit_entry WHERE position IS NULL ORDER BY sequence LIMIT $1", BATCH)
        if not entries:
            return set()
        streams = {entry["stream"] for entry in entries}
        await _write_links(_links(entries, await _tails(streams)))
        return streams


async def sign_heads(
    log: PublicLog, signer: Signer, key: str, now: datetime, streams: Collection[str] | None = None
) -> int:
    """Publish the new heads of open streams (all, or only these); returns how many lines were written.

    The file is written before the mark, so a crash between them repeats a line and never loses one.
    """
    async with transaction():
        if not await fetchval("SELECT pg_try_advisory_xact_lock($1)", LINKER_LOCK):
            return 0
        tails = await _unsigned_tails(now, streams)
        if not tails:
            return 0
        heads = [new_head(tail["name"], tail["position"], tail["entry_hash"], now, key) for tail in tails]
        # a signature may take a process of its own
        await log.append(await asyncio.to_thread(lambda: [head_line(head, signer) for head in heads]))
        await execute(
            "UPDATE audit_stream SET signed_position = h.position"
            " FROM unnest($1::text[], $2::bigint[]) AS h(name, position) WHERE audit_stream.name = h.name",
            [head.stream for head in heads],
            [head.position for head in heads],
        )
        return len(heads)


Link = tuple[UUID, int, str, str]


def _links(entries: Sequence[asyncpg.Record], tails: dict[str, tuple[int, str]]) -> list[Link]:
    links: list[Link] = []
    for entry in entries:
        position, previous = tails.get(entry["stream"], (0, GENESIS))
        content = content_of(entry)
        entry_hash = link_hash(previous, canonical(content), content.hashed_by)
        links.append((entry["id"], position + 1, previous, entry_hash))
        tails[entry["stream"]] = (position + 1, entry_hash)
    return links


async def _write_links(links: Sequence[Link]) -> None:
    ids, positions, previous, hashes = zip(*links, strict=True)
    await execute(
        """
        UPDATE audit_entry AS e
        SET position = l.position, previous_hash = l.previous, entry_hash = l.hash, linked_at = clock_timestamp()
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS l(id, position, previous, hash)
        WHERE e.id = l.id
        """,
        list(ids),
        list(positions),
        list(previous),
        list(hashes),
    )


_TAIL = """
    JOIN LATERAL (SELECT position, entry_hash FROM audit_entry
                  WHERE stream = s.name AND position IS NOT NULL ORDER BY position DESC LIMIT 1) AS tail ON true
"""


async def _tails(streams: Collection[str]) -> dict[str, tuple[int, str]]:
    rows = await fetch(
        f"SELECT s.name, tail.position, tail.entry_hash FROM unnest($1::text[]) AS s(name) {_TAIL}", list(streams)
    )
    return {row["name"]: (row["position"], row["entry_hash"]) for row in rows}


async def _unsigned_tails(now: datetime, streams: Collection[str] | None) -> list[asyncpg.Record]:
    return await fetch(
        f"""
        SELECT s.name, tail.position, tail.entry_hash FROM audit_stream AS s {_TAIL}
        WHERE (s.hidden_until IS NULL OR s.hidden_until <= $1) AND tail.position > s.signed_position
          AND ($2::text[] IS NULL OR s.name = ANY($2::text[]))
        ORDER BY s.name
        """,
        now,
        list(streams) if streams is not None else None,
    )
