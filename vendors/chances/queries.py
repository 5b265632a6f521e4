"""What of a provider's file a listing is compared with, in one question."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetchrow
from marketplace.kernel.names import Name

_COMPARED = """
SELECT
 ARRAY(SELECT kind FROM provider_paper WHERE provider = $1 AND ended_at IS NULL ORDER BY added_at, id) AS kinds,
 ARRAY(SELECT valid_until FROM provider_paper WHERE provider = $1 AND ended_at IS NULL ORDER BY added_at, id) AS ends,
 ARRAY(SELECT item_code FROM offered_item WHERE provider = $1) AS items,
 EXISTS (SELECT 1 FROM listing_town WHERE listing = $2) AS has_towns,
 ARRAY(SELECT ARRAY[o.name, o.name_en] FROM listing_town t JOIN organisation o ON o.id = t.town WHERE t.listing = $2
       AND NOT EXISTS (SELECT 1 FROM service_town s WHERE s.provider = $1 AND s.town = t.town) ORDER BY o.sort_key)
   AS other_towns
"""


async def compared(provider: UUID, listing: UUID) -> dict[str, Any]:
    """Papers by kind with their last valid day, items offered, and the listing's towns the file does not name."""
    row = await fetchrow(_COMPARED, provider, listing)
    assert row is not None
    return {**row, "papers": dict(zip(row["kinds"], row["ends"], strict=True)), "items": frozenset(row["items"]),
            "other_towns": [Name(*names) for names in row["other_towns"]]}  # fmt: skip
