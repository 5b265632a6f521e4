"""Files that wait for a pre-check, and what the checker reads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import NotFound


async def list_files(status: str = "submitted") -> list[dict[str, Any]]:
    """Files in one state, the longest waiting first."""
    rows = await fetch(
        "SELECT p.id, p.reference, p.legal_form, p.file_status, p.submitted_at, p.checked_at, o.name, o.name_en,"
        " (SELECT count(*) FROM provider_paper pp WHERE pp.provider = p.id AND pp.ended_at IS NULL) AS papers"
        " FROM provider p JOIN organisation o ON o.id = p.organisation WHERE p.file_status = $1"
        " ORDER BY coalesce(p.submitted_at, p.registered_at), p.reference LIMIT 200",
        status,
    )
    return [dict(r) for r in rows]


async def paper_document(reference: str, paper: UUID, visible_to: Actor) -> UUID:
    """The document behind a paper, for those who check files. Raises NotFound."""
    if not visible_to.may(Permission.CHECK_PROVIDERS):
        raise NotFound()
    document: UUID | None = await fetchval(
        "SELECT pp.document FROM provider_paper pp JOIN provider p ON p.id = pp.provider"
        " WHERE pp.id = $1 AND p.reference = $2",
        paper, reference,
    )  # fmt: skip
    if document is None:
        raise NotFound()
    return document
