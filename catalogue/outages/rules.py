"""How long the service was away in the last hours before a deadline, and whether the deadline moves. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalogue.interruptions.rules import moved
from marketplace.kernel.clock import county_day
from marketplace.kernel.rulebook import number

BEAT = timedelta(seconds=10)
# what is shorter than this between two beats is a slow moment, not an outage
LEAST_GAP = timedelta(seconds=40)


@dataclass(frozen=True)
class Span:
    """A time in which the pages were served."""

    begun_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Gap:
    """A time in which they were not."""

    begun_at: datetime
    ended_at: datetime

    @property
    def length(self) -> timedelta:
        """How long."""
        return self.ended_at - self.begun_at


@dataclass(frozen=True)
class OutageRule:
    """What a listing's rule allows (R-OUTAGE-01)."""

    window: timedelta
    allowed_minutes: int
    days: int


def rule_of(rules_on: date) -> OutageRule:
    """The rule in force for a listing."""
    return OutageRule(
        timedelta(hours=int(number("R-OUTAGE-01/outage_window", rules_on))),
        int(number("R-OUTAGE-01/outage_allowed", rules_on)),
        int(number("R-OUTAGE-01/outage_days", rules_on)),
    )


def gaps(spans: Sequence[Span], start: datetime, end: datetime) -> list[Gap]:
    """The outages between two moments. Before the first span nothing is known, so nothing is counted."""
    found: list[Gap] = []
    served_until: datetime | None = None
    for span in sorted(spans, key=lambda each: each.begun_at):
        if served_until is not None and span.begun_at > served_until:
            found += _within(served_until, span.begun_at, start, end)
        served_until = max(served_until or span.seen_at, span.seen_at)
    if served_until is not None:
        found += _within(served_until, end, start, end)
    return found


def _within(begun: datetime, ended: datetime, start: datetime, end: datetime) -> list[Gap]:
    if ended - begun < LEAST_GAP:
        return []
    first, last = max(begun, start), min(ended, end)
    return [Gap(first, last)] if last > first else []


def unavailable(found: Sequence[Gap]) -> timedelta:
    """All of them together."""
    return sum((gap.length for gap in found), timedelta())


def moves(found: Sequence[Gap], rule: OutageRule) -> bool:
    """Longer than allowed, not as long as allowed."""
    return unavailable(found) > timedelta(minutes=rule.allowed_minutes)


def new_deadline(closes_at: datetime, rule: OutageRule, now: datetime) -> datetime:
    """The same hour so many working days later, counted from the deadline or, when that is past, from today."""
    base = closes_at
    late = (county_day(now) - county_day(closes_at)).days
    if late > 0:
        base = closes_at + timedelta(days=late)
    for _ in range(rule.days):
        base = moved(base, timedelta(days=1))
    return base
