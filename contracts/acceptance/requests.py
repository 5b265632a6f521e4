"""Ask for the acceptance of a milestone, and send it back with what to mend; the certificate comes in services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.acceptance import queries
from contracts.acceptance.request_tables import AcceptanceRejection, AcceptanceRequest, RejectionItem
from contracts.acceptance.rules import RULE_TIME, Finding, ItemFinding, check_mend_by, check_request, decide_by
from contracts.acceptance.services import check_may_accept, milestone_at, move_milestone
from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.rules import MilestoneStatus, is_provider_side
from contracts.visits.rules import last_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail
from vendors.providers.queries import provider_emails

BEFORE = (MilestoneStatus.OPEN, MilestoneStatus.TO_MEND)


@dataclass(frozen=True)
class Rejection:
    """Why a milestone goes back: the findings in the order of the requirements, those not met with what to mend."""

    findings: Sequence[ItemFinding]
    mend_by: date
    remarks: str = ""


def may_request(actor: Actor | None, contract: dict[str, Any]) -> bool:
    """Whether the reader is of the provider's office."""
    return actor is not None and is_provider_side(actor, contract) and actor.may(Permission.SUBMIT_INVOICE)


def months_end(contract: dict[str, Any], milestone: dict[str, Any]) -> date | None:
    """The last day of service a milestone rests on; None where no hours are logged."""
    months = [each["month"] for each in milestone["months"]]
    return min(last_day(months[-1]), contract["service_to"]) if months else None


async def request_acceptance(reference: str, position: int, statement: str, actor: Actor, now: datetime) -> date:
    """Say that the work of a milestone is done; returns the day by which the buyer decides (R-ACC-04).

    Raises Forbidden, DomainError before the months are over, Conflict when it was asked for or accepted already.
    """
    facts = await contract_facts(reference, visible_to=actor)
    if not may_request(actor, facts):
        raise Forbidden(N_("验收由合同的供应商申请。"), clause=RULE_TIME)
    async with transaction():
        contract = await lock_contract(facts["id"])
        milestone = await _open_milestone(contract, position)
        if milestone["status"] not in BEFORE:
            raise Conflict(N_("这个节点已经申请过验收，正在等采购人。请打开这个节点查看。"), clause=RULE_TIME)
        check_request(months_end(contract, milestone), county_day(now))
        counted = decide_by(county_day(now))
        due = counted.date
        await insert(
            AcceptanceRequest, milestone=milestone["id"], round=len(await queries.requests_of(milestone["id"])) + 1,
            statement=statement, requested_by=actor.person_id, requested_at=now, decide_by=due,
            is_provisional=counted.provisional,
        )  # fmt: skip
        await move_milestone(milestone["id"], MilestoneStatus.REQUESTED)
        words = say(
            N_("{contract}“{milestone}”申请验收，请在 {day}以前验收或者写明要整改什么。"),
            **_named(contract, milestone), day=Day(due),
        )  # fmt: skip
        await _tell(await queries.accepter_emails(contract), words, _address(contract, position), now)
        detail = {"contract": reference, "milestone": str(position), "decide_by": due.isoformat()}
        await record("acceptance.requested", ("contract", str(contract["id"])), actor, detail, now)
    return due


async def reject_milestone(reference: str, position: int, rejection: Rejection, actor: Actor, now: datetime) -> UUID:
    """Send a milestone back, once and for all items, with what to mend and by when (R-ACC-01, R-ACC-04).

    Raises Forbidden (R-ROLE-03), DomainError when nothing is to be mended or the day has passed, Conflict.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        check_may_accept(actor, contract)
        milestone = await _open_milestone(contract, position)
        if milestone["status"] == MilestoneStatus.TO_MEND:
            raise Conflict(N_("这个节点已经退回整改，正在等供应商。"))
        check_mend_by(rejection.mend_by, county_day(now))
        failed = [each for each in rejection.findings if each.finding is Finding.NOT_MET]
        if not failed:
            raise DomainError(N_("退回整改要至少有一项没有达到要求，并写明要整改什么。"), clause="R-ACC-01")
        await take_duty(contract["listing"], Duty.ACCEPTING, actor.person_id, now)
        found: UUID = await insert(
            AcceptanceRejection, milestone=milestone["id"], mend_by=rejection.mend_by, remarks=rejection.remarks,
            rejected_by=actor.person_id, rejected_at=now,
        )  # fmt: skip
        for place, each in enumerate(failed, start=1):
            await insert(
                RejectionItem, rejection=found, position=place, requirement=each.requirement, to_mend=each.note
            )
        await move_milestone(milestone["id"], MilestoneStatus.TO_MEND)
        words = say(
            N_("{contract}“{milestone}”有 {count} 项要整改，请在 {day}以前改好，再申请验收。"),
            **_named(contract, milestone), count=len(failed), day=Day(rejection.mend_by),
        )  # fmt: skip
        await _tell(await provider_emails(contract["provider"]), words, _address(contract, position), now)
        detail = {"contract": reference, "milestone": str(position), "mend_by": rejection.mend_by.isoformat()}
        await record("acceptance.rejected", ("contract", str(contract["id"])), actor, detail, now)
    return found


async def _open_milestone(contract: dict[str, Any], position: int) -> dict[str, Any]:
    milestone = await milestone_at(contract, position)
    if contract["status"] not in ("in_force", "terminated"):
        raise DomainError(N_("合同还没有生效，不能验收。"))
    if milestone["status"] == MilestoneStatus.CANCELLED:
        raise DomainError(N_("合同已经终止，这个节点不再验收。请看终止书写明的结算。"), clause="R-CON-03")
    if milestone["is_advance"]:
        raise DomainError(N_("预付款不验收，合同生效后凭发票支付。"), clause="R-PAY-03")
    if milestone["acceptance"] is not None:
        raise Conflict(N_("这个节点已经验收。请打开验收书查看。"))
    return milestone


def _named(contract: dict[str, Any], milestone: dict[str, Any]) -> dict[str, str]:
    return {"contract": contract["reference"], "milestone": milestone["title"]}


def _address(contract: dict[str, Any], position: int) -> str:
    return f"/contracts/{contract['reference']}/acceptance/{position}"


async def _tell(addresses: Sequence[str], words: Sentence, address: str, now: datetime) -> None:
    body = f"{words.text('zh')}\n{words.text('en')}\n\n{address}"
    for each in addresses:
        await post_mail(each, words.text("zh"), body, now)
