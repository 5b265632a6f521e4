"""What the sealing figure needs: a published listing, a provider, a sealed container, and the bare INSERT beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import cycle
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel import clock, db
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.conftest import WORKER, make_database
from vendors.bids import entering
from vendors.bids.rules import Stage

BIDDERS = 40
BARE = """
    INSERT INTO bare_bid (listing, lot, provider, receipt_number, storage_key, sealed_sha256, sealed_size, sealed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
"""


@dataclass
class Bidder:
    """One who seals again and again."""

    place: entering.Place
    sealed: entering.Sealed
    actor: Actor
    receipt: str


class Ready:
    """The bidders of a listing, who seal in turns: a bid is replaced some times, not a thousand times."""

    def __init__(self, bidders: list[Bidder]) -> None:
        self._turns = cycle(bidders)

    async def enter(self) -> None:
        """Enter a sealed bid in place of the one before: what happens once the ciphertext is stored."""
        bidder = next(self._turns)
        bidder.receipt = await entering.enter_sealed_bid(bidder.place, bidder.sealed, bidder.receipt, bidder.actor)

    async def bare_insert(self) -> None:
        """The floor: one row, one transaction, nothing else."""
        bidder = next(self._turns)
        async with db.transaction():
            await db.execute(
                BARE, bidder.place.listing, bidder.place.lot, bidder.place.provider, "HZ-XXXXX-XXXXX",
                bidder.sealed.storage_key, bidder.sealed.sha256, bidder.sealed.size,
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
        yield Ready([await a_bidder(listing.id, listing.lots[0]["id"], number, now) for number in range(BIDDERS)])
    finally:
        await db.close_pool()


async def a_bidder(listing: UUID, lot: UUID, number: int, now: datetime) -> Bidder:
    """A registered provider with a first sealed bid."""
    provider = await a_provider(now, f"第{number}社会工作服务中心", username=f"bidder{number}")
    receipt = await a_sealed_bid(lot, provider, now)
    row = await db.fetchrow("SELECT * FROM bid WHERE receipt_number = $1", receipt)
    assert row is not None
    sealed = entering.Sealed(row["storage_key"], row["sealed_sha256"], row["sealed_size"])
    return Bidder(entering.Place(listing, lot, row["provider"], Stage.FIRST), sealed, provider.actor, receipt)
