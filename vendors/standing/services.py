"""Write a provider's standing down; called by the performance evaluation when a result is frozen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import insert, transaction
from vendors.standing.tables import StandingEntry


@dataclass(frozen=True)
class NewStanding:
    """What one frozen evaluation says: score out of 100, grade (excellent, good, fair, poor), and when it counts."""

    provider: UUID
    category: str
    item_code: str
    evaluation_reference: str
    contract_reference: str
    score: Decimal
    grade: str
    snapshot_sha256: str
    counts_from: date
    counts_until: date


async def record_standing(new: NewStanding, actor: Actor | None, now: datetime) -> UUID:
    """Add one entry to the provider's published record; entries are never changed (R-PERF-08)."""
    async with transaction():
        entry: UUID = await insert(StandingEntry, **asdict(new), recorded_at=now)
        detail = {"evaluation": new.evaluation_reference, "grade": new.grade, "snapshot_sha256": new.snapshot_sha256}
        await record("standing.recorded", ("provider", str(new.provider)), actor, detail, now)
    return entry
