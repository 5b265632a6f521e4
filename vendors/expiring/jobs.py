"""Reminders that fall due."""

from __future__ import annotations

from datetime import datetime

from vendors.expiring.services import remind


async def remind_of_papers(now: datetime) -> None:
    """Tell providers of papers that run out in 60, 30 and 7 days."""
    await remind(now)
