"""What an identity of the money is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """One thing that must be equal everywhere. `sql` gives rows (subject, expected, found) where it is not."""

    name: str
    zh: str
    en: str
    sql: str
