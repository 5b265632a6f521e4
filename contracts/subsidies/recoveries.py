"""Money that was paid and should not have been: one person asks for it, another decides, its return is recorded."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.subsidies.computing import stands_for
from contracts.subsidies.line_queries import line_page
from contracts.subsidies.line_rules import (
    RECOVERY_TRANSITIONS,
    RecoveryStatus,
    check_decider,
    check_lifter,
    check_recoverable,
    check_was_received,
    left_to_recover,
)
from contracts.subsidies.services import one_at_a_time
from contracts.subsidies.tables import SubsidyRecovery
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Month
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move


async def propose_recovery(line_id: UUID, amount: Decimal, reason: str, actor: Actor, now: datetime) -> UUID:
    """Ask for an amount (yuan) of a paid line back. Raises Conflict when it is not paid, DomainError for too much."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    scheme = (await line_page(line_id, actor))["scheme"]
    async with transaction():
        await one_at_a_time(scheme)
        line = await line_page(line_id, actor)  # as it is now that nobody else changes it
        check_was_received(line["payment_status"])
        check_recoverable(line["run_status"], await left_of(line), amount)
        recovery: UUID = await insert(
            SubsidyRecovery, line=line_id, amount=amount, reason=reason, proposed_by=actor.person_id, proposed_at=now
        )
        detail = {"amount": f"{amount:.2f}", "reason": reason}
        await record("subsidy.recovery_proposed", ("subsidy_line", str(line_id)), actor, detail, now)
    return recovery


async def left_of(line: dict[str, Any]) -> Decimal:
    """How much of a line may still be asked back, in yuan."""
    before = await fetchval(
        "SELECT coalesce(sum(amount), 0) FROM subsidy_recovery WHERE line = $1 AND status NOT IN ('refused', 'lifted')",
        line["id"],
    )
    return left_to_recover(
        line["amount"], before, await stands_for(line["scheme"], line["worker_key"], line["month"])
    )


async def decide_recovery(recovery_id: UUID, is_ordered: bool, words: str, actor: Actor, now: datetime) -> None:
    """Finance orders it or not, with reasons; the worker is told. Raises Forbidden on an own proposal, Conflict."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        found = await _lock(recovery_id)
        check_decider(actor.person_id, found["proposed_by"])
        to = RecoveryStatus.ORDERED if is_ordered else RecoveryStatus.REFUSED
        status = move(RECOVERY_TRANSITIONS, RecoveryStatus(found["status"]), to=to)
        await execute(
            "UPDATE subsidy_recovery SET status = $2, decision = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
            recovery_id, status.value, words, actor.person_id, now,
        )  # fmt: skip
        detail = {"outcome": status.value, "amount": f"{found['amount']:.2f}"}
        await record("subsidy.recovery_decided", ("subsidy_line", str(found["line"])), actor, detail, now)
        if is_ordered and found["email"]:
            subject = say(N_("{month}的补贴有一部分要退回"), month=Month(found["month"])).text()
            told = say(N_("请登录后在“我的补贴”里看金额、理由和怎样提出异议。")).text()
            await post_mail(found["email"], subject, told, now)


async def record_return(recovery_id: UUID, returned_on: date, actor: Actor, now: datetime) -> None:
    """The money is back on the county's account. Raises DomainError for a day to come or before the decision."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        found = await _lock(recovery_id)
        status = move(RECOVERY_TRANSITIONS, RecoveryStatus(found["status"]), to=RecoveryStatus.RETURNED)
        if not county_day(found["decided_at"]) <= returned_on <= county_day(now):
            raise DomainError(N_("退款的日期要在决定追回那天和今天之间。请核对银行回单。"))
        await execute(
            "UPDATE subsidy_recovery SET status = $2, returned_on = $3, returned_by = $4 WHERE id = $1",
            recovery_id, status.value, returned_on, actor.person_id,
        )  # fmt: skip
        detail = {"amount": f"{found['amount']:.2f}", "returned_on": returned_on.isoformat()}
        await record("subsidy.recovery_returned", ("subsidy_line", str(found["line"])), actor, detail, now)


async def lift_recovery(recovery_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Finance says that it was wrong to ask: what came back is paid again with the next run, and the worker is told.

    Raises Forbidden for who proposed it, IllegalMove before it was ordered.
    """
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        found = await _lock(recovery_id)
        check_lifter(actor.person_id, found["proposed_by"])
        status = move(RECOVERY_TRANSITIONS, RecoveryStatus(found["status"]), to=RecoveryStatus.LIFTED)
        await execute(
            "UPDATE subsidy_recovery SET status = $2, lift_reason = $3, lifted_by = $4, lifted_at = $5 WHERE id = $1",
            recovery_id, status.value, reason, actor.person_id, now,
        )  # fmt: skip
        detail = {"amount": f"{found['amount']:.2f}", "reason": reason}
        await record("subsidy.recovery_lifted", ("subsidy_line", str(found["line"])), actor, detail, now)
        if found["email"]:
            subject = say(N_("{month}的补贴不用退回了"), month=Month(found["month"])).text()
            told = say(N_("请登录后在“我的补贴”里看理由。已经退回的，下一次计算时补发。")).text()
            await post_mail(found["email"], subject, told, now)


async def _lock(recovery_id: UUID) -> dict[str, Any]:
    row = await fetchrow(
        "SELECT v.*, r.month, p.email FROM subsidy_recovery v JOIN subsidy_line l ON l.id = v.line"
        " JOIN subsidy_run r ON r.id = l.run JOIN worker w ON w.id = l.worker"
        " LEFT JOIN person p ON p.id = coalesce(l.person, w.person) WHERE v.id = $1 FOR UPDATE OF v",
        recovery_id,
    )
    if row is None:
        raise NotFound()
    return dict(row)
