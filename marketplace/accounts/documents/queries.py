"""Which documents a reader may have."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class DocumentFacts:
    """A document as pages and downloads need it; `size` in bytes."""

    id: UUID
    organisation: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    storage_key: str
    visibility: str
    scan: str = "none"


def check_scanned(document: DocumentFacts) -> None:
    """What waits for the virus check is held; what failed it is given to nobody. Raises Forbidden."""
    if document.scan == "waiting":
        raise Forbidden(N_("这份文件正在等病毒检查，一般几分钟就好。请稍后再下载。"))
    if document.scan == "infected":
        raise Forbidden(N_("这份文件里查出了病毒，不能下载。它的名称、大小和哈希值照样留作记录。"))


def may_read(document: DocumentFacts, actor: Actor | None) -> bool:
    """Public to all; otherwise to its organisation and to those who read everything."""
    if document.visibility == "public":
        return True
    if actor is None:
        return False
    return document.organisation == actor.organisation_id or actor.may(Permission.READ_EVERYTHING)


async def document_facts(document_id: UUID) -> DocumentFacts:
    """A document for a page that has checked by itself who may read it. Raises NotFound."""
    row = await fetchrow(
        "SELECT id, organisation, name, media_type, size, sha256, storage_key, visibility, scan FROM document"
        " WHERE id = $1",
        document_id,
    )
    if row is None:
        raise NotFound()
    return DocumentFacts(**row)


async def get_document(document_id: UUID, visible_to: Actor | None) -> DocumentFacts:
    """A document for a reader. Raises NotFound for strangers."""
    found = await document_facts(document_id)
    if not may_read(found, visible_to):
        raise NotFound()
    return found
