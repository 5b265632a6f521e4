"""Releases and records for readers: pages of a feed, one process, the processes of a year."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.db import connection, fetch, fetchrow, transaction
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
_OF_YEAR = """
    SELECT {what} FROM {source} r JOIN listing l ON l.id = r.listing
    WHERE l.published_at >= make_timestamptz($1, 1, 1, 0, 0, 0, 'Asia/Shanghai')
      AND l.published_at < make_timestamptz($1 + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai')
"""
_NEWEST = "(SELECT DISTINCT ON (listing) * FROM ocds_release ORDER BY listing, number DESC)"


async def releases_after(number: int, most: int) -> list[Row]:
    """The next releases in the order in which they were committed."""
    rows = await fetch(
        "SELECT number, body FROM ocds_release WHERE number > $1 ORDER BY number LIMIT $2", number, most
    )
    return [dict(row) for row in rows]


async def releases_of(ocid: str) -> list[Row]:
    """Every release of a process, oldest first. Raises NotFound for a process nobody knows."""
    rows = await fetch(
        "SELECT r.number, r.release_id, r.released_at, r.tags, r.body FROM ocds_release r WHERE r.listing ="
        " (SELECT listing FROM ocds_release WHERE ocid = $1 LIMIT 1) ORDER BY r.number",
        ocid,
    )
    if not rows:
        raise NotFound()
    return [dict(row) for row in rows]


async def years() -> list[int]:
    """The years in which processes began, newest first; found by the ends of an index, however many there are."""
    row = await fetchrow(
        "SELECT extract(year FROM min(published_at) AT TIME ZONE 'Asia/Shanghai')::int AS first,"
        " extract(year FROM max(published_at) AT TIME ZONE 'Asia/Shanghai')::int AS last"
        " FROM listing WHERE published_at IS NOT NULL"
    )
    assert row is not None
    return [] if row["first"] is None else list(range(row["last"], row["first"] - 1, -1))


async def bodies_of_year(year: int, *, newest_only: bool) -> AsyncIterator[str]:
    """The releases of the processes that began in a year; only the last of each if so asked. Memory stays constant."""
    source = _NEWEST if newest_only else "ocds_release"
    question = _OF_YEAR.format(what="r.body", source=source) + " ORDER BY r.number"
    async with transaction():
        async for row in connection().cursor(question, year, prefetch=500):  # type: ignore[union-attr]
            yield row["body"]


async def processes_of_year(year: int) -> AsyncIterator[tuple[str, list[str]]]:
    """Each process that began in a year with all its releases, oldest first; one process at a time in memory."""
    question = _OF_YEAR.format(what="r.ocid, r.body", source="ocds_release") + " ORDER BY r.listing, r.number"
    ocid, bodies = "", list[str]()
    async with transaction():
        async for row in connection().cursor(question, year, prefetch=200):  # type: ignore[union-attr]
            if row["ocid"] != ocid and bodies:
                yield ocid, bodies
                bodies = []
            ocid = row["ocid"]
            bodies.append(row["body"])
    if bodies:
        yield ocid, bodies


async def newest_of_year(year: int) -> str:
    """When the last release of a year's processes became public; empty before the first."""
    row = await fetchrow(
        _OF_YEAR.format(what="r.released_at", source="ocds_release") + " ORDER BY r.number DESC LIMIT 1", year
    )
    return row["released_at"].astimezone(COUNTY_ZONE).isoformat() if row else ""


async def newest() -> tuple[str, int]:
    """The process released last and the number of that release; nothing and 0 before the first."""
    row = await fetchrow("SELECT ocid, number FROM ocds_release ORDER BY number DESC LIMIT 1")
    return (row["ocid"], row["number"]) if row else ("", 0)
