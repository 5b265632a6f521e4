"""Credit entries of a provider."""

from __future__ import annotations

from collections.abc import Iterable
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
    """One provider's entries as the exclusions want them."""
    return (await credit_facts_of([provider]))[provider]


async def credit_facts_of(providers: Iterable[UUID]) -> dict[UUID, list[CreditFact]]:
    """The entries of several providers as the exclusions want them, newest first."""
    found: dict[UUID, list[CreditFact]] = {provider: [] for provider in providers}
    rows = await fetch(
        "SELECT provider, kind, document_number, starts_on, ends_on FROM credit_entry WHERE provider = ANY($1)"
        " ORDER BY starts_on DESC, recorded_at DESC",
        list(found),
    )
    for e in rows:
        found[e["provider"]].append(CreditFact(e["kind"], e["document_number"], e["starts_on"], e["ends_on"]))
    return found
