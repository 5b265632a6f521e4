"""A provider's file as its own people and the rules see it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.private_columns import reveal
from vendors.registration.rules import FileFacts

Row = dict[str, Any]
PHONE = "legal_representative_facts.phone"  # the encrypted columns
ACCOUNT_NUMBER = "provider_account.number"

_FACTS = """
SELECT p.legal_form,
 EXISTS (SELECT 1 FROM legal_representative_facts r WHERE r.provider = p.id) AS has_representative,
 EXISTS (SELECT 1 FROM provider_account a WHERE a.provider = p.id AND a.ended_at IS NULL) AS has_account,
 (SELECT count(*) FROM related_party x WHERE x.provider = p.id AND x.ended_at IS NULL) AS relations,
 (SELECT count(*) FROM service_town t WHERE t.provider = p.id) AS towns,
 (SELECT count(*) FROM offered_item i WHERE i.provider = p.id) AS items,
 (SELECT count(*) FROM worker w WHERE w.provider = p.id AND (w.employed_to IS NULL OR w.employed_to >= $2::date))
   AS staff,
 ARRAY(SELECT pp.kind FROM provider_paper pp WHERE pp.provider = p.id AND pp.ended_at IS NULL
       AND (pp.valid_until IS NULL OR pp.valid_until >= $2::date)) AS papers,
 ARRAY(SELECT s.kind FROM file_statement s WHERE s.provider = p.id) AS statements
FROM provider p WHERE p.id = $1
"""


async def file_facts(provider: UUID, day: Any) -> FileFacts:
    """How much of each part stands in a file on a day; a paper that has run out no longer counts."""
    row = await fetchrow(_FACTS, provider, day)
    assert row is not None
    return FileFacts(**row)


async def representative_of(provider: UUID) -> Row | None:
    """The representative beyond the name, with the telephone in clear for the provider's own people."""
    row = await fetchrow(
        "SELECT position, phone, identity_mark FROM legal_representative_facts WHERE provider = $1", provider
    )
    return {**row, "phone": reveal(row["phone"], PHONE)} if row else None


async def towns_with_choice(provider: UUID) -> list[Row]:
    """Every town of the county, and whether the provider serves there."""
    rows = await fetch(
        "SELECT o.id, o.name, o.name_en, s.id IS NOT NULL AS is_served FROM organisation o"
        " LEFT JOIN service_town s ON s.town = o.id AND s.provider = $1 WHERE o.kind = 'town' ORDER BY o.sort_key",
        provider,
    )
    return [dict(r) for r in rows]


async def offered_items(provider: UUID) -> list[Row]:
    """The items a provider offers, named as the newest edition that has them names them."""
    rows = await fetch(
        "SELECT f.item_code, f.capacity, f.unit, f.unit_en, i.name, i.name_en FROM offered_item f"
        " LEFT JOIN LATERAL (SELECT i.name, i.name_en FROM item i JOIN edition e ON e.id = i.edition"
        " WHERE i.code = f.item_code ORDER BY e.effective_on DESC LIMIT 1) i ON true"
        " WHERE f.provider = $1 ORDER BY f.item_code",
        provider,
    )
    return [dict(r) for r in rows]


async def account_of(provider: UUID) -> Row | None:
    """The current account, the number in clear: whoever shows it masks it or notes the look."""
    row = await fetchrow(
        "SELECT id, bank, number, entered_at FROM provider_account WHERE provider = $1 AND ended_at IS NULL", provider
    )
    return {**row, "number": reveal(row["number"], ACCOUNT_NUMBER)} if row else None


async def statements_of(provider: UUID) -> frozenset[str]:
    """What the provider states instead of a list."""
    rows = await fetch("SELECT kind FROM file_statement WHERE provider = $1", provider)
    return frozenset(r["kind"] for r in rows)
