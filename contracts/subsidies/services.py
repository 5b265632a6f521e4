"""Set a scheme, compute a month, approve it, hand the pay file to the treasury, confirm that it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.billing.tables import VoucherFile
from contracts.subsidies import queries
from contracts.subsidies.line_queries import open_objections
from contracts.subsidies.line_rules import check_no_open_objection
from contracts.subsidies.rules import (
    RULE_DOCUMENT,
    TRANSITIONS,
    Line,
    RunStatus,
    check_approver,
    check_document,
    compute_lines,
    lines_hash,
)
from contracts.subsidies.tables import Scheme, SchemeLevel, SubsidyCondition, SubsidyLine, SubsidyRun
from contracts.visits.rules import last_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.payments import PaymentBatch, PaymentGateway, PaymentOrder
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Month
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


@dataclass(frozen=True)
class NewScheme:
    """A scheme to be set. `amounts`: yuan a month by level; a level without an amount gets nothing."""

    name: str
    effective_from: date
    effective_to: date | None
    min_minutes: int
    amounts: dict[str, Decimal]
    document_number: str = ""


async def publish_scheme(scheme: NewScheme, actor: Actor, now: datetime) -> UUID:
    """Set a scheme, once however often it is sent; until its document number stands nothing is paid (R-SOCW-06)."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    if not scheme.amounts:
        raise DomainError(N_("请至少填写一个等级的金额。系统没有默认金额。"), clause=RULE_DOCUMENT)
    async with transaction():
        # the same form sent twice at once: the second waits here and finds the first one's scheme
        await execute("SELECT pg_advisory_xact_lock(hashtext('subsidy scheme'))")
        if earlier := await queries.scheme_alike(vars(scheme)):
            return earlier
        scheme_id: UUID = await insert(
            Scheme, name=scheme.name, document_number=scheme.document_number, effective_from=scheme.effective_from,
            effective_to=scheme.effective_to, min_minutes=scheme.min_minutes, drafted_by=actor.person_id,
            drafted_at=now, document_set_at=now if scheme.document_number else None,
        )  # fmt: skip
        for level, amount in scheme.amounts.items():
            await insert(SchemeLevel, scheme=scheme_id, level=level, amount=amount)
        detail = {"name": scheme.name, **{level: str(amount) for level, amount in scheme.amounts.items()}}
        await record("subsidy.scheme_set", ("scheme", str(scheme_id)), actor, detail, now)
    return scheme_id


async def set_document_number(scheme_id: UUID, document_number: str, actor: Actor, now: datetime) -> None:
    """Enter the number of the county's document, once. Raises Conflict when another one stands there."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        scheme = await queries.scheme_page(scheme_id)
        if scheme["document_number"] == document_number:
            return
        if await fetchval(
            "UPDATE scheme SET document_number = $2, document_set_at = $3 WHERE id = $1 AND document_number = ''"
            " RETURNING id",
            scheme_id, document_number, now,
        ) is None:  # fmt: skip
            raise Conflict(N_("这个办法已经有文号。文号变了，请另立一个办法。"))
        await record("subsidy.document_set", ("scheme", str(scheme_id)), actor, {"document": document_number}, now)


async def run_month(month: date, actor: Actor, now: datetime) -> str:
    """Compute a month and return the run's reference. The same facts give the same run; a frozen month stays as it is.

    Raises DomainError while the month has not ended, a contract has it open, or no scheme is in force.
    """
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        # two who press at once: the second waits here and then finds the first one's run
        await execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"subsidy {month:%Y-%m}")
        standing = await queries.run_of_month(month)
        if standing and standing["status"] != RunStatus.COMPUTED:
            return str(standing["reference"])
        scheme = await _check_month(month, now)
        found = await queries.workers_of_month(month)
        lines = compute_lines([facts for facts, _, _ in found], queries.facts_of(scheme), month)
        if standing and standing["lines_sha256"] == lines_hash(lines) and standing["scheme"] == scheme["id"]:
            return str(standing["reference"])
        if standing:
            await _move_run(standing["id"], RunStatus.COMPUTED, RunStatus.SUPERSEDED)
        reference = await _write_run(month, scheme, lines, actor, now)
        people = {(facts.key, facts.employer): (worker, person) for facts, worker, person in found}
        run = await queries.run_page(reference)
        for line in lines:
            await _write_line(run["id"], line, *people[line.worker.key, line.worker.employer])
        if standing:
            await _carry_objections(standing["id"], run["id"])
        detail = {"month": f"{month:%Y-%m}", "total": str(run["total"]), "lines_sha256": run["lines_sha256"]}
        await record("subsidy.computed", ("subsidy_run", str(run["id"])), actor, detail, now)
    return reference


async def _check_month(month: date, now: datetime) -> dict[str, Any]:
    if county_day(now) <= last_day(month):
        raise DomainError(N_("{month}还没有过完，不能计算补贴。"), clause=RULE_DOCUMENT, month=Month(month))
    if waiting := await queries.open_contracts(month):
        raise DomainError(
            N_("{month}的时数还没有全部关闭：{contracts}。请采购人先关闭月份，再计算补贴。"),
            clause="R-HOUR-05",
            month=Month(month),
            contracts="、".join(waiting),
        )
    scheme = await queries.scheme_on(month)
    if scheme is None:
        raise DomainError(N_("{month}没有生效的补贴办法。请先制定办法。"), clause=RULE_DOCUMENT, month=Month(month))
    return scheme


async def _write_run(month: date, scheme: dict[str, Any], lines: list[Line], actor: Actor, now: datetime) -> str:
    reference = await next_reference("BT", county_day(now).year)
    await insert(
        SubsidyRun, reference=reference, month=month, scheme=scheme["id"],
        total=sum((line.amount for line in lines), Decimal("0.00")), lines_sha256=lines_hash(lines),
        run_by=actor.person_id, run_at=now,
    )  # fmt: skip
    return reference


async def _write_line(run: UUID, line: Line, worker: UUID, person: UUID | None) -> None:
    facts = line.worker
    line_id = await insert(
        SubsidyLine, run=run, worker=worker, person=person, worker_key=facts.key, name=facts.name,
        employer=facts.employer, level=facts.level, minutes=facts.minutes, amount=line.amount,
    )  # fmt: skip
    for position, each in enumerate(line.conditions, start=1):
        await insert(
            SubsidyCondition, line=line_id, position=position, rule=each.rule.value, found=each.found,
            needed=each.needed, is_met=each.is_met,
        )  # fmt: skip


async def _carry_objections(superseded: UUID, run: UUID) -> None:
    """What was said about a worker's line is said about the line that takes its place."""
    await execute(
        "UPDATE subsidy_objection b SET line = n.id FROM subsidy_line o JOIN subsidy_line n USING (worker_key)"
        " WHERE b.line = o.id AND o.run = $1 AND n.run = $2",
        superseded, run,
    )  # fmt: skip


async def approve_run(run_id: UUID, actor: Actor, now: datetime) -> None:
    """Finance freezes the month's lines. Raises Forbidden without a document number (R-SOCW-06) or on an own run."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await _lock_run(run_id)
        check_approver(actor.person_id, run["run_by"])
        check_document(run["document_number"])
        if run["status"] in (RunStatus.APPROVED, RunStatus.SENT, RunStatus.PAID):
            return
        check_no_open_objection(await open_objections(run_id))
        await _move_run(run_id, RunStatus(run["status"]), RunStatus.APPROVED)
        await execute(
            "UPDATE subsidy_run SET approved_by = $2, approved_at = $3 WHERE id = $1", run_id, actor.person_id, now
        )
        detail = {"month": f"{run['month']:%Y-%m}", "total": str(run["total"]), "document": run["document_number"]}
        await record("subsidy.approved", ("subsidy_run", str(run_id)), actor, detail, now)


async def make_pay_file(run_id: UUID, gateway: PaymentGateway, actor: Actor, now: datetime) -> str:
    """Write the file that pays every worker with an amount; returns its number, the same one when made already."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await _lock_run(run_id)
        check_document(run["document_number"])
        if run["voucher_number"]:
            return str(run["voucher_number"])
        await _move_run(run_id, RunStatus.APPROVED, RunStatus.SENT)
        number = await next_reference("BK", county_day(now).year)
        lines = [line for line in await queries.lines_of_run(run_id) if line["amount"] > 0]
        receipt = await gateway.pay(PaymentBatch(number, [_order(line, run) for line in lines]))
        document = receipt.document
        voucher = await insert(
            VoucherFile, number=number, name=document.name, storage_key=document.key, sha256=document.sha256,
            size=document.size, total=receipt.total, made_by=actor.person_id, made_at=now,
            released_at=now,  # who ran the month and who approved it are two people: nothing waits for a third
        )  # fmt: skip
        await execute("UPDATE subsidy_run SET voucher_file = $2, sent_at = $3 WHERE id = $1", run_id, voucher, now)
        detail = {"file": number, "total": str(receipt.total), "sha256": document.sha256}
        await record("subsidy.pay_file_made", ("subsidy_run", str(run_id)), actor, detail, now)
    return number


def _order(line: dict[str, Any], run: dict[str, Any]) -> PaymentOrder:
    return PaymentOrder(
        payee=line["name"], bank="", bank_account="", amount=line["amount"],
        purpose=f"{run['month']:%Y-%m} 社工补贴（{run['document_number']}）", contract=line["employer"],
        milestone=run["reference"],
    )  # fmt: skip


async def confirm_subsidies_paid(run_id: UUID, actor: Actor, now: datetime) -> None:
    """The treasury has paid the file; confirming twice does no harm."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await _lock_run(run_id)
        if run["status"] == RunStatus.PAID:
            return
        await _move_run(run_id, RunStatus.SENT, RunStatus.PAID)
        await execute("UPDATE subsidy_run SET paid_at = $2 WHERE id = $1", run_id, now)
        await record("subsidy.paid", ("subsidy_run", str(run_id)), actor, {"total": str(run["total"])}, now)


async def _lock_run(run_id: UUID) -> dict[str, Any]:
    reference = await fetchval("SELECT reference FROM subsidy_run WHERE id = $1 FOR UPDATE", run_id)
    if reference is None:
        raise NotFound()
    return await queries.run_page(reference)


async def _move_run(run_id: UUID, seen: RunStatus, to: RunStatus) -> None:
    status = move(TRANSITIONS, seen, to=to)
    if await fetchval(
        "UPDATE subsidy_run SET status = $2 WHERE id = $1 AND status = $3 RETURNING"
        " id", run_id, status.value, seen.value
    ) is None:  # fmt: skip
        raise Conflict(N_("这个月的补贴刚刚被处理过。请刷新页面，再看下一步。"))
