"""Write a provider's standing down; called by the performance evaluation when a result is frozen.

What everybody's record adds up to is noted when it has changed and at the start of each month: the history of the
pages, and what a later doubt is settled with.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, insert, transaction
from vendors.standing.queries import figures_of_day
from vendors.standing.rules import Figure
from vendors.standing.tables import StandingEntry

NOTING_LOCK = 5_731_110
_NOTE = """
INSERT INTO standing_figure (id, provider, category, day, own_weight, own_product, evaluations, field_weight,
                             field_product, field_mean, drawn, confidence, is_enough, noted_at)
SELECT gen_random_uuid(), n.provider, n.category, $1, n.own_weight, n.own_product, n.evaluations, n.field_weight,
       n.field_product, n.field_mean, n.drawn, n.confidence, n.is_enough, $2
FROM unnest($3::uuid[], $4::text[], $5::numeric[], $6::numeric[], $7::int[], $8::numeric[], $9::numeric[],
            $10::numeric[], $11::numeric[], $12::numeric[], $13::boolean[])
     n(provider, category, own_weight, own_product, evaluations, field_weight, field_product, field_mean, drawn,
       confidence, is_enough)
WHERE NOT EXISTS (SELECT FROM (SELECT f.drawn, f.confidence, f.is_enough FROM standing_figure f
                               WHERE f.provider = n.provider AND f.category = n.category
                               ORDER BY f.noted_at DESC LIMIT 1) l
                  WHERE (l.drawn, l.confidence, l.is_enough) = (n.drawn, n.confidence, n.is_enough))
RETURNING id
"""


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
    # how large the contract was, in yuan; 0 when nobody knows
    contract_amount: Decimal = Decimal(0)


async def record_standing(new: NewStanding, actor: Actor | None, now: datetime) -> UUID:
    """Add one entry to the provider's published record; entries are never changed (R-PERF-08)."""
    async with transaction():
        entry: UUID = await insert(StandingEntry, **asdict(new), recorded_at=now)
        detail = {"evaluation": new.evaluation_reference, "grade": new.grade, "snapshot_sha256": new.snapshot_sha256}
        await record("standing.recorded", ("provider", str(new.provider)), actor, detail, now)
    return entry


async def note_standings(now: datetime) -> int:
    """Note what every record adds up to today, where it differs from what was noted last; gives how many differ."""
    async with transaction():
        if not await fetchval("SELECT pg_try_advisory_xact_lock($1)", NOTING_LOCK):
            return 0
        day = county_day(now)
        found = await figures_of_day(day)
        columns = zip(*[_columns(key, each) for key, each in found.items()], strict=True)
        return len(await fetch(_NOTE, day, now, *[list(column) for column in columns])) if found else 0


def _columns(key: tuple[UUID, str], found: Figure) -> tuple[object, ...]:
    return (
        *key, found.own.weight, found.own.product, found.own.count, found.field.weight, found.field.product,
        found.field_mean, found.drawn, found.confidence, found.is_enough,
    )  # fmt: skip


async def note_when_due(now: datetime) -> None:
    """Note when an evaluation was added since the last time, and once a month for what only grew older."""
    row = await fetchrow(
        "SELECT (SELECT max(recorded_at) FROM standing_entry) AS added,"
        " (SELECT max(noted_at) FROM standing_figure) AS noted"
    )
    assert row is not None
    if row["added"] is None:
        return
    month = county_day(now).replace(day=1)
    if row["noted"] is None or row["added"] > row["noted"] or county_day(row["noted"]) < month:
        await note_standings(now)
