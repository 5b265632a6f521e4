"""When a provider is told that a paper runs out. All pure; what runs out decides nothing by itself (R-QUAL-01)."""

from __future__ import annotations

from datetime import date, timedelta

REMIND_BEFORE = (60, 30, 7)  # days
FIRST_REMINDER = timedelta(days=max(REMIND_BEFORE))


def reminder_due(valid_until: date, day: date) -> int | None:
    """The reminder that fits a day: 60, 30 or 7 days before; None before the first and once it has run out.

    Where a reminder was missed, the next one stands in for it: nobody gets two letters on one day.
    """
    left = (valid_until - day).days
    if left < 0:
        return None
    return min((days for days in REMIND_BEFORE if left <= days), default=None)


def is_past(valid_until: date | None, day: date) -> bool:
    """Whether a paper has run out: its last day still counts."""
    return valid_until is not None and valid_until < day
