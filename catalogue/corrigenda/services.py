"""Draft a corrigendum, hand it over, publish it as a new version, or let it go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from catalogue.corrigenda.applying import apply_proposal
from catalogue.corrigenda.proposal import Proposal, proposal_of
from catalogue.corrigenda.queries import Row, lock_corrigendum
from catalogue.corrigenda.rules import (
    TRANSITIONS,
    CorrigendumStatus,
    Deadlines,
    Hands,
    check_accepts_corrigenda,
    check_may_approve,
    check_only_later,
)  # fmt: skip
from catalogue.corrigenda.subjects import check_may_correct
from catalogue.corrigenda.tables import Corrigendum
from catalogue.interest.services import tell_interested
from catalogue.listings.queries import listing_by_id, listing_page, lock_listing
from catalogue.listings.queries import openers as openers_of
from catalogue.listings.rules import check_may_draft_for
from catalogue.listings.version_writer import NewVersion, keep_first_version, write_version
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.states import move

C = CorrigendumStatus


async def draft_corrigendum(
    reference: str, reason: str, says_it_affects_bids: bool, actor: Actor, now: datetime, kind: str = "corrigendum"
) -> UUID:
    """Begin a change to a published listing. Raises Forbidden, Conflict while another one is open."""
    listing = await listing_page(reference)
    check_may_draft_for(actor, listing["procuring_unit"], listing["agency_agreement"], Entrusted.CHANGE)
    async with transaction():
        row = await lock_listing(listing["id"])
        check_accepts_corrigenda(row, now)
        if await fetchval(
            "SELECT 1 FROM corrigendum WHERE listing = $1 AND status IN ('draft', 'review')", listing["id"]
        ):
            raise Conflict(N_("这份公告已经有一份没有发布的更正。请先处理那一份。"))
        await keep_first_version(listing["id"], now)
        corrigendum: UUID = await insert(
            Corrigendum, listing=listing["id"], kind=kind, reason=reason, says_it_affects_bids=says_it_affects_bids,
            drafted_by=actor.person_id, drafted_at=now,
        )  # fmt: skip
        await record(
            "corrigendum.drafted", ("listing", str(listing["id"])), actor, {"reference": reference, "kind": kind}, now
        )
    return corrigendum


async def save_subject(corrigendum: UUID, subject: str, texts: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Keep what was typed for one subject; the object and the conditions are refused (R-CORR-01)."""
    async with transaction():
        row, listing = await _open_draft(corrigendum, actor, now)
        check_may_correct(subject, listing)
        await _write_texts(row["id"], subject, texts)
        await record(
            "corrigendum.saved", ("listing", str(listing["id"])), actor,
            {"reference": listing["reference"], "subject": subject}, now,
        )  # fmt: skip


async def drop_subject(corrigendum: UUID, subject: str, actor: Actor, now: datetime) -> None:
    """Leave a subject as it was published."""
    async with transaction():
        row, listing = await _open_draft(corrigendum, actor, now)
        await execute("DELETE FROM corrigendum_text WHERE corrigendum = $1 AND subject = $2", row["id"], subject)
        await record(
            "corrigendum.saved", ("listing", str(listing["id"])), actor,
            {"reference": listing["reference"], "dropped": subject}, now,
        )  # fmt: skip


async def change_reason(
    corrigendum: UUID, reason: str, says_it_affects_bids: bool, actor: Actor, now: datetime
) -> None:
    """Say anew why, and whether bids are affected."""
    async with transaction():
        row, listing = await _open_draft(corrigendum, actor, now)
        await execute(
            "UPDATE corrigendum SET reason = $2, says_it_affects_bids = $3 WHERE id = $1",
            row["id"], reason, says_it_affects_bids,
        )  # fmt: skip
        detail = {"reference": listing["reference"], "subject": "reason"}
        await record("corrigendum.saved", ("listing", str(listing["id"])), actor, detail, now)


async def _open_draft(corrigendum: UUID, actor: Actor, now: datetime) -> tuple[Row, Row]:
    row = await lock_corrigendum(corrigendum)
    listing = await listing_by_id(row["listing"])
    check_may_draft_for(actor, listing["procuring_unit"], listing["agency_agreement"], Entrusted.CHANGE)
    check_accepts_corrigenda(listing, now)
    if row["status"] != C.DRAFT:
        raise Conflict(N_("这份更正已经提交复核，不能再改。如果要改，请复核人退回。"))
    return row, listing


async def _write_texts(corrigendum: UUID, subject: str, texts: Mapping[str, str]) -> None:
    await execute("DELETE FROM corrigendum_text WHERE corrigendum = $1 AND subject = $2", corrigendum, subject)
    said = {name: value for name, value in texts.items() if value.strip()}
    await execute(
        "INSERT INTO corrigendum_text (id, corrigendum, subject, name, value)"
        " SELECT gen_random_uuid(), $1, $2, t.name, t.value FROM unnest($3::text[], $4::text[]) AS t (name, value)",
        corrigendum, subject, list(said), list(said.values()),
    )  # fmt: skip


async def submit_corrigendum(corrigendum: UUID, actor: Actor, now: datetime) -> None:
    """Hand it to another person. Raises DomainError while something is wrong or nothing changes."""
    async with transaction():
        row, listing = await _open_draft(corrigendum, actor, now)
        _refuse_unready(await proposal_of(row, listing, now), listing)
        await _set_status(row, C.REVIEW)
        await record(
            "corrigendum.submitted", ("listing", str(listing["id"])), actor, {"reference": listing["reference"]}, now
        )


def _refuse_unready(proposal: Proposal, listing: Row) -> None:
    typed = proposal.parts.get("timetable")
    dates = Deadlines(
        listing["method"], listing["rules_on"], listing["closes_at"], getattr(typed, "closes_at", None)
    )
    check_only_later(dates, (listing["documents_until"], proposal.timetable.documents_until))
    if proposal.mistakes:
        first = proposal.mistakes[0]
        raise DomainError(
            N_("还有 {count} 处需要修改，第一处：{first}"), clause=first.clause, count=len(proposal.mistakes),
            first=first.sentence,
        )  # fmt: skip
    if not proposal.changes:
        raise DomainError(N_("和已经公布的内容没有不同。请先改要更正的部分，或者放弃这份更正。"))


async def return_corrigendum(corrigendum: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Give it back to its drafter with a reason."""
    async with transaction():
        row, listing = await _for_decision(corrigendum, actor)
        await _set_status(row, C.DRAFT)
        await execute("UPDATE corrigendum SET return_reason = $2 WHERE id = $1", corrigendum, reason)
        detail = {"reference": listing["reference"], "reason": reason}
        await record("corrigendum.returned", ("listing", str(listing["id"])), actor, detail, now)


async def withdraw_corrigendum(corrigendum: UUID, actor: Actor, now: datetime) -> None:
    """Let it go; nothing of it was published."""
    async with transaction():
        row = await lock_corrigendum(corrigendum)
        listing = await listing_by_id(row["listing"])
        check_may_draft_for(actor, listing["procuring_unit"], listing["agency_agreement"], Entrusted.CHANGE)
        await _set_status(row, C.WITHDRAWN)
        await execute(
            "UPDATE corrigendum SET ended_by = $2, ended_at = $3 WHERE id = $1", corrigendum, actor.person_id, now
        )
        await record(
            "corrigendum.withdrawn", ("listing", str(listing["id"])), actor, {"reference": listing["reference"]}, now
        )


async def _for_decision(corrigendum: UUID, actor: Actor) -> tuple[Row, Row]:
    row = await lock_corrigendum(corrigendum)
    listing = await listing_by_id(row["listing"])
    openers = tuple(o["person"] for o in await openers_of(listing["id"]))
    check_may_approve(actor, Hands(listing["procuring_unit"], row["drafted_by"], openers))
    return row, listing


async def approve_corrigendum(corrigendum: UUID, shown_closes_at: datetime, actor: Actor, now: datetime) -> int:
    """Publish it as the next version; the deadline moves as it was shown, and those concerned are told.

    Raises Forbidden (R-ROLE-03), Conflict when the deadline has passed meanwhile or would now be another one.
    """
    async with transaction():
        row, before = await _for_decision(corrigendum, actor)
        await lock_listing(before["id"])
        # read after the lock: a bid that got in first is older than this version
        at: datetime = await fetchval("SELECT county_now()")
        listing = await listing_by_id(before["id"])
        move(TRANSITIONS, row["status"], to=C.PUBLISHED)
        check_accepts_corrigenda(listing, at)
        proposal = await proposal_of(row, listing, at)
        _refuse_unready(proposal, listing)
        if proposal.closing.closes_at != shown_closes_at:
            raise Conflict(
                N_("现在发布的话，截止时间是 {closes_at}，和页面上显示的不同。请刷新页面，核对以后再发布。"),
                closes_at=Moment(proposal.closing.closes_at),
            )
        await apply_proposal(listing, proposal, at)
        new = NewVersion(row["kind"], row["drafted_by"], actor.person_id, row["reason"], proposal.affects)
        number = await write_version(listing["id"], new, at)
        await execute(
            "UPDATE corrigendum SET version = $2, status = 'published', ended_by = $3, ended_at = $4 WHERE id = $1",
            corrigendum, number, actor.person_id, at,
        )  # fmt: skip
        await _tell(listing, row["kind"], number, proposal, at)
        detail = {
            "reference": listing["reference"], "version": str(number), "affects_bids": str(proposal.affects).lower(),
            "closes_at": proposal.closing.closes_at.isoformat(),
        }  # fmt: skip
        await record(f"{row['kind']}.published", ("listing", str(listing["id"])), actor, detail, at)
    return number


async def _set_status(row: Row, to: CorrigendumStatus) -> None:
    moved = move(TRANSITIONS, row["status"], to=to)
    await execute("UPDATE corrigendum SET status = $2 WHERE id = $1", row["id"], moved.value)


async def _tell(listing: Row, kind: str, number: int, proposal: Proposal, at: datetime) -> None:
    """One mail for all who are interested: whoever has sealed a bid finds in it what to do, and nobody learns who."""
    values = {"reference": listing["reference"], "title": listing["title"], "number": number}
    words = {
        "corrigendum": N_("更正公告：{reference} 第 {number} 版"),
        "extension": N_("延期公告：{reference} 第 {number} 版"),
    }
    after = say(N_("截止时间：{closes_at}。"), closes_at=Moment(proposal.closing.closes_at))
    todo = say(N_("已经封存投标文件的，请登录后确认仍然有效，或者替换；不确认也仍然有效，按更正后的内容评审。"))
    body = say(
        N_(
            "{reference}“{title}”已经更正，现为第 {number} 版。\n{after}\n{todo}\n"
            "改了什么：/listings/{reference}/versions/{number}/changes"
        ),
        **values, after=after, todo=todo if proposal.affects else say(N_("这次更正不影响投标文件的编制。")),
    )  # fmt: skip
    await tell_interested(listing["id"], say(words[kind], **values), body, at)
