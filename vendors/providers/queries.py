"""Providers as the public, their own people and civil affairs see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asyncpg import Record

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.web import url

PAGE_SIZE = 20
CONTACT = "provider.contact"  # the encrypted column

_PROVIDER = "SELECT p.*, o.name, o.name_en, o.sort_key FROM provider p JOIN organisation o ON o.id = p.organisation"


@dataclass(frozen=True)
class RegisterPage:
    """One page of the public register."""

    rows: list[dict[str, Any]]
    total: int
    number: int
    words: str
    legal_form: str

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))

    def url_for(self, number: int) -> str:
        """The address of another page with the same filters."""
        asked = {"q": self.words, "form": self.legal_form, "page": number}
        return f"{url('/providers')}?{urlencode({name: value for name, value in asked.items() if value})}"


async def list_providers(words: str, legal_form: str, number: int) -> RegisterPage:
    """The public register by name or pinyin; in the order of pinyin."""
    rows = await fetch(
        "SELECT p.reference, p.legal_form, p.file_status, p.registered_at, p.credit_code, o.name, o.name_en,"
        " count(*) OVER () AS total FROM provider p JOIN organisation o ON o.id = p.organisation"
        " WHERE ($1 = '' OR p.search_text LIKE '%' || $1 || '%' OR lower(o.name_en) LIKE '%' || $1 || '%')"
        " AND ($2 = '' OR p.legal_form = $2) ORDER BY o.sort_key, p.reference LIMIT $3 OFFSET $4",
        _like(words), legal_form, PAGE_SIZE, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    return RegisterPage([dict(r) for r in rows], rows[0]["total"] if rows else 0, number, words, legal_form)


def _like(words: str) -> str:
    return words.strip().lower()[:80].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


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


async def own_provider(actor: Actor) -> dict[str, Any]:
    """The provider the actor acts for. Raises NotFound for people of other organisations."""
    row = await fetchrow(_PROVIDER + " WHERE p.organisation = $1", actor.organisation_id)
    return _readable(row)


async def current_papers(provider: UUID) -> list[dict[str, Any]]:
    """The papers in a provider's file now."""
    rows = await fetch(
        "SELECT pp.id, pp.kind, pp.valid_until, pp.added_at, d.id AS document, d.name, d.size, d.sha256"
        " FROM provider_paper pp JOIN document d ON d.id = pp.document"
        " WHERE pp.provider = $1 AND pp.ended_at IS NULL ORDER BY pp.added_at, pp.id",
        provider,
    )
    return [dict(r) for r in rows]
