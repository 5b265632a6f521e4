"""Report harm or a crisis, take it up, close it; who is on duty. Each act is seen by the named few alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.safeguarding import queries
from contracts.safeguarding.letters import roles_with, tell_county, tell_officers
from contracts.safeguarding.rules import (
    RULE_CHILD,
    TRANSITIONS,
    ReportKind,
    ReportStatus,
    check_officer,
    finish_by,
    take_by,
)
from contracts.safeguarding.tables import SafeguardingDuty, SafeguardingReport
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal, reveal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

WORDS, DONE, PHONE = "safeguarding_report.words", "safeguarding_report.done", "safeguarding_duty.phone"
MOST_WORDS = 4000


@dataclass(frozen=True)
class NewReport:
    """What is reported: one tap gives identity and kind, the rest is said where it is known."""

    id: UUID
    kind: ReportKind
    noticed_at: datetime
    recipient_code: str = ""
    office: UUID | None = None
    words: str = ""


@dataclass(frozen=True)
class NewDuty:
    """Who is on duty when, and under which telephone."""

    person: UUID
    phone: str
    from_on: date
    to_on: date


async def report_harm(new: NewReport, actor: Actor, now: datetime) -> str:
    """Tell the officer on duty; gives the report's number. The same report sent twice is one (R-CHILD-01).

    Anybody who is signed in reports. Raises NotFound for an identity that somebody else's report has.
    """
    async with transaction():
        # two sendings of one report wait for each other
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(new.id))
        known = await queries.known_report(new.id)
        if known is not None:
            if known["reported_by"] != actor.person_id:
                raise NotFound()
            return str(known["reference"])
        office = await queries.office_for(
            new.office, new.recipient_code, actor, roles_with(Permission.SEE_RESTRICTED_CASES)
        )
        officer = (await queries.officers_of([office], county_day(now))).get(office)
        reference = await next_reference("BH", county_day(now).year)
        await insert(
            SafeguardingReport, id=new.id, reference=reference, kind=new.kind.value, office=office,
            recipient_code=new.recipient_code, words=conceal(new.words, WORDS), noticed_at=min(new.noticed_at, now),
            reported_by=actor.person_id, reported_at=now, officer=officer["person"] if officer else None,
            take_by=take_by(now), finish_by=finish_by(now),
        )  # fmt: skip
        await record("safeguarding.reported", ("safeguarding_report", reference), actor, {"reference": reference}, now)
        await tell_officers(await queries.lock_report(new.id), now)
    return reference


async def add_words(reference: str, words: str, actor: Actor, now: datetime) -> None:
    """Say more, by who reported or an officer. Raises NotFound, Conflict once it is closed, FormRefused."""
    async with transaction():
        report = await queries.lock_report((await queries.report_page(reference, visible_to=actor))["id"])
        if report["status"] == ReportStatus.CLOSED:
            raise Conflict(N_("报告已经办结。有新的情况，请另外报告一次。"))
        before = reveal(report["words"], WORDS)
        whole = f"{before}\n{words}" if before else words
        if len(whole) > MOST_WORDS:
            raise FormRefused({"words": say(N_("写得太长了。请只写要点，其余当面告诉专员。"))})
        await execute("UPDATE safeguarding_report SET words = $2 WHERE id = $1", report["id"], conceal(whole, WORDS))
        await record("safeguarding.told_more", ("safeguarding_report", reference), actor, {}, now)


async def take_report(reference: str, actor: Actor, now: datetime) -> None:
    """An officer takes a report up. Raises NotFound, Forbidden, Conflict."""
    async with transaction():
        report = await queries.lock_report((await queries.report_page(reference, visible_to=actor))["id"])
        check_officer(actor, report)
        status = move(TRANSITIONS, report["status"], to=ReportStatus.TAKEN)
        await execute(
            "UPDATE safeguarding_report SET status = $2, taken_by = $3, taken_at = $4 WHERE id = $1",
            report["id"], status.value, actor.person_id, now,
        )  # fmt: skip
        await record("safeguarding.taken", ("safeguarding_report", reference), actor, {"reference": reference}, now)


async def close_report(reference: str, result: str, done: str, actor: Actor, now: datetime) -> None:
    """An officer closes a report with what was done. Raises NotFound, Forbidden, Conflict."""
    async with transaction():
        report = await queries.lock_report((await queries.report_page(reference, visible_to=actor))["id"])
        check_officer(actor, report)
        status = move(TRANSITIONS, report["status"], to=ReportStatus.CLOSED)
        await execute(
            "UPDATE safeguarding_report SET status = $2, result = $3, done = $4, closed_by = $5, closed_at = $6"
            " WHERE id = $1",
            report["id"], status.value, result, conceal(done, DONE), actor.person_id, now,
        )  # fmt: skip
        await record("safeguarding.closed", ("safeguarding_report", reference), actor, {"reference": reference}, now)


async def escalate_untaken(now: datetime) -> int:
    """Tell the county of reports nobody took up in time; done again it changes nothing (R-CHILD-01/take)."""
    told = 0
    for found in await queries.untaken(now):
        async with transaction():
            report = await queries.lock_report(found)
            if report["status"] != ReportStatus.OPEN or report["escalated_at"] is not None:
                continue
            await execute("UPDATE safeguarding_report SET escalated_at = $2 WHERE id = $1", found, now)
            reference = report["reference"]
            office = await fetchval("SELECT name FROM organisation WHERE id = $1", report["office"])
            await record("safeguarding.escalated", ("safeguarding_report", reference), None, {}, now)
            await tell_county(report, office, now)
            told += 1
    return told


async def enter_duty(new: NewDuty, actor: Actor, now: datetime) -> UUID:
    """Put one of the named few of the own office on duty. Raises Forbidden, FormRefused."""
    actor.check_may(Permission.SEE_RESTRICTED_CASES)
    async with transaction():
        found = {}
        few = await queries.colleagues_of(actor.organisation_id, roles_with(Permission.SEE_RESTRICTED_CASES))
        if new.person not in {row["id"] for row in few}:
            found["person"] = say(N_("值班的只能是本单位的未成年人保护专员。"))
        if new.to_on < new.from_on:
            found["to_on"] = say(N_("最后一天不能早于第一天。"))
        if new.to_on < county_day(now):
            found["to_on"] = say(N_("值班的最后一天在今天以前。请核对日期。"))
        if found:
            raise FormRefused(found)
        duty: UUID = await insert(
            SafeguardingDuty, office=actor.organisation_id, person=new.person, phone=conceal(new.phone, PHONE),
            from_on=new.from_on, to_on=new.to_on, entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        detail = {"from_on": new.from_on.isoformat(), "to_on": new.to_on.isoformat()}
        await record("safeguarding.duty_entered", ("person", str(new.person)), actor, detail, now)
    return duty


async def end_duty(duty: UUID, actor: Actor, now: datetime) -> None:
    """Take somebody off duty again. Raises Forbidden, NotFound; DomainError while nobody else is on duty that day."""
    actor.check_may(Permission.SEE_RESTRICTED_CASES)
    async with transaction():
        ended = await fetchrow(
            "UPDATE safeguarding_duty SET ended_at = $3 WHERE id = $1 AND office = $2 AND ended_at IS NULL"
            " RETURNING person, from_on, to_on",
            duty, actor.organisation_id, now,
        )  # fmt: skip
        if ended is None:
            raise NotFound()
        today = county_day(now)
        is_now = ended["from_on"] <= today <= ended["to_on"]
        if is_now and not await queries.officers_of([actor.organisation_id], today):
            raise DomainError(N_("今天没有别人值班。请先安排另一位，再取消这一位。"), clause=RULE_CHILD)
        await record("safeguarding.duty_ended", ("person", str(ended["person"])), actor, {}, now)
