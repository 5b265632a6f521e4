"""Published papers and contacts: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.notices.facts import Contact
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

PDF = "application/pdf"


async def papers_of(subject: str) -> list[Row]:
    """Every paper that was published under a reference, newest version first within each."""
    rows = await fetch(
        "SELECT * FROM published_paper WHERE subject = $1 ORDER BY published_at, slug, media_type, version DESC",
        subject,
    )
    return [dict(r) for r in rows]


async def latest_paper(subject: str, slug: str, media_type: str = PDF) -> Row | None:
    """The last version of one published paper."""
    row = await fetchrow(
        "SELECT * FROM published_paper WHERE subject = $1 AND slug = $2 AND media_type = $3"
        " ORDER BY version DESC LIMIT 1",
        subject, slug, media_type,
    )  # fmt: skip
    return dict(row) if row else None


async def published_paper(paper: UUID) -> Row:
    """One published file. Raises NotFound."""
    row = await fetchrow("SELECT * FROM published_paper WHERE id = $1", paper)
    if row is None:
        raise NotFound()
    return dict(row)


async def contacts_of(offices: list[UUID]) -> dict[UUID, Row]:
    """What offices said of how they are reached."""
    rows = await fetch("SELECT * FROM office_contact WHERE organisation = ANY($1)", offices)
    return {r["organisation"]: dict(r) for r in rows}


def contact(name: str, row: Row | None) -> Contact:
    """An office with what it said of itself."""
    return Contact(name, row["address"], row["phone"], row["person"]) if row else Contact(name)
