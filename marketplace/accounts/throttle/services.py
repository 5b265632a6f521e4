"""Count failed sign-ins where every web process sees them, by real time."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from marketplace.accounts.throttle.rules import WINDOW, check_may_try
from marketplace.kernel.db import execute, fetchrow

_COUNT = """
    SELECT count(*) FILTER (WHERE name_hash = $1) AS of_name, count(*) FILTER (WHERE address_hash = $2) AS of_address,
           clock_timestamp() - max(failed_at) FILTER (WHERE name_hash = $1) AS since_name,
           clock_timestamp() - max(failed_at) FILTER (WHERE address_hash = $2) AS since_address
    FROM sign_in_failure
    WHERE failed_at > clock_timestamp() - $3::interval AND (name_hash = $1 OR address_hash = $2)
"""


def keyed(text: str, secret: str) -> bytes:
    """What is kept of a name or address: people type passwords into the wrong field."""
    return hmac.digest(secret.encode(), text.strip().lower().encode(), hashlib.sha256)


async def check_tries(name: bytes, address: bytes) -> None:
    """Raises TooManyTries while the name or the address has to wait."""
    row = await fetchrow(_COUNT, name, address, WINDOW)
    assert row is not None
    check_may_try(
        (row["of_name"], row["since_name"] or timedelta(0)), (row["of_address"], row["since_address"] or timedelta(0))
    )


async def note_failure(name: bytes, address: bytes) -> None:
    """One more failure; those that no longer count are forgotten on the way."""
    await execute("DELETE FROM sign_in_failure WHERE failed_at < clock_timestamp() - $1::interval", WINDOW)
    await execute(
        "INSERT INTO sign_in_failure (name_hash, address_hash, failed_at) VALUES ($1, $2, clock_timestamp())",
        name, address,
    )  # fmt: skip


async def forget_failures(name: bytes) -> None:
    """The right password was given: this name begins anew."""
    await execute("DELETE FROM sign_in_failure WHERE name_hash = $1", name)
