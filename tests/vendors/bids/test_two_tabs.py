"""Real commits: two tabs seal at once, and a deadline that moves while a bid arrives."""

from __future__ import annotations

import asyncio
import contextvars
from datetime import timedelta

from catalogue.listings.version_writer import NewVersion, write_version
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict
from tests.at_once import both
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_store, some_contents
from vendors.bids.rules import BiddingClosed
from vendors.bids.services import replace_bid, seal_bid


async def test_two_tabs_that_seal_or_replace_at_once_leave_one_bid(committed):
    now = await fetchval("SELECT county_now()")
    listing, provider, store = await a_published_listing(now), await a_provider(now), a_store()
    lot = listing.lots[0]["id"]
    sealed = await both(*[seal_bid(lot, some_contents(), store, provider.actor, now) for _ in range(2)])
    receipts = [each for each in sealed if isinstance(each, str)]
    assert len(receipts) == 1 and any(isinstance(each, Conflict) for each in sealed), sealed
    replaced = await both(*[replace_bid(receipts[0], some_contents(), store, provider.actor, now) for _ in range(2)])
    assert sorted(isinstance(each, Conflict) for each in replaced) == [False, True], replaced
    rows = await fetch("SELECT status, count(*) AS n FROM bid GROUP BY status ORDER BY status")
    assert [(r["status"], r["n"]) for r in rows] == [("replaced", 1), ("sealed", 1)]


async def test_a_bid_that_waits_while_the_deadline_passes_is_late(committed):
    now = await fetchval("SELECT county_now()")
    listing, provider = await a_published_listing(now), await a_provider(now)
    async with transaction():
        # somebody holds the listing; the bid has begun in time and has to wait
        await execute("SELECT 1 FROM listing WHERE id = $1 FOR UPDATE", listing.id)
        bid = seal_bid(listing.lots[0]["id"], some_contents(), a_store(), provider.actor, now - timedelta(seconds=1))
        # a context of its own: the bid must not join this transaction
        waiting = asyncio.get_running_loop().create_task(bid, context=contextvars.Context())
        await asyncio.sleep(0.7)
        assert not waiting.done()
        await execute("UPDATE listing SET closes_at = county_now() WHERE id = $1", listing.id)
        await write_version(listing.id, NewVersion("extension", provider.actor.person_id, None), now)
    late = (await both(waiting))[0]
    assert isinstance(late, BiddingClosed), late
    assert await fetchval("SELECT count(*) FROM bid") == 0


async def test_a_bid_that_waits_for_one_who_changes_nothing_is_late_once_the_deadline_has_passed(committed):
    now = await fetchval("SELECT county_now()")
    listing, provider = await a_published_listing(now), await a_provider(now)
    async with transaction():
        # the deadline comes while the bid waits: it was in time when it looked, and is not when it is entered
        await execute("SET LOCAL session_replication_role = replica")
        await execute("UPDATE listing SET closes_at = county_now() + interval '0.6 seconds' WHERE id = $1", listing.id)
    async with transaction():
        await execute("SELECT 1 FROM listing WHERE id = $1 FOR UPDATE", listing.id)
        bid = seal_bid(listing.lots[0]["id"], some_contents(), a_store(), provider.actor, now - timedelta(seconds=1))
        waiting = asyncio.get_running_loop().create_task(bid, context=contextvars.Context())
        await asyncio.sleep(0.9)
        assert not waiting.done()
    late = (await both(waiting))[0]
    assert isinstance(late, BiddingClosed), late
    assert await fetchval("SELECT count(*) FROM bid") == 0
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'bid.sealed'") == 0


async def test_a_bid_that_waits_while_the_deadline_moves_later_is_entered(committed):
    now = await fetchval("SELECT county_now()")
    listing, provider = await a_published_listing(now), await a_provider(now)
    async with transaction():
        await execute("SELECT 1 FROM listing WHERE id = $1 FOR UPDATE", listing.id)
        bid = seal_bid(listing.lots[0]["id"], some_contents(), a_store(), provider.actor, now - timedelta(seconds=1))
        waiting = asyncio.get_running_loop().create_task(bid, context=contextvars.Context())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await execute("UPDATE listing SET closes_at = closes_at + interval '3 days' WHERE id = $1", listing.id)
        await write_version(listing.id, NewVersion("extension", provider.actor.person_id, None), now)
    receipt = (await both(waiting))[0]
    assert await fetchval("SELECT count(*) FROM bid WHERE receipt_number = $1", receipt) == 1
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'bid.sealed'") == 1
