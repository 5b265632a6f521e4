"""What the sealing figure needs: a published listing, a provider, a sealed container, and the bare INSERT beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel import clock, db
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.conftest import WORKER, make_database
from vendors.bids import entering
from vendors.bids.rules import Stage

BARE = """
    INSERT INTO bare_bid (listing, lot, provider, receipt_number, storage_key, sealed_sha256, sealed_size, sealed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
"""


@dataclass
class Ready:
    """One bidder who seals again and again."""

    place: entering.Place
    sealed: entering.Sealed
    actor: Actor
    receipt: str

    async def enter(self) -> None:
        """Enter a sealed bid in place of the one before: what happens once the ciphertext is stored."""
        self.receipt = await entering.enter_sealed_bid(self.place, self.sealed, self.receipt, self.actor)

    async def bare_insert(self) -> None:
        """The floor: one row, one transaction, nothing else."""
        async with db.transaction():
            await db.execute(
                BARE, self.place.listing, self.place.lot, self.place.provider, "HZ-XXXXX-XXXXX",
                self.sealed.storage_key, self.sealed.sha256, self.sealed.size,
            )  # fmt: skip


@asynccontextmanager
async def a_listing_to_bid_for() -> AsyncIterator[Ready]:
    """A database of its own with one listing open for bids; the floor's table has an index like the real one."""
    await make_database(f"test_{WORKER}")
    await db.open_pool(min_size=1, max_size=4)
    try:
        await clock.found_installation(is_demo=True)
        await clock.turn_clock_to(clock.at_county_time(date(2026, 3, 2), 9))
        now = await clock.CountyClock().now()
        await db.execute(
            "CREATE TABLE bare_bid (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), listing uuid, lot uuid,"
            " provider uuid, receipt_number text, storage_key text, sealed_sha256 text,"
            " sealed_size int, sealed_at timestamptz)"
        )
        listing = await a_published_listing(now)
        provider = await a_provider(now)
        lot: UUID = listing.lots[0]["id"]
        receipt = await a_sealed_bid(lot, provider, now)
        row = await db.fetchrow("SELECT * FROM bid WHERE receipt_number = $1", receipt)
        assert row is not None
        place = entering.Place(listing.id, lot, row["provider"], Stage.FIRST)
        sealed = entering.Sealed(row["storage_key"], row["sealed_sha256"], row["sealed_size"])
        yield Ready(place, sealed, provider.actor, receipt)
    finally:
        await db.close_pool()
