"""Log a visit, decide it, correct it by a new row, close the month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from contracts.agreements.queries import contract_by_id, lock_contract
from contracts.agreements.rules import is_buyer_side, is_party, may_see_hours
from contracts.agreements.services import complete_if_paid
from contracts.orders.services import order_for_visit
from contracts.suspensions.rules import check_may_serve
from contracts.visits import queries
from contracts.visits.company import check_company, check_none_alone
from contracts.visits.extras import wrong_tasks
from contracts.visits.records import record_carried, record_of
from contracts.visits.rules import (
    RULE_HOURS,
    TRANSITIONS,
    OwnVisit,
    Spell,
    VisitPoints,
    VisitStatus,
    check_daily_cap,
    check_time,
    is_late_entry,
    may_decide,
    minutes_between,
    spell_of,
    term_of,
)
from contracts.visits.seen import Seen
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import audit_entry, record
from marketplace.kernel.db import Statement, execute, execute_together, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.states import move

OVERLAP_WORDS = {
    "visit_worker_no_overlap": ("begins", N_("这段时间您已经记了另一次服务，同一分钟不能记两次。请核对起止时间。")),
    "visit_recipient_no_overlap": (
        "recipient_code",
        N_("这位服务对象在这段时间已经有人记了同一项服务。如果是小组服务，请勾选；否则请核对时间。"),
    ),
}


class OverlapsOwn(FormRefused):
    """An entry that does not fit beside what its worker logged already; both are shown side by side."""

    def __init__(self, refused: FormRefused, recorded: Sequence[OwnVisit]) -> None:
        super().__init__(refused.errors)
        self.recorded = tuple(recorded)


@dataclass(frozen=True)
class Taken:
    """What became of one entry: refused with a reason, or recorded, perhaps by another device under `same_as`."""

    refused: DomainError | None = None
    same_as: UUID | None = None


@dataclass(frozen=True)
class Correction:
    """What a correction says besides the right points: which visit, why, and whether it did not happen at all."""

    visit_id: UUID
    reason: str
    is_void: bool = False


async def log_visit(visit_id: UUID, points: VisitPoints, actor: Actor, now: datetime) -> UUID:
    """Record a visit under the identity its form carries; the same form sent twice is one visit.

    Raises FormRefused with every mistake beside its field (R-HOUR-05), Forbidden, NotFound.
    """
    taken = (await log_visits({visit_id: points}, actor, now))[visit_id]
    if taken.refused is not None:
        raise taken.refused
    return taken.same_as or visit_id


async def log_visits(entries: Mapping[UUID, VisitPoints], actor: Actor, now: datetime) -> dict[UUID, Taken]:
    """Record what a phone sends, and say of each entry what became of it. Raises Forbidden.

    Each stands for itself: one that is refused keeps none of the others. The same visit from two devices is one.
    """
    actor.check_may(Permission.LOG_VISITS)
    seen = Seen(actor)
    answers: dict[UUID, Taken] = {}
    async with transaction():
        await _wait_for_others(actor, entries.values())
        logged = await queries.people_of(list(entries))
        await seen.look_ahead(points for each, points in entries.items() if each not in logged)
        for visit_id, points in entries.items():
            try:
                answers[visit_id] = Taken()
                if not _is_own(logged.get(visit_id), actor):
                    same = seen.same_as(points)
                    answers[visit_id] = Taken(same_as=same)
                    if same is None:
                        await _log(visit_id, points, seen, now)
            except DomainError as refused:
                answers[visit_id] = Taken(refused)
    return answers


async def _wait_for_others(actor: Actor, entries: Iterable[VisitPoints] = ()) -> None:
    # one worker's entries wait for each other, so that the daily cap holds for two tabs too
    people = {actor.person_id}.union(*(each.extras.companions for each in entries if each.extras))
    await execute("SELECT 1 FROM person WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(people))


async def _log(visit_id: UUID, points: VisitPoints, seen: Seen, now: datetime) -> None:
    if points.extras is None or not points.extras.companions:
        return await _log_one(visit_id, points, seen, now)
    # who went together is at one resident at once, and is entered together or not at all
    together = replace(points, is_group=True)
    async with transaction():
        await _log_one(visit_id, together, seen, now)
        for companion in points.extras.companions:
            await _log_companion(visit_id, companion, together, seen.actor, now)


async def _log_companion(main: UUID, companion: UUID, points: VisitPoints, recorder: Actor, now: datetime) -> None:
    """The same visit of a colleague who came along, under an identity that follows from both. Raises FormRefused."""
    seen = Seen(replace(recorder, person_id=companion))
    await seen.look_ahead([points])
    if seen.same_as(points) is not None:
        return  # the colleague recorded it before
    try:
        if companion == recorder.person_id:
            raise FormRefused({"companions": say(N_("自己不用选。请只选一起去的同事。"))})
        await _log_one(uuid5(main, str(companion)), points, seen, now, (recorder, main))
    except FormRefused as refused:
        said = " ".join(str(sentence) for sentence in refused.errors.values())
        raise FormRefused({"companions": say(N_("一起去的同事记不上：{said}"), said=said)}) from None


async def _log_one(
    visit_id: UUID, points: VisitPoints, seen: Seen, now: datetime, joint: tuple[Actor, UUID] | None = None
) -> None:
    contract, worker = await _check_visit(points, visit_id, seen, now)
    order = await _order_of(points, seen.actor)
    recorder, main = joint or (seen.actor, None)
    if joint is None:  # whoever came along did not go alone
        await _check_company(points, seen, points.extras.exception if points.extras else "")
    detail = {"contract": contract["reference"], "day": points.day.isoformat(), "visit": str(visit_id)}
    await _write(
        _row(visit_id, visit_id, None, points, worker, contract, seen.actor, now, order),
        _draft_ends(visit_id, seen.actor),
        *record_of(visit_id, points.extras, recorder, main),
        audit_entry("visit.logged", ("visit", str(visit_id)), recorder, detail, now),
    )
    seen.add(points, visit_id, contract["item_code"])


async def _check_company(points: VisitPoints, seen: Seen, exception: str) -> None:
    """Raises FormRefused for a lone visit to a child (R-CHILD-01)."""
    form = Bound()
    if seen.children[points.recipient_code]:
        check_company(form, True, await seen.is_accompanied(points), exception)
    if form.errors:
        raise FormRefused(form.errors)


async def correct_visit(new_id: UUID, correction: Correction, points: VisitPoints, actor: Actor, now: datetime) -> UUID:
    """Append a correction with its reason; the visit corrected stays as it was written.

    An approved visit keeps counting until the correction is approved; one that waits or came back is replaced at once.
    """
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        await _wait_for_others(actor)
        if _is_own((await queries.people_of([new_id])).get(new_id), actor):
            return new_id
        old = await _correctable(correction.visit_id, actor)
        if correction.is_void:
            points = _as_void(points, old)
            contract = await contract_by_id(old["contract"])
            worker = old["worker"]
        else:
            seen = Seen(actor)
            await seen.look_ahead([points])
            contract, worker = await _check_visit(points, old["chain"], seen, now)
            said = points.extras.exception if points.extras else ""
            await _check_company(points, seen, said or old["exception"] or "")
        if contract["id"] != old["contract"]:
            raise DomainError(N_("更正不能换到另一份合同。请撤销这次服务，再到另一份合同下重新记录。"))
        if old["status"] == VisitStatus.LOGGED:
            await _set_status(old, VisitStatus.REPLACED)
        detail = {"contract": contract["reference"], "corrects": str(old["id"]), "reason": correction.reason}
        await _write(
            _row(new_id, old["chain"], correction, points, worker, contract, actor, now, old["service_order"]),
            _draft_ends(new_id, actor),
            *record_carried(new_id, old, points, actor, is_void=correction.is_void),
            audit_entry("visit.corrected", ("visit", str(new_id)), actor, detail, now),
        )
    return new_id


def _is_own(logged_by: UUID | None, actor: Actor) -> bool:
    if logged_by is not None and logged_by != actor.person_id:
        raise NotFound()
    return logged_by is not None


def _draft_ends(visit_id: UUID, actor: Actor) -> Statement:
    return Statement("DELETE FROM visit_draft WHERE id = $1 AND person = $2", (visit_id, actor.person_id))


async def _correctable(visit_id: UUID, actor: Actor) -> dict[str, Any]:
    old = await queries.visit_of(visit_id)
    if old is None or old["person"] != actor.person_id:
        raise NotFound()
    if old["status"] == VisitStatus.REPLACED or old["has_correction"]:
        raise Conflict(N_("这条记录已经有更正。请在“我的服务记录”里查看最新的一条。"))
    return old


def _as_void(points: VisitPoints, old: dict[str, Any]) -> VisitPoints:
    return VisitPoints(
        contract_id=old["contract"], recipient_code=old["recipient_code"], town_id=old["town"], village=old["village"],
        day=old["day"], begins=points.begins, ends=points.begins, is_group=old["is_group"], note=points.note,
    )  # fmt: skip


async def _check_visit(points: VisitPoints, chain: UUID, seen: Seen, now: datetime) -> tuple[dict[str, Any], UUID]:
    """The contract and the worker's employment, after every check of R-HOUR-05. Raises FormRefused, Forbidden."""
    form, actor = Bound(), seen.actor
    contract = await seen.contract(points.contract_id)
    if not is_party(actor, contract) or contract["provider_organisation"] != actor.organisation_id:
        raise NotFound()
    # a visit of before the end may still be entered after it; the term ends with the contract
    if contract["status"] not in ("in_force", "terminated") or not contract["logs_visits"]:
        form.refuse("contract", N_("这份合同现在不能记录服务。请选择正在履行、需要记录服务的合同。"))
    check_time(form, points, term_of(contract), now)
    check_may_serve(form, await seen.suspensions_of(contract), points.day, points.note)
    worker = await seen.employment(contract["provider"], points.day)
    if worker is None:
        form.refuse("day", N_("这一天您不在这家机构的社会工作者名册上。请核对日期，或请机构更新名册。"))
    if points.extras and wrong_tasks(contract["item_code"], points.extras.tasks):
        form.refuse("tasks", N_("有的事项不属于这项服务。请从列出的事项里选。"))
    if points.town_id not in await seen.towns_of(contract):
        form.refuse("town", N_("请选择合同服务的镇（街道）。"))
    overlapping: list[OwnVisit] = []
    if points.ends > points.begins:
        overlapping = _check_against_others(form, points, chain, contract, seen)
    if form.errors or worker is None:
        refused = FormRefused(form.errors)
        raise OverlapsOwn(refused, overlapping) if overlapping else refused
    return contract, worker["id"]


def _check_against_others(
    form: Bound, points: VisitPoints, chain: UUID, contract: dict[str, Any], seen: Seen
) -> list[OwnVisit]:
    """What the worker's other visits and the resident's say; returns the own visits that overlap."""
    spell = spell_of(points.day, points.begins, points.ends)
    mine = seen.others_of_worker(points.day, chain)
    overlapping = [other for other in mine if spell.overlaps(other.spell)]
    if overlapping:
        form.refuse(*OVERLAP_WORDS["visit_worker_no_overlap"])
    check_daily_cap(form, minutes_between(spell), sum(minutes_between(other.spell) for other in mine), points.day)
    if not points.is_group:
        if any(spell.overlaps(other) for other in seen.others_of_recipient(points, contract["item_code"], chain)):
            form.refuse(*OVERLAP_WORDS["visit_recipient_no_overlap"])
    return overlapping


async def _order_of(points: VisitPoints, actor: Actor) -> UUID | None:
    """The service order a visit says it belongs to.

    Raises FormRefused for another's order, and for one who goes alone where two have to go (R-CHILD-01).
    """
    if points.extras is None or not points.extras.order:
        return None
    order = await order_for_visit(points.extras.order, points.contract_id, points.recipient_code, actor)
    alone = not points.extras.companions
    if alone and await fetchval("SELECT needs_two FROM service_order WHERE id = $1", order):
        raise FormRefused({"companions": say(N_("这张工单要两个人一起去（未成年人等）。请选一起去的同事。"))})
    return order


def _row(  # noqa: PLR0913 - a visit with all it is written from
    visit_id: UUID, chain: UUID, correction: Correction | None, points: VisitPoints, worker: UUID,
    contract: dict[str, Any], actor: Actor, now: datetime, order: UUID | None = None,
) -> Statement:  # fmt: skip
    is_void = correction is not None and correction.is_void
    spell: Spell = spell_of(points.day, points.begins, points.ends)
    values = {
        "id": visit_id, "chain": chain, "corrects": correction.visit_id if correction else None,
        "contract": contract["id"], "item_code": contract["item_code"], "worker": worker, "person": actor.person_id,
        "recipient_code": points.recipient_code, "town": points.town_id, "village": points.village, "day": points.day,
        "begins_at": spell.begins_at, "ends_at": spell.begins_at if is_void else spell.ends_at,
        "minutes": 0 if is_void else minutes_between(spell), "is_group": points.is_group, "is_void": is_void,
        "is_late_entry": is_late_entry(points.day, now), "note": points.note,
        "reason": correction.reason if correction else "", "service_order": order, "entered_at": now,
        "status": VisitStatus.LOGGED.value, "return_reason": "",
    }  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    return Statement(f"INSERT INTO visit ({', '.join(values)}) VALUES ({places})", tuple(values.values()))


async def _write(*statements: Statement) -> None:
    """The row with all that is written beside it, in one journey."""
    try:
        async with transaction():
            await execute_together(*statements)
    except asyncpg.ExclusionViolationError as overlap:  # somebody logged the same minute between the check and here
        form = Bound()
        form.refuse(*OVERLAP_WORDS[overlap.constraint_name or "visit_worker_no_overlap"])
        raise FormRefused(form.errors) from None
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这条记录已经有更正。请在“我的服务记录”里查看最新的一条。")) from None


async def _set_status(visit: dict[str, Any], to: VisitStatus) -> None:
    """Move a visit from the state it was seen in. Raises Conflict when somebody was faster."""
    status = move(TRANSITIONS, visit["status"], to=to)
    if await fetchval(
        "UPDATE visit SET status = $2 WHERE id = $1 AND status = $3 RETURNING"
        " id", visit["id"], status.value, visit["status"]
    ) is None:  # fmt: skip
        raise Conflict(N_("这条服务记录刚刚被处理过。请刷新页面。"))


async def approve_visits(contract_id: UUID, visit_ids: Sequence[UUID], actor: Actor, now: datetime) -> int:
    """Approve waiting visits of a contract and return how many; one approved already does no harm.

    Raises Forbidden for strangers to the act and for one's own hours, NotFound for visits of another contract.
    """
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        rows = await _lock_visits(contract_id, visit_ids)
        if any(not may_decide(actor.person_id, visit) for visit in rows):
            raise Forbidden(N_("不能审核自己记录的服务。请由另一位同事审核。"), clause="R-ROLE-03")
        waiting = [visit for visit in rows if visit["status"] == VisitStatus.LOGGED]
        await check_none_alone([visit["id"] for visit in waiting])
        if waiting:
            await _approve(waiting, actor, now)
            detail = {"contract": contract["reference"], "visits": " ".join(str(v["id"]) for v in waiting)}
            await record("visit.approved", ("contract", str(contract_id)), actor, detail, now)
        if any(visit["is_void"] for visit in waiting):
            await complete_if_paid(contract_id)  # whoever was struck out is nobody to be passed on
    return len(waiting)


async def _approve(waiting: Sequence[dict[str, Any]], actor: Actor, now: datetime) -> None:
    """All at once, however many: what they correct is replaced, then they count. Raises Conflict."""
    replaced = move(TRANSITIONS, VisitStatus.APPROVED, to=VisitStatus.REPLACED)
    approved = move(TRANSITIONS, VisitStatus.LOGGED, to=VisitStatus.APPROVED)
    # only what corrects another has something before it
    if chains := [visit["chain"] for visit in waiting if visit["chain"] != visit["id"]]:
        await execute(
            "UPDATE visit SET status = $2 WHERE chain = ANY($1::uuid[]) AND status = 'approved'",
            chains, replaced.value,
        )  # fmt: skip
    done = await fetch(
        "UPDATE visit SET status = $2, decided_by = $3, decided_at = $4 WHERE id = ANY($1::uuid[])"
        " AND status = 'logged' RETURNING id",
        [visit["id"] for visit in waiting], approved.value, actor.person_id, now,
    )  # fmt: skip
    if len(done) != len(waiting):
        raise Conflict(N_("这条服务记录刚刚被处理过。请刷新页面。"))


async def return_visit(contract_id: UUID, visit_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Give a waiting visit back to its worker with the reason. Raises Forbidden, NotFound, Conflict."""
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        [visit] = await _lock_visits(contract_id, [visit_id])
        if not may_decide(actor.person_id, visit):
            raise Forbidden(N_("不能审核自己记录的服务。请由另一位同事审核。"), clause="R-ROLE-03")
        await _set_status(visit, VisitStatus.RETURNED)
        await execute(
            "UPDATE visit SET decided_by = $2, decided_at = $3, return_reason = $4 WHERE id = $1",
            visit_id, actor.person_id, now, reason,
        )  # fmt: skip
        detail = {"contract": contract["reference"], "reason": reason}
        await record("visit.returned", ("visit", str(visit_id)), actor, detail, now)
        await complete_if_paid(contract_id)


def check_reviewer(actor: Actor, contract: dict[str, Any]) -> None:
    """The buyer's person who reviews hours. Raises NotFound, Forbidden."""
    if not may_see_hours(actor, contract):
        raise NotFound()
    if not (is_buyer_side(actor, contract) and actor.may(Permission.APPROVE_HOURS)):
        raise Forbidden(N_("时数由合同的采购人审核。"), clause=RULE_HOURS)


async def _lock_visits(contract_id: UUID, visit_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT id, chain, status, person, is_void FROM visit WHERE contract = $1 AND id = ANY($2::uuid[])"
        " ORDER BY id FOR UPDATE",
        contract_id, list(visit_ids),
    )  # fmt: skip
    if len(rows) != len(set(visit_ids)):
        raise NotFound()
    return [dict(r) for r in rows]
