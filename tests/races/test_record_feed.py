"""Readers of the public record while others write to it, on real connections."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from catalogue.listings.version_writer import keep_first_version
from catalogue.notices.tables import PublishedPaper
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds import queries
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.opendata.ocds.rules import decoded
from tests.builders_catalogue import a_draft

START = at_county_time(date(2026, 3, 2), 9)
PUBLISHER = publisher_of(Settings.from_environment({}))
WRITERS, CHANGES = 8, 12


async def _change(draft: Any, number: int) -> None:
    """A process becomes public and gets twelve papers, each in a transaction that stays open for a while."""
    async with db.transaction():
        await db.execute("UPDATE listing SET published_at = $2, status = 'failed' WHERE id = $1", draft, START)
        await keep_first_version(draft, START)
    for change in range(CHANGES):
        async with db.transaction():
            await db.insert(
                PublishedPaper, subject=f"JT-{number}", slug=f"document-{change}", listing=draft,
                title=f"第 {change} 份", media_type="application/pdf", content_key="aa/x",
                content_sha256="0" * 64, storage_key="aa/y", sha256="1" * 64, size=1, published_at=START,
            )  # fmt: skip
            await asyncio.sleep((number * 7 + change * 3) % 11 / 300)


async def _follow(done: asyncio.Event) -> list[int]:
    """Read on from where the last page ended, as a consumer does, until all is written and nothing comes any more."""
    seen: list[int] = []
    while True:
        was_done = done.is_set()
        page = await queries.releases_after(seen[-1] if seen else 0, 3)
        seen += [row["number"] for row in page]
        if was_done and not page:
            return seen
        await asyncio.sleep(0.004)


async def _publish(done: asyncio.Event) -> int:
    made = 0
    while not done.is_set():
        made += await release_changes(PUBLISHER)
        await asyncio.sleep(0.003)
    return made


async def test_who_follows_the_feed_misses_nothing_while_eight_write_and_three_publish(committed: None) -> None:
    drafts = [await a_draft(START) for _ in range(WRITERS)]
    written, published = asyncio.Event(), asyncio.Event()
    publishing = [asyncio.create_task(_publish(written)) for _ in range(3)]
    reading = asyncio.create_task(_follow(published))
    await asyncio.gather(*(_change(draft, number) for number, draft in enumerate(drafts)))
    written.set()
    made = sum(await asyncio.gather(*publishing)) + await release_changes(PUBLISHER)
    published.set()
    every = [row["number"] for row in await db.fetch("SELECT number FROM ocds_release ORDER BY number")]
    assert await reading == every == list(range(1, made + 1))
    assert len(every) > WRITERS, "nothing was published while others wrote"
    last = await db.fetch("SELECT DISTINCT ON (listing) body FROM ocds_release ORDER BY listing, number DESC")
    assert len(last) == WRITERS
    assert [len(decoded(row["body"])["tender"]["documents"]) for row in last] == [CHANGES] * WRITERS
    assert await db.fetchval("SELECT count(*) FROM ocds_change") == 0
