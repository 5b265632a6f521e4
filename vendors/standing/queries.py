"""A provider's standing as of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow


@dataclass(frozen=True)
class Standing:
    """The evaluation that counts for a provider in one group of items."""

    grade: str
    score: Decimal
    evaluation_reference: str
    contract_reference: str
    item_code: str
    counts_from: date
    counts_until: date


async def standing_of(provider: UUID, category: str, on: date) -> Standing | None:
    """The newest entry that counts on a day for a group of items; None is "no record", never a bad one."""
    row = await fetchrow(
        "SELECT grade, score, evaluation_reference, contract_reference, item_code, counts_from, counts_until"
        " FROM standing_entry WHERE provider = $1 AND category = $2 AND $3 BETWEEN counts_from AND counts_until"
        " ORDER BY counts_from DESC, recorded_at DESC LIMIT 1",
        provider, category, on,
    )  # fmt: skip
    return Standing(**row) if row else None


async def standing_rows(provider: UUID) -> list[dict[str, Any]]:
    """Every entry of a provider, newest first, for its public page."""
    rows = await fetch(
        "SELECT s.category, s.item_code, s.evaluation_reference, s.contract_reference, s.score, s.grade, s.counts_from,"
        " s.counts_until, s.snapshot_sha256 FROM standing_entry s WHERE s.provider = $1"
        " ORDER BY s.counts_from DESC, s.recorded_at DESC",
        provider,
    )
    return [dict(r) for r in rows]
