"""Published versions and their lines. Public: everything here was told to everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.versions import Line, canonical_text
from marketplace.kernel.db import as_dict, fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

VERSION_KINDS_SHOWN = ("publication", "corrigendum", "extension", "suspension", "recount")


async def versions_of(listing: UUID) -> list[Row]:
    """Every version, the newest first."""
    rows = await fetch(
        "SELECT id, number, kind, reason, affects_bids, closes_at, published_at, sha256 FROM listing_version"
        " WHERE listing = $1 ORDER BY number DESC",
        listing,
    )
    return [as_dict(r) for r in rows]


async def version_of(listing: UUID, number: int) -> Row:
    """One version by its number. Raises NotFound."""
    row = await fetchrow("SELECT * FROM listing_version WHERE listing = $1 AND number = $2", listing, number)
    if row is None:
        raise NotFound()
    return dict(row)


async def version_lines(version: UUID) -> list[Line]:
    """The lines of a version as they were published."""
    rows = await fetch(
        "SELECT section, item, label, kind, value FROM listing_version_line WHERE version = $1 ORDER BY position",
        version,
    )
    return [Line(**r) for r in rows]


async def version_text(reference: str, version: Row) -> str:
    """The canonical text whose SHA-256 stands beside the version."""
    return canonical_text(reference, version["number"], await version_lines(version["id"]))
