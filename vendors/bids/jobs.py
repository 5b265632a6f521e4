"""Drafts that nobody can use any more."""

from __future__ import annotations

from datetime import datetime

from vendors.bids.drafts import remove_old_drafts


async def clear_drafts(now: datetime) -> int:
    """Remove the drafts of listings whose deadline has passed; gives their number."""
    return await remove_old_drafts(now)
