"""Take in a document: check what it is, keep it, write its row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import IO, BinaryIO, cast
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import check_file
from marketplace.gateways.files import CHUNK, DocumentStore
from marketplace.kernel.db import insert, transaction

LONGEST_NAME = 120
# a file that is too large should come as far as the form, so that the refusal stands beside its field
LARGEST_UPLOAD_BODY = 110 * 1024 * 1024


@dataclass(frozen=True)
class NewDocument:
    """A file handed in. `visibility`: public, or owner. `organisation` owns it; the actor's own when not said."""

    name: str
    content: bytes | IO[bytes]
    visibility: str = "owner"
    organisation: UUID | None = None


async def upload_document(new: NewDocument, store: DocumentStore, actor: Actor, now: datetime) -> UUID:
    """Check name and content, keep the bytes and enter the document. Raises FileRefused."""
    name = short_name(new.name)
    kind = await asyncio.to_thread(check_file, name, cast("bytes | BinaryIO", new.content))
    # the bytes are on disk before the row says so; bytes without a row do no harm
    kept = await store.put(_pieces(new.content), name)
    async with transaction():
        document: UUID = await insert(
            Document, organisation=new.organisation or actor.organisation_id, uploaded_by=actor.person_id, name=name,
            media_type=kind.mime_type, size=kept.size, sha256=kept.sha256, storage_key=kept.key,
            visibility=new.visibility, uploaded_at=now,
        )  # fmt: skip
        detail = {"name": name, "sha256": kept.sha256, "size": str(kept.size)}
        await record("document.uploaded", ("document", str(document)), actor, detail, now)
    return document


def short_name(name: str) -> str:
    """The file's own name without folders and control characters, at most 120 characters, its extension kept."""
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable()).strip()
    path = PurePath(plain)
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix


def _pieces(content: bytes | IO[bytes]) -> bytes | AsyncIterator[bytes]:
    return content if isinstance(content, bytes) else _read(content)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, CHUNK):
        yield piece
