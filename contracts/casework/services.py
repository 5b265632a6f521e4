"""Open a file of casework, write into it, hand it on; plan, hold and evaluate a group activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import asyncpg

from contracts.agreements.queries import contract_by_id
from contracts.cases.guarding import check_sensitive
from contracts.casework import queries
from contracts.casework.rules import (
    GROUP_TRANSITIONS,
    ITEMS,
    RULE_CHILD,
    RULE_DIRECTORY,
    TRANSITIONS,
    Entry,
    GroupStatus,
    Stage,
    check_in_charge,
    check_signed_in,
    stage_after,
)
from contracts.casework.tables import CaseworkEntry, CaseworkFile, GroupActivity, GroupSignIn
from contracts.orders.services import order_for_visit
from contracts.visits.rules import spell_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


@dataclass(frozen=True)
class Text:
    """One text of a file; what is said of health and disability stands apart and needs a consent of its own."""

    words: str
    health: str = ""
    disability: str = ""
    visit: UUID | None = None


async def _own_contract(contract_id: UUID, actor: Actor) -> None:
    contract = await contract_by_id(contract_id)
    if contract["provider_organisation"] != actor.organisation_id:
        raise NotFound()
    if contract["item_code"] not in ITEMS:
        raise FormRefused({"contract": say(N_("只有评估（S01）和心理疏导、社会融入（S04）的合同做个案服务。"))})
    if contract["status"] != "in_force":
        raise FormRefused({"contract": say(N_("这份合同现在不在履行。"))})


async def open_file(
    contract: UUID, recipient_code: str, order: str, text: Text, actor: Actor, now: datetime
) -> str:  # fmt: skip
    """Take a resident in: the file that groups all further visits; gives its reference.

    Raises Forbidden, NotFound, FormRefused, DomainError without a consent that is needed.
    """
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        await _own_contract(contract, actor)
        under = await order_for_visit(order, contract, recipient_code, actor) if order else None
        resident = await queries.resident_of(recipient_code)
        if open_already := await queries.open_file_of(contract, recipient_code):
            words = N_("这位服务对象已经有个案服务 {reference}。请接着写。")
            raise FormRefused({"recipient_code": say(words, reference=open_already)})
        town = resident["town"] if resident else (await contract_by_id(contract))["buyer"]
        reference = await next_reference("SG", county_day(now).year)
        try:
            async with transaction():
                file: UUID = await insert(
                    CaseworkFile, reference=reference, contract=contract, service_order=under,
                    recipient_code=recipient_code, town=town, worker=actor.person_id, opened_by=actor.person_id,
                    is_restricted=bool(resident and resident["is_restricted"]), opened_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这位服务对象刚刚由同事接案。请刷新页面。")) from None
        await _write(await queries.lock_file(file), Entry.INTAKE, text, actor, now)
        await record("casework.opened", ("casework", reference), actor, {"reference": reference}, now)
    return reference


async def write_entry(reference: str, entry: Entry, text: Text, actor: Actor, now: datetime) -> None:
    """Write the next text of a file; its stage follows. Raises NotFound, Forbidden, Conflict, DomainError."""
    async with transaction():
        file = await queries.lock_file((await queries.file_page(reference, visible_to=actor))["id"])
        check_in_charge(actor, file)
        stage = stage_after(file["stage"], entry)
        await _write(file, entry, text, actor, now)
        if stage != file["stage"]:
            move(TRANSITIONS, file["stage"], to=stage)
            ended = now if stage in (Stage.CLOSED, Stage.REFERRED) else None
            await execute(
                "UPDATE casework_file SET stage = $2, ended_at = $3 WHERE id = $1", file["id"], stage.value, ended
            )
        await record("casework.written", ("casework", reference), actor, {"kind": entry.value}, now)


async def _write(file: queries.Row, entry: Entry, text: Text, actor: Actor, now: datetime) -> None:
    for about, said in (("health", text.health), ("disability", text.disability)):
        if said:
            await _check_consent(file, about)
    if text.visit is not None and text.visit not in {visit["id"] for visit in await queries.visits_in(file)}:
        raise FormRefused({"visit": say(N_("这次服务不是这位服务对象在这份合同下的。请从列出的服务里选。"))})
    nth = await fetchval("SELECT count(*) + 1 FROM casework_entry WHERE file = $1", file["id"])
    hidden = {name: conceal(getattr(text, name), f"casework_entry.{name}") for name in queries.HIDDEN}
    await insert(
        CaseworkEntry, file=file["id"], nth=nth, kind=entry.value, visit=text.visit, written_by=actor.person_id,
        written_at=now, **hidden,
    )  # fmt: skip


async def _check_consent(file: queries.Row, about: str) -> None:
    """Health and disability data are written only with a consent of their own (R-CIV-06). Raises DomainError."""
    case = file["of_case"]
    if case is None:
        resident = await queries.resident_of(file["recipient_code"])
        case = resident["case"] if resident else None
    if case is None:
        words = N_("镇（街道）没有登记这位服务对象的单独同意，不能写健康和残疾信息。请先请镇（街道）登记。")
        raise DomainError(words, clause="R-CIV-06")
    await check_sensitive(case, about)


async def hand_on(reference: str, worker: UUID, actor: Actor, now: datetime) -> None:
    """The provider's supervisor puts another worker in charge. Raises NotFound, Forbidden, FormRefused, Conflict."""
    async with transaction():
        file = await queries.lock_file((await queries.file_page(reference, visible_to=actor))["id"])
        if not (actor.organisation_id == file["provider_organisation"] and actor.may(Permission.ANSWER_ORDERS)):
            raise Forbidden(N_("由供应商的服务主管换人。"), clause=RULE_CHILD)
        if file["ended_at"] is not None:
            raise Conflict(N_("个案服务已经结束，不能再写。有新的需要，请另外接案。"))
        if worker not in {each["id"] for each in await queries.workers_of(file["provider"])}:
            raise FormRefused({"worker": say(N_("请选择本机构在职的一位社会工作者。"))})
        await execute("UPDATE casework_file SET worker = $2 WHERE id = $1", file["id"], worker)
        await record("casework.handed_on", ("casework", reference), actor, {"reference": reference}, now)


@dataclass(frozen=True)
class Plan:
    """What a group activity is for, what is done, where and when."""

    contract: UUID
    theme: str
    aim: str
    steps: str
    place: str
    planned_on: date


async def plan_group(plan: Plan, actor: Actor, now: datetime) -> str:
    """Plan a group activity before it is held; gives its reference. Raises Forbidden, NotFound, FormRefused."""
    actor.check_may(Permission.LOG_VISITS)
    if plan.planned_on < county_day(now):
        raise FormRefused({"planned_on": say(N_("计划的日期在今天以前。小组活动先计划，再举办。"))})
    async with transaction():
        await _own_contract(plan.contract, actor)
        reference = await next_reference("XZ", county_day(now).year)
        await insert(
            GroupActivity, reference=reference, contract=plan.contract, leader=actor.person_id, theme=plan.theme,
            aim=plan.aim, steps=plan.steps, place=plan.place, planned_on=plan.planned_on, planned_at=now,
        )  # fmt: skip
        await record("group.planned", ("group_activity", reference), actor, {"reference": reference}, now)
    return reference


async def _led(reference: str, actor: Actor) -> queries.Row:
    """The activity, held, for its leader. Raises NotFound, Forbidden."""
    row = await queries.lock_group((await queries.group_page(reference, visible_to=actor))["id"])
    if row["leader"] != actor.person_id:
        raise Forbidden(N_("由带领小组的社会工作者填写。"), clause=RULE_DIRECTORY)
    return row


async def hold_group(  # noqa: PLR0913 - when it was and who came
    reference: str, day: date, begins: time, ends: time, codes: list[str], actor: Actor, now: datetime
) -> None:
    """Say when it was and who signed in. Raises NotFound, Forbidden, Conflict, FormRefused, DomainError."""
    came = check_signed_in(codes)
    if ends <= begins:
        raise FormRefused({"ends": say(N_("结束时间要晚于开始时间。跨过午夜的服务请分两天记。"))})
    spell = spell_of(day, begins, ends)
    if spell.ends_at > now:
        raise FormRefused({"ends": say(N_("这段服务还没有结束。请在服务结束以后再记。"))})
    async with transaction():
        row = await _led(reference, actor)
        status = move(GROUP_TRANSITIONS, row["status"], to=GroupStatus.HELD)
        await execute(
            "UPDATE group_activity SET status = $2, begins_at = $3, ends_at = $4 WHERE id = $1",
            row["id"], status.value, spell.begins_at, spell.ends_at,
        )  # fmt: skip
        await GroupSignIn.insert(
            *(GroupSignIn(activity=row["id"], position=n, recipient_code=code) for n, code in enumerate(came, start=1))
        )
        await record("group.held", ("group_activity", reference), actor, {"count": str(len(came))}, now)


async def evaluate_group(
    reference: str, evaluation: str, satisfied: int | None, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """Say what came of it and how many were content. Raises NotFound, Forbidden, Conflict, FormRefused."""
    async with transaction():
        row = await _led(reference, actor)
        status = move(GROUP_TRANSITIONS, row["status"], to=GroupStatus.EVALUATED)
        came = len(await queries.signed_in(row["id"]))
        if satisfied is not None and satisfied > came:
            raise FormRefused({"satisfied": say(N_("签到的一共 {came} 人。请核对。"), came=came)})
        await execute(
            "UPDATE group_activity SET status = $2, evaluation = $3, satisfied = $4 WHERE id = $1",
            row["id"], status.value, evaluation, satisfied,
        )  # fmt: skip
        await record("group.evaluated", ("group_activity", reference), actor, {"reference": reference}, now)


async def cancel_group(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """An activity that is not held. Raises NotFound, Forbidden, Conflict."""
    async with transaction():
        row = await _led(reference, actor)
        status = move(GROUP_TRANSITIONS, row["status"], to=GroupStatus.CANCELLED)
        await execute(
            "UPDATE group_activity SET status = $2, cancel_reason = $3 WHERE id = $1", row["id"], status.value, reason
        )
        await record("group.cancelled", ("group_activity", reference), actor, {"reason": reason}, now)
