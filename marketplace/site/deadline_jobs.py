"""What happens at a deadline, in its order: first whether it moves, then closing, then the chain of receipts."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.progress import close_all_due
from catalogue.outages.services import move_all_after_outages
from vendors.receipts.jobs import close_due_chains


async def pass_deadlines(now: datetime) -> None:
    """A deadline that passed while the service was away moves before anything is closed or counted."""
    await move_all_after_outages(now)
    await close_all_due(now)
    await close_due_chains(now)
