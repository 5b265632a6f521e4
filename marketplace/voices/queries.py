"""Comments and tips: what is public, one's own by its number, and what waits at an office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.voices.rules import desks_of

Row = dict[str, Any]
MOST_SHOWN = 50


async def published() -> list[Row]:
    """What was reviewed for the public, the newest answer first: never the words as they came."""
    rows = await fetch(
        "SELECT reference, office, about, public_words, answer, answered_at, sent_at FROM voice"
        " WHERE status = 'published' ORDER BY answered_at DESC, reference LIMIT $1",
        MOST_SHOWN,
    )
    return [dict(row) for row in rows]


async def own(reference: str) -> Row:
    """The state of one by its number, without its words: a number may be overheard. Raises NotFound."""
    row = await fetchrow(
        "SELECT reference, kind, office, status, sent_at, answer, answered_at FROM voice WHERE reference = $1",
        reference,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def at_desk(actor: Actor) -> list[Row]:
    """What came to the reader's offices: what waits first, the oldest first."""
    rows = await fetch(
        "SELECT * FROM voice WHERE office = ANY($1) ORDER BY status <> 'received',"
        " CASE WHEN status = 'received' THEN sent_at END, answered_at DESC LIMIT 200",
        [str(desk) for desk in desks_of(actor)],
    )
    return [dict(row) for row in rows]


async def for_desk(reference: str, actor: Actor) -> Row:
    """One that came to the reader's offices. Raises NotFound for another's."""
    row = await fetchrow(
        "SELECT v.*, p.name AS answered_by_name FROM voice v LEFT JOIN person p ON p.id = v.answered_by"
        " WHERE v.reference = $1 AND v.office = ANY($2)",
        reference, [str(desk) for desk in desks_of(actor)],
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return dict(row)


async def waiting(offices: Sequence[str]) -> list[Row]:
    """What no office has answered yet."""
    rows = await fetch(
        "SELECT reference, kind, office, sent_at FROM voice WHERE status = 'received' AND office = ANY($1)"
        " ORDER BY sent_at",
        list(offices),
    )
    return [dict(row) for row in rows]
