"""From which moment on data may go (R-TIME-29, R-KEEP-01 to R-KEEP-03). All pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from marketplace.kernel.deadlines import months_later
from marketplace.kernel.rulebook import RuleRow, number, row
from marketplace.retention.kinds import FILES


def files_kept_until(ended_on: date) -> date:
    """The first day on which the files of a purchase that ended on a day may go (R-TIME-29)."""
    years = int(number(FILES, ended_on))
    try:
        return ended_on.replace(year=ended_on.year + years)
    except ValueError:  # the 29th of February
        return date(ended_on.year + years, 3, 1)


def term_of(key: str, on: date) -> RuleRow | None:
    """The row of the rulebook that says how long; None where data go the moment they end."""
    return row(key, on) if key else None


def cutoff(term: RuleRow, now: datetime) -> datetime:
    """Whatever ended before this moment is past its term."""
    return _moved(now, term, -1)


def kept_until(term: RuleRow, begins: datetime) -> datetime:
    """When the term of what began at a moment is over."""
    return _moved(begins, term, 1)


def _moved(at: datetime, term: RuleRow, sign: int) -> datetime:
    count = sign * int(term.number)
    if term.unit == "calendar_days":
        return at + timedelta(days=count)
    day = months_later(at.date(), count * (12 if term.unit == "years" else 1))
    return at.replace(year=day.year, month=day.month, day=day.day)
