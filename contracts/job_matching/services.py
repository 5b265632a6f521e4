"""Plan and hold the quarter's event, note who came, was hired and still works; hand lists over (R-JOB-01)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from uuid import UUID

import asyncpg

from contracts.cases.tables import ResidentLook
from contracts.job_matching import queries
from contracts.job_matching.rules import (
    FROM_OFFICE,
    LIST_COLUMNS,
    RULE_JOB,
    TO_OFFICE,
    TRANSITIONS,
    EventStatus,
    asked_mistake,
    check_held,
    held_mistake,
    hired_mistake,
)
from contracts.job_matching.tables import JobAttendance, JobEvent, JobList, JobListLine, JobSeeker, JobVacancy
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.forms import text
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = queries.Row


async def plan_event(planned_on: date, place: str, actor: Actor, now: datetime) -> str:
    """Name day and place of an event; gives its reference. Raises Forbidden, FormRefused."""
    actor.check_may(Permission.OVERSEE_CASES)
    today = county_day(now)
    if planned_on < today:
        raise FormRefused({"planned_on": say(N_("日期不能早于今天。"))})
    async with transaction():
        reference = await next_reference("DJ", today.year)
        await insert(
            JobEvent, reference=reference, planned_on=planned_on, place=place, planned_by=actor.person_id,
            planned_at=now,
        )  # fmt: skip
        await record("job_event.planned", ("job_event", reference), actor, {"day": planned_on.isoformat()}, now)
    return reference


async def _held(reference: str, actor: Actor, permission: Permission) -> Row:
    actor.check_may(permission)
    return await queries.lock_event((await queries.event_page(reference))["id"])


def _refuse(field: str, mistake: Sentence | None) -> None:
    if mistake:
        raise FormRefused({field: mistake})


async def add_vacancy(  # noqa: PLR0913 - a post with all it says
    reference: str, employer: str, post: str, places: int, pay: str, actor: Actor, now: datetime
) -> None:
    """An employer offers posts. Raises NotFound, Forbidden, DomainError once the event is cancelled."""
    async with transaction():
        event = await _held(reference, actor, Permission.OVERSEE_CASES)
        if event["status"] == EventStatus.CANCELLED:
            raise DomainError(N_("对接会已经取消。"), clause=RULE_JOB)
        await insert(
            JobVacancy, event=event["id"], employer=employer, post=post, places=places, pay=pay,
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        detail = {"name": employer, "number": str(places)}
        await record("job_event.vacancy_added", ("job_event", reference), actor, detail, now)


async def hold_event(reference: str, held_on: date, zero_before: int, actor: Actor, now: datetime) -> None:
    """The event took place; households without any work before it. Raises Forbidden, FormRefused, IllegalMove."""
    async with transaction():
        event = await _held(reference, actor, Permission.OVERSEE_CASES)
        status = move(TRANSITIONS, event["status"], to=EventStatus.HELD)
        _refuse("held_on", held_mistake(held_on, county_day(event["planned_at"]), county_day(now)))
        await execute(
            "UPDATE job_event SET status = $2, held_on = $3, zero_before = $4 WHERE id = $1",
            event["id"], status.value, held_on, zero_before,
        )  # fmt: skip
        detail = {"day": held_on.isoformat(), "total": str(zero_before)}
        await record("job_event.held", ("job_event", reference), actor, detail, now)


async def cancel_event(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """It does not take place. Raises NotFound, Forbidden, IllegalMove."""
    async with transaction():
        event = await _held(reference, actor, Permission.OVERSEE_CASES)
        status = move(TRANSITIONS, event["status"], to=EventStatus.CANCELLED)
        await execute(
            "UPDATE job_event SET status = $2, cancel_reason = $3 WHERE id = $1", event["id"], status.value, reason
        )
        await record("job_event.cancelled", ("job_event", reference), actor, {"reason": reason}, now)


async def count_after(reference: str, zero_after: int, actor: Actor, now: datetime) -> None:
    """Households without any work after the event; counted again it replaces the count. Raises DomainError."""
    async with transaction():
        event = await _held(reference, actor, Permission.OVERSEE_CASES)
        check_held(event)
        await execute("UPDATE job_event SET zero_after = $2 WHERE id = $1", event["id"], zero_after)
        await record("job_event.counted_after", ("job_event", reference), actor, {"total": str(zero_after)}, now)


async def _resident(code: str, actor: Actor) -> UUID:
    resident = await queries.resident_of(code, actor.organisation_id)
    if resident is None:
        raise FormRefused({"code": say(N_("本镇（街道）没有这个代码。请核对服务卡，或者先登记个案。"))})
    return resident


async def note_attendance(reference: str, code: str, actor: Actor, now: datetime) -> None:
    """A resident of the actor's town came. Raises Forbidden, FormRefused, DomainError, Conflict when it stands."""
    async with transaction():
        event = await _held(reference, actor, Permission.HANDLE_CASES)
        check_held(event)
        resident = await _resident(code, actor)
        try:
            async with transaction():
                await insert(
                    JobAttendance, event=event["id"], resident=resident, town=actor.organisation_id,
                    entered_by=actor.person_id, entered_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise FormRefused({"code": say(N_("这个代码已经登记过到场。"))}) from None
        await record("job_event.attended", ("job_event", reference), actor, {"subject": code}, now)


async def note_hired(attendance: UUID, vacancy: UUID, hired_on: date, actor: Actor, now: datetime) -> None:
    """Somebody who came was hired for a post of the event, as long as it has places. Raises NotFound, FormRefused."""
    actor.check_may(Permission.HANDLE_CASES)
    async with transaction():
        found = await queries.lock_attendance(attendance, actor.organisation_id)
        await queries.lock_event(found["event"])
        if found["hired_on"] is not None:
            raise Conflict(N_("已经登记过录用。请刷新页面。"))
        _refuse("hired_on", hired_mistake(hired_on, found["held_on"], county_day(now)))
        posts = {row["id"]: row for row in await queries.vacancies_of(found["event"])}
        if vacancy not in posts:
            raise FormRefused({"vacancy": say(N_("请选这次对接会的岗位。"))})
        if posts[vacancy]["hired"] >= posts[vacancy]["places"]:
            raise FormRefused({"vacancy": say(N_("这个岗位已经招满。请核对人数，或者选另一个岗位。"))})
        await execute(
            "UPDATE job_attendance SET vacancy = $2, hired_on = $3 WHERE id = $1", attendance, vacancy, hired_on
        )
        detail = {"subject": found["code"], "day": hired_on.isoformat()}
        await record("job_event.hired", ("job_event", found["reference"]), actor, detail, now)


async def note_still(  # noqa: PLR0913 - what was learned of whom, when
    attendance: UUID, still: bool, asked_on: date, actor: Actor, now: datetime
) -> None:
    """Whether the job still stands, asked after its days. Raises NotFound, FormRefused, Conflict (R-JOB-01)."""
    actor.check_may(Permission.HANDLE_CASES)
    async with transaction():
        found = await queries.lock_attendance(attendance, actor.organisation_id)
        if found["hired_on"] is None or found["asked_on"] is not None:
            raise Conflict(N_("没有登记录用，或者已经回访过。请刷新页面。"))
        _refuse("asked_on", asked_mistake(asked_on, found["hired_on"], county_day(now)))
        await execute("UPDATE job_attendance SET still = $2, asked_on = $3 WHERE id = $1", attendance, still, asked_on)
        detail = {"subject": found["code"], "result": "yes" if still else "no"}
        await record("job_event.asked_again", ("job_event", found["reference"]), actor, detail, now)


async def enter_seeker(  # noqa: PLR0913 - who wants which work, and when it was agreed
    code: str, kind: str, wish: str, consented_on: date, actor: Actor, now: datetime
) -> None:
    """A resident of the actor's town looks for work and agreed to being named for it. Raises Forbidden, FormRefused."""
    actor.check_may(Permission.HANDLE_CASES)
    if consented_on > county_day(now):
        raise FormRefused({"consented_on": say(N_("日期在今天以后。请填已经发生的日期。"))})
    async with transaction():
        resident = await _resident(code, actor)
        await fetchval("SELECT id FROM resident WHERE id = $1 FOR NO KEY UPDATE", resident)
        if await fetchval(
            "SELECT EXISTS (SELECT FROM job_seeker WHERE resident = $1 AND ended_at IS NULL)", resident
        ):
            raise FormRefused({"code": say(N_("这个代码已经在求职名单里。"))})
        seeker: UUID = await insert(
            JobSeeker, resident=resident, town=actor.organisation_id, kind=kind, wish=wish, consented_on=consented_on,
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        await record("job_seeker.entered", ("job_seeker", str(seeker)), actor, {"subject": code, "kind": kind}, now)


async def end_seeker(seeker: UUID, kind: str, actor: Actor, now: datetime) -> None:
    """Somebody no longer looks for work, or takes the consent back. Raises NotFound, Forbidden."""
    actor.check_may(Permission.HANDLE_CASES)
    async with transaction():
        won = await fetchval(
            "UPDATE job_seeker SET ended_at = $3, end_kind = $4 WHERE id = $1 AND town = $2 AND ended_at IS NULL"
            " RETURNING id",
            seeker, actor.organisation_id, now, kind,
        )  # fmt: skip
        if won is None:
            raise NotFound()
        await record("job_seeker.ended", ("job_seeker", str(seeker)), actor, {"ground": kind}, now)


async def send_list(purpose: str, actor: Actor, now: datetime) -> str:
    """Everybody disabled who agreed and stands on no list goes on one; gives its reference. Raises DomainError."""
    actor.check_may(Permission.OVERSEE_CASES)
    async with transaction():
        seekers = await queries.seekers_to_send()
        if not seekers:
            raise DomainError(N_("没有新的、同意推送的残疾人。镇（街道）登记以后再推送。"), clause=RULE_JOB)
        reference = await next_reference("MD", county_day(now).year)
        made: UUID = await insert(JobList, reference=reference, purpose=purpose, made_by=actor.person_id, made_at=now)
        for seeker in seekers:
            await insert(JobListLine, job_list=made, seeker=seeker)
        detail = {"office": TO_OFFICE, "from": FROM_OFFICE, "number": str(len(seekers)), "reason": purpose}
        await record("job_list.sent", ("job_list", reference), actor, detail, now)
    return reference


async def make_file(reference: str, purpose: str, actor: Actor, now: datetime) -> bytes:
    """The spreadsheet for the labour bureau until it is received; each look at a resident is kept with its purpose.

    Whoever took the consent back meanwhile is not on it. Raises NotFound, Forbidden, DomainError.
    """
    actor.check_may(Permission.OVERSEE_CASES)
    async with transaction():
        found = await queries.list_page(reference)
        if found["received_on"] is not None:
            raise DomainError(N_("对方已经收到，不再生成清单。"), clause=RULE_JOB)
        rows = []
        for person in await queries.people_of(found["id"]):
            rows.append({
                "name": reveal(person["name"], "resident.name"), "phone": reveal(person["phone"], "resident.phone"),
                "town": person["town"], "wish": person["wish"],
            })  # fmt: skip
            await insert(
                ResidentLook, resident=person["resident"], reference=reference, purpose=purpose,
                seen_by=actor.person_id, seen_at=now,
            )  # fmt: skip
        columns = [Column(name, label, text(200), width=20) for name, label in LIST_COLUMNS.items()]
        content = write_sheet(N_("求职残疾人名单"), columns, rows)
        detail = {
            "number": str(len(rows)), "fields": " ".join(LIST_COLUMNS), "reason": purpose,
            "sha256": hashlib.sha256(content).hexdigest(),
        }  # fmt: skip
        await record("job_list.file_made", ("job_list", reference), actor, detail, now)
    return content


async def note_receipt(reference: str, receipt: str, received_on: date, actor: Actor, now: datetime) -> None:
    """The labour bureau has it. Raises NotFound, Forbidden, FormRefused, Conflict when it was noted."""
    actor.check_may(Permission.OVERSEE_CASES)
    async with transaction():
        found = await queries.list_page(reference)
        if not county_day(found["made_at"]) <= received_on <= county_day(now):
            raise FormRefused({"received_on": say(N_("日期要在送出以后、不晚于今天。"))})
        won = await fetchval(
            "UPDATE job_list SET receipt = $2, received_on = $3 WHERE id = $1 AND received_on IS NULL RETURNING id",
            found["id"], receipt, received_on,
        )  # fmt: skip
        if won is None:
            raise Conflict(N_("已经登记过回执。"))
        detail = {"receipt": receipt, "day": received_on.isoformat()}
        await record("job_list.received", ("job_list", reference), actor, detail, now)
