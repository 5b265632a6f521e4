"""How long to wait between tries, and when to give up."""

from __future__ import annotations

from datetime import timedelta

MAX_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)


def wait_after(attempts: int) -> timedelta:
    """The pause after so many failed tries: 10 seconds, four times as long each time, at most 6 hours."""
    return min(FIRST_WAIT * 4 ** min(max(attempts - 1, 0), MAX_ATTEMPTS), LONGEST_WAIT)


def is_dead_after(attempts: int) -> bool:
    """After 8 failed tries (about a day) a person has to look."""
    return attempts >= MAX_ATTEMPTS
