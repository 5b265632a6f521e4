"""A listing with sealed bids, and openers who release, by the real services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from evaluations.opening.rules import Outcome
from evaluations.opening.services import KeyFile, release_key
from marketplace.demo.quick_keys import quick_protect
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider, a_sealed_bid, a_store
from tests.cast import actor
from vendors.bids.contents import BidContents

PASSPHRASE = "correct horse battery"


@dataclass(frozen=True)
class Sealed:
    """A published listing with bids, and the moment its deadline has passed."""

    listing: Published
    bidders: list[AProvider]
    after: datetime

    @property
    def id(self) -> UUID:
        return self.listing.id

    @property
    def path(self) -> str:
        return f"/listings/{self.listing.reference}"


async def sealed_listing(
    now: datetime, bids: int = 2, contents: BidContents | None = None, **changed: Any
) -> Sealed:
    """N1 with so many sealed bids; the county clock is still before the deadline."""
    listing = await a_published_listing(now, **changed)
    bidders = [await a_provider(now, f"金堂县第{n}社会工作服务中心", username=f"bidder{n}") for n in range(1, bids + 1)]
    for bidder in bidders:
        await a_sealed_bid(listing.lots[0]["id"], bidder, now, contents)
    return Sealed(listing, bidders, listing.closes_at + timedelta(minutes=1))


def key_file(sealed: Sealed, username: str) -> bytes:
    """The opener's locked identity file."""
    return quick_protect(sealed.listing.identities[username], PASSPHRASE)


async def release(sealed: Sealed, username: str, now: datetime, stage: str = "first", owner: str = "") -> Outcome:
    """One opener releases; `owner` takes somebody else's file."""
    file = KeyFile(sealed.id, stage, key_file(sealed, owner or username), PASSPHRASE)
    return await release_key(file, a_store(), await actor(username, now), now)


async def opened_listing(clock: Any, bids: int = 2, **changed: Any) -> Sealed:
    """A listing both openers have opened; the clock stands after its deadline."""
    sealed = await sealed_listing(await clock.now(), bids, **changed)
    await clock.set(sealed.after)
    for username in ("zhou.lan", "wu.gang"):
        await release(sealed, username, sealed.after)
    return sealed
