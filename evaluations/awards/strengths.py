"""What the winner did well, in words that give away neither its points by factor nor its secrets (R-AWD-02)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from evaluations.awards.services import publish_award_notice
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import execute, transaction

MOST = 1000


async def publish_with_strengths(
    listing: UUID, strengths: Mapping[UUID, str], actor: Actor, now: datetime
) -> list[UUID]:
    """Announce, and keep what the losers of each lot read of the winner; done again it changes nothing."""
    async with transaction():
        contracts = await publish_award_notice(listing, actor, now)
        if contracts:
            for lot, words in strengths.items():
                said = words.strip()[:MOST]
                await execute("UPDATE award SET strengths = $2 WHERE lot = $1 AND announced_at = $3", lot, said, now)
    return contracts
