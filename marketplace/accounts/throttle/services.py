"""Count failed sign-ins where every web process sees them, by real time."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from marketplace.accounts.throttle.rules import UNDER_WAY, WINDOW, TooManyTries, check_may_try
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.safe_engine import noting_what_is_kept

_COUNT = """
    SELECT count(*) FILTER (WHERE name_hash = $1) AS of_name, count(*) FILTER (WHERE address_hash = $2) AS of_address,
           clock_timestamp() - max(failed_at) FILTER (WHERE name_hash = $1) AS since_name,
           clock_timestamp() - max(failed_at) FILTER (WHERE address_hash = $2) AS since_address,
           count(*) FILTER (WHERE address_hash = $5 AND failed_at > clock_timestamp() - $6::interval) AS under_way
    FROM sign_in_failure
    WHERE failed_at > clock_timestamp() - $3::interval AND number < $4
      AND (name_hash = $1 OR address_hash = $2 OR address_hash = $5)
"""
# before the address: people of one office who sign in at once are no failures of its address
NOT_FAILED_YET = b"?"


def keyed(text: str, secret: str) -> bytes:
    """What is kept of a name or address: people type passwords into the wrong field."""
    return hmac.digest(secret.encode(), text.strip().lower().encode(), hashlib.sha256)


async def begin_try(name: bytes, address: bytes) -> int:
    """Count a try before it is known how it ends: of many sent at once only the free ones are heard.

    Raises TooManyTries while the name or the address has to wait; such a try is not counted.
    """
    with noting_what_is_kept(has_weight=False):
        await execute("DELETE FROM sign_in_failure WHERE failed_at < clock_timestamp() - $1::interval", WINDOW)
        number: int = await fetchval(
            "INSERT INTO sign_in_failure (name_hash, address_hash, failed_at) VALUES ($1, $2, clock_timestamp())"
            " RETURNING number",
            name, NOT_FAILED_YET + address,
        )  # fmt: skip
    row = await fetchrow(_COUNT, name, address, WINDOW, number, NOT_FAILED_YET + address, UNDER_WAY)
    assert row is not None
    since = [row["since_name"] or timedelta(0), row["since_address"] or timedelta(0)]
    try:
        check_may_try((row["of_name"], since[0]), (row["of_address"], since[1]), row["under_way"])
    except TooManyTries:
        await forget_try(number)
        raise
    return number


async def note_failure(number: int, address: bytes) -> None:
    """The try failed: from now on it counts for its address too."""
    with noting_what_is_kept(has_weight=False):
        await execute("UPDATE sign_in_failure SET address_hash = $2 WHERE number = $1", number, address)


async def forget_try(number: int) -> None:
    """It says nothing of who tried."""
    with noting_what_is_kept(has_weight=False):
        await execute("DELETE FROM sign_in_failure WHERE number = $1", number)


async def forget_failures(name: bytes) -> None:
    """The right password was given: this name begins anew."""
    with noting_what_is_kept(has_weight=False):
        await execute("DELETE FROM sign_in_failure WHERE name_hash = $1", name)
