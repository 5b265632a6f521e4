"""Evaluations of earlier years from before the marketplace: brought in frozen, as another county's papers would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from marketplace.demo.county.earlier import FIRM, FIRST_PROVIDER, SECOND
from marketplace.demo.county.people import actor
from marketplace.kernel import db
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings
from vendors.standing.rules import grade_on
from vendors.standing.services import NewStanding, note_standings, record_standing


@dataclass(frozen=True)
class Earlier:
    """One evaluation from before: whose, of which group of items, how good, how large the contract was."""

    provider: str
    category: str
    item: str
    score: str
    amount: str


# the second provider recovers from a bad year; the largest record of care is old and bad, the newest small and good
YEARS: dict[int, tuple[Earlier, ...]] = {
    2022: (
        Earlier(FIRST_PROVIDER, "administrative", "A02", "86.00", "430000"),
        Earlier(SECOND, "administrative", "A02", "58.50", "380000"),
        Earlier(FIRM, "administrative", "A05", "82.00", "210000"),
        Earlier(FIRST_PROVIDER, "service", "S02", "66.00", "900000"),
    ),
    2023: (
        Earlier(SECOND, "administrative", "A02", "84.00", "400000"),
        Earlier(FIRM, "administrative", "A05", "88.00", "260000"),
        Earlier(FIRM, "service", "S02", "87.50", "420000"),
    ),
    2024: (
        Earlier(SECOND, "administrative", "A08", "88.00", "60000"),
        Earlier(FIRM, "administrative", "A05", "83.00", "280000"),
        Earlier(FIRM, "service", "S02", "89.00", "450000"),
        Earlier(FIRST_PROVIDER, "service", "S02", "92.00", "30000"),
    ),
}


async def year_2022_recorded(now: datetime, _: Settings) -> None:
    """What was evaluated at the beginning of 2023."""
    await _record(2022, now)


async def year_2023_recorded(now: datetime, _: Settings) -> None:
    """What was evaluated at the beginning of 2024."""
    await _record(2023, now)


async def year_2024_recorded(now: datetime, _: Settings) -> None:
    """What was evaluated in the autumn of 2024, before the next year was bought."""
    await _record(2024, now)


async def standing_noted(now: datetime, _: Settings) -> None:
    """What the first evaluation made here changed."""
    await note_standings(now)


async def _record(year: int, now: datetime) -> None:
    day = county_day(now)
    for number, each in enumerate(YEARS[year], 1):
        provider = await _provider_of(each.provider)
        score, contract = Decimal(each.score), f"HT-{year}-Q{number:02d}"
        snapshot = f"{contract} {each.item} {each.score} {each.amount} {day.isoformat()}"
        await record_standing(
            NewStanding(
                provider, each.category, each.item, f"{contract}-PJ", contract, score, grade_on(score, day),
                sha256(snapshot.encode()).hexdigest(), day, date(day.year + 3, day.month, day.day),
                Decimal(each.amount),
            ),
            None, now,
        )  # fmt: skip
    await note_standings(now)


async def _provider_of(username: str) -> UUID:
    organisation = (await actor(username)).organisation_id
    found: UUID = await db.fetchval("SELECT id FROM provider WHERE organisation = $1", organisation)
    return found
