"""Count what strangers send where every web process sees it, by real time."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from litestar import Request

from marketplace.accounts.people import signing_in
from marketplace.kernel.db import execute, fetchrow
from marketplace.public_posts.rules import DAY, HOUR, check_may_post


def place_of(request: Request[Any, Any, Any]) -> bytes:
    """Where a form came from, as it is kept: a keyed hash."""
    secret = request.app.state["settings"].secret("throttle")
    return hmac.digest(secret.encode(), f"post {signing_in.place_of(request)}".encode(), hashlib.sha256)


async def note_post(kind: str, place: bytes) -> None:
    """One more form from a place; inside the caller's transaction. Raises TooManyPosts."""
    await execute("DELETE FROM public_post WHERE posted_at < clock_timestamp() - $1::interval", DAY)
    row = await fetchrow(
        "SELECT count(*) FILTER (WHERE posted_at > clock_timestamp() - $2::interval) AS hour, count(*) AS day"
        " FROM public_post WHERE address_hash = $1",
        place, HOUR,
    )  # fmt: skip
    assert row is not None
    check_may_post(row["hour"], row["day"])
    await execute(
        "INSERT INTO public_post (kind, address_hash, posted_at) VALUES ($1, $2, clock_timestamp())", kind, place
    )
