"""Remarks on a draft section by section, their answers and their end; and the minutes of a collective decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from catalogue.listings.queries import Row, lock_listing
from catalogue.listings.review.tables import MeetingMinutes, ReviewComment
from catalogue.listings.rules import NEVER_PUBLIC, runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say


async def comment(listing: UUID, section: str, text: str, actor: Actor, now: datetime) -> UUID:
    """Begin a thread on a section of a draft. Raises NotFound for strangers, Conflict once it is published."""
    async with transaction():
        await _own_draft(listing, actor)
        written: UUID = await insert(
            ReviewComment, listing=listing, section=section, text=text, written_by=actor.person_id, written_at=now
        )
        await record("listing.commented", ("listing", str(listing)), actor, {"section": section, "text": text}, now)
    return written


async def answer(listing: UUID, thread: UUID, text: str, actor: Actor, now: datetime) -> None:
    """Answer in an open thread. Raises NotFound, Conflict."""
    async with transaction():
        await _own_draft(listing, actor)
        begun = await _open_thread(listing, thread)
        await insert(
            ReviewComment, listing=listing, section=begun["section"], thread=thread, text=text,
            written_by=actor.person_id, written_at=now,
        )  # fmt: skip
        detail = {"section": begun["section"], "text": text}
        await record("listing.comment_answered", ("listing", str(listing)), actor, detail, now)


async def resolve(listing: UUID, thread: UUID, actor: Actor, now: datetime) -> None:
    """End a thread. Raises NotFound, Conflict when it has ended."""
    async with transaction():
        await _own_draft(listing, actor)
        begun = await _open_thread(listing, thread)
        await execute(
            "UPDATE review_comment SET resolved_by = $2, resolved_at = $3 WHERE id = $1", thread, actor.person_id, now
        )
        await record("listing.comment_resolved", ("listing", str(listing)), actor, {"section": begun["section"]}, now)


async def _own_draft(listing: UUID, actor: Actor) -> Row:
    if not (actor.may(Permission.DRAFT_LISTING) or actor.may(Permission.APPROVE_LISTING)):
        actor.check_may(Permission.APPROVE_LISTING)
    row = await lock_listing(listing)
    if not runs(actor, row, Entrusted.DRAFT):
        raise NotFound()
    if row["status"] not in NEVER_PUBLIC:
        raise Conflict(N_("这份公告已经不是草稿，不能再提意见。要改的，请发更正公告。"))
    return row


async def _open_thread(listing: UUID, thread: UUID) -> Row:
    found = await fetchrow(
        "SELECT * FROM review_comment WHERE id = $1 AND listing = $2 AND thread IS NULL FOR UPDATE", thread, listing
    )
    if found is None:
        raise NotFound()
    if found["resolved_at"] is not None:
        raise Conflict(N_("这条意见已经解决。要再提，请另写一条。"))
    return dict(found)


@dataclass(frozen=True)
class NewMinutes:
    """Minutes of the meeting that decided on a purchase."""

    number: str
    held_on: date
    decision: str
    file: NewDocument


async def record_minutes(listing: UUID, new: NewMinutes, store: DocumentStore, actor: Actor, now: datetime) -> None:
    """Keep the minutes of the collective decision with the draft. Raises FormRefused, NotFound, Conflict."""
    if new.held_on > county_day(now):
        raise FormRefused({"held_on": say(N_("会议日期在将来。请填会议召开的日期。"))})
    async with transaction():
        await _own_draft(listing, actor)
        try:
            document = await upload_document(new.file, store, actor, now)
        except DomainError as refused:
            raise FormRefused({"file": refused.sentence}) from refused
        await insert(
            MeetingMinutes, listing=listing, number=new.number, held_on=new.held_on, decision=new.decision,
            document=document, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        await record("listing.minutes_recorded", ("listing", str(listing)), actor, {"number": new.number}, now)
