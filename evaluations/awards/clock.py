"""How long a buyer may take to determine who wins, and what its silence means (R-TIME-14, R-TIME-14b)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import STOPS, Ground, Held, is_standing
from catalogue.listings.methods import is_framework, judged_without_panel, row_of, takes_sealed_bids
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, together
from marketplace.kernel.deadlines import Deadline, compute

REPORTED, RUN_ITSELF = "R-TIME-14", "R-TIME-14b"
# where the row says that silence counts
SILENCE = "R-TIME-14"


def clause_of(listing: Mapping[str, Any]) -> str:
    """Whether the clock starts with the agency's report or, where the buyer runs it itself, with the evaluation."""
    return REPORTED if listing["agency_agreement"] else RUN_ITSELF


def silence_counts(listing: Mapping[str, Any]) -> bool:
    """Whether the law deems the first ranked determined: after a panel's report, not in the county's own procedure.

    A framework admits several and a recorded result was determined elsewhere (87 Art. 68, 74 Art. 36 and 49).
    """
    return (
        takes_sealed_bids(listing)
        and not row_of(listing).is_local
        and not judged_without_panel(listing)
        and not is_framework(listing)
    )


@dataclass(frozen=True)
class DeterminationClock:
    """The buyer's days: since when, the last one, and the last one once what hindered the buyer is left out."""

    clause: str
    by: Deadline
    silent_by: Deadline

    def is_over(self, today: date) -> bool:
        """Whether the last day has passed without anything in the way."""
        return today > self.silent_by.date


def clock_from(clause: str, since: date, freed_on: Iterable[date]) -> DeterminationClock:
    """The clock of a report of one day; days on which the buyer might not determine are not held against it."""
    by = compute(clause, since)
    return DeterminationClock(clause, by, compute(clause, max([since, *freed_on])))


async def determination_clock(listing: Mapping[str, Any]) -> DeterminationClock | None:
    """The clock of a listing whose evaluation has ended, or None before that."""
    since, freed = await together(evaluated_at(listing["id"]), _freed_on(listing["id"]))
    if since is None:
        return None
    return clock_from(clause_of(listing), county_day(since), freed)


async def evaluated_at(listing: UUID) -> datetime | None:
    """When the buyer had the result before it: the signed report, or the decision that took an award back.

    None while a panel's report is not signed by all, is void, or lies with the agency that has to hand it over.
    """
    ended: datetime | None = await fetchval(
        "SELECT CASE WHEN EXISTS (SELECT FROM panel_member m WHERE m.listing = $1)"
        " THEN (SELECT CASE WHEN l.agency_agreement IS NULL THEN coalesce(e.handed_at, e.whole_at)"
        "       ELSE e.handed_at END FROM evaluation_report e JOIN listing l ON l.id = e.listing"
        # a report made anew in a re-evaluation takes the place of the one before it
        "       WHERE e.listing = $1 AND e.voided_at IS NULL ORDER BY e.version DESC LIMIT 1)"
        " ELSE (SELECT max(r.computed_at) FROM bid_result r JOIN listing_lot l ON l.id = r.lot"
        "       WHERE l.listing = $1) END",
        listing,
    )
    voided = await fetchval("SELECT max(voided_at) FROM void_award WHERE listing = $1", listing)
    return max(ended, voided) if ended and voided else ended


async def _freed_on(listing: UUID) -> list[date]:
    """The days on which a suspension or re-evaluation ended and on which a sign of collusion was answered."""
    answered, reviewed, holds = await together(
        fetchval("SELECT max(answered_at) FROM collusion_sign WHERE listing = $1", listing),
        fetchval("SELECT max(closed_at) FROM re_evaluation WHERE listing = $1", listing), holds_of(listing),
    )  # fmt: skip
    return [*ends_of(holds), *(county_day(moment) for moment in (answered, reviewed) if moment)]


def ends_of(holds: Sequence[Mapping[str, Any]]) -> list[date]:
    """The last days of holds that stopped awarding, as far as they have ended or will."""
    found = []
    for hold in holds:
        if Held.AWARDING not in STOPS[Ground(hold["ground"])]:
            continue
        ended = county_day(hold["ended_at"]) if hold["ended_at"] else None
        found += [min(day for day in (ended, hold["until"]) if day)] if ended or hold["until"] else []
    return found


def is_held(holds: Sequence[Mapping[str, Any]], today: date) -> bool:
    """Whether awarding is stopped today."""
    return any(Held.AWARDING in STOPS[Ground(h["ground"])] and is_standing(h, today) for h in holds)
