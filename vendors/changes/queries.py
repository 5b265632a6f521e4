"""Changes of registrations as the provider, civil affairs and the public see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
_CHANGE = """
SELECT c.*, p.reference, p.credit_code, p.organisation, o.name AS name_now, o.name_en AS name_now_en,
       a.name AS proposed_by_name, b.name AS decided_by_name, d.name AS file_name, d.size AS file_size,
       d.sha256 AS file_sha256
FROM registration_change c JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation
JOIN document d ON d.id = c.document JOIN person a ON a.id = c.proposed_by LEFT JOIN person b ON b.id = c.decided_by
"""


async def changes_of(provider: UUID) -> list[Row]:
    """Every change a provider proposed, the newest first."""
    rows = await fetch(_CHANGE + " WHERE c.provider = $1 ORDER BY c.proposed_at DESC", provider)
    return [dict(r) for r in rows]


async def former_names(provider: UUID) -> list[Row]:
    """What the provider was registered as before: name, legal form, and the day it ended; the newest first."""
    rows = await fetch(
        "SELECT from_name AS name, from_name_en AS name_en, from_legal_form AS legal_form, effective_on AS until"
        " FROM registration_change WHERE provider = $1 AND status = 'confirmed' ORDER BY decided_at DESC",
        provider,
    )
    return [dict(r) for r in rows]


async def list_changes(status: str) -> list[Row]:
    """Changes in one state for those who decide them: the longest waiting first."""
    rows = await fetch(_CHANGE + " WHERE c.status = $1 ORDER BY c.proposed_at, c.id LIMIT 200", status)
    return [dict(r) for r in rows]


async def change_page(change: UUID, visible_to: Actor) -> Row:
    """One change for its provider and for those who check providers. Raises NotFound for everybody else."""
    row = await fetchrow(_CHANGE + " WHERE c.id = $1", change)
    sees_all = visible_to.may(Permission.CHECK_PROVIDERS)
    if row is None or not (sees_all or row["organisation"] == visible_to.organisation_id):
        raise NotFound()
    return dict(row)
