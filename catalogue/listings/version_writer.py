"""Write down what the public reads from now on. Called inside the act that changes it, on a locked listing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.listings.content import content_of
from catalogue.listings.queries import listing_by_id
from catalogue.listings.version_tables import ListingVersion
from catalogue.listings.versions import canonical_text, lines_of, sha256_of
from marketplace.kernel.db import execute, fetchval, insert


@dataclass(frozen=True)
class NewVersion:
    """Why there is a new version, and who made it."""

    kind: str
    drafted_by: UUID
    approved_by: UUID | None
    reason: str = ""
    affects_bids: bool = False


async def write_version(listing: UUID, new: NewVersion, at: datetime) -> int:
    """Keep the listing's present public content as its next version; gives the number."""
    found = await listing_by_id(listing)
    lines = lines_of(await content_of(found))
    number: int = await fetchval(
        "SELECT coalesce(max(number), 0) + 1 FROM listing_version WHERE listing = $1", listing
    )
    version = await insert(
        ListingVersion, listing=listing, number=number, kind=new.kind, reason=new.reason,
        affects_bids=new.affects_bids, closes_at=found["closes_at"], drafted_by=new.drafted_by,
        approved_by=new.approved_by, published_at=at,
        sha256=sha256_of(canonical_text(found["reference"], number, lines)),
    )  # fmt: skip
    columns = zip(*((line.section, line.item, line.label, line.kind, line.value) for line in lines), strict=True)
    await execute(
        "INSERT INTO listing_version_line (id, version, position, section, item, label, kind, value)"
        " SELECT gen_random_uuid(), $1, t.position, t.section, t.item, t.label, t.kind, t.value"
        " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
        " WITH ORDINALITY AS t (section, item, label, kind, value, position)",
        version, *[list(column) for column in columns],
    )  # fmt: skip
    return number


async def keep_first_version(listing: UUID, at: datetime) -> None:
    """A listing that was published before versions were kept gets its first one from what it says now."""
    if await fetchval("SELECT 1 FROM listing_version WHERE listing = $1", listing):
        return
    found = await listing_by_id(listing)
    new = NewVersion("publication", found["drafted_by"], found["approved_by"])
    await write_version(listing, new, found["published_at"] or at)
