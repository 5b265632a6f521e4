"""Read the audit. A hidden stream does not exist for any reader: not its entries, their number, nor its head."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from marketplace.kernel.audit.chain import ChainEntry, Content
from marketplace.kernel.db import fetch, fetchval, transaction

PAGE_SIZE = 50
UNLINKED_IS_A_FAULT_AFTER = timedelta(seconds=60)

_OPEN = "(name = 'main' OR hidden_until IS NULL OR hidden_until <= $1)"
_VISIBLE = f"(stream = 'main' OR stream IN (SELECT name FROM audit_stream WHERE {_OPEN}))"


@dataclass(frozen=True)
class AuditLine:
    """An entry as a reader sees it; `position` is None until the linker has come by."""

    content: Content
    position: int | None
    entry_hash: str | None


@dataclass(frozen=True)
class AuditPage:
    """A page of entries, newest first."""

    lines: list[AuditLine]
    page: int
    pages: int
    total: int


def content_of(row: asyncpg.Record) -> Content:
    """What an entry of the table says."""
    return Content(
        id=row["id"],
        stream=row["stream"],
        act=row["act"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"],
        actor_role=row["actor_role"],
        organisation=row["organisation"],
        detail=json.loads(row["detail"]),
        at=row["at"],
        hashed_by=row["hashed_by"],
    )


async def list_entries(
    page: int, visible_streams_at: datetime, subject: tuple[str, str] | None = None, act: str | None = None
) -> AuditPage:
    """A page of what was done, of the streams open at this moment; of one subject or one act when given."""
    kind, subject_id = subject or (None, None)
    where = f"""
        WHERE {_VISIBLE} AND ($2::text IS NULL OR (subject_kind = $2 AND subject_id = $3))
          AND ($4::text IS NULL OR act = $4)
    """
    wanted = (visible_streams_at, kind, subject_id, act)
    total = await fetchval(f"SELECT count(*) FROM audit_entry {where}", *wanted)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    rows = await fetch(
        f"SELECT * FROM audit_entry {where} ORDER BY sequence DESC LIMIT {PAGE_SIZE} OFFSET $5",
        *wanted,
        (page - 1) * PAGE_SIZE,
    )
    lines = [AuditLine(content_of(row), row["position"], row["entry_hash"]) for row in rows]
    return AuditPage(lines, page, pages, total)


async def open_streams(now: datetime) -> set[str]:
    """The streams that may be read at this moment."""
    rows = await fetch(f"SELECT name FROM audit_stream WHERE {_OPEN}", now)
    return {row["name"] for row in rows} | {"main"}


async def streams_without_a_row() -> list[str]:
    """Streams somebody wrote to without ever saying when they open."""
    rows = await fetch(
        "SELECT DISTINCT stream FROM audit_entry WHERE stream NOT IN (SELECT name FROM audit_stream) ORDER BY stream"
    )
    return [row["stream"] for row in rows]


async def first_unlinked(now: datetime) -> Content | None:
    """The oldest entry the linker has left behind for more than 60 seconds of real time, or None."""
    rows = await fetch(
        "SELECT * FROM audit_entry WHERE position IS NULL AND recorded_at < $1 ORDER BY sequence LIMIT 1",
        now - UNLINKED_IS_A_FAULT_AFTER,
    )
    return content_of(rows[0]) if rows else None


async def settled_tails(now: datetime, streams: Sequence[str]) -> dict[str, int]:
    """How far open streams reached more than 60 seconds (real time) ago; by then their heads must be signed."""
    rows = await fetch(
        """
        SELECT e.stream, max(e.position) AS position FROM audit_entry AS e JOIN audit_stream AS s ON s.name = e.stream
        WHERE e.linked_at < $1 AND e.stream = ANY($2::text[])
          -- a stream that has just opened gets its minute too
          AND (s.hidden_until IS NULL OR s.hidden_until < county_now() - $3::interval)
        GROUP BY e.stream
        """,
        now - UNLINKED_IS_A_FAULT_AFTER,
        list(streams),
        UNLINKED_IS_A_FAULT_AFTER,
    )
    return {row["stream"]: row["position"] for row in rows}


async def walk_linked() -> AsyncIterator[ChainEntry]:
    """Every linked entry by stream and position, read a few hundred at a time."""
    async with transaction() as running:
        cursor = running.connection.cursor(
            "SELECT * FROM audit_entry WHERE position IS NOT NULL ORDER BY stream, position", prefetch=500
        )
        async for row in cursor:
            yield ChainEntry(
                content_of(row), row["content_sha256"], row["position"], row["previous_hash"], row["entry_hash"]
            )
