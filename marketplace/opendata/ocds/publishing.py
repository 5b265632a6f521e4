"""Make releases of what has changed. One writer at a time, whatever the number of workers.

The marks are taken before the facts are read: whoever commits in between leaves a mark of its own for the next look.
The number of a release is given while the writer's lock is held until the commit, so numbers become visible in order
and a reader's cursor never passes a release that comes later.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.facts import Process, processes
from marketplace.opendata.ocds.rules import PARTS, Digests, decoded, digests, encoded, newest_moment, tags
from marketplace.opendata.ocds.shape import Publisher, sections

WRITER_LOCK = 5_731_109
AT_ONCE = 200
# the digests of a release and its text
Told = tuple[Digests, str]


def publisher_of(settings: Settings) -> Publisher:
    """Who publishes, as the settings say."""
    return Publisher(
        settings.ocds_prefix, settings.ocds_organisation_scheme, settings.public_address, settings.ocds_publisher
    )


async def release_changes(publisher: Publisher) -> int:
    """Release what has changed since the last time; gives how many releases were made."""
    made = 0
    while (taken := await _release_some(publisher)) is not None:
        made += taken
    return made


async def _release_some(publisher: Publisher) -> int | None:
    """The next few; None when nothing is marked or another worker is at it."""
    async with transaction():
        if not await fetchval("SELECT pg_try_advisory_xact_lock($1)", WRITER_LOCK):
            return None
        marked = await fetch(
            "DELETE FROM ocds_change WHERE listing IN (SELECT listing FROM ocds_change GROUP BY listing"
            " ORDER BY min(sequence) LIMIT $1) RETURNING listing",
            AT_ONCE,
        )
        if not marked:
            return None
        listings = list({row["listing"] for row in marked})
        before = await _last_releases(listings)
        number: int = await fetchval("SELECT coalesce(max(number), 0) FROM ocds_release")
        made: list[tuple[Any, ...]] = []
        for process in await processes(listings):
            if release := _release(process, publisher, before.get(process.listing["id"]), number + len(made) + 1):
                made.append(release)
        if made:
            await execute(_WRITE, *map(list, zip(*made, strict=True)))
        return len(made)


async def _last_releases(listings: list[UUID]) -> dict[UUID, Told]:
    rows = await fetch(
        "SELECT DISTINCT ON (listing) listing, body, tender_sha256, awards_sha256, contracts_sha256,"
        " implementation_sha256 FROM ocds_release WHERE listing = ANY($1) ORDER BY listing, number DESC",
        listings,
    )
    return {row["listing"]: (Digests(*[row[f"{part}_sha256"] for part in PARTS]), row["body"]) for row in rows}


_WRITE = """
    INSERT INTO ocds_release (number, listing, ocid, release_id, tags, released_at, body, sha256, tender_sha256,
                              awards_sha256, contracts_sha256, implementation_sha256)
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
"""


def _release(
    process: Process, publisher: Publisher, before: Told | None, number: int
) -> tuple[Any, ...] | None:
    """The row of a release as it is written; none where nothing has changed."""
    made = sections(process, publisher)
    now = digests(made)
    if before and before[0] == now:
        return None
    told = tags(made, now, before[0], decoded(before[1])) if before else tags(made, now, None)
    ocid = publisher.ocid(process.listing["reference"])
    happened = newest_moment(made)
    release = {
        "ocid": ocid, "id": f"{ocid}-{number}", "date": happened, "tag": told, "initiationType": "tender",
        "language": "zh", **made,
    }  # fmt: skip
    body = encoded(release).decode()
    return (
        number, process.listing["id"], ocid, release["id"], " ".join(told), datetime.fromisoformat(happened), body,
        hashlib.sha256(body.encode()).hexdigest(), *[getattr(now, part) for part in PARTS],
    )  # fmt: skip
