"""Accept a milestone against the approved hours of its closed months; the certificate is public at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from contracts.acceptance import queries
from contracts.acceptance.plan_queries import is_unheard, sample_of
from contracts.acceptance.plan_rules import check_all_heard, check_invited
from contracts.acceptance.rules import (
    Failing,
    ItemFinding,
    check_accepter,
    check_failings,
    check_findings,
    check_months_closed,
    deducted_amounts,
    requirement_items,
)
from contracts.agreements.queries import check_is_visible, contract_id, lock_contract
from contracts.agreements.rules import MILESTONE_TRANSITIONS, MilestoneStatus, is_buyer_side
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import audit_entry
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import Statement, execute, execute_together, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

# the newest plan is the one that stands
_ACCEPTANCE = """
INSERT INTO acceptance (id, reference, contract, milestone, amount, minutes, opinions, remarks, accepted_by,
  accepted_at, by_plan)
SELECT $1::uuid, $2::text, $3::uuid, $4::uuid, $5::numeric, $6::int, $7::text, $8::text, $9::uuid, $10::timestamptz,
  (SELECT id FROM acceptance_plan WHERE contract = $3 ORDER BY round DESC LIMIT 1)
"""
_ITEMS = """
INSERT INTO acceptance_item (id, acceptance, position, requirement, finding, note)
SELECT gen_random_uuid(), $1, n, requirement, finding, note
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS new(requirement, finding, note, n)
"""
_DEDUCTIONS = """
INSERT INTO acceptance_deduction (id, acceptance, position, condition, percent, times, amount, proof)
SELECT gen_random_uuid(), $1, n, condition, percent, times, amount, proof
FROM unnest($2::text[], $3::numeric[], $4::int[], $5::numeric[], $6::text[]) WITH ORDINALITY
  AS new(condition, percent, times, amount, proof, n)
"""
_MONTHS = "INSERT INTO acceptance_month (id, acceptance, month_close) SELECT gen_random_uuid(), $1, unnest($2::uuid[])"


@dataclass(frozen=True)
class Certificate:
    """What the accepter says: findings in the order of the requirements, recipients' opinions, what is deducted."""

    findings: Sequence[ItemFinding]
    opinions: str
    remarks: str = ""
    failings: Sequence[Failing] = ()


async def accept_milestone(
    reference: str, position: int, certificate: Certificate, actor: Actor, now: datetime
) -> UUID:
    """Accept one milestone of a contract in force and publish the certificate (R-ACC-01).

    Raises Forbidden (R-ROLE-03), DomainError while months are open, a requirement is not met or recipients who were
    served are not heard (R-ACC-05), Conflict when it is accepted already.
    """
    found = await contract_id(reference)
    async with transaction():
        contract = await lock_contract(found)
        check_is_visible(contract, actor)
        check_may_accept(actor, contract)
        await check_not_held(contract["listing"], Held.PERFORMING, now)
        milestone = await milestone_at(contract, position)
        if milestone["is_advance"]:
            raise DomainError(N_("预付款不验收，合同生效后凭发票支付。"), clause="R-PAY-03")
        if milestone["acceptance"] is not None:
            raise Conflict(N_("这个节点已经验收。请打开验收书查看。"))
        if milestone["status"] == "cancelled":
            raise DomainError(N_("合同已经终止，这个节点不再验收。请看终止书写明的结算。"), clause="R-CON-03")
        check_months_closed(
            [m["month"] for m in milestone["months"]], [m["month"] for m in milestone["months"] if m["close"]]
        )
        check_findings(certificate.findings)
        check_invited(is_unheard=await is_unheard(contract["id"], milestone))
        if sample := await sample_of(milestone["id"]):
            check_all_heard([each["answer"] for each in sample["opinions"]])
        if certificate.failings:
            check_failings(certificate.failings, await queries.printed_deductions(contract["listing"]))
        amounts = deducted_amounts(milestone["amount"], certificate.failings)
        await take_duty(contract["listing"], Duty.ACCEPTING, actor.person_id, now)
        acceptance = await _write(contract, milestone, certificate, amounts, actor, now)
        await _return_deducted(contract, acceptance, sum(amounts, Decimal(0)), now)
    return acceptance


def check_may_accept(actor: Actor, contract: dict[str, Any]) -> None:
    """The buyer's accepter, who had no hand in the listing. Raises Forbidden."""
    if not (is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("验收由合同的采购人负责。"), clause="R-ROLE-03")
    check_accepter(actor.person_id, contract)
    # what was done before an end is accepted after it
    if contract["status"] not in ("in_force", "terminated"):
        raise DomainError(N_("合同还没有生效，不能验收。"))


async def milestone_at(contract: dict[str, Any], position: int) -> dict[str, Any]:
    """One milestone with its months. Raises NotFound."""
    for milestone in await queries.milestones_with_months(contract):
        if milestone["position"] == position:
            return milestone
    raise NotFound()


def items_to_find(contract: dict[str, Any], milestone: dict[str, Any]) -> list[str]:
    """The requirements the certificate of this milestone has to go through."""
    return requirement_items(contract["requirement"], milestone["evidence"])


async def _return_deducted(contract: dict[str, Any], acceptance: UUID, deducted: Decimal, now: datetime) -> None:
    """What is not paid any more goes back to the budget line the contract was committed from."""
    if deducted:
        await post(contract["ledger_line"], Posting.UNCOMMIT, deducted, Source("acceptance", str(acceptance)), now)


async def _write(  # noqa: PLR0913 - the certificate with all it is written from
    contract: dict[str, Any], milestone: dict[str, Any], certificate: Certificate, amounts: Sequence[Decimal],
    actor: Actor, now: datetime,
) -> UUID:  # fmt: skip
    """The whole certificate, the milestone's new state and the audit entry in one journey to the database."""
    acceptance, deducted = uuid4(), sum(amounts, Decimal(0))
    status = move(MILESTONE_TRANSITIONS, milestone["status"], to=MilestoneStatus.ACCEPTED)
    found, failed = certificate.findings, certificate.failings
    detail = {
        "contract": contract["reference"], "milestone": str(milestone["position"]),
        "amount": str(milestone["amount"] - deducted), "minutes": str(milestone["minutes"]),
        **({"deducted": str(deducted)} if deducted else {}),
    }  # fmt: skip
    await execute_together(
        Statement(_ACCEPTANCE, (
            acceptance, await next_reference("YSS", county_day(now).year), contract["id"], milestone["id"],
            milestone["amount"] - deducted, milestone["minutes"], certificate.opinions, certificate.remarks,
            actor.person_id, now,
        )),
        Statement(_ITEMS, (
            acceptance, [each.requirement for each in found], [each.finding.value for each in found],
            [each.note for each in found],
        )),
        Statement(_DEDUCTIONS, (
            acceptance, [each.condition for each in failed], [each.percent for each in failed],
            [each.times for each in failed], list(amounts), [each.proof for each in failed],
        )),
        Statement(_MONTHS, (acceptance, [month["close"]["id"] for month in milestone["months"]])),
        # the contract is held, so the state is still the one that was read
        Statement("UPDATE contract_milestone SET status = $2 WHERE id = $1 RETURNING 1", (
            milestone["id"], status.value,
        )),
        audit_entry("acceptance.accepted", ("contract", str(contract["id"])), actor, detail, now),
    )  # fmt: skip
    return acceptance


async def move_milestone(milestone_id: UUID, to: MilestoneStatus) -> None:
    """Move a milestone from the state it is in. Raises IllegalMove, Conflict."""
    now_at = await fetchval("SELECT status FROM contract_milestone WHERE id = $1 FOR UPDATE", milestone_id)
    status = move(MILESTONE_TRANSITIONS, now_at, to=to)
    await execute("UPDATE contract_milestone SET status = $2 WHERE id = $1", milestone_id, status.value)
