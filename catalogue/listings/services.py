"""What people do with a listing before it is published; what happens to it later is in `progress.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.checks import Mistake
from catalogue.listings.draft_queries import mistakes_in, surroundings
from catalogue.listings.drafting_queries import drafters_of, section_of
from catalogue.listings.drafts import Basics, ListingDraft, Part
from catalogue.listings.entrusting.services import check_agency_may_publish
from catalogue.listings.inviting.services import send_invitations
from catalogue.listings.methods import is_framework
from catalogue.listings.preparation.services import check_prepared
from catalogue.listings.progress import (
    cancel_listing,
    close_if_due,
    fail_listing,
    mark_awarded,
    mark_determined,
    mark_evaluated,
    mark_opened,
)  # fmt: skip
from catalogue.listings.queries import listing_by_id, lock_listing, purchasing_body
from catalogue.listings.queries import lots as lots_of
from catalogue.listings.readiness import check_reviewer_opens_nothing, refuse_unready, review_facts
from catalogue.listings.review.decisions import (
    begin_round,
    note_confirmed,
    note_publication,
    note_return_to_drafter,
    remember_writer,
)  # fmt: skip
from catalogue.listings.review.facts import subject_of
from catalogue.listings.rules import TRANSITIONS, Status, check_may_draft_for, check_may_review
from catalogue.listings.rules_kept import keep_rules
from catalogue.listings.rules_used import rules_used
from catalogue.listings.tables import Listing, TimetableDate
from catalogue.listings.timetable import plan, timetable_of
from catalogue.listings.version_writer import NewVersion, write_version
from catalogue.listings.writers import keep_section_version, write_part
from catalogue.plans.queries import line_money
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Role
from marketplace.accounts.trail import hide_stream, record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

__all__ = [
    "cancel_listing", "close_if_due", "draft_listing", "fail_listing", "mark_awarded", "mark_determined",
    "mark_evaluated", "mark_opened", "publish_listing", "return_to_draft", "save_draft", "submit_for_review",
]  # fmt: skip


async def draft_listing(draft: ListingDraft, actor: Actor, now: datetime) -> UUID:
    """Begin a draft from a budget line of the actor's own unit. Raises Forbidden, FormRefused."""
    basics = draft.basics
    buyer = (await line_money(basics.budget_line))["buyer"]
    check_may_draft_for(actor, buyer)
    await _refuse_mistakes(basics, basics, actor.person_id, now)
    async with transaction():
        listing: UUID = await insert(
            Listing, reference=await next_reference("JT", county_day(now).year), method=basics.method,
            title=basics.title, purchasing_body=await purchasing_body(), procuring_unit=buyer,
            budget_line=basics.budget_line, budget=basics.budget, service_from=basics.service_from,
            service_to=basics.service_to, drafted_by=actor.person_id, drafted_at=now,
        )  # fmt: skip
        await write_part(listing, basics)
        for part in draft.later_parts():
            await write_part(listing, part)
        await remember_writer(listing, actor.person_id)
        await record("listing.drafted", ("listing", str(listing)), actor, {"title": basics.title}, now)
    return listing


async def save_draft(listing: UUID, version: int, part: Part, actor: Actor, now: datetime) -> int:
    """Save one part as read at its version; gives the new version. Raises Conflict when another window was faster."""
    found = await listing_by_id(listing)
    check_may_draft_for(actor, found["procuring_unit"], found["agency_agreement"], Entrusted.DRAFT)
    if isinstance(part, Basics):
        await _check_line_of_unit(part.budget_line, found["procuring_unit"])
    await _refuse_mistakes(part, await _basics_for(found, part), found["drafted_by"], now)
    async with transaction():
        # the listing's row is held: of two who save at once the second reads the first one's version
        if await fetchval(
            "UPDATE listing SET version = version + 1 WHERE id = $1 AND status = 'draft' RETURNING version", listing
        ) is None:
            raise Conflict(N_("这份公告已经提交复核，不能再改。如果要改，请复核人退回。"))
        if (await section_of(listing, subject_of(part)))["version"] != version:
            raise Conflict(N_("这一项刚才有人改过，您这次填的还没有保存。请看两边的差别，再按一次保存就以您的为准。"))
        await write_part(listing, part)
        saved = version + 1
        await keep_section_version(listing, subject_of(part), saved, (actor.person_id, now))
        await remember_writer(listing, actor.person_id)
        await record(
            "listing.draft_saved", ("listing", str(listing)), actor, {"part": type(part).__name__.lower()}, now
        )
    return saved


async def _check_line_of_unit(line: UUID, unit: UUID) -> None:
    """Money comes from the buyer's own lines, whoever drafts. Raises Forbidden."""
    if (await line_money(line))["buyer"] != unit:
        words = N_("这条预算属于另一个采购人。请用本单位的预算起草；代理机构须先有书面委托。")
        raise Forbidden(words, clause="R-ROLE-05")


async def _basics_for(found: dict[str, object], part: Part) -> Basics:
    if isinstance(part, Basics):
        return part
    return Basics(
        title=str(found["title"]), method=str(found["method"]), budget_line=found["budget_line"],  # type: ignore[arg-type]
        budget=found["budget"], service_from=found["service_from"], service_to=found["service_to"],  # type: ignore[arg-type]
    )  # fmt: skip


async def _refuse_mistakes(part: Part, basics: Basics, drafted_by: UUID, now: datetime) -> None:
    """All mistakes of the part at once. Raises FormRefused."""
    around = await surroundings(basics.budget_line, drafted_by, now)
    found = [mistake for mistake in mistakes_in(part, basics, around) if mistake.blocks]
    if found:
        raise FormRefused({mistake.field: _with_clause(mistake) for mistake in reversed(found)})


def _with_clause(mistake: Mistake) -> Sentence:
    """The sentence beside the field, and the rule behind it."""
    if mistake.clause is None:
        return mistake.sentence
    return say(N_("{sentence}依据 {clause}。"), sentence=mistake.sentence, clause=mistake.clause)


async def submit_for_review(listing: UUID, actor: Actor, now: datetime) -> None:
    """Hand a whole draft to another person. Raises DomainError while something in it is wrong."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
        to = move(TRANSITIONS, row["status"], to=Status.REVIEW)
        await refuse_unready(row, now)
        await begin_round(row, actor, now)
        await execute("UPDATE listing SET status = $2, submitted_at = $3 WHERE id = $1", listing, to.value, now)
        await record("listing.submitted", ("listing", str(listing)), actor, {"reference": row["reference"]}, now)


async def return_to_draft(listing: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Give a draft back to its drafter with a reason."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_review(actor, review_facts(row))
        to = move(TRANSITIONS, row["status"], to=Status.DRAFT)
        await note_return_to_drafter(row, reason, actor, now)
        await execute(
            "UPDATE listing SET status = $2, returned_at = $3, return_reason = $4, version = version + 1 WHERE id = $1",
            listing, to.value, now, reason,
        )  # fmt: skip
        await record("listing.returned", ("listing", str(listing)), actor, {"reason": reason}, now)


async def publish_listing(listing: UUID, actor: Actor, now: datetime) -> None:
    """Approve and publish: fix the rules of the day, compute the timetable, reserve the money, hide the bids' stream.

    Raises Forbidden (R-ROLE-02, R-ROLE-03), DomainError while something is wrong, Conflict when the money is gone.
    """
    async with transaction():
        row = await lock_listing(listing)
        if Role.AGENCY not in actor.roles:
            check_may_review(actor, review_facts(row))
        to = move(TRANSITIONS, row["status"], to=Status.PUBLISHED)
        approved_by = await _check_publication(row, actor, now)
        dated_by = await _write_timetable(row, now)
        await execute(
            "UPDATE listing SET status = $2, published_at = $3, approved_by = $4, rules_on = $5, return_reason = ''"
            " WHERE id = $1",
            listing, to.value, now, approved_by, county_day(now),
        )  # fmt: skip
        line = await line_money(row["budget_line"])
        total = sum((lot["budget"] for lot in await lots_of(listing)), start=row["budget"] * 0)
        if is_framework(row):
            total -= total  # a framework buys nothing yet: each order takes its own money (R-FRM-04)
        else:
            await post(line["ledger_line"], Posting.RESERVE, total, Source("listing", str(listing)), now)
        # whoever bids is told nowhere until the deadline, those who read everything included (R-DOC-08)
        await hide_stream(f"listing:{listing}", row["closes_at"])
        for person in await drafters_of(row):  # whoever last saved a subject drafted it too (R-ROLE-03)
            await take_duty(listing, Duty.DRAFTING, person, now)
        await take_duty(listing, Duty.APPROVING, approved_by, now)
        await keep_rules(listing, rules_used(str(row["method"]), dated_by, county_day(now)))
        await write_version(listing, NewVersion("publication", row["drafted_by"], approved_by), now)
        await send_invitations(row, actor, now)
        detail = {"reference": row["reference"], "closes_at": row["closes_at"].isoformat(), "reserved": str(total)}
        await record("listing.published", ("listing", str(listing)), actor, detail, now)


async def _check_publication(row: dict[str, Any], actor: Actor, now: datetime) -> UUID:
    """Whose approval stands behind it: the buyer's person who publishes, or who confirmed what its agency publishes."""
    if Role.AGENCY in actor.roles:
        by = await check_agency_may_publish(row, actor)
        await refuse_unready(row, now)
        await check_prepared(row, now)
        await note_confirmed(row, by, now)
        return by
    await check_reviewer_opens_nothing(row["id"], actor)
    await refuse_unready(row, now)
    await note_publication(row, actor, now)
    await check_prepared(row, now)
    return actor.person_id


async def _write_timetable(row: dict[str, object], now: datetime) -> list[str]:
    """Write every date; gives the rules by which they were counted."""
    timetable = timetable_of(row)
    planned = plan(timetable, str(row["method"]), county_day(now))
    for position, each in enumerate(planned.dates, start=1):
        await insert(
            TimetableDate, listing=row["id"], position=position, event=each.event, day=each.day,
            rule_key=each.rule_key, is_provisional=each.is_provisional,
        )  # fmt: skip
    await execute(
        "UPDATE listing SET documents_until = $2, questions_until = $3 WHERE id = $1",
        row["id"], planned.documents_until, planned.questions_until,
    )  # fmt: skip
    return [each.rule_key for each in planned.dates]
