"""Messages that need a person. Waiting messages are not counted here: their number could tell of sealed bids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kernel.db import fetch


@dataclass(frozen=True)
class DeadMessage:
    """A message that could not be delivered, and why."""

    id: UUID
    kind: str
    posted_at: datetime
    dead_at: datetime
    attempts: int
    last_error: str


async def list_dead(now: datetime, limit: int = 100) -> list[DeadMessage]:
    """Messages given up, newest first, without their content; those about sealed bids only after the deadline."""
    rows = await fetch(
        "SELECT id, kind, posted_at, dead_at, attempts, last_error FROM outbox_message"
        " WHERE dead_at IS NOT NULL AND (hidden_until IS NULL OR hidden_until <= $1) ORDER BY dead_at DESC LIMIT $2",
        now,
        limit,
    )
    return [DeadMessage(**row) for row in rows]
