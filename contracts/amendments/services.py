"""Propose a change of a contract, sign or refuse it, hear the provider; what is agreed moves the money at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from contracts.agreements.queries import contract_facts, lock_contract, milestones_of
from contracts.agreements.rules import (
    MILESTONE_TRANSITIONS,
    ContractStatus,
    MilestoneStatus,
    Side,
    check_typed_name,
    is_buyer_side,
    is_provider_side,
    terms_hash,
)
from contracts.agreements.rules import TRANSITIONS as CONTRACT_TRANSITIONS
from contracts.agreements.services import side_of
from contracts.agreements.tables import ContractMilestone
from contracts.amendments import queries
from contracts.amendments.claims import claim_back, how_it_ends
from contracts.amendments.papers import papers_of
from contracts.amendments.renewals_dropped import drop_renewal
from contracts.amendments.rules import (
    NOTHING_LEFT,
    ONE_SIDED,
    RULE_END,
    RULE_MORE,
    RULE_REST,
    RULE_VIEW,
    TRANSITIONS,
    AmendmentFacts,
    AmendmentStatus,
    Ended,
    Ground,
    Kind,
    check_has_paper,
    check_heard,
    check_settlement,
    check_signer,
    check_supplement,
    is_agreed,
    may_answer_afterwards,
    room,
    supplement_amount,
    write_text,
)
from contracts.amendments.tables import AmendmentSignature, ContractAmendment
from contracts.suspensions.queries import standing_of
from contracts.suspensions.rules import Rest, SuspensionStatus, check_rest
from contracts.suspensions.services import begin_suspension, end_suspension
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.moments import Day
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

# names in the contract itself, which is Chinese in every language
SUPPLEMENT_TITLE, SETTLEMENT_TITLE = "补充合同", "终止结算"
EVIDENCE = "按追加数量逐次记录的服务凭证和验收记录"
SETTLEMENT_EVIDENCE = "终止以前完成的工作和移交记录"


@dataclass(frozen=True)
class Supplement:
    """More of the same: how much (in the contract's unit), why, by which document, done by when."""

    quantity: Decimal
    due_on: date
    reason: str
    document_number: str


@dataclass(frozen=True)
class Termination:
    """The end before time: on which ground, why, by which document, what is still paid for work done (yuan)."""

    ground: Ground
    reason: str
    document_number: str
    settlement: Decimal = Decimal(0)


@dataclass(frozen=True)
class Suspension:
    """Performance rests: on which ground, why, by which document, which days, how residents are looked after."""

    ground: Ground
    reason: str
    document_number: str
    rest: Rest


async def propose_supplement(reference: str, wanted: Supplement, actor: Actor, now: datetime) -> str:
    """Write a supplementary contract for both sides to sign; gives its reference (R-CON-02).

    Raises Forbidden, DomainError beyond the share, Conflict while another change waits.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await _to_change(facts["id"], actor)
        amount = supplement_amount(contract["amount"], contract["quantity"], wanted.quantity)
        today = county_day(now)
        left = room(contract["amount"], await queries.added_so_far(contract["id"]), rules_day(contract))
        check_supplement(amount, left, wanted.due_on, contract["service_to"], today)
        return await _propose(
            contract, Kind.SUPPLEMENT, Ground.MORE_NEEDED, wanted.reason, wanted.document_number, amount, actor, now,
            quantity=wanted.quantity, due_on=wanted.due_on,
        )  # fmt: skip


async def propose_termination(reference: str, wanted: Termination, actor: Actor, now: datetime) -> str:
    """Write the end of a contract before time; gives its reference (R-CON-03).

    Raises Forbidden, DomainError when more would be settled than is open, Conflict while another change waits.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await _to_change(facts["id"], actor)
        ended = await how_it_ends(contract, wanted.settlement)
        check_settlement(wanted.settlement, await queries.still_open(contract["id"]))
        return await _propose(
            contract, Kind.TERMINATION, wanted.ground, wanted.reason, wanted.document_number, ended.paid, actor, now,
            ended=ended,
        )  # fmt: skip


async def propose_suspension(reference: str, wanted: Suspension, actor: Actor, now: datetime) -> str:
    """Write a suspension for both sides, or for a second person of the buyer on a lawful ground (R-CON-07).

    Raises Forbidden, FormRefused for days that do not fit, Conflict while one stands or another change waits.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await _to_change(facts["id"], actor)
        if await standing_of(contract["id"]) is not None:
            raise Conflict(N_("这份合同已经中止。请先恢复履行，或者在原来的中止书上复核。"), clause=RULE_REST)
        form = Bound()
        check_rest(form, wanted.rest, county_day(now), contract["service_to"])
        if wanted.ground is Ground.ORDERED and not wanted.document_number:
            form.refuse("document_number", N_("请填财政部门通知的文号。"))
        if form.errors:
            raise FormRefused(form.errors)
        return await _propose(
            contract, Kind.SUSPENSION, wanted.ground, wanted.reason, wanted.document_number, Decimal(0), actor, now,
            rest=wanted.rest,
        )  # fmt: skip


async def propose_resumption(
    reference: str, on: date, reason: str, document_number: str, actor: Actor, now: datetime
) -> str:
    """Write that the contract is served again from a day; what both agreed on, both end (R-CON-07).

    Raises Forbidden, FormRefused for a day that is past, Conflict where nothing rests or another change waits.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await _to_change(facts["id"], actor)
        standing = await _standing(contract)
        form = Bound()
        if on < county_day(now):
            form.refuse("from_on", N_("恢复履行从今天或者以后的一天开始。请改日期。"))
        if on > (standing["to_on"] or contract["service_to"]):
            form.refuse("from_on", N_("中止到那一天已经自己期满，或者服务期已满。请改日期。"))
        if form.errors:
            raise FormRefused(form.errors)
        ground = Ground.GONE if standing["is_one_sided"] else Ground.AGREEMENT
        return await _propose(
            contract, Kind.RESUMPTION, ground, reason, document_number, Decimal(0), actor, now,
            rest=Rest(on, None, None, ""),
        )  # fmt: skip


async def _standing(contract: dict[str, Any]) -> dict[str, Any]:
    standing = await standing_of(contract["id"])
    if standing is None:
        raise Conflict(N_("这份合同没有在中止，不用恢复。请刷新页面。"), clause=RULE_REST)
    return standing


def rules_day(contract: dict[str, Any]) -> date:
    """The day whose rules a contract stands under: the one it was signed on."""
    return county_day(contract["signed_at"])


async def _to_change(contract_id: UUID, actor: Actor) -> dict[str, Any]:
    """The contract, held, if this person may change it. Raises Forbidden, DomainError."""
    contract = await lock_contract(contract_id)
    if not (is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)):
        raise Forbidden(N_("合同的变更由采购人提出。"), clause=RULE_END)
    if contract["status"] != ContractStatus.IN_FORCE:
        raise DomainError(N_("只有履行中的合同可以变更或者终止。"), clause=RULE_END)
    return contract


async def _propose(  # noqa: PLR0913 - both kinds with all they are written from
    contract: dict[str, Any], kind: Kind, ground: Ground, reason: str, document_number: str, amount: Decimal,
    actor: Actor, now: datetime, quantity: Decimal | None = None, due_on: date | None = None,
    ended: Ended = NOTHING_LEFT, rest: Rest | None = None,
) -> str:  # fmt: skip
    reference = await next_reference("BG", county_day(now).year)
    text = write_text(
        AmendmentFacts(
            reference, contract["reference"], contract["title"], contract["buyer_name"], contract["provider_name"],
            ground, reason, document_number, amount, contract["unit"], quantity, due_on,
            ended.advance_left, ended.claim, ended.offset_owed, rest,
        ),
        kind,
    )  # fmt: skip
    try:
        async with transaction():
            await insert(
                ContractAmendment, reference=reference, contract=contract["id"], kind=kind.value, ground=ground.value,
                reason=reason, document_number=document_number, quantity=quantity, amount=amount, due_on=due_on,
                advance_left=ended.advance_left, claim=ended.claim, offset_owed=ended.offset_owed,
                text=text, text_sha256=terms_hash(text), proposed_by=actor.person_id, proposed_at=now,
                **_days_of(rest),
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这份合同已经有一份变更在等待。请先签完或者撤回那一份。")) from None
    detail = {"reference": reference, "kind": kind.value, "amount": str(amount), "reason": reason}
    await record("amendment.proposed", ("contract", str(contract["id"])), actor, detail, now)
    return reference


def _days_of(rest: Rest | None) -> dict[str, Any]:
    if rest is None:
        return {}
    return {
        "from_on": rest.from_on, "to_on": rest.to_on, "review_on": rest.review_on, "care": rest.care,
        "visits_go_on": rest.visits_go_on,
    }  # fmt: skip


async def _held(reference: str, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """Contract and amendment, both held in the order in which every act holds them. Raises NotFound, Conflict."""
    page = await queries.amendment_page(reference, visible_to=actor)
    contract = await lock_contract(page["contract"])
    amendment = await queries.lock_amendment(page["id"])
    if amendment["status"] != AmendmentStatus.PROPOSED:
        raise Conflict(N_("这份变更刚刚被处理过。请刷新页面，再看结果。"))
    return contract, amendment


async def sign_amendment(reference: str, typed_name: str, actor: Actor, now: datetime) -> bool:
    """Sign for one's own side; True when it is in force with that and its money has moved.

    Raises Forbidden for the proposer (R-ROLE-03), DomainError for another's name, an unheard provider (R-CON-05) or
    while there is no document to sign, Conflict when this side has signed.
    """
    async with transaction():
        contract, amendment = await _held(reference, actor)
        side = side_of(actor, contract)
        check_typed_name(typed_name, actor.name)
        signed = {Side(each["side"]) for each in await queries.signatures_of(amendment["id"])}
        check_signer(actor.person_id, side, amendment, signed)
        check_heard(amendment, now)
        papers = await papers_of(amendment["id"])
        check_has_paper({each["side"] for each in papers}, Kind(amendment["kind"]), Ground(amendment["ground"]))
        hashes = " ".join(each["sha256"] for each in papers)
        await insert(
            AmendmentSignature, amendment=amendment["id"], side=side.value, person=actor.person_id,
            typed_name=typed_name.strip(), text_sha256=amendment["text_sha256"], signed_at=now,
        )  # fmt: skip
        agreed = is_agreed(Ground(amendment["ground"]), {*signed, side})
        detail = {"reference": reference, "side": side.value, "sha256": amendment["text_sha256"], "papers": hashes}
        await record("amendment.signed", ("contract", str(contract["id"])), actor, detail, now)
        if agreed:
            await _take_effect(contract, amendment, hashes, actor, now)
    return agreed


async def _take_effect(
    contract: dict[str, Any], amendment: dict[str, Any], papers: str, actor: Actor, now: datetime
) -> None:
    if contract["status"] != ContractStatus.IN_FORCE:
        raise DomainError(N_("只有履行中的合同可以变更或者终止。"), clause=RULE_END)
    await _end_proposal(amendment, AmendmentStatus.IN_FORCE, "", now)
    match Kind(amendment["kind"]):
        case Kind.SUPPLEMENT:
            await _add(contract, amendment, now)
        case Kind.TERMINATION:
            await _end(contract, amendment, actor, now)
        case Kind.SUSPENSION:
            await _rest(contract, amendment, now)
        case Kind.RESUMPTION:
            await _go_on(contract, amendment, now)
    detail = {
        "reference": amendment["reference"], "kind": amendment["kind"], "amount": str(amendment["amount"]),
        "papers": papers,
    }  # fmt: skip
    await record("amendment.in_force", ("contract", str(contract["id"])), actor, detail, now)


async def _rest(contract: dict[str, Any], amendment: dict[str, Any], now: datetime) -> None:
    """Performance rests from its day on; neither money nor a payment clock moves (R-CON-07, R-PAY-04)."""
    _check_not_past(amendment, now)
    if await standing_of(contract["id"]) is not None:
        raise Conflict(N_("这份合同已经中止。请先恢复履行，或者在原来的中止书上复核。"), clause=RULE_REST)
    rest = Rest(
        amendment["from_on"], amendment["to_on"], amendment["review_on"], amendment["care"], amendment["visits_go_on"]
    )
    is_one_sided = amendment["ground"] in ONE_SIDED
    await begin_suspension(contract, amendment, rest, is_one_sided=is_one_sided, now=now)


async def _go_on(contract: dict[str, Any], amendment: dict[str, Any], now: datetime) -> None:
    _check_not_past(amendment, now)
    await _standing(contract)
    on = amendment["from_on"]
    await end_suspension(contract, SuspensionStatus.RESUMED, on, amendment["reference"], now)


def _check_not_past(amendment: dict[str, Any], now: datetime) -> None:
    """What both sides have to keep to begins when both know of it. Raises Conflict."""
    if amendment["from_on"] < county_day(now):
        raise Conflict(
            N_("开始日 {day}已经过了，变更不能倒着生效。请撤回，改好日期重新提出。"), clause=RULE_REST,
            day=Day(amendment["from_on"]),
        )  # fmt: skip


async def _add(contract: dict[str, Any], amendment: dict[str, Any], now: datetime) -> None:
    """Reserve and commit the money of a supplement and give it a milestone of its own."""
    left = room(contract["amount"], await queries.added_so_far(contract["id"]), rules_day(contract))
    if left.added > left.most:
        raise DomainError(N_("补充合同累计超过原合同的限额，不能生效。请撤回后重新提出。"), clause=RULE_MORE)
    source = Source("contract_amendment", str(amendment["id"]))
    await post(contract["ledger_line"], Posting.RESERVE, amendment["amount"], source, now)
    await post(contract["ledger_line"], Posting.COMMIT, amendment["amount"], source, now)
    title = f"{SUPPLEMENT_TITLE} {amendment['reference']}"
    await _append(contract, title, amendment["amount"], amendment["due_on"], EVIDENCE)


async def _end(contract: dict[str, Any], amendment: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Cancel what is open, give its money back but for what is settled, and end the term today."""
    today, cancelled = county_day(now), Decimal(0)
    ended = await how_it_ends(contract, Decimal(0))
    if (ended.advance_left, ended.offset_owed) != (amendment["advance_left"], amendment["offset_owed"]):
        raise Conflict(N_("没有抵扣的预付款和提出终止时不一样了：刚刚有节点验收或者付款。请撤回，重新提出。"))
    for milestone in await milestones_of(contract["id"]):
        if milestone["status"] in queries.OPEN:
            status = move(MILESTONE_TRANSITIONS, milestone["status"], to=MilestoneStatus.CANCELLED)
            await execute("UPDATE contract_milestone SET status = $2 WHERE id = $1", milestone["id"], status.value)
            cancelled += milestone["amount"]
    back = cancelled - amendment["amount"]
    if back < 0:
        raise Conflict(N_("终止结算超过还没有验收的金额：刚刚有节点验收了。请撤回，核对金额后重新提出。"))
    if back:
        source = Source("contract_amendment", str(amendment["id"]))
        await post(contract["ledger_line"], Posting.UNCOMMIT, back, source, now)
    if amendment["amount"]:
        await _append(contract, SETTLEMENT_TITLE, amendment["amount"], today, SETTLEMENT_EVIDENCE)
    await claim_back(contract, amendment, now)
    await execute(
        "UPDATE contract_amendment SET service_to_before = $2 WHERE id = $1", amendment["id"], contract["service_to"]
    )
    status = move(CONTRACT_TRANSITIONS, contract["status"], to=ContractStatus.TERMINATED)
    await execute(
        "UPDATE contract SET status = $2, service_to = least(service_to, greatest(service_from, $3)) WHERE id = $1",
        contract["id"], status.value, today,
    )  # fmt: skip
    await end_suspension(contract, SuspensionStatus.ENDED, today, amendment["reference"], now)
    await drop_renewal(contract, amendment, actor, now)


async def _append(contract: dict[str, Any], title: str, amount: Decimal, due_on: date, evidence: str) -> None:
    last = await fetchval("SELECT max(position) FROM contract_milestone WHERE contract = $1", contract["id"])
    await insert(
        ContractMilestone, contract=contract["id"], position=last + 1, title=title, share=Decimal(0), amount=amount,
        due_on=due_on, evidence=evidence,
    )  # fmt: skip


async def _end_proposal(amendment: dict[str, Any], to: AmendmentStatus, reason: str, now: datetime) -> None:
    status = move(TRANSITIONS, amendment["status"], to=to)
    await execute(
        "UPDATE contract_amendment SET status = $2, decided_at = $3, end_reason = $4 WHERE id = $1",
        amendment["id"], status.value, now, reason,
    )  # fmt: skip


async def refuse_amendment(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The provider does not agree. Raises Forbidden where its signature is not needed, Conflict."""
    async with transaction():
        contract, amendment = await _held(reference, actor)
        _check_provider(contract, actor)
        if amendment["ground"] in ONE_SIDED:
            raise Forbidden(N_("这份变更不需要供应商签订。您可以陈述意见。"), clause=RULE_VIEW)
        await _end_proposal(amendment, AmendmentStatus.REFUSED, reason, now)
        detail = {"reference": reference, "reason": reason}
        await record("amendment.refused", ("contract", str(contract["id"])), actor, detail, now)


async def withdraw_amendment(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The buyer takes its proposal back. Raises Forbidden, Conflict."""
    async with transaction():
        contract, amendment = await _held(reference, actor)
        if not (is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)):
            raise Forbidden(N_("提出的变更由采购人撤回。"), clause=RULE_END)
        await _end_proposal(amendment, AmendmentStatus.WITHDRAWN, reason, now)
        detail = {"reference": reference, "reason": reason}
        await record("amendment.withdrawn", ("contract", str(contract["id"])), actor, detail, now)


async def state_view(reference: str, view: str, actor: Actor, now: datetime) -> None:
    """The provider says what it thinks of the end or the rest of its contract, once (R-CON-05, R-CON-07).

    Of a suspension that the buyer decided on alone it may do so afterwards too. Raises Forbidden, Conflict.
    """
    async with transaction():
        contract, amendment = await _answerable(reference, actor)
        _check_provider(contract, actor)
        if amendment["ground"] not in ONE_SIDED:
            raise Conflict(N_("这份变更要双方签订，不用陈述意见。请签订或者写明不同意。"))
        if amendment["view_at"] is not None:
            raise Conflict(N_("已经陈述过意见，不能再改。请等采购人决定。"))
        await execute(
            "UPDATE contract_amendment SET view = $2, view_at = $3 WHERE id = $1", amendment["id"], view, now
        )
        await record("amendment.answered", ("contract", str(contract["id"])), actor, {"reference": reference}, now)


async def _answerable(reference: str, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    page = await queries.amendment_page(reference, visible_to=actor)
    if not may_answer_afterwards(page):
        return await _held(reference, actor)
    contract = await lock_contract(page["contract"])
    return contract, await queries.lock_amendment(page["id"])


def _check_provider(contract: dict[str, Any], actor: Actor) -> None:
    if not (is_provider_side(actor, contract) and actor.may(Permission.SIGN_FOR_PROVIDER)):
        raise Forbidden(N_("这一步由合同的供应商来做。"), clause=RULE_VIEW)

