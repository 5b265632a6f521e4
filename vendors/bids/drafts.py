"""Save what a bidder prepares. Nothing of it goes into the audit: it would tell who prepares a bid (R-COUNT-01)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, BinaryIO, cast
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import short_name
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MEGABYTE, check_file
from marketplace.kernel.db import execute, fetchrow, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from vendors.bids.draft_box import Draft, DraftPaper, DraftPlace, lock_draft, unlock_draft
from vendors.bids.draft_papers import keep_paper, kept_paper
from vendors.bids.papers import LARGEST_ATTACHMENTS, MOST_ATTACHMENTS, Attachment
from vendors.providers.queries import own_provider


class DraftLocked(DomainError):
    """There is a draft, but the key of another browser, or one that has gone."""

    def __init__(self) -> None:
        super().__init__(
            N_("这份草稿只能在保存它的浏览器里打开，本浏览器没有它的钥匙。要在这里重新填写，请勾选“丢弃原草稿”再保存。")
        )


@dataclass(frozen=True)
class Found:
    """A draft as this browser can read it: none yet, locked, or open."""

    draft: Draft
    exists: bool = False
    is_locked: bool = False
    saved_at: datetime | None = None


async def find_draft(lot: UUID, key: bytes | None, actor: Actor) -> Found:
    """The actor's draft for a lot."""
    place = await _place(lot, actor)
    row = await fetchrow(
        "SELECT ciphertext, saved_at FROM bid_draft WHERE lot = $1 AND provider = $2", place.lot, place.provider
    )
    if row is None:
        return Found(Draft())
    draft = unlock_draft(row["ciphertext"], key, place) if key else None
    if draft is None:
        return Found(Draft(), exists=True, is_locked=True, saved_at=row["saved_at"])
    return Found(draft, exists=True, saved_at=row["saved_at"])


async def save_draft(
    lot: UUID, change: Callable[[Draft], Draft], key: bytes, actor: Actor, now: datetime, *, start_over: bool = False
) -> Draft:
    """Change the draft from what it is now; two windows change different pages without loss. Raises DraftLocked."""
    async with transaction():
        place, held, draft = await _hold_draft(lot, key, actor, now, start_over=start_over)
        changed = change(draft)
        await _write(held, changed, key, place, now)
    return changed


async def add_paper(
    lot: UUID, name: str, file: bytes | IO[bytes], key: bytes, actor: Actor, now: datetime, *, is_proof: bool = False
) -> Draft:
    """Put a paper into the draft; a proof replaces the earlier proof. Raises FileRefused, DraftLocked, DomainError."""
    name = short_name(name)
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    await asyncio.to_thread(check_file, name, cast("BinaryIO", file))
    async with transaction():
        place, held, draft = await _hold_draft(lot, key, actor, now)
        kept = [p for p in draft.papers if not (is_proof and p.is_proof)]
        name = _free_name(name, [p.name for p in kept])
        check_room(kept, file.seek(0, io.SEEK_END))
        paper, sha256, size = await keep_paper(held, file, key, place)
        changed = replace(draft, papers=(*kept, DraftPaper(paper, name, sha256, size, is_proof)))
        await _drop_others(held, changed)
        await _write(held, changed, key, place, now)
    return changed


async def remove_paper(lot: UUID, paper: UUID, key: bytes, actor: Actor, now: datetime) -> Draft:
    """Take a paper out of the draft; doing it twice does no harm. Raises DraftLocked."""
    async with transaction():
        place, held, draft = await _hold_draft(lot, key, actor, now)
        changed = replace(draft, papers=tuple(p for p in draft.papers if p.id != paper))
        await _drop_others(held, changed)
        await _write(held, changed, key, place, now)
    return changed


async def attachments_of(lot: UUID, draft: Draft, key: bytes, actor: Actor) -> list[Attachment]:
    """The papers of a draft, each got when it is sealed; their plain bytes never touch a disk."""
    place = await _place(lot, actor)
    return [kept_paper(paper, key, place) for paper in draft.papers]


async def remove_old_drafts(now: datetime) -> int:
    """Remove the drafts of listings whose deadline has passed; nobody can use them any more."""
    done = await execute(
        "DELETE FROM bid_draft d USING listing_lot t, listing l"
        " WHERE t.id = d.lot AND l.id = t.listing AND l.closes_at <= $1",
        now,
    )
    return int(done.split()[-1])


async def _place(lot: UUID, actor: Actor) -> DraftPlace:
    actor.check_may(Permission.BID)
    return DraftPlace(lot, (await own_provider(actor))["id"])


async def _hold_draft(
    lot: UUID, key: bytes, actor: Actor, now: datetime, *, start_over: bool = False
) -> tuple[DraftPlace, UUID, Draft]:
    place = await _place(lot, actor)
    await execute(
        "INSERT INTO bid_draft (id, lot, provider, ciphertext, saved_at) VALUES (gen_random_uuid(), $1, $2, $3, $4)"
        " ON CONFLICT (lot, provider) DO NOTHING",
        place.lot, place.provider, lock_draft(Draft(), key, place), now,
    )  # fmt: skip
    row = await fetchrow(
        "SELECT id, ciphertext FROM bid_draft WHERE lot = $1 AND provider = $2 FOR UPDATE", place.lot, place.provider
    )
    assert row is not None
    draft = unlock_draft(row["ciphertext"], key, place)
    if draft is None and not start_over:
        raise DraftLocked()
    if draft is None:
        await execute("DELETE FROM bid_draft_paper WHERE draft = $1", row["id"])
    return place, row["id"], draft or Draft()


async def _write(held: UUID, draft: Draft, key: bytes, place: DraftPlace, now: datetime) -> None:
    await execute(
        "UPDATE bid_draft SET ciphertext = $2, saved_at = $3 WHERE id = $1", held, lock_draft(draft, key, place), now
    )


async def _drop_others(held: UUID, draft: Draft) -> None:
    await execute(
        "DELETE FROM bid_draft_paper WHERE draft = $1 AND id <> ALL($2::uuid[])", held, [p.id for p in draft.papers]
    )


def _free_name(name: str, taken: list[str]) -> str:
    if name in taken:
        raise DomainError(N_("草稿里已经有一份“{name}”。请改名，或者先移除原来的一份。"), name=name)
    return name


def check_room(papers: list[DraftPaper], size: int) -> None:
    """One more paper of so many bytes still fits into the bid. Raises DomainError."""
    if len(papers) >= MOST_ATTACHMENTS:
        raise DomainError(N_("附件最多 {most} 份。请合并后再上传。"), most=MOST_ATTACHMENTS)
    if sum(p.size for p in papers) + size > LARGEST_ATTACHMENTS:
        raise DomainError(
            N_("附件合计最多 {most} MB。请压缩，或者先移除不需要的附件。"), most=LARGEST_ATTACHMENTS // MEGABYTE
        )
