"""Providers as the public, their own people and civil affairs see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asyncpg import Record

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

CONTACT = "provider.contact"  # the encrypted column

_PROVIDER = "SELECT p.*, o.name, o.name_en, o.sort_key FROM provider p JOIN organisation o ON o.id = p.organisation"


def _readable(row: Record | None) -> dict[str, Any]:
    if row is None:
        raise NotFound()
    return {**row, "contact": reveal(row["contact"], CONTACT)}


async def provider_by_reference(reference: str) -> dict[str, Any]:
    """A provider's public facts. Raises NotFound."""
    row = await fetchrow(_PROVIDER + " WHERE p.reference = $1", reference)
    return _readable(row)


async def provider_by_id(provider: UUID) -> dict[str, Any]:
    """A provider's facts by identity. Raises NotFound."""
    row = await fetchrow(_PROVIDER + " WHERE p.id = $1", provider)
    return _readable(row)


async def provider_of_organisation(organisation: UUID) -> dict[str, Any]:
    """The provider that an organisation registered as. Raises NotFound."""
    row = await fetchrow(_PROVIDER + " WHERE p.organisation = $1", organisation)
    return _readable(row)


async def own_provider(actor: Actor) -> dict[str, Any]:
    """The provider the actor acts for. Raises NotFound for people of other organisations."""
    row = await fetchrow(_PROVIDER + " WHERE p.organisation = $1", actor.organisation_id)
    return _readable(row)


async def current_papers(provider: UUID) -> list[dict[str, Any]]:
    """The papers in a provider's file now."""
    rows = await fetch(
        "SELECT pp.id, pp.kind, pp.valid_until, pp.added_at, pp.result, pp.covers_year, pp.granted_on,"
        " d.id AS document, d.name, d.size, d.sha256"
        " FROM provider_paper pp JOIN document d ON d.id = pp.document"
        " WHERE pp.provider = $1 AND pp.ended_at IS NULL ORDER BY pp.added_at, pp.id",
        provider,
    )
    return [dict(r) for r in rows]


async def provider_emails(provider: UUID) -> list[str]:
    """Mail addresses of those who act for a provider."""
    rows = await fetch(
        "SELECT DISTINCT x.email FROM provider p JOIN membership m ON m.organisation = p.organisation"
        " AND m.role = 'provider' JOIN person x ON x.id = m.person AND x.is_active AND x.email <> ''"
        " WHERE p.id = $1 ORDER BY x.email",
        provider,
    )
    return [r["email"] for r in rows]


async def organisation_of_code(credit_code: str) -> dict[str, Any] | None:
    """The organisation that is registered under a code, to ask it for an account."""
    row = await fetchrow(
        "SELECT o.id, o.name, o.name_en FROM provider p JOIN organisation o ON o.id = p.organisation"
        " WHERE p.credit_code = $1",
        credit_code,
    )
    return dict(row) if row else None
