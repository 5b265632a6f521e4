"""Change what the roster says of a worker, from a day on; what stood before is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.workers.files import file_under, is_overlapping, settle
from vendors.workers.requests import answer_with_change
from vendors.workers.rules import spell_mistakes
from vendors.workers.spells import Row, lock_worker
from vendors.workers.tables import WorkerChange


@dataclass(frozen=True)
class Particulars:
    """What a spell says of its worker: the name, and the certificate by R-SOCW-02."""

    name: str
    certificate_level: str
    certificate_number: str
    registered_on: date | None
    certificate_until: date | None


@dataclass(frozen=True)
class Change:
    """From which day something else holds, why, and whether it was wrong before rather than new."""

    from_on: date
    reason: str
    is_correction: bool = False


def day_mistakes(change: Change, employed: tuple[date, date | None], today: date) -> dict[str, Sentence]:
    """What does not fit in the day of a change, by field: it lies in the spell and not in the future."""
    if change.from_on > today:
        return {"from_on": say(N_("不能填今天以后的日期。到了那一天再登记。"))}
    if change.from_on < employed[0] or (employed[1] and change.from_on > employed[1]):
        return {"from_on": say(N_("这一天不在这段工作经历里。请填入职到离职之间的日期。"))}
    return {}


async def change_particulars(
    worker: UUID, new: Particulars, change: Change, actor: Actor, now: datetime
) -> None:
    """Name or certificate from a day on; what was computed or paid stays. Raises NotFound, FormRefused (R-SOCW-02)."""
    actor.check_may(Permission.MANAGE_WORKERS)
    async with transaction():
        row = await lock_worker(worker, actor)
        employed = (row["employed_from"], row["employed_to"])
        errors = day_mistakes(change, employed, county_day(now)) | spell_mistakes(
            new.certificate_level, new.certificate_number, new.registered_on, new.certificate_until
        )
        if not errors and await _particulars_on(worker, change.from_on) == new:
            errors["name"] = say(N_("和那一天登记的一样，没有要改的。"))
        if errors:
            raise FormRefused(errors)
        await insert(
            WorkerChange, worker=worker, number=await _next_number(row), is_full_time=row["is_full_time"],
            entered_by=actor.person_id, entered_at=now,
            **asdict(change), **asdict(new),
        )  # fmt: skip
        await _put_latest(row, change.is_correction, now)
        await answer_with_change(worker, change.reason, actor, now)
        detail = {"on": change.from_on.isoformat(), "level": new.certificate_level, "reason": change.reason}
        await record("worker.particulars_changed", ("worker", str(worker)), actor, detail, now)


async def _particulars_on(worker: UUID, on: date) -> Particulars:
    row = await fetchrow("SELECT * FROM worker_as_of($1, $2)", worker, on)
    assert row is not None
    return Particulars(**dict(row))


async def _next_number(row: Row) -> int:
    """The number of the next change; before the first one, what was entered with the spell becomes row 0."""
    last: int | None = await fetchval("SELECT max(number) FROM worker_change WHERE worker = $1", row["id"])
    if last is not None:
        return last + 1
    await insert(
        WorkerChange, worker=row["id"], number=0, from_on=row["employed_from"], name=row["name"],
        certificate_level=row["certificate_level"], certificate_number=row["certificate_number"],
        registered_on=row["registered_on"], certificate_until=row["certificate_until"],
        is_full_time=row["is_full_time"], entered_at=row["added_at"],
    )  # fmt: skip
    return 1


async def _put_latest(row: Row, is_correction: bool, now: datetime) -> None:
    """The roster shows what holds since the latest day; another number may lead to another file of the person."""
    latest = await _particulars_on(row["id"], date.max)
    file = await file_under(latest.certificate_number, row, is_correction, now)
    spell = (row["employed_from"], row["employed_to"])
    is_disputed = row["is_full_time"] and await is_overlapping(file, row["id"], spell)
    await execute(
        "UPDATE worker SET name = $2, certificate_level = $3, certificate_number = $4, registered_on = $5,"
        " certificate_until = $6, file = $7, is_disputed = $8 WHERE id = $1",
        row["id"], latest.name, latest.certificate_level, latest.certificate_number, latest.registered_on,
        latest.certificate_until, file, is_disputed,
    )  # fmt: skip
    if file != row["file"]:
        await settle(row["file"])
    # the account of somebody who is a worker and nothing else bears the worker's name
    await execute(
        "UPDATE person SET name = $2 WHERE id = $1 AND name = $3 AND NOT EXISTS (SELECT 1 FROM membership"
        " WHERE person = $1 AND role <> 'social_worker')",
        row["person"], latest.name, row["name"],
    )  # fmt: skip


async def change_hours(worker: UUID, is_full_time: bool, change: Change, actor: Actor, now: datetime) -> UUID:
    """Full-time or part-time from a day on; gives the spell that holds then.

    A correction changes the spell. Otherwise the spell ends the day before and another one begins, so that the days of
    full-time work stay known. Raises NotFound, FormRefused, Conflict.
    """
    actor.check_may(Permission.MANAGE_WORKERS)
    async with transaction():
        row = await lock_worker(worker, actor)
        errors = day_mistakes(change, (row["employed_from"], row["employed_to"]), county_day(now))
        if errors:
            raise FormRefused(errors)
        if row["is_full_time"] == is_full_time:
            raise Conflict(N_("名册上已经是这样登记的。请刷新页面。"))
        whole = change.is_correction or change.from_on == row["employed_from"]
        change = replace(change, from_on=row["employed_from"]) if whole else change
        spell = await (_correct_hours if whole else _next_spell)(row, is_full_time, change, actor, now)
        await answer_with_change(worker, change.reason, actor, now)
        detail = {"on": change.from_on.isoformat(), "kind": "full_time" if is_full_time else "part_time",
                  "reason": change.reason}  # fmt: skip
        await record("worker.hours_changed", ("worker", str(spell)), actor, detail, now)
    return spell


async def _correct_hours(row: Row, is_full_time: bool, change: Change, actor: Actor, now: datetime) -> UUID:
    await insert(
        WorkerChange, worker=row["id"], number=await _next_number(row), is_full_time=is_full_time,
        entered_by=actor.person_id, entered_at=now,
        **asdict(change), **asdict(await _particulars_on(row["id"], change.from_on)),
    )  # fmt: skip
    spell = (row["employed_from"], row["employed_to"])
    is_disputed = is_full_time and await is_overlapping(row["file"], row["id"], spell)
    await execute(
        "UPDATE worker SET is_full_time = $2, is_disputed = $3 WHERE id = $1", row["id"], is_full_time, is_disputed
    )
    await settle(row["file"])
    worker: UUID = row["id"]
    return worker


_NEXT = """
INSERT INTO worker (id, provider, town, community, file, is_full_time, is_disputed, person, name, certificate_level,
                    certificate_number, registered_on, certificate_until, employed_from, employed_to, added_at)
SELECT gen_random_uuid(), provider, town, community, file, $2, $3, person, name, certificate_level,
       certificate_number, registered_on, certificate_until, $4, $5, $6 FROM worker WHERE id = $1 RETURNING id
"""


async def _next_spell(row: Row, is_full_time: bool, change: Change, actor: Actor, now: datetime) -> UUID:
    before = date.fromordinal(change.from_on.toordinal() - 1)
    await execute("UPDATE worker SET employed_to = $2 WHERE id = $1", row["id"], before)
    spell = (change.from_on, row["employed_to"])
    is_disputed = is_full_time and await is_overlapping(row["file"], row["id"], spell)
    begun: UUID = await fetchval(_NEXT, row["id"], is_full_time, is_disputed, *spell, now)
    await settle(row["file"])
    detail = {"on": before.isoformat()}
    await record("worker.employment_ended", ("worker", str(row["id"])), actor, detail, now)
    return begun


async def move_to_community(worker: UUID, community: str, reason: str, actor: Actor, now: datetime) -> None:
    """A town's worker serves in another community; the one before stands in the audit. Raises NotFound."""
    actor.check_may(Permission.MANAGE_WORKERS)
    async with transaction():
        row = await lock_worker(worker, actor)
        if row["town"] is None:
            raise NotFound()
        await execute("UPDATE worker SET community = $2 WHERE id = $1", worker, community)
        detail = {"from": row["community"], "reason": reason}
        await record("worker.moved", ("worker", str(worker)), actor, detail, now)


async def changes_of(worker: UUID) -> list[Row]:
    """What was said of a worker, the latest day first, with who entered it."""
    rows = await fetch(
        "SELECT c.*, p.name AS entered_by_name FROM worker_change c LEFT JOIN person p ON p.id = c.entered_by"
        " WHERE c.worker = $1 ORDER BY c.from_on DESC, c.number DESC",
        worker,
    )
    return [dict(r) for r in rows]
