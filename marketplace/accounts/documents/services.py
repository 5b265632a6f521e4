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
from marketplace.gateways.file_types import check_file, mime_type
from marketplace.gateways.files import CHUNK, DocumentStore, StoredDocument, pieces_of
from marketplace.gateways.scanning import ScannerAway, VirusFound
from marketplace.kernel.db import execute, fetch, insert, transaction

LONGEST_NAME = 120
# a file that is too large should come as far as the form, so that the refusal stands beside its field
LARGEST_UPLOAD_BODY = 110 * 1024 * 1024


@dataclass(frozen=True)
class NewDocument:
    """A file handed in. `visibility`: public, or owner. `organisation` owns it; the actor's own when not said.

    `also`: kinds taken in this place beside the usual ones, as XML for an invoice.
    """

    name: str
    content: bytes | IO[bytes]
    visibility: str = "owner"
    organisation: UUID | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenDocument:
    """A file that was looked through and whose bytes are kept; its row is still to be written."""

    new: NewDocument
    kept: StoredDocument
    scan: str


async def look_through(new: NewDocument, store: DocumentStore) -> SeenDocument:
    """Check name, content and viruses and keep the bytes: before the transaction, so that no lock waits for a scanner.

    Raises FileRefused, VirusFound, and ScannerAway: an unseen file is refused rather than held, so that nobody
    believes to have handed in what others cannot open.
    """
    await asyncio.to_thread(check_file, short_name(new.name), cast("bytes | BinaryIO", new.content), new.also)
    await store.scanner.check(_pieces(new.content))
    return await _keep_bytes(new, "clean" if store.scanner.is_set else "none", store)


async def upload_document(new: NewDocument, store: DocumentStore, actor: Actor, now: datetime) -> UUID:
    """Look a file through and enter it at once. Raises FileRefused, VirusFound, ScannerAway."""
    return await enter_document(await look_through(new, store), actor, now)


async def enter_opened_document(new: NewDocument, store: DocumentStore, actor: Actor, now: datetime) -> UUID:
    """Keep a file that came out of a sealed bid; held until a scanner has seen it. Raises FileRefused.

    Nobody could scan it while it was sealed, and no scanner may decide what a bidder has offered: it is a part of
    the record either way.
    """
    await asyncio.to_thread(check_file, short_name(new.name), cast("bytes | BinaryIO", new.content))
    seen = await _keep_bytes(new, "waiting" if store.scanner.is_set else "none", store)
    return await enter_document(seen, actor, now)


async def _keep_bytes(new: NewDocument, scan: str, store: DocumentStore) -> SeenDocument:
    # the bytes are on disk before the row says so; bytes without a row do no harm
    return SeenDocument(new, await store.put(_pieces(new.content), short_name(new.name)), scan)


async def enter_document(seen: SeenDocument, actor: Actor, now: datetime) -> UUID:
    """Write the row of a file that was looked through."""
    new, kept, name = seen.new, seen.kept, short_name(seen.new.name)
    async with transaction():
        document: UUID = await insert(
            Document, organisation=new.organisation or actor.organisation_id, uploaded_by=actor.person_id, name=name,
            media_type=mime_type(name, new.also), size=kept.size, sha256=kept.sha256, sm3=kept.sm3,
            storage_key=kept.key, visibility=new.visibility, uploaded_at=now, scan=seen.scan,
        )  # fmt: skip
        detail = {"name": name, "sha256": kept.sha256, "size": str(kept.size)}
        if kept.sm3:
            detail["sm3"] = kept.sm3
        await record("document.uploaded", ("document", str(document)), actor, detail, now)
    return document


async def scan_waiting(store: DocumentStore, now: datetime) -> None:
    """Look through what opened bids brought; stops at the first one that no scanner answers for."""
    if not store.scanner.is_set:
        return
    for row in await fetch("SELECT id, storage_key FROM document WHERE scan = 'waiting' ORDER BY uploaded_at LIMIT 50"):
        try:
            await store.scanner.check(store.stream(row["storage_key"]))
        except ScannerAway:
            return
        except VirusFound:
            await _note_scan(row["id"], "infected", now)
        else:
            await _note_scan(row["id"], "clean", now)


async def _note_scan(document: UUID, found: str, now: datetime) -> None:
    async with transaction():
        await execute("UPDATE document SET scan = $2 WHERE id = $1 AND scan = 'waiting'", document, found)
        if found == "infected":
            await record("document.infected", ("document", str(document)), None, {}, now)


def short_name(name: str) -> str:
    """The file's own name without folders and control characters, at most 120 characters, its extension kept."""
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable()).strip()
    path = PurePath(plain)
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix


async def _pieces(content: bytes | IO[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]
        return
    async for piece in pieces_of(content):
        yield piece
