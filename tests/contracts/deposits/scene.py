"""A listing that asks a bid deposit, a provider that gives it, and a town full of Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalogue.listings.drafts import Terms
from contracts.deposits.forms import GUARANTEE
from contracts.deposits.queries import asked_for_bid
from contracts.deposits.rules import Asked
from contracts.deposits.services import HandedPaper, hand_in_guarantee
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.forms import Bound, parse
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider, a_store

DEPOSIT = Decimal("10000.00")
PAPER = HandedPaper("保函.pdf", b"%PDF-1.7\nBH-2026-1\n%%EOF\n")


@dataclass(frozen=True)
class Scene:
    """The listing, the provider and what is asked of it."""

    listing: Published
    provider: AProvider
    asked: Asked
    now: datetime

    @property
    def after(self) -> datetime:
        """An hour after the deadline."""
        return self.listing.closes_at + timedelta(hours=1)


async def a_scene(now: datetime, **terms: Any) -> Scene:
    """N1 with a bid deposit of 10,000 yuan and a bond of 5 %."""
    wanted = Terms(**{"bid_deposit": DEPOSIT, "performance_bond": Decimal(5), **terms})
    listing = await a_published_listing(now, terms=wanted)
    provider = await a_provider(now)
    return Scene(listing, provider, await asked_for_bid(listing.reference, provider.actor, now), now)


def a_guarantee(now: datetime, **changed: str) -> Bound:
    """A guarantee as it is typed."""
    usual = {
        "issuer": "金堂农商银行", "guarantee_number": "BH-2026-1", "amount": str(DEPOSIT),
        "valid_until": (county_day(now) + timedelta(days=200)).isoformat(),
    }  # fmt: skip
    return parse(GUARANTEE, usual | changed)


async def a_given_guarantee(scene: Scene) -> dict[str, Any]:
    """The deposit given by guarantee."""
    form = a_guarantee(scene.now)
    reference = await hand_in_guarantee(scene.asked, form, PAPER, a_store(), scene.provider.actor, scene.now)
    return await deposit(reference)


async def deposit(reference: str) -> dict[str, Any]:
    """A deposit as it stands in the database."""
    row = await fetchrow("SELECT * FROM deposit WHERE reference = $1", reference)
    assert row is not None
    return dict(row)


async def end_listing(scene: Scene, now: datetime) -> None:
    """The listing is cancelled."""
    await execute(
        "UPDATE listing SET status = 'cancelled', ended_at = $2, end_reason = '项目取消' WHERE id = $1",
        scene.listing.id, now,
    )  # fmt: skip


async def counted(table: str) -> int:
    """How many rows a table has."""
    return int(await fetchval(f"SELECT count(*) FROM {table}"))
