"""What the worker does for the public search: keep this machine's index, tell of new finds."""

from __future__ import annotations

from datetime import datetime

from marketplace.finding.services import clear_marks, refresh_index, tell_new_finds
from marketplace.gateways.search_index import BusyIndex, SearchIndex


async def keep_index(index: SearchIndex) -> None:
    """Bring the index up to date; another worker of this machine may be at it already."""
    try:
        await refresh_index(index)
    except BusyIndex:
        pass


async def tell(index: SearchIndex, public_address: str, now: datetime) -> None:
    """Write to those who saved a search with mail, and forget old marks."""
    await tell_new_finds(index, public_address, now)
    await clear_marks(now)
