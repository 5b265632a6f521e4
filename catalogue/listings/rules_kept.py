"""Keep and show the rows of the rulebook a listing was published under; later changes of law leave them alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from marketplace.kernel.db import execute, fetch
from marketplace.kernel.rulebook import RuleRow, Wording, plain

_KEEP = """
INSERT INTO listing_rule (id, listing, position, key, value, words_zh, words_en, unit, direction, jurisdiction,
                          effective_from, citation, confidence, document_number)
SELECT gen_random_uuid(), $1, n.* FROM unnest($2::int[], $3::text[], $4::numeric[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::date[], $11::text[], $12::text[], $13::text[]) n
"""


async def keep_rules(listing: UUID, rows: Sequence[RuleRow]) -> None:
    """Write the rows in the transaction of the publication."""
    await execute(
        _KEEP, listing, list(range(1, len(rows) + 1)), [r.key for r in rows],
        [r.value if isinstance(r.value, Decimal) else None for r in rows], [r.words.zh for r in rows],
        [r.words.en for r in rows], [r.unit for r in rows], [r.direction for r in rows],
        [r.jurisdiction for r in rows], [r.effective_from for r in rows], [r.citation for r in rows],
        [r.confidence for r in rows], [r.document for r in rows],
    )  # fmt: skip


async def kept_rules(listing: UUID) -> list[RuleRow]:
    """The rows a listing keeps, in the order they were kept."""
    found = await fetch(
        "SELECT key, value, words_zh, words_en, unit, direction, jurisdiction, effective_from, citation, confidence,"
        " document_number FROM listing_rule WHERE listing = $1 ORDER BY position",
        listing,
    )
    return [_row(*each) for each in found]


# most listings keep the same rows
@lru_cache(5_000)
def _row(
    key: str, value: Decimal | None, words_zh: str, words_en: str, unit: str, direction: str, jurisdiction: str,
    effective_from: date, citation: str, confidence: str, document: str,
) -> RuleRow:  # fmt: skip
    rule_id, _, part = key.partition("/")
    return RuleRow(
        rule_id=rule_id, part=part or None, value=words_zh if value is None else plain(value), unit=unit,
        direction=direction, jurisdiction=jurisdiction, effective_from=effective_from, effective_to=None,
        citation=citation, confidence=confidence, note=Wording("", ""), words=Wording(words_zh, words_en),
        document=document,
    )  # fmt: skip
