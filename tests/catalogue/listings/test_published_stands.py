"""A published listing is never edited: SQL by hand is refused at its commit unless a version is written with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from catalogue.listings.services import cancel_listing
from catalogue.listings.version_writer import NewVersion, write_version
from marketplace.kernel.clock import at_county_time, county_day, found_installation, turn_clock_to
from marketplace.kernel.db import execute, fetchval, transaction
from tests.builders_catalogue import a_draft, a_published_listing
from tests.cast import actor
from tests.conftest import WORKER, make_database

EDITS = [
    "UPDATE listing SET title = 'x' WHERE id = $1",
    "UPDATE listing SET requirement = 'x' WHERE id = $1",
    "UPDATE listing SET qualification = 'x' WHERE id = $1",
    "UPDATE listing SET budget = budget - 1, ceiling = 1 WHERE id = $1",
    "UPDATE listing SET closes_at = closes_at + interval '1 day' WHERE id = $1",
    "UPDATE listing SET published_at = NULL, status = 'draft' WHERE id = $1",
    "UPDATE listing SET published_at = published_at - interval '1 day' WHERE id = $1",
    "UPDATE listing_lot SET budget = 1 WHERE listing = $1",
    "UPDATE criterion SET points = 1 WHERE listing = $1",
    "DELETE FROM criterion WHERE listing = $1",
    "DELETE FROM listing_town WHERE listing = $1",
    "INSERT INTO listing_town (id, listing, town) SELECT gen_random_uuid(), $1, id FROM organisation"
    " WHERE kind = 'town' AND id NOT IN (SELECT town FROM listing_town WHERE listing = $1) LIMIT 1",
    "UPDATE payment_milestone SET evidence = 'x' WHERE listing = $1",
    "UPDATE listing_opener SET fingerprint = 'x' WHERE listing = $1",
    "UPDATE timetable_date SET day = day + 1 WHERE listing = $1",
    "INSERT INTO past_performance_band (id, listing, grade, points) VALUES (gen_random_uuid(), $1, 'good', 1)",
    "INSERT INTO criterion_band (id, listing, criterion, position, points)"
    " SELECT gen_random_uuid(), $1, id, 1, 1 FROM criterion WHERE listing = $1 AND position = 1",
    # a version that is not of this transaction does not help
    "UPDATE criterion SET listing = (SELECT id FROM listing WHERE id <> $1 LIMIT 1), position = 99"
    " WHERE listing = $1 AND position = 1",
]


@pytest_asyncio.fixture
async def committed(test_database: Any) -> AsyncIterator[None]:
    """A database of its own where commits are real."""
    real, address = test_database.pool, await make_database(f"stands_{WORKER}")
    test_database.pool = await asyncpg.create_pool(**address, min_size=1, max_size=3)
    try:
        await found_installation(is_demo=True)
        await turn_clock_to(at_county_time(county_day(await fetchval("SELECT clock_timestamp()")), 9))
        yield
    finally:
        await test_database.pool.close()
        test_database.pool = real


async def test_sql_by_hand_cannot_edit_what_was_published(committed: None) -> None:
    now = await fetchval("SELECT county_now()")
    published = await a_published_listing(now)
    draft = await a_draft(now)
    for edit in EDITS:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await execute(edit, published.id)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await execute("DELETE FROM listing WHERE id = $1", published.id)
    assert await fetchval("SELECT title FROM listing WHERE id = $1", published.id) == "购买社会救助服务"
    await execute("UPDATE listing SET title = '草稿可以改' WHERE id = $1", draft)
    await execute("DELETE FROM criterion WHERE listing = $1", draft)


async def test_a_new_version_in_the_same_transaction_may_change_it_and_its_life_goes_on(committed: None) -> None:
    now = await fetchval("SELECT county_now()")
    published = await a_published_listing(now)
    buyer = await actor("li.qiang", now)
    async with transaction():
        await execute("UPDATE listing SET requirement = '改了' WHERE id = $1", published.id)
        async with transaction():  # inside a savepoint, as an act inside an act
            number = await write_version(published.id, NewVersion("corrigendum", buyer.person_id, None), now)
    assert number == 2
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await execute("UPDATE listing SET requirement = '再改' WHERE id = $1", published.id)
    await cancel_listing(published.id, "预算调整", buyer, now)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", published.id) == "cancelled"
