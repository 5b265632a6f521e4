"""Receipts' chains: what is due to be closed, and what everybody may read once it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.gateways.signing import USUAL
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.hashing import named
from vendors.receipts.rules import CHAIN_FORMAT, Act, ChainPlace, utc

Row = dict[str, Any]

# What was cancelled before its deadline is never opened, and nobody needs to know how much there was.
_DUE = """
SELECT l.id AS listing, l.reference, l.title, s.stage, s.closes_at FROM listing l
CROSS JOIN LATERAL (
    SELECT 'first' AS stage, l.closes_at
    UNION ALL SELECT 'final', w.closes_at FROM final_price_window w WHERE w.listing = l.id
) s
WHERE l.published_at IS NOT NULL AND s.closes_at <= $1 AND (l.ended_at IS NULL OR l.ended_at >= s.closes_at)
  AND l.status <> 'suspended' AND EXISTS (SELECT FROM listing_opener o WHERE o.listing = l.id)
  AND NOT EXISTS (SELECT FROM receipt_chain c WHERE c.listing = l.id AND c.stage = s.stage)
ORDER BY s.closes_at LIMIT $2
"""

_ACTS = """
SELECT 'sealed' AS act, b.receipt_number AS receipt, coalesce(e.receipt_number, '') AS replaces, t.number AS lot,
       b.sealed_at AS at, b.sealed_sha256 AS sha256
FROM bid b JOIN listing_lot t ON t.id = b.lot
LEFT JOIN bid e ON e.lot = b.lot AND e.provider = b.provider AND e.stage = b.stage AND e.status = 'replaced'
     AND e.version = b.version - 1
WHERE b.listing = $1 AND b.stage = $2
UNION ALL
SELECT 'withdrawn', b.receipt_number, '', t.number, b.ended_at, b.sealed_sha256
FROM bid b JOIN listing_lot t ON t.id = b.lot WHERE b.listing = $1 AND b.stage = $2 AND b.status = 'withdrawn'
"""


async def due_chains(now: datetime, most: int) -> list[Row]:
    """Stages of listings whose deadline has passed and whose chain is not closed yet."""
    return [dict(r) for r in await fetch(_DUE, now, most)]


async def acts_of(listing: UUID, stage: str) -> list[Act]:
    """Everything that was sealed or taken back, for the chain."""
    return [Act(**r) for r in await fetch(_ACTS, listing, stage)]


async def chain_of(listing: UUID, stage: str) -> Row | None:
    """The closed chain of a stage as its public file says it, or None before the deadline."""
    chain = await fetchrow(
        "SELECT c.*, l.reference FROM receipt_chain c JOIN listing l ON l.id = c.listing"
        " WHERE c.listing = $1 AND c.stage = $2",
        listing, stage,
    )  # fmt: skip
    if chain is None:
        return None
    links = await fetch(
        "SELECT position, act, receipt_number AS receipt, replaces, lot_number AS lot, happened_at AS at,"
        " sealed_sha256 AS sha256, link_hash AS hash FROM receipt_link WHERE chain = $1 ORDER BY position",
        chain["id"],
    )
    older = {"signature": chain["older_signature"], "public_key": chain["older_public_key"]}
    also = [older | _named(chain["older_algorithm"])] if chain["older_signature"] else []
    return {
        "format": CHAIN_FORMAT, "listing": chain["reference"], "stage": stage, "closes_at": utc(chain["closes_at"]),
        "length": chain["length"], "head": chain["head"], "signature": chain["signature"],
        "public_key": chain["public_key"], "published_at": utc(chain["published_at"]),
        "entries": [dict(link) | {"at": utc(link["at"])} for link in links],
        **_named(chain["algorithm"]), **named(chain["hashed_by"]), **({"also": also} if also else {}),
    }  # fmt: skip


def _named(algorithm: str) -> Row:
    return {} if algorithm == USUAL else {"algorithm": algorithm}


async def position_of(receipt: str) -> Row | None:
    """Where a receipt stands in its chain; None before the deadline."""
    row = await fetchrow(
        "SELECT k.position, c.length, c.head FROM receipt_link k JOIN receipt_chain c ON c.id = k.chain"
        " WHERE k.receipt_number = $1 AND k.act = 'sealed'",
        receipt,
    )
    return dict(row) if row else None


async def who_is_told(listing: UUID, stage: str) -> list[str]:
    """The mail of everybody who sealed for this stage, and of the auditors."""
    rows = await fetch(
        "SELECT p.email FROM bid b JOIN person p ON p.id = b.sealed_by"
        " WHERE b.listing = $1 AND b.stage = $2 AND p.email <> ''"
        " UNION SELECT p.email FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.role = 'auditor' AND p.is_active AND p.email <> '' ORDER BY email",
        listing, stage,
    )  # fmt: skip
    return [r["email"] for r in rows]


def place_of(row: Row, hashed_by: str) -> ChainPlace:
    """The place of a due chain."""
    return ChainPlace(row["reference"], row["stage"], row["closes_at"], hashed_by)
