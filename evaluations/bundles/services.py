"""Keep the roots of a listing's lots when its award is announced, in the same transaction."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from catalogue.listings import queries as listings
from evaluations.bundles.queries import rows_of, sealed_rows
from evaluations.bundles.tables import BundleRoot, BundleSalt
from marketplace.kernel.db import insert


async def keep_roots(listing: UUID, now: datetime) -> dict[int, str]:
    """Lot number -> root, for every lot with opened bids. The award notice and the audit name them."""
    listing_row = await listings.listing_by_id(listing)
    kept: dict[int, str] = {}
    for lot in await listings.lots(listing):
        rows = await rows_of(listing_row, lot)
        if not rows:
            continue
        for row in rows:
            await insert(
                BundleSalt, opened_bid=UUID(row.facts.opened_bid), public_salt=secrets.token_hex(32),
                private_salt=secrets.token_hex(32),
            )  # fmt: skip
        sealed = await sealed_rows(listing_row, lot, rows)
        await insert(BundleRoot, lot=lot["id"], root=sealed.root, rows=len(rows), kept_at=now)
        kept[lot["number"]] = sealed.root
    return kept
