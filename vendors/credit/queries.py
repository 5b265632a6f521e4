"""Credit entries of a provider."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch
from vendors.providers.rules import CreditFact


async def entries_of(provider: UUID) -> list[dict[str, Any]]:
    """All entries, newest first; public."""
    rows = await fetch(
        "SELECT id, kind, document_number, reason, starts_on, ends_on, recorded_at FROM credit_entry"
        " WHERE provider = $1 ORDER BY starts_on DESC, recorded_at DESC",
        provider,
    )
    return [dict(r) for r in rows]


async def credit_facts(provider: UUID) -> list[CreditFact]:
    """The entries as the exclusions want them."""
    return [
        CreditFact(e["kind"], e["document_number"], e["starts_on"], e["ends_on"]) for e in await entries_of(provider)
    ]
