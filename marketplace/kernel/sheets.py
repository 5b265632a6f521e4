"""Sheets handed out to the public: each has a number, so that two presses send it once, also without a script."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

from marketplace.kernel.db import execute


def form_of(typed: object) -> UUID:
    """Which sheet this is: each that is handed out has a number of its own, so that two presses send it once.

    What is no number is a sheet that nobody else sends.
    """
    try:
        return UUID(str(typed))
    except ValueError:
        return uuid4()


def identity_of(sheet: UUID, *told: str) -> UUID:
    """The number of what a sheet tells: the same for two presses, another one once anything on it was mended."""
    return uuid5(sheet, repr(told))


async def wait_for_turn(form: UUID) -> None:
    """Of two presses of one sheet the second waits for the first; inside the caller's transaction."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(form))
