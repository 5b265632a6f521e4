"""Draw a renewal up for another year, or drop it before it is in force; signing is that of every contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from catalogue.plans.queries import line_money
from contracts.agreements.comparison import keep_basis
from contracts.agreements.queries import contract_facts, lock_contract, milestones_of
from contracts.agreements.rules import (
    TRANSITIONS,
    ContractStatus,
    MilestonePlan,
    is_buyer_side,
    is_provider_side,
    terms_hash,
)
from contracts.agreements.services import RULE_SIGN, ContractTerms, load_lot, write_milestones
from contracts.agreements.tables import Contract, ContractRenewal, Rescission
from contracts.renewals import queries
from contracts.renewals.rules import (
    RULE,
    Printed,
    RenewalFacts,
    YearResult,
    a_year_later,
    check_can_be_dropped,
    check_renewal,
    next_period,
    write_renewal,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class NextYear:
    """From which budget line the next year is paid, and the paper of the decision."""

    budget_line: UUID
    document_number: str = ""


@dataclass(frozen=True)
class _Basis:
    printed: Printed
    result: YearResult
    nth: int
    begins: date
    ends: date


async def renew_contract(reference: str, year: NextYear, actor: Actor, now: datetime) -> str:
    """Draw the next year up for both sides to sign and commit its money; gives the renewal's reference (R-PERF-08).

    Raises Forbidden, DomainError with the clause in the way, Conflict when it is renewed already or money is short.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        if not (is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)):
            raise Forbidden(N_("续签由合同的采购人办理。"), clause=RULE)
        basis = await _basis(contract, county_day(now))
        renewal = await _draw_up(contract, basis, year, actor, now)
    return renewal


async def _basis(contract: Row, today: date) -> _Basis:
    if contract["status"] not in (ContractStatus.IN_FORCE, ContractStatus.COMPLETED):
        raise DomainError(N_("只有履行中或者履行完毕的合同可以续签。"), clause=RULE)
    if await queries.renewed_by(contract["id"]):
        raise Conflict(N_("这份合同已经拟出续签合同。请打开续签合同查看。"))
    printed, done = await queries.printed_rule(contract), await queries.renewals_done(contract)
    result = await queries.year_result(contract["reference"])
    check_renewal(printed, done, result, contract["service_to"], today)
    assert printed is not None and result is not None
    return _Basis(printed, result, done + 1, *next_period(contract["service_to"]))


async def _draw_up(contract: Row, basis: _Basis, year: NextYear, actor: Actor, now: datetime) -> str:
    first = await queries.first_contract(contract)
    line = await _line(contract, year.budget_line, basis.begins, first["amount"])
    today = county_day(now)
    reference, decision = await next_reference("HT", today.year), await next_reference("XQ", today.year)
    lot = await load_lot(ContractTerms(contract["lot"], decision, contract["provider"], first["amount"], today, ""))
    plans = await _plans(contract)
    text = write_renewal(
        RenewalFacts(
            reference, contract["title"], first["reference"], first["terms_sha256"], contract["listing_reference"],
            decision, lot["purchasing_body"], contract["buyer_name"], lot["provider_name"], lot["credit_code"],
            basis.nth, basis.printed, basis.result, first["amount"], lot["advance"], basis.begins, basis.ends, plans,
            year.document_number,
        )
    )  # fmt: skip
    due = compute(RULE_SIGN, today)
    try:
        async with transaction():
            renewal: UUID = await insert(
                Contract, reference=reference, listing=contract["listing"], lot=contract["lot"],
                award_reference=decision, buyer=contract["buyer"], provider=contract["provider"],
                title=contract["title"], amount=first["amount"], quantity=contract["quantity"],
                budget_line=year.budget_line, renews=contract["id"], annual_hours=first["annual_hours"],
                payment_days=first["payment_days"], late_rate=first["late_rate"], service_from=basis.begins,
                service_to=basis.ends, terms=text, terms_sha256=terms_hash(text), sign_by=due.date,
                is_provisional=due.provisional, drawn_up_at=now,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这份合同已经拟出续签合同。请打开续签合同查看。")) from None
    await write_milestones(renewal, first["amount"], lot["advance"], today, plans)
    await keep_basis(renewal, first["amount"], "", now)
    await insert(
        ContractRenewal, contract=renewal, nth=basis.nth, evaluation_reference=basis.result.reference,
        grade=basis.result.grade, score=basis.result.score, least_grade=basis.printed.grade,
        document_number=year.document_number, drawn_up_by=actor.person_id,
    )  # fmt: skip
    source = Source("contract", str(renewal))
    await post(line["ledger_line"], Posting.RESERVE, first["amount"], source, now)
    await post(line["ledger_line"], Posting.COMMIT, first["amount"], source, now)
    detail = {
        "reference": reference, "contract": contract["reference"], "amount": str(first["amount"]),
        "evaluation": basis.result.reference, "grade": basis.result.grade,
    }  # fmt: skip
    await record("contract.renewed", ("contract", str(renewal)), actor, detail, now)
    return reference


async def _line(contract: Row, budget_line: UUID, begins: date, amount: Decimal) -> Row:
    """The line the next year is paid from: the buyer's own, of that year and item. Raises DomainError (R-GPS-05)."""
    if budget_line not in {each["id"] for each in await queries.lines_for(contract, begins.year)}:
        raise DomainError(N_("请选本单位这一年、这个目录项目的预算。"), clause="R-GPS-05")
    line = await line_money(budget_line)
    if amount > line["free"]:
        raise DomainError(
            N_("续签金额 {amount} 元超过这条预算的可用额度 {free} 元。请先由财政下达或者追加预算。"),
            clause="R-GPS-05", amount=amount, free=line["free"],
        )  # fmt: skip
    return line


async def _plans(contract: Row) -> tuple[MilestonePlan, ...]:
    """The milestones of the year that ends, a year later; supplements and settlements belong to their own year."""
    return tuple(
        MilestonePlan(_title_of(m), m["share"], a_year_later(m["due_on"]), m["evidence"])
        for m in await milestones_of(contract["id"])
        if not m["is_advance"] and m["share"]
    )


def _title_of(milestone: Row) -> str:
    """A title that names its month names the month a year later."""
    then, later = milestone["due_on"], a_year_later(milestone["due_on"])
    found: str = milestone["title"]
    for words in ("{:%Y-%m}", "{0.year}年{0.month}月", "{0.year}年"):
        if words.format(then) in found:
            return found.replace(words.format(then), words.format(later))
    return found


async def drop_renewal(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """One side does not sign: the renewal falls, its money goes back. Raises NotFound, Forbidden, Conflict."""
    facts = await contract_facts(reference, visible_to=actor)
    may_drop(facts, actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        check_can_be_dropped(contract["renews"] is not None, contract["status"])
        status = move(TRANSITIONS, contract["status"], to=ContractStatus.RESCINDED)
        await execute("UPDATE contract SET status = $2 WHERE id = $1", contract["id"], status.value)
        await insert(
            Rescission, contract=contract["id"], decision=contract["award_reference"], reason=reason, clause=RULE,
            rescinded_by=actor.person_id, rescinded_at=now,
        )  # fmt: skip
        source = Source("contract", str(contract["id"]))
        await post(contract["ledger_line"], Posting.UNCOMMIT, contract["amount"], source, now)
        detail = {"reference": reference, "reason": reason, "amount": str(contract["amount"])}
        await record("contract.renewal_dropped", ("contract", str(contract["id"])), actor, detail, now)


def may_drop(contract: Row, actor: Actor) -> None:
    """Whoever may sign for a side may say that it does not. Raises NotFound, Forbidden."""
    sides = {
        Permission.SIGN_FOR_BUYER: is_buyer_side(actor, contract),
        Permission.SIGN_FOR_PROVIDER: is_provider_side(actor, contract),
    }
    if contract["renews"] is None or not any(sides.values()):
        raise NotFound()
    if not any(is_side and actor.may(permission) for permission, is_side in sides.items()):
        raise Forbidden(N_("不签续签合同，由有权签订的人表示。"), clause=RULE)
