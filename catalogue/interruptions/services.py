"""Suspend, resume and cancel a published listing, and tell those concerned when one has ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from catalogue.corrigenda.applying import move_dates
from catalogue.interest.services import mail_in, tell_interested
from catalogue.interruptions import queries
from catalogue.interruptions.rules import (
    CANCEL_GROUNDS,
    SUSPENSION_GROUNDS,
    NewSuspension,
    check_may_cancel,
    check_may_interrupt,
    check_may_suspend,
    dates_after,
    suspension_mistakes,
)  # fmt: skip
from catalogue.interruptions.tables import ListingEnding, ListingSuspension
from catalogue.listings.progress import cancel_listing
from catalogue.listings.queries import Row, listing_by_id, listing_page, lock_listing
from catalogue.listings.rules import TRANSITIONS, Status
from catalogue.listings.version_writer import NewVersion, keep_first_version, write_version
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.deadlines import day_words
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.states import move

# news that is older than this is none
STALE = timedelta(days=30)


async def suspend_listing(reference: str, new: NewSuspension, actor: Actor, now: datetime) -> None:
    """Take no bids until a day; every date ahead moves by as many days. Raises Forbidden, FormRefused, Conflict."""
    found = await listing_page(reference)
    check_may_interrupt(actor, found)
    if mistakes := suspension_mistakes(new, now):
        raise FormRefused(mistakes)
    await suspend_by_order(found, new, actor)


async def suspend_by_order(found: Row, new: NewSuspension, actor: Actor) -> None:
    """The same without asking whose act it is: the caller has, or finance orders it (94 Art. 28). Raises Conflict."""
    reference = found["reference"]
    async with transaction():
        await lock_listing(found["id"])
        # read after the lock: a bid that got in first was sealed before the pause
        at: datetime = await fetchval("SELECT county_now()")
        listing = await listing_by_id(found["id"])
        check_may_suspend(listing, at)
        await keep_first_version(listing["id"], at)
        after = dates_after(listing, new.until, at)
        await move_dates(listing, after)
        await _set_status(listing["id"], listing["status"], Status.SUSPENDED)
        await insert(
            ListingSuspension, listing=listing["id"], ground=new.ground, reason=new.reason,
            document_number=new.document_number, begun_by=actor.person_id, begun_at=at, until=new.until,
        )  # fmt: skip
        reason = f"{SUSPENSION_GROUNDS[new.ground]}：{new.reason}"
        await write_version(
            listing["id"], NewVersion("suspension", actor.person_id, actor.person_id, reason), at
        )
        values = {"reference": reference, "title": listing["title"]}
        body = say(
            N_("{reference}“{title}”已经暂停，{day}恢复。恢复以后截止时间是 {closes_at}。已经封存的文件不受影响。"),
            **values, day=day_words(new.until), closes_at=Moment(after.closes_at),
        )  # fmt: skip
        await tell_interested(listing["id"], say(N_("暂停公告：{reference}"), **values), body, at)
        detail = {
            "reference": reference, "ground": new.ground, "until": new.until.isoformat(),
            "document": new.document_number, "closes_at": after.closes_at.isoformat(),
        }  # fmt: skip
        await record("listing.suspended", ("listing", str(listing["id"])), actor, detail, at)


async def resume_listing(reference: str, actor: Actor | None, now: datetime) -> None:
    """Take bids again; the announced deadline stays, also when it resumes early. No actor: the day has come."""
    listing = await listing_page(reference)
    if actor is not None:
        check_may_interrupt(actor, listing)
    async with transaction():
        row = await lock_listing(listing["id"])
        await _set_status(listing["id"], row["status"], Status.PUBLISHED)
        await execute(
            "UPDATE listing_suspension SET resumed_at = $2, resumed_by = $3 WHERE listing = $1 AND resumed_at IS NULL",
            listing["id"], now, actor.person_id if actor else None,
        )  # fmt: skip
        values = {"reference": reference, "title": listing["title"], "closes_at": Moment(row["closes_at"])}
        body = say(N_("{reference}“{title}”已经恢复，投标截止时间是 {closes_at}。"), **values)
        await tell_interested(listing["id"], say(N_("恢复采购：{reference}"), **values), body, now)
        await record("listing.resumed", ("listing", str(listing["id"])), actor, {"reference": reference}, now)


async def _set_status(listing: UUID, status: str, to: Status) -> None:
    moved = move(TRANSITIONS, status, to=to)
    await execute("UPDATE listing SET status = $2 WHERE id = $1", listing, moved.value)


async def cancel_published(reference: str, ground: str, reason: str, actor: Actor, now: datetime) -> None:
    """Cancel with a published reason: bids stay sealed, the money goes back, finance gets the report (87 Art. 29)."""
    listing = await listing_page(reference)
    check_may_interrupt(actor, listing)
    async with transaction():
        check_may_cancel(await lock_listing(listing["id"]), now)
        words = f"{CANCEL_GROUNDS[ground]}：{reason}"
        await cancel_listing(listing["id"], words, actor, now, clause="R-TIME-21")
        await execute("UPDATE listing_suspension SET resumed_at = $2 WHERE listing = $1 AND resumed_at IS NULL",
                      listing["id"], now)  # fmt: skip
        await insert(ListingEnding, listing=listing["id"], ground=ground)
        values = {"reference": reference, "title": listing["title"], "reason": words}
        subject = say(N_("采购终止报告：{reference}"), **values)
        body = say(N_("{reference}“{title}”已经取消。\n原因：{reason}\n详情：/listings/{reference}"), **values)
        for address in await queries.finance_mails():
            await mail_in("zh", address, (subject, body), now, None)


async def tell_of_end(listing: UUID, now: datetime) -> None:
    """Tell everybody interested that a listing has ended without award, and why; once."""
    async with transaction():
        await lock_listing(listing)
        row = await listing_by_id(listing)
        told = await fetchval(
            "INSERT INTO listing_ending (id, listing, ground, told_at) VALUES (gen_random_uuid(), $1, 'failed', $2)"
            " ON CONFLICT (listing) DO UPDATE SET told_at = $2 WHERE listing_ending.told_at IS NULL RETURNING id",
            listing, now,
        )  # fmt: skip
        if told is None:
            return
        values = {"reference": row["reference"], "title": row["title"], "reason": row["end_reason"]}
        subject = say(N_("采购终止：{reference}"), **values)
        body = say(
            N_(
                "{reference}“{title}”已经终止。\n原因：{reason}\n还没有开标的文件保持密封，不会打开。\n"
                "详情：/listings/{reference}"
            ),
            **values,
        )
        await tell_interested(listing, subject, body, now)
        await record("listing.end_told", ("listing", str(listing)), None, {"reference": row["reference"]}, now)


async def resume_all_due(now: datetime) -> None:
    """Resume what was suspended until today. Run by the worker."""
    for reference in await queries.due_to_resume(county_day(now)):
        await resume_listing(reference, None, now)


async def tell_all_ended(now: datetime) -> None:
    """Tell of every end of the last month that was not told yet. Run by the worker."""
    for listing in await queries.ended_untold(now - STALE):
        await tell_of_end(listing, now)
