"""What has to be true of a listing that many bidders sealed for at once, whatever was killed meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, BinaryIO

from marketplace.kernel import db, sealing
from tests.faults.sealing_county import County, Told
from vendors.bids.contents import PARTS, WITH_PAPERS


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
        with (county.folder / "documents" / row["storage_key"]).open("rb") as kept:
            assert hashlib.file_digest(kept, "sha256").hexdigest() == row["sealed_sha256"]
            assert kept.seek(0, os.SEEK_END) == row["sealed_size"]
    assert [row["version"] for row in rows] == versions_without_gaps(rows)
    audited = await db.fetchval(
        "SELECT count(*) FROM audit_entry WHERE act = 'bid.sealed' AND stream = $1", f"listing:{county.listing.id}"
    )
    assert audited == len(rows)
    for row in last.values():
        with (county.folder / "documents" / row["storage_key"]).open("rb") as kept:
            opened(county, kept)


def versions_without_gaps(rows: list[Any]) -> list[int]:
    """1, 2, 3 … for each bidder."""
    counted: dict[Any, int] = {}
    found = []
    for row in rows:
        counted[row["provider"]] = counted.get(row["provider"], 0) + 1
        found.append(counted[row["provider"]])
    return found


def opened(county: County, sealed: BinaryIO) -> None:
    """Two openers open it together, with every paper that it lists."""
    assert county.listing is not None
    keys = {sealing.recipient_of(identity): identity for identity in county.listing.identities.values()}
    container, _ = sealing.read_file(sealed)
    (one, first), (two, second), *_ = container.recipients.items()
    half = sealing.release(container, one, keys[first])
    file_keys = sealing.file_keys_of(container, two, keys[second], half, PARTS)
    parts = sealing.open_with_file_keys(container, file_keys)
    assert json.loads(parts["price"])["price"] == "480000.00"
    listed = json.loads(parts[WITH_PAPERS])["attachments"]
    assert len(listed) == len(container.raw.get(WITH_PAPERS, ()))
    for number, paper in enumerate(listed, start=1):
        with open(os.devnull, "wb") as out:
            found = sealing.open_raw(sealed, container, WITH_PAPERS, number, file_keys[WITH_PAPERS], out)
        assert found == (paper["size"], paper["sha256"])
