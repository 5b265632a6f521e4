"""What the bids add to a listing's story; nothing before the deadline (R-COUNT-01)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent
from vendors.bids.queries import counts_by_lot


async def listing_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """How many sealed bids came for each lot, once the deadline has passed; names are for the opening."""
    return [
        TimelineEvent(
            at=lot["closes_at"],
            title=say(N_("第 {lot} 包收到 {count} 份封存的文件"), lot=lot["number"], count=lot["bids"]),
            clause="R-BID-01",
        )
        for lot in await counts_by_lot(listing_id)
        if lot["closes_at"] <= now
    ]
