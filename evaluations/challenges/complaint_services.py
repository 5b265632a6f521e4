"""A complaint from its letter to its acceptance: raise, review, correct, reply, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Ground
from catalogue.holds.services import HoldEnd, end_hold
from catalogue.interest.services import mail_in
from catalogue.interruptions.queries import finance_mails
from catalogue.interruptions.services import resume_listing
from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.rules import Status
from contracts.agreements.rules import check_typed_name
from evaluations.challenges import queries
from evaluations.challenges.complaint_rules import (
    check_own_complaint,
    correction_mistakes,
    later_by_pause,
    partner_mistakes,
    scope_mistakes,
)
from evaluations.challenges.letters import tell_of_withdrawal
from evaluations.challenges.rules import (
    BEFORE_COMPLAINT,
    COMPLAINT_PHONE,
    COMPLAINT_TRANSITIONS,
    COPIES_BY,
    DECIDE_BY,
    REPLY_BY,
    REVIEW_BY,
    ComplaintStatus,
    complaint_against,
    may_answer,
)
from evaluations.challenges.services import Matter, Sender
from evaluations.challenges.tables import Complaint, ComplaintMatter, ComplaintPause
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class NewComplaint:
    """A letter of complaint, part by part; `history` tells of the challenge and its answer."""

    sender: Sender
    history: str
    matters: Sequence[Matter]
    requests: str
    signed_name: str
    # names and signatures of those who bid together with the complainant
    partners: str = ""


async def raise_complaint(challenge_reference: str, new: NewComplaint, actor: Actor, now: datetime) -> str:
    """Complain to finance about one's own challenge; gives the number.

    Raises NotFound for another's challenge, Conflict out of time, FormRefused beyond the challenge (R-DISP-03).
    """
    actor.check_may(Permission.RAISE_CHALLENGE)
    check_typed_name(new.signed_name, actor.name)
    challenge = await _own_challenge(challenge_reference, actor)
    async with transaction():
        await lock_listing(challenge["listing"])
        at: datetime = await fetchval("SELECT county_now()")
        challenge = await _own_challenge(challenge_reference, actor)
        earlier = [each["status"] for each in await queries.complaints_about(challenge["id"])]
        if against := complaint_against(challenge, at, earlier):
            raise Conflict(against.message, clause=BEFORE_COMPLAINT, **against.values)
        await _check_scope(challenge, new)
        reference = await next_reference("TS", county_day(at).year)
        due = compute(DECIDE_BY, at)
        complaint = await insert(
            Complaint, reference=reference, challenge=challenge["id"], listing=challenge["listing"],
            organisation=actor.organisation_id, raised_by=actor.person_id, raised_at=at,
            review_by=compute(REVIEW_BY, at).date, copies_by=compute(COPIES_BY, at).date, decide_by=due.date,
            is_provisional=due.provisional, **_letter(new),
        )  # fmt: skip
        await _write_matters(complaint, new)
        await _tell_finance(reference, challenge, at)
        detail = {"complaint": reference, "challenge": challenge_reference}
        await record("complaint.raised", ("complaint", str(complaint)), actor, detail, at)
    return reference


def _letter(new: NewComplaint) -> dict[str, str]:
    sender = new.sender
    return {
        "address": sender.address, "postcode": sender.postcode, "contact": sender.contact,
        "phone": conceal(sender.phone, COMPLAINT_PHONE),
        "agent": sender.agent, "history": new.history, "requests": new.requests,
        "signed_name": new.signed_name.strip(), "partners": new.partners.strip(),
    }  # fmt: skip


async def _own_challenge(reference: str, actor: Actor) -> Row:
    found = await queries.challenge_by(reference, actor)
    if found["organisation"] != actor.organisation_id:
        raise NotFound()
    return found


async def _check_scope(challenge: Row, new: NewComplaint) -> None:
    challenged = [each["id"] for each in await queries.matters_of(challenge["id"])]
    sources = [(place, each.source) for place, each in enumerate(new.matters, start=1)]
    mistakes = scope_mistakes(sources, challenged, challenge["answered_at"] is not None)
    partners = await queries.partners_of(challenge)
    if mistakes := {**mistakes, **partner_mistakes(partners, new.partners)}:
        raise FormRefused(mistakes)


async def _write_matters(complaint: UUID, new: NewComplaint) -> None:
    for position, each in enumerate(new.matters, start=1):
        await insert(
            ComplaintMatter, complaint=complaint, position=position, challenge_matter=each.source, matter=each.matter,
            facts=each.facts, law=each.law,
        )  # fmt: skip


async def _tell_finance(reference: str, challenge: Row, at: datetime) -> None:
    values = {"reference": reference, "title": challenge["title"]}
    subject = say(N_("收到投诉 {reference}"), **values)
    body = say(N_("“{title}”的投诉 {reference} 等待审查：/complaints/{reference}"), **values)
    for address in await finance_mails():
        await mail_in("zh", address, (subject, body), at, None)


async def lock_complaint(reference: str) -> Row:
    """The complaint's row with its challenge's stage and lot; the listing is locked first, as everywhere."""
    listing = await fetchval("SELECT listing FROM complaint WHERE reference = $1", reference)
    if listing is None:
        raise NotFound()
    await lock_listing(listing)
    row = await fetchrow(
        "SELECT t.*, c.stage, c.lot, l.procuring_unit, l.agency_agreement, l.title FROM complaint t"
        " JOIN challenge c ON c.id = t.challenge JOIN listing l ON l.id = t.listing WHERE t.reference = $1"
        " FOR UPDATE OF t",
        reference,
    )
    assert row is not None, "a complaint is never deleted"
    return dict(row)


async def to_review(reference: str, actor: Actor, now: datetime) -> Row:
    """The locked complaint for finance, which takes the duty with it. Raises Forbidden (R-ROLE-02)."""
    actor.check_may(Permission.DECIDE_COMPLAINT)
    row = await lock_complaint(reference)
    await take_duty(row["listing"], Duty.COMPLAINTS, actor.person_id, now)
    return row


async def set_status(row: Row, to: ComplaintStatus) -> None:
    """Move it. Raises IllegalMove."""
    status = move(COMPLAINT_TRANSITIONS, row["status"], to=to)
    await execute("UPDATE complaint SET status = $2 WHERE id = $1", row["id"], status.value)


async def ask_for_correction(reference: str, note: str, correct_by: date, actor: Actor, now: datetime) -> None:
    """Say once what the letter lacks and until when; the time does not count (94 Art. 21, 27). Raises FormRefused."""
    if mistakes := correction_mistakes(correct_by, now):
        raise FormRefused(mistakes)
    async with transaction():
        row = await to_review(reference, actor, now)
        if await fetchval("SELECT 1 FROM complaint_pause WHERE complaint = $1 AND why = 'correction'", row["id"]):
            raise Conflict(N_("已经通知补正过一次。补正只通知一次，请受理或者不予受理。"), clause="R-TIME-26")
        await set_status(row, ComplaintStatus.CORRECTING)
        await _note_review(row, note, correct_by, actor, now)
        await begin_pause(row["id"], "correction", now)
        await _tell_complainant(row, say(N_("补正通知：{reference}"), reference=reference), note, now)
        await record("complaint.correction_asked", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)


async def _note_review(row: Row, note: str, correct_by: date | None, actor: Actor, now: datetime) -> None:
    await execute(
        "UPDATE complaint SET review_note = $2, correct_by = $3, reviewed_by = $4, reviewed_at = $5 WHERE id = $1",
        row["id"], note, correct_by, actor.person_id, now,
    )  # fmt: skip


async def _tell_complainant(row: Row, subject: Any, words: str, now: datetime) -> None:
    body = say(N_("{words}\n详情：/complaints/{reference}"), words=words, reference=row["reference"])
    for address in await queries.mails_of_office(row["organisation"]):
        await mail_in("zh", address, (subject, body), now, None)


async def begin_pause(complaint: UUID, why: str, now: datetime) -> None:
    """Let the time of decision rest."""
    await insert(ComplaintPause, complaint=complaint, why=why, begun_at=now)


async def end_pauses(row: Row, now: datetime) -> bool:
    """End every rest and add its working days to the decision's time; whether there was one."""
    rows = await fetch(
        "UPDATE complaint_pause SET ended_at = $2 WHERE complaint = $1 AND ended_at IS NULL RETURNING begun_at",
        row["id"], now,
    )  # fmt: skip
    decide_by = row["decide_by"]
    for each in rows:
        decide_by = later_by_pause(decide_by, county_day(each["begun_at"]), county_day(now))
    await execute(
        "UPDATE complaint SET decide_by = $2, is_provisional = is_provisional OR $3 WHERE id = $1",
        row["id"], decide_by, not county_calendar().is_announced(decide_by.year),
    )  # fmt: skip
    return bool(rows)


async def correct_complaint(reference: str, new: NewComplaint, actor: Actor, now: datetime) -> None:
    """Hand in the whole letter once more. Raises NotFound, Conflict after its day, FormRefused, IllegalMove."""
    check_typed_name(new.signed_name, actor.name)
    async with transaction():
        row = await lock_complaint(reference)
        check_own_complaint(actor, row)
        await set_status(row, ComplaintStatus.RECEIVED)
        at: datetime = await fetchval("SELECT county_now()")
        if county_day(at) > row["correct_by"]:
            raise Conflict(
                N_("补正期限 {day} 已过。请等待财政部门的通知。"), clause="R-TIME-26", day=day_words(row["correct_by"])
            )
        number = await fetchval("SELECT reference FROM challenge WHERE id = $1", row["challenge"])
        await _check_scope(await _own_challenge(number, actor), new)
        letter = _letter(new)
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(letter, start=2))
        await execute(f"UPDATE complaint SET {columns} WHERE id = $1", row["id"], *letter.values())
        await execute("DELETE FROM complaint_matter WHERE complaint = $1", row["id"])
        await _write_matters(row["id"], new)
        await end_pauses(row, at)
        await record("complaint.corrected", ("complaint", str(row["id"])), actor, {"complaint": reference}, at)


async def refuse_complaint(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Not accepted, with the reason in writing (94 Art. 21). Raises Forbidden, IllegalMove."""
    async with transaction():
        row = await to_review(reference, actor, now)
        await set_status(row, ComplaintStatus.NOT_ACCEPTED)
        await _note_review(row, reason, None, actor, now)
        await end_pauses(row, now)
        await _tell_complainant(row, say(N_("不予受理通知：{reference}"), reference=reference), reason, now)
        await record("complaint.not_accepted", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)


async def accept_complaint(reference: str, actor: Actor, now: datetime) -> None:
    """Accept and send copies to the respondent and the other parties, who have 5 working days (94 Art. 21, 22)."""
    async with transaction():
        row = await to_review(reference, actor, now)
        await set_status(row, ComplaintStatus.ACCEPTED)
        counted = compute(REPLY_BY, now)
        reply_by = counted.date
        await execute(
            "UPDATE complaint SET reply_by = $2, reviewed_by = $3, reviewed_at = $4,"
            " is_provisional = is_provisional OR $5 WHERE id = $1",
            row["id"], reply_by, actor.person_id, now, counted.provisional,
        )  # fmt: skip
        values = {"reference": reference, "title": row["title"], "day": day_words(reply_by)}
        subject = say(N_("投诉答复通知书：{reference}"), **values)
        body = say(
            N_("“{title}”的投诉 {reference} 已经受理，请在 {day} 前作出书面说明：/complaints/{reference}"), **values
        )
        office = await queries.mails_of_office(row["procuring_unit"])
        for address in [*office, *await queries.mails_concerned(row["listing"], row["organisation"])]:
            await mail_in("zh", address, (subject, body), now, None)
        await record("complaint.accepted", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)


async def reply_to_complaint(reference: str, words: str, actor: Actor, now: datetime) -> None:
    """What the respondent, or another provider concerned, has to say; once each.

    Raises NotFound, Forbidden for who is no party, Conflict when late, said before or decided.
    """
    seen = await queries.complaint_by(reference, actor)
    is_concerned = actor.may(Permission.RAISE_CHALLENGE) and seen["organisation"] != actor.organisation_id
    if not may_answer(actor, seen) and not is_concerned:
        raise Forbidden(N_("只有被投诉人和其他有关的供应商可以作出说明。"), clause="R-TIME-26")
    async with transaction():
        row = await lock_complaint(reference)
        if row["status"] != ComplaintStatus.ACCEPTED or county_day(now) > row["reply_by"]:
            raise Conflict(
                N_("现在不能再作出说明：说明的期限已过，或者已经作出决定。请刷新页面查看。"), clause="R-TIME-26"
            )
        said = await fetchval(
            "INSERT INTO complaint_reply (id, complaint, organisation, words, said_by, said_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (complaint, organisation) DO NOTHING"
            " RETURNING id",
            row["id"], actor.organisation_id, words, actor.person_id, now,
        )  # fmt: skip
        if said is None:
            raise Conflict(N_("本单位已经作出说明。请刷新页面查看。"))
        await record("complaint.replied", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)


async def end_order(row: Row, why: HoldEnd, actor: Actor, now: datetime) -> bool:
    """End what finance ordered for a complaint; bids are taken again. Whether there was an order."""
    ended = await end_hold(row["reference"], Ground.FINANCE_ORDER, why, actor, now)
    if ended:
        listing = await listing_by_id(row["listing"])
        if listing["status"] == Status.SUSPENDED:
            await resume_listing(listing["reference"], None, now)
    return ended


async def withdraw_complaint(reference: str, actor: Actor, now: datetime) -> None:
    """Take it back in writing; the handling ends (94 Art. 30). Raises NotFound, IllegalMove when it is decided."""
    async with transaction():
        row = await lock_complaint(reference)
        check_own_complaint(actor, row)
        await set_status(row, ComplaintStatus.WITHDRAWN)
        await end_pauses(row, now)
        went_on = await end_order(row, HoldEnd("投诉已撤回"), actor, now)
        await tell_of_withdrawal(row, went_on, now)
        await record("complaint.withdrawn", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)
