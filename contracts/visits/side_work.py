"""Work that is no visit: travel, supervision, telephone, trainings, group sessions, tasks outside a contract.

None of it counts in a quantity, a month, a score or a subsidy: no table of theirs reads these rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from contracts.visits.queries import contracts_to_log, spells_of_worker
from contracts.visits.rules import Spell, last_day, minutes_between, spell_of
from contracts.visits.side_tables import SideWork
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


class SideKind(StrEnum):
    """What the work was."""

    TRAVEL = "travel"
    PHONE = "phone"
    SUPERVISION = "supervision"
    TRAINING = "training"
    GROUP = "group"
    OUTSIDE = "outside"


KIND_LABELS: dict[str, str] = {
    SideKind.TRAVEL: N_("路上"),
    SideKind.PHONE: N_("电话跟进"),
    SideKind.SUPERVISION: N_("督导"),
    SideKind.TRAINING: N_("培训"),
    SideKind.GROUP: N_("小组活动"),
    SideKind.OUTSIDE: N_("合同外任务"),
}
WITH_ATTENDANCE = frozenset({SideKind.TRAINING, SideKind.GROUP})
# what each kind is asked for besides its day and times: nobody scrolls past what is another kind's
ASKED: dict[str, tuple[str, ...]] = {
    SideKind.TRAVEL: ("contract",),
    SideKind.PHONE: ("recipient_code", "words"),
    SideKind.SUPERVISION: ("words",),
    SideKind.TRAINING: ("attendance", "words", "evaluation"),
    SideKind.GROUP: ("contract", "attendance", "words", "evaluation"),
    SideKind.OUTSIDE: ("asked_by", "words"),
}


@dataclass(frozen=True)
class NewSideWork:
    """Work as typed. `attendance`: who came, residents of a group by their code, at a training by name and office."""

    kind: SideKind
    day: date
    begins: time
    ends: time
    contract: UUID | None = None
    recipient_code: str = ""
    asked_by: str = ""
    words: str = ""
    evaluation: str = ""
    attendance: Sequence[str] = ()

    @property
    def spell(self) -> Spell:
        """From begin to end."""
        return spell_of(self.day, self.begins, self.ends)


def check_side_work(form: Bound, new: NewSideWork, now: datetime) -> None:
    """End after begin and past; what each kind has to say beside it. Mistakes go beside their fields."""
    if new.ends <= new.begins:
        form.refuse("ends", N_("结束时间要晚于开始时间。跨过午夜的服务请分两天记。"))
    elif new.spell.ends_at > now:
        form.refuse("ends", N_("这段时间还没有过完。请做完以后再记。"))
    if new.kind == SideKind.OUTSIDE and not new.asked_by:
        form.refuse("asked_by", N_("请写明是哪个单位要求做的。"))
    if new.kind == SideKind.OUTSIDE and not new.words:
        form.refuse("words", N_("请写明做了什么。"))
    if new.kind == SideKind.PHONE and not new.recipient_code:
        form.refuse("recipient_code", N_("请填服务对象代码。"))
    if new.kind in WITH_ATTENDANCE and not new.attendance:
        form.refuse("attendance", N_("请登记来了哪些人，一行一个。"))


async def enter_side_work(identity: UUID, new: NewSideWork, actor: Actor, now: datetime) -> UUID:
    """Enter work that is no visit; the same form sent twice is one row.

    Raises Forbidden, FormRefused, NotFound for a contract of another employer.
    """
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        await execute("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", actor.person_id)
        known = await fetchval("SELECT person FROM side_work WHERE id = $1", identity)
        if known is not None:
            if known != actor.person_id:
                raise NotFound()
            return identity
        await _check(new, actor, now)
        await _insert(identity, new, actor, now)
        detail = {"kind": new.kind.value, "day": new.day.isoformat()}
        await record("side_work.entered", ("person", str(actor.person_id)), actor, detail, now)
    return identity


async def _check(new: NewSideWork, actor: Actor, now: datetime) -> None:
    form = Bound()
    check_side_work(form, new, now)
    if new.contract is not None:
        contracts = await contracts_to_log(actor.person_id, actor.organisation_id, new.day)
        if new.contract not in {each["id"] for each in contracts}:
            raise NotFound()
    visits = (await spells_of_worker(actor.person_id, [new.day]))[new.day]
    if new.ends > new.begins and any(new.spell.overlaps(each.spell) for each in visits):
        form.refuse("begins", N_("这段时间您记了一次服务，同一分钟不能记两次。请核对起止时间。"))
    if form.errors:
        raise FormRefused(form.errors)


async def _insert(identity: UUID, new: NewSideWork, actor: Actor, now: datetime) -> None:
    spell = new.spell
    try:
        async with transaction():
            await insert(
                SideWork, id=identity, person=actor.person_id, employer=actor.organisation_id, kind=new.kind.value,
                contract=new.contract, recipient_code=new.recipient_code, day=new.day, begins_at=spell.begins_at,
                ends_at=spell.ends_at, minutes=minutes_between(spell), asked_by=new.asked_by, words=new.words,
                evaluation=new.evaluation, entered_at=now,
            )  # fmt: skip
    except asyncpg.ExclusionViolationError:
        form = Bound()
        form.refuse("begins", N_("这段时间已经记了别的工作。请核对起止时间。"))
        raise FormRefused(form.errors) from None
    await execute(
        "INSERT INTO side_attendance (id, work, position, who) SELECT gen_random_uuid(), $1, s.position, s.who"
        " FROM unnest($2::text[]) WITH ORDINALITY AS s(who, position)",
        identity, list(new.attendance),
    )  # fmt: skip


async def cancel_side_work(identity: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Strike out one's own row with a reason; it stays readable. Raises NotFound, DomainError; twice does no harm."""
    if not reason:
        raise DomainError(N_("请写明为什么撤下。"))
    async with transaction():
        row = await fetchrow("SELECT person, cancelled_at FROM side_work WHERE id = $1 FOR UPDATE", identity)
        if row is None or row["person"] != actor.person_id:
            raise NotFound()
        if row["cancelled_at"] is None:
            await execute(
                "UPDATE side_work SET cancelled_at = $2, cancel_reason = $3 WHERE id = $1", identity, now, reason
            )
            await record("side_work.cancelled", ("person", str(actor.person_id)), actor, {"reason": reason}, now)


_ROWS = (
    "SELECT s.*, p.name AS person_name, o.name AS employer_name, o.name_en AS employer_name_en,"
    " c.reference AS contract_reference, ARRAY(SELECT a.who FROM side_attendance a WHERE a.work = s.id"
    " ORDER BY a.position) AS attendance FROM side_work s JOIN person p ON p.id = s.person"
    " JOIN organisation o ON o.id = s.employer LEFT JOIN contract c ON c.id = s.contract"
)


async def side_work_of(person: UUID, month: date) -> list[Row]:
    """A worker's own rows of a month, the latest first."""
    rows = await fetch(
        f"{_ROWS} WHERE s.person = $1 AND s.day BETWEEN $2 AND $3 ORDER BY s.begins_at DESC",
        person, month, last_day(month),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def outside_tasks(month: date) -> list[Row]:
    """Every task outside a contract in a month, by who asked: what the county reads."""
    rows = await fetch(
        f"{_ROWS} WHERE s.kind = 'outside' AND s.cancelled_at IS NULL AND s.day BETWEEN $1 AND $2"
        " ORDER BY s.asked_by, s.begins_at LIMIT 500",
        month, last_day(month),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def side_sums(month: date) -> list[Row]:
    """Minutes of a month by employer and kind, beside the minutes of its visits."""
    rows = await fetch(
        "SELECT o.name AS employer_name, o.name_en AS employer_name_en, s.kind, count(*)::int AS number,"
        " sum(s.minutes)::int AS minutes FROM side_work s JOIN organisation o ON o.id = s.employer"
        " WHERE s.cancelled_at IS NULL AND s.day BETWEEN $1 AND $2 GROUP BY o.id, s.kind ORDER BY o.sort_key, s.kind",
        month, last_day(month),
    )  # fmt: skip
    return [dict(row) for row in rows]
