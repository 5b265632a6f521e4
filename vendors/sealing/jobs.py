"""Uploads that nobody can finish any more."""

from __future__ import annotations

from datetime import datetime

from vendors.sealing.services import remove_old_uploads


async def clear_uploads(now: datetime) -> None:
    """Remove unfinished uploads of stages whose deadline has passed."""
    await remove_old_uploads(now)
