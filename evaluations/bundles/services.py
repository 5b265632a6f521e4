"""Keep the roots of a listing's lots when its award is announced, in the same transaction."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from catalogue.listings import queries as listings
from evaluations.bundles.queries import rows_of, sealed_rows
from evaluations.bundles.tables import BundleRoot
from marketplace.kernel.db import execute, fetch, insert
from marketplace.kernel.hashing import hashing_now


async def keep_roots(listing: UUID, now: datetime) -> dict[int, str]:
    """Lot number -> root, for every lot with opened bids. The award notice and the audit name them."""
    listing_row = await listings.listing_by_id(listing)
    kept: dict[int, str] = {}
    kept_before = {r["lot"] for r in await fetch(
        "SELECT b.lot FROM bundle_root b JOIN listing_lot l ON l.id = b.lot WHERE l.listing = $1", listing)}
    for lot in await listings.lots(listing):
        rows = await rows_of(listing_row, lot)
        # a lot whose result stands keeps the root it was announced with
        if not rows or lot["id"] in kept_before:
            continue
        for row in rows:
            await execute(
                "INSERT INTO bundle_salt (id, opened_bid, public_salt, private_salt)"
                " VALUES (gen_random_uuid(), $1, $2, $3) ON CONFLICT (opened_bid) DO NOTHING",
                UUID(row.facts.opened_bid), secrets.token_hex(32), secrets.token_hex(32),
            )  # fmt: skip
        sealed = await sealed_rows(listing_row, lot, rows, hashing_now())
        await insert(
            BundleRoot, lot=lot["id"], root=sealed.root, rows=len(rows), kept_at=now, hashed_by=sealed.hashed_by
        )
        kept[lot["number"]] = sealed.root
    return kept
