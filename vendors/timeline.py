"""What the bids add to a listing's story; nothing before the deadline (R-COUNT-01)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.kernel.timeline import TimelineEvent


async def listing_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """How many sealed bids came for each lot, once the deadline has passed."""
    return []
