"""The last day to sign what was awarded, with the days of a hold added. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from catalogue.holds.rules import STOPS, Ground, Held
from marketplace.kernel.clock import county_day


def last_day_to_sign(sign_by: date, drawn_up_at: datetime, holds: Sequence[Mapping[str, Any]], now: datetime) -> date:
    """The last day to sign, with the days on which a hold stopped signing added in the winner's favour (R-DISP-06)."""
    rested = set()
    for hold in holds:
        if Held.SIGNING not in STOPS[Ground(hold["ground"])]:
            continue
        first = max(county_day(hold["begun_at"]), county_day(drawn_up_at))
        last = county_day(hold["ended_at"] or now)
        rested |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return sign_by + timedelta(days=len(rested))
