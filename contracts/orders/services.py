"""Ask a provider for one piece of work; accept, decline, reassign, report, close. A town's act or a provider's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.agreements.services import complete_if_paid
from contracts.cases.order_rules import TRANSITIONS, OrderStatus
from contracts.cases.queries import case_page, guardian_of, holds_consent, lock_case
from contracts.cases.rules import RULE_CHILD, CaseStatus, check_may_handle, is_restricted
from contracts.cases.services import add_step as add_case_step
from contracts.orders import queries
from contracts.orders.letters import tell_asked, tell_silent, tell_town
from contracts.orders.rules import (
    RULE_ANSWER,
    RULE_ORDER,
    assign,
    check_limit,
    check_provider_acts,
    check_town_acts,
)
from contracts.orders.tables import ServiceOrder, ServiceOrderStep
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class NewOrder:
    """What a town asks for. `chosen`: a contract where several can do it, with `note` saying why or whose wish it is.

    `limit_days`: working days, 0 for the same day.
    """

    item_code: str
    task: str
    limit_days: int
    chosen: UUID | None = None
    note: str = ""


async def raise_order(case_reference: str, new: NewOrder, actor: Actor, now: datetime) -> str:
    """Ask a provider under a running contract for one piece of work; gives the order's reference (R-CLOCK-01).

    Raises NotFound, Forbidden, DomainError when nobody can do it, the limit eats up the town's reserve, or consent
    is missing (R-CHILD-01).
    """
    async with transaction():
        found = await case_page(case_reference, visible_to=actor)
        case = await lock_case(found["id"])
        check_may_handle(actor, case)
        if case["status"] not in (CaseStatus.OPEN, CaseStatus.GRANTED):
            raise DomainError(N_("个案已经结束，不能再派工单。请重新登记个案。"), clause=RULE_ORDER)
        await _check_consent(case)
        today = county_day(now)
        rows = await queries.contracts_for(case["town"], today)
        found_way = assign(queries.candidates_of(rows, new.item_code), new.chosen, new.note)
        contract = next(r for r in rows if r["id"] == found_way.contract)
        await _hold_running(contract["id"])
        due = check_limit(case, new.item_code, new.limit_days, contract["service_to"], today)
        answer = compute(RULE_ANSWER, today)
        reference = await next_reference("GD", today.year)
        order: UUID = await insert(
            ServiceOrder, reference=reference, case=case["id"], contract=contract["id"], recipient_code=case["code"],
            town=case["town"], village=case["village"], task=new.task, needs_two=is_restricted(case["capacity"]),
            way=found_way.way.value, way_note=new.note, limit_days=new.limit_days, due_on=due.date,
            answer_by=answer.date, is_provisional=answer.provisional or due.provisional, asked_by=actor.person_id,
            asked_at=now,
        )  # fmt: skip
        await _step(order, "asked", contract["id"], actor, new.note, now)
        await add_case_step(case["id"], "ordered", case["town"], actor, now, note=reference)
        detail = {"reference": reference, "case": case_reference, "contract": contract["reference"]}
        await record("order.asked", ("service_order", reference), actor, detail, now)
        await tell_asked(await queries.lock_order(order), now)
    return reference


async def _check_consent(case: Row) -> None:
    """A provider goes to somebody without full capacity only with the guardian's consent. Raises DomainError."""
    if not is_restricted(case["capacity"]):
        return
    if await guardian_of(case["id"]) is None or not await holds_consent(case["id"], "care"):
        raise DomainError(
            N_("还没有登记监护人和监护人对服务的同意，不能派工单。请先登记。"), clause=RULE_CHILD
        )  # fmt: skip


async def _hold_running(contract: UUID) -> None:
    """Whoever completes or ends the contract waits for this order. Raises Conflict when it has ended meanwhile."""
    if (await lock_contract(contract))["status"] != "in_force":
        raise Conflict(N_("合同刚刚结束。请刷新页面，另选合同。"))


async def _step(order: UUID, what: str, contract: UUID, actor: Actor | None, note: str, now: datetime) -> None:
    nth = await fetchval("SELECT count(*) + 1 FROM service_order_step WHERE service_order = $1", order)
    await insert(
        ServiceOrderStep, service_order=order, nth=nth, what=what, contract=contract,
        person=actor.person_id if actor else None, note=note, at=now,
    )  # fmt: skip


async def _held(reference: str, actor: Actor) -> Row:
    page = await queries.order_page(reference, visible_to=actor)
    return await queries.lock_order(page["id"])


async def _move(order: Row, to: OrderStatus, **columns: object) -> None:
    """Change the state together with what belongs to it: the database takes them only as a whole."""
    status = move(TRANSITIONS, order["status"], to=to)
    named = "".join(f", {name} = ${place}" for place, name in enumerate(columns, start=3))
    await execute(f"UPDATE service_order SET status = $2{named} WHERE id = $1", order["id"], status.value,
                  *columns.values())  # fmt: skip


async def accept_order(reference: str, worker: UUID | None, actor: Actor, now: datetime) -> None:
    """The provider takes the order, naming who goes if it knows. Raises Forbidden, FormRefused, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_provider_acts(actor, order)
        await _check_worker(order, worker, now)
        await _move(order, OrderStatus.ACCEPTED, accepted_at=now, worker=worker, escalated_at=None)
        await _step(order["id"], "accepted", order["contract"], actor, "", now)
        await record("order.accepted", ("service_order", reference), actor, {"reference": reference}, now)
        await tell_town(order, N_("工单 {reference} 已被接受。"), now)


async def _check_worker(order: Row, worker: UUID | None, now: datetime) -> None:
    if worker is not None and worker not in {
        w["id"] for w in await queries.workers_of(order["provider"], county_day(now))
    }:
        raise FormRefused({"worker": say(N_("请选择本机构在职的一位社会工作者。"))})


async def name_worker(reference: str, worker: UUID, actor: Actor, now: datetime) -> None:
    """Name or change who goes. Raises Forbidden, FormRefused, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_provider_acts(actor, order)
        if order["status"] != OrderStatus.ACCEPTED:
            raise Conflict(N_("先接受工单，再安排社会工作者。"))
        await _check_worker(order, worker, now)
        await execute("UPDATE service_order SET worker = $2 WHERE id = $1", order["id"], worker)
        await _step(order["id"], "worker", order["contract"], actor, "", now)
        await record("order.worker_named", ("service_order", reference), actor, {"reference": reference}, now)


async def decline_order(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The provider does not take it, and says why; the town asks another one. Raises Forbidden, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_provider_acts(actor, order)
        await _move(order, OrderStatus.DECLINED, decline_reason=reason)
        await _step(order["id"], "declined", order["contract"], actor, reason, now)
        await record("order.declined", ("service_order", reference), actor, {"reason": reason}, now)
        await tell_town(order, N_("工单 {reference} 被谢绝，请改派。"), now)


async def reassign_order(reference: str, chosen: UUID | None, note: str, actor: Actor, now: datetime) -> None:
    """Ask another provider: after a refusal, silence, or when the one at work cannot go on; the last day stays.

    Raises Forbidden, DomainError when nobody else can do it or the days do not suffice, Conflict.
    """
    async with transaction():
        order = await _held(reference, actor)
        check_town_acts(actor, order)
        if order["status"] not in (OrderStatus.ASKED, OrderStatus.DECLINED, OrderStatus.ACCEPTED):
            raise Conflict(N_("工单已经报告完成或者办结，不能改派。"))
        if not note.strip():
            raise FormRefused({"note": say(N_("请写明为什么改派。"))})
        today = county_day(now)
        if today > order["due_on"]:
            raise DomainError(N_("工单的期限已经过了。请撤回这张工单，另派一张。"), clause=RULE_ORDER)
        rows = await queries.contracts_for(order["town"], today)
        out = await queries.declined_by(order["id"]) | {order["contract"]}
        found = assign(queries.candidates_of(rows, order["item_code"]), chosen, note, out)
        await _hold_running(found.contract)
        answer = compute(RULE_ANSWER, today)
        if order["status"] != OrderStatus.ASKED:
            move(TRANSITIONS, order["status"], to=OrderStatus.ASKED)
        await execute(
            "UPDATE service_order SET status = 'asked', contract = $2, way = $3, way_note = $4, answer_by = $5,"
            " is_provisional = is_provisional OR $6, worker = NULL, accepted_at = NULL, decline_reason = '',"
            " escalated_at = NULL WHERE id = $1",
            order["id"], found.contract, found.way.value, note, answer.date, answer.provisional,
        )  # fmt: skip
        await _step(order["id"], "reassigned", found.contract, actor, note, now)
        await record("order.reassigned", ("service_order", reference), actor, {"reason": note}, now)
        await tell_asked(await queries.lock_order(order["id"]), now)
        await complete_if_paid(order["contract"])


async def report_done(reference: str, result: str, actor: Actor, now: datetime) -> None:
    """The provider says what was done. Raises Forbidden, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_provider_acts(actor, order)
        await _move(order, OrderStatus.DONE, done_at=now, result=result)
        await _step(order["id"], "done", order["contract"], actor, result, now)
        await record("order.done", ("service_order", reference), actor, {"reference": reference}, now)
        await tell_town(order, N_("工单 {reference} 报告完成，请办结。"), now)


async def return_order(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """The town finds something missing; the provider goes on. Raises Forbidden, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_town_acts(actor, order)
        await _move(order, OrderStatus.ACCEPTED, done_at=None)
        await _step(order["id"], "returned", order["contract"], actor, note, now)
        await record("order.returned", ("service_order", reference), actor, {"reason": note}, now)
        await tell_asked({**order, "status": "accepted"}, now)


async def close_order(reference: str, outcome: str, next_step: str, actor: Actor, now: datetime) -> None:
    """The town closes an order with what came of it and what comes next. Raises Forbidden, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_town_acts(actor, order)
        end = {"outcome": outcome, "next_step": next_step, "closed_by": actor.person_id, "closed_at": now}
        await _move(order, OrderStatus.CLOSED, **end)
        await _step(order["id"], "closed", order["contract"], actor, next_step, now)
        detail = {"reference": reference, "result": outcome}
        await record("order.closed", ("service_order", reference), actor, detail, now)
        await complete_if_paid(order["contract"])


async def cancel_order(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The town takes an order back. Raises Forbidden, Conflict."""
    async with transaction():
        order = await _held(reference, actor)
        check_town_acts(actor, order)
        await _move(order, OrderStatus.CANCELLED, next_step=reason, closed_by=actor.person_id, closed_at=now)
        await _step(order["id"], "cancelled", order["contract"], actor, reason, now)
        await record("order.cancelled", ("service_order", reference), actor, {"reason": reason}, now)
        await tell_town(order, N_("工单 {reference} 已撤回。"), now)
        await complete_if_paid(order["contract"])


async def escalate_silence(now: datetime) -> int:
    """Tell a provider's head and the town of orders nobody answered; done again it changes nothing (R-ORDER-01)."""
    told = 0
    for found in await queries.silent_on(county_day(now)):
        async with transaction():
            order = await queries.lock_order(found["id"])
            if order["status"] != OrderStatus.ASKED or order["escalated_at"] is not None:
                continue
            await execute("UPDATE service_order SET escalated_at = $2 WHERE id = $1", order["id"], now)
            await _step(order["id"], "escalated", order["contract"], None, "", now)
            detail = {"reference": order["reference"]}
            await record("order.escalated", ("service_order", order["reference"]), None, detail, now)
            await tell_silent(order, now)
            told += 1
    return told


async def order_for_visit(reference: str, contract: UUID, recipient_code: str, actor: Actor) -> UUID:
    """The order a visit is recorded under: accepted or done, of this contract and resident. Raises FormRefused."""
    row = await fetchval(
        "SELECT s.id FROM service_order s JOIN contract c ON c.id = s.contract JOIN provider p ON p.id = c.provider"
        " WHERE s.reference = $1 AND s.contract = $2 AND s.recipient_code = $3 AND p.organisation = $4"
        " AND s.status IN ('accepted', 'done')",
        reference, contract, recipient_code, actor.organisation_id,
    )  # fmt: skip
    if row is None:
        words = N_("这张工单不是这份合同、这位服务对象的，或者还没有接受。请核对工单号，或者不填。")
        raise FormRefused({"service_order": say(words)})
    return UUID(str(row))
