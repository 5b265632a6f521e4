"""Draw a contract up from an award, sign it on both sides, and make it public with the second signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.queries import deductions as printed_deductions
from catalogue.listings.queries import lock_listing
from contracts.agreements import queries
from contracts.agreements.comparison import check_as_promised, keep_basis
from contracts.agreements.residents import has_open_residents, open_orders
from contracts.agreements.rules import (
    TRANSITIONS,
    ContractStatus,
    DeductionPlan,
    MilestonePlan,
    MilestoneStatus,
    Side,
    after_signing,
    check_not_the_drafter,
    check_typed_name,
    check_year_before_stands,
    payment_plan,
    terms_hash,
)
from contracts.agreements.tables import Contract, ContractMilestone, Signature
from contracts.agreements.terms import PrintedIndicator, TermsFacts, write_terms
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.contract_signing import TYPED, Proof
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.refusals.queries import check_nobody_refused

# a name in the contract itself, which is Chinese in every language
ADVANCE_TITLE = "预付款"
RULE_SIGN, RULE_PUBLISH, RULE_FILE = "R-TIME-17", "R-TIME-18", "R-TIME-19"

SIGNING: dict[Side, Permission] = {
    Side.BUYER: Permission.SIGN_FOR_BUYER,
    Side.PROVIDER: Permission.SIGN_FOR_PROVIDER,
}


@dataclass(frozen=True)
class ContractTerms:
    """What an award hands down; everything else is read from the listing. `offer` is the winner's technical promise.

    `letter_on`: the day the award letter went out, from which the 30 days to sign are counted (R-TIME-17).
    """

    lot_id: UUID
    award_reference: str
    provider_id: UUID
    amount: Decimal
    letter_on: date
    offer: str
    annual_hours: int | None = None


async def draw_up_contract(terms: ContractTerms, actor: Actor | None, now: datetime) -> UUID:
    """Write the contract, commit its amount and release the rest of the lot's reserve; returns its identity.

    Raises Conflict when this lot already has a contract, NotFound for an unknown lot or provider.
    """
    async with transaction():
        lot = await load_lot(terms)
        if await queries.contract_of_lot(terms.lot_id):
            raise Conflict(N_("这个采购包已经拟出合同。请打开合同查看。"))
        reference = await next_reference("HT", county_day(now).year)
        plans = await _milestone_plans(lot["listing"])
        contract_id = await write_contract(reference, terms, lot, plans, now)
        await _commit_money(contract_id, terms.amount, lot, now)
        await keep_basis(contract_id, terms.amount, terms.offer, now)
        detail = {"reference": reference, "award": terms.award_reference, "amount": str(terms.amount)}
        await record("contract.drawn_up", ("contract", str(contract_id)), actor, detail, now)
    return contract_id


async def load_lot(terms: ContractTerms) -> dict[str, Any]:
    """The lot with its listing, line and provider, as a contract is written from them. Raises NotFound."""
    row = await fetchrow(
        "SELECT lot.id, lot.listing, lot.number, lot.title AS lot_title, lot.quantity, lot.unit, lot.budget,"
        " i.name AS item, i.content, l.reference AS listing_reference, l.title, l.requirement, l.service_from,"
        " l.service_to, l.procuring_unit AS buyer, b.name AS buyer_name, body.name AS purchasing_body,"
        " line.ledger_line, l.rules_on, p.credit_code, po.name AS provider_name,"
        " coalesce(terms.advance_payment, 0) AS advance, terms.payment_days, terms.late_rate,"
        " coalesce(terms.performance_bond, 0) AS bond, coalesce(terms.subcontract_share, 0) AS subcontract_share,"
        " coalesce(terms.subcontract_parts, '') AS subcontract_parts, coalesce(terms.handover, '') AS handover,"
        " terms.handover_share,"
        " terms.renewal_years, coalesce(terms.renewal_grade, '') AS renewal_grade"
        " FROM listing_lot lot JOIN listing l ON l.id = lot.listing JOIN item i ON i.id = lot.item"
        " JOIN organisation b ON b.id = l.procuring_unit JOIN organisation body ON body.id = l.purchasing_body"
        " JOIN budget_line line ON line.id = l.budget_line LEFT JOIN listing_terms terms ON terms.listing = l.id"
        " JOIN provider p ON p.id = $2 JOIN organisation po ON po.id = p.organisation WHERE lot.id = $1",
        terms.lot_id, terms.provider_id,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    towns = await fetch(
        "SELECT o.name FROM listing_town t JOIN organisation o ON o.id = t.town WHERE t.listing = $1"
        " ORDER BY o.sort_key",
        row["listing"],
    )
    lots = await fetch("SELECT id FROM listing_lot WHERE listing = $1", row["listing"])
    deductions = tuple(DeductionPlan(d["condition"], d["percent"]) for d in await printed_deductions(row["listing"]))
    indicators = await fetch(
        "SELECT title, target, points FROM listing_indicator WHERE listing = $1 ORDER BY position", row["listing"]
    )
    return {
        **row, "towns": tuple(t["name"] for t in towns), "lot_count": len(lots), "deductions": deductions,
        "indicators": tuple(PrintedIndicator(**each) for each in indicators),
    }  # fmt: skip


async def _milestone_plans(listing_id: UUID) -> tuple[MilestonePlan, ...]:
    rows = await fetch(
        "SELECT title, share, due_on, evidence FROM payment_milestone WHERE listing = $1 ORDER BY position", listing_id
    )
    return tuple(MilestonePlan(**r) for r in rows)


def contract_title(listing_title: str, lot_title: str, lot_count: int) -> str:
    """The listing's title; with several lots the lot's own behind it."""
    title = listing_title if lot_count == 1 or lot_title == listing_title else f"{listing_title}：{lot_title}"
    return title[:200]


async def write_contract(
    reference: str, terms: ContractTerms, lot: dict[str, Any], plans: tuple[MilestonePlan, ...], now: datetime
) -> UUID:
    """Write the text, the row and the milestones of a contract; its money is the caller's."""
    title = contract_title(lot["title"], lot["lot_title"], lot["lot_count"])
    text = write_terms(
        TermsFacts(
            reference=reference, title=title, listing_reference=lot["listing_reference"],
            award_reference=terms.award_reference, purchasing_body=lot["purchasing_body"], buyer=lot["buyer_name"],
            provider=lot["provider_name"], credit_code=lot["credit_code"], lot_number=lot["number"], item=lot["item"],
            content=lot["content"], quantity=lot["quantity"], unit=lot["unit"], towns=lot["towns"],
            requirement=lot["requirement"], offer=terms.offer, amount=terms.amount,
            service_from=lot["service_from"], service_to=lot["service_to"], milestones=plans,
            annual_hours=terms.annual_hours, advance=lot["advance"], deductions=lot["deductions"],
            payment_days=lot["payment_days"], late_rate=lot["late_rate"],
            on=lot["rules_on"] or county_day(now), bond=lot["bond"], subcontract_share=lot["subcontract_share"],
            subcontract_parts=lot["subcontract_parts"], handover=lot["handover"],
            handover_share=lot["handover_share"], indicators=lot["indicators"],
            # an order stands under its framework and is not renewed
            renewal_years=None if "order_line" in lot else lot["renewal_years"], renewal_grade=lot["renewal_grade"],
        )
    )  # fmt: skip
    due = compute(RULE_SIGN, terms.letter_on)
    contract_id: UUID = await insert(
        Contract, reference=reference, listing=lot["listing"], lot=terms.lot_id, award_reference=terms.award_reference,
        buyer=lot["buyer"], provider=terms.provider_id, title=title, amount=terms.amount,
        is_call_off="order_line" in lot, quantity=lot.get("order_quantity"), budget_line=lot.get("order_line"),
        annual_hours=terms.annual_hours, payment_days=lot["payment_days"], late_rate=lot["late_rate"],
        service_from=lot["service_from"], service_to=lot["service_to"], terms=text, terms_sha256=terms_hash(text),
        sign_by=due.date, is_provisional=due.provisional, drawn_up_at=now,
    )  # fmt: skip
    await write_milestones(contract_id, terms.amount, lot["advance"], terms.letter_on, plans)
    return contract_id


async def write_milestones(
    contract_id: UUID, amount: Decimal, advance: Decimal, letter_on: date, plans: tuple[MilestonePlan, ...]
) -> None:
    """The advance before the first milestone, where one is agreed; each milestone with what it owes to it."""
    money = payment_plan(amount, plans, advance)
    if money.advance:
        due = compute(RULE_SIGN, letter_on)
        await insert(
            ContractMilestone, contract=contract_id, position=0, title=ADVANCE_TITLE, share=advance,
            amount=money.advance, is_advance=True, due_on=due.date, is_provisional=due.provisional, evidence="",
        )  # fmt: skip
    for position, (plan, part) in enumerate(zip(plans, money.parts, strict=True), start=1):
        await insert(
            ContractMilestone, contract=contract_id, position=position, title=plan.title, share=plan.share,
            amount=part.amount, advance_offset=part.offset, due_on=plan.due_on, evidence=plan.evidence,
        )  # fmt: skip


async def _commit_money(contract_id: UUID, amount: Decimal, lot: dict[str, Any], now: datetime) -> None:
    """The award's price is committed from what the lot had reserved; what the bid saved goes back to the line."""
    source = Source("contract", str(contract_id))
    if amount > lot["budget"]:
        raise DomainError(
            N_("合同金额 {amount} 元超过这一包的预算 {budget} 元，不能签订。"),
            clause="R-GPS-05",
            amount=amount,
            budget=lot["budget"],
        )
    await post(lot["ledger_line"], Posting.COMMIT, amount, source, now)
    if amount < lot["budget"]:
        await post(lot["ledger_line"], Posting.RELEASE, lot["budget"] - amount, source, now)


def side_of(actor: Actor, contract: dict[str, Any]) -> Side:
    """The side the actor may sign for. Raises Forbidden."""
    offices = {Side.BUYER: contract["buyer"], Side.PROVIDER: contract["provider_organisation"]}
    for side, office in offices.items():
        if actor.organisation_id == office and actor.may(SIGNING[side]):
            return side
    raise Forbidden(N_("您不是这份合同的签订人。合同由采购人和供应商各自有签订权限的人签订。"))


async def check_may_sign(contract: dict[str, Any], typed_name: str, actor: Actor, now: datetime) -> Side:
    """The side that this person may sign for now.

    Raises Forbidden, also for a contract changed from what was printed and bid, DomainError, Conflict when signed.
    """
    side = side_of(actor, contract)
    await check_not_held(contract["listing"], Held.SIGNING, now)
    check_typed_name(typed_name, actor.name)
    await check_as_promised(contract)
    await check_nobody_refused(contract["award_reference"])
    if contract["renews"]:
        check_year_before_stands((await queries.contract_by_id(contract["renews"]))["status"])
    signed = {Side(s["side"]) for s in await queries.signatures_of(contract["id"])}
    if side is Side.BUYER:
        check_not_the_drafter(actor.person_id, await queries.renewal_drafter(contract["id"]))
    if side in signed:
        raise Conflict(N_("您这一方已经签过这份合同，不用再签。"))
    move(TRANSITIONS, contract["status"], to=after_signing({*signed, side}))
    return side


async def sign_contract(
    contract_id: UUID, typed_name: str, actor: Actor, now: datetime, proof: Proof | None = None
) -> None:
    """Put one side's signature under the exact text; the second one puts the contract in force and publishes it.

    Raises Forbidden, DomainError when the typed name is not the signer's, Conflict when this side has signed.
    """
    async with transaction():
        # the listing first, as everybody locks who decides about its awards: whoever comes second sees what was done
        found = await queries.contract_by_id(contract_id)
        await lock_listing(found["listing"])
        if found["renews"]:
            await queries.lock_contract(found["renews"])  # whoever ends the year before holds it first, too
        contract = await queries.lock_contract(contract_id)
        side = await check_may_sign(contract, typed_name, actor, now)
        signed = {Side(s["side"]) for s in await queries.signatures_of(contract_id)}
        try:
            await insert(
                Signature, contract=contract_id, side=side.value, person=actor.person_id, typed_name=typed_name.strip(),
                terms_sha256=contract["terms_sha256"], signed_at=now, method=proof.method if proof else TYPED,
                proof_reference=proof.reference if proof else "", proof_sha256=proof.sha256 if proof else "",
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("您这一方已经签过这份合同，不用再签。")) from None
        status = move(TRANSITIONS, contract["status"], to=after_signing({*signed, side}))
        both = len(signed) == 1
        await execute(
            "UPDATE contract SET status = $2, signed_at = CASE WHEN $3 THEN $4::timestamptz END,"
            " published_at = CASE WHEN $3 THEN $4::timestamptz END, payee = CASE WHEN $3 THEN $5 END WHERE id = $1",
            contract_id, status.value, both, now, (await queries.payee_now(contract["provider"])).value,
        )  # fmt: skip
        detail = {"side": side.value, "terms_sha256": contract["terms_sha256"], "status": status.value}
        detail |= {"proof_sha256": proof.sha256} if proof else {}
        await record("contract.signed", ("contract", str(contract_id)), actor, detail, now)
        if both and contract["renews"]:
            await complete_if_paid(contract["renews"])  # its residents stay with the same provider


async def complete_if_paid(contract_id: UUID) -> None:
    """A contract is performed when every milestone is paid, no order is open and no resident left to nobody (R-CON-06).

    And nothing of what was paid has to come back: its bond waits for that as well. Called inside the transaction of the
    last payment, of the last order, of the handover or the refund that may come after it.
    """
    contract = await queries.lock_contract(contract_id)
    is_paid = all(m["status"] == MilestoneStatus.PAID for m in await queries.milestones_of(contract_id))
    is_settled = (
        is_paid and not await queries.owed_back(contract_id) and not await open_orders(contract_id)
        and not await has_open_residents(contract)
    )  # fmt: skip
    if contract["status"] == ContractStatus.IN_FORCE and is_settled:
        status = move(TRANSITIONS, contract["status"], to=ContractStatus.COMPLETED)
        await execute("UPDATE contract SET status = $2 WHERE id = $1", contract_id, status.value)
