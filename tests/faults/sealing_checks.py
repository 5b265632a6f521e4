"""What has to be true of a listing that many bidders sealed for at once, whatever was killed meanwhile."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from marketplace.kernel import db, sealing
from tests.faults.sealing_county import County, Told


async def check_round(county: County, told: list[Told]) -> None:
    """Nothing acknowledged is lost, nothing late is accepted, every bid has its entry in the audit and opens."""
    assert county.listing is not None
    closes_at = await db.fetchval("SELECT closes_at FROM listing WHERE id = $1", county.listing.id)
    rows = await db.fetch("SELECT * FROM bid WHERE listing = $1 ORDER BY provider, version", county.listing.id)
    by_receipt = {row["receipt_number"]: row for row in rows}
    for each in told:
        row = by_receipt[each.receipt]
        assert (row["sealed_sha256"], row["provider"]) == (each.sha256, each.provider)
    assert all(row["sealed_at"] < closes_at for row in rows)
    last = {row["provider"]: row for row in rows}
    for row in rows:  # of each bidder the last version stands, the earlier ones were replaced, none is missing
        assert row["status"] == ("sealed" if row is last[row["provider"]] else "replaced")
        kept = (county.folder / "documents" / row["storage_key"]).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == row["sealed_sha256"] and len(kept) == row["sealed_size"]
    assert [row["version"] for row in rows] == versions_without_gaps(rows)
    audited = await db.fetchval(
        "SELECT count(*) FROM audit_entry WHERE act = 'bid.sealed' AND stream = $1", f"listing:{county.listing.id}"
    )
    assert audited == len(rows)
    for row in last.values():
        opened(county, (county.folder / "documents" / row["storage_key"]).read_bytes())


def versions_without_gaps(rows: list[Any]) -> list[int]:
    """1, 2, 3 … for each bidder."""
    counted: dict[Any, int] = {}
    found = []
    for row in rows:
        counted[row["provider"]] = counted.get(row["provider"], 0) + 1
        found.append(counted[row["provider"]])
    return found


def opened(county: County, sealed: bytes) -> None:
    """Two openers open it together."""
    assert county.listing is not None
    keys = {sealing.recipient_of(identity): identity for identity in county.listing.identities.values()}
    (one, first), (two, second), *_ = sealing.read_container(sealed).recipients.items()
    half = sealing.release(sealed, one, keys[first])
    parts = sealing.open_parts(sealed, two, keys[second], half, ("qualification", "technical", "price"))
    assert json.loads(parts["price"])["price"] == "480000.00"
