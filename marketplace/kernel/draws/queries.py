"""Draws: every SELECT. Who may read the names is decided by the caller, who knows its readers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.draws.file import draw_file
from marketplace.kernel.draws.rules import Candidate, FrozenList
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]
PAGE_SIZE = 50
SECRET_PLACE = "draw.secret_kept"


async def draw_by_reference(reference: str) -> Row:
    """A draw. Raises NotFound."""
    row = await fetchrow("SELECT * FROM draw WHERE reference = $1", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def candidates_of(draw: UUID) -> list[Row]:
    """Everybody on the list: by lot once drawn, by key before."""
    rows = await fetch("SELECT key, name, lot, place FROM draw_candidate WHERE draw = $1 ORDER BY place, key", draw)
    # the database's collation must not decide: the procedure sorts by code points
    return sorted((dict(r) for r in rows), key=lambda r: (r["place"] or 0, r["key"]))


async def witnesses_of(draw: UUID) -> list[Row]:
    """Who was present, in the order in which they spoke."""
    rows = await fetch("SELECT name, words FROM draw_witness WHERE draw = $1 ORDER BY number", draw)
    return [dict(r) for r in rows]


async def standing_draw(kind: str, subject: UUID) -> Row | None:
    """The draw made or to be made for a thing; at most one that is not cancelled."""
    row = await fetchrow("SELECT * FROM draw WHERE kind = $1 AND subject = $2 AND status <> 'cancelled'", kind, subject)
    return dict(row) if row else None


async def drawn_keys(kind: str, subject: UUID) -> list[str]:
    """The keys of those drawn for a thing, in the order of their lots; empty before the draw."""
    rows = await fetch(
        "SELECT c.key FROM draw d JOIN draw_candidate c ON c.draw = d.id"
        " WHERE d.kind = $1 AND d.subject = $2 AND d.status = 'drawn' AND c.place <= d.take ORDER BY c.place",
        kind, subject,
    )  # fmt: skip
    return [r["key"] for r in rows]


async def keys_by_lot(kind: str, subject: UUID) -> list[str]:
    """Every key of the list in the order of its lot, for those who stand in; empty before the draw."""
    rows = await fetch(
        "SELECT c.key FROM draw d JOIN draw_candidate c ON c.draw = d.id"
        " WHERE d.kind = $1 AND d.subject = $2 AND d.status = 'drawn' ORDER BY c.place",
        kind, subject,
    )  # fmt: skip
    return [r["key"] for r in rows]


async def link_of(entry: UUID) -> tuple[int, str]:
    """Where an entry stands in the audit chain; 0 and nothing until the linker has come by."""
    row = await fetchrow("SELECT position, entry_hash FROM audit_entry WHERE id = $1", entry)
    return (row["position"] or 0, row["entry_hash"] or "") if row else (0, "")


async def list_draws(page: int) -> tuple[list[Row], int, int]:
    """A page of all draws, newest first, without any name; with the page's number and how many there are."""
    total = await fetchval("SELECT count(*) FROM draw")
    page = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    rows = await fetch(
        "SELECT reference, kind, listing_reference, status, commitment, frozen_at, drawn_at FROM draw"
        f" ORDER BY frozen_at DESC, reference DESC LIMIT {PAGE_SIZE} OFFSET $1",
        (page - 1) * PAGE_SIZE,
    )
    return [dict(r) for r in rows], page, total


def frozen_of(draw: Row, candidates: list[Row]) -> FrozenList:
    """The list as it was frozen, its secret included."""
    by_key = sorted((Candidate(each["key"], each["name"]) for each in candidates), key=lambda c: c.key)
    secret = draw["secret"] or reveal(draw["secret_kept"], SECRET_PLACE)
    return FrozenList(draw["reference"], draw["subject_line"], draw["take"], tuple(by_key), secret)


async def file_of(draw: Row) -> Row:
    """The file of a draw that was made. Raises NotFound before."""
    if draw["status"] != "drawn":
        raise NotFound()
    frozen = frozen_of(draw, await candidates_of(draw["id"]))
    chain = {"stream": "main", "position": draw["chain_position"], "hash": draw["chain_hash"]}
    made = draw_file(frozen, chain, await witnesses_of(draw["id"]))
    moments = {"frozen_at": draw["frozen_at"].isoformat(), "drawn_at": draw["drawn_at"].isoformat()}
    return {**made, **moments}
