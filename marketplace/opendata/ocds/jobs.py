"""What the worker does for the public record."""

from __future__ import annotations

from datetime import datetime

from marketplace.opendata.ocds.publishing import release_changes
from marketplace.opendata.ocds.shape import Publisher


async def release_due(publisher: Publisher, now: datetime) -> None:
    """Release what has changed since the last look."""
    await release_changes(publisher)
