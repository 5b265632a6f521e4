"""What falls due around awards; run by the worker."""

from __future__ import annotations

from datetime import datetime

from evaluations.awards.deeming import deem_determined


async def deem(now: datetime) -> None:
    """A buyer's days that passed in silence."""
    await deem_determined(now)
