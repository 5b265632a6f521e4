"""Printed references: `JT-2026-0007`, counted per series and year, without holes that a rollback would leave."""

from __future__ import annotations

import secrets

from marketplace.kernel.db import fetchval

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


async def next_reference(series: str, year: int) -> str:
    """The next number of a series, such as `JT-2026-0007`; taken inside the caller's transaction."""
    return (await next_references(series, year, 1))[0]


async def next_references(series: str, year: int, count: int) -> list[str]:
    """The next so many numbers of a series, one after another; taken inside the caller's transaction."""
    last = await fetchval(
        "INSERT INTO reference (series, last_number) VALUES ($1, $2)"
        " ON CONFLICT (series) DO UPDATE SET last_number = reference.last_number + $2 RETURNING last_number",
        f"{series}-{year}",
        count,
    )
    return [f"{series}-{year}-{number:04d}" for number in range(last - count + 1, last + 1)]


def random_reference(series: str) -> str:
    """A number that tells nothing about how many came before it (R-COUNT-01)."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{series}-{letters[:5]}-{letters[5:]}"
