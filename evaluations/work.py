"""What waits for somebody in the evaluations."""

from __future__ import annotations

from datetime import datetime

from evaluations.performance import work as performance
from marketplace.accounts.actor import Actor
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Everything in the evaluations that waits for this person."""
    return await performance.waiting_for(actor, now)
