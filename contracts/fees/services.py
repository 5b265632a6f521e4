"""Ask a fee, say that it was transferred, take it in, give it back, hand it to the treasury. One transaction each."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from contracts.agreements.queries import contract_facts
from contracts.fees import queries
from contracts.fees.rules import (
    FEE_TRANSITIONS,
    RULE,
    FeeStatus,
    FeeWay,
    check_arrival,
    check_confirmer,
    check_may_refund,
    check_may_remit,
    check_new_fee,
)
from contracts.fees.tables import Fee, FeeMovement
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move
from vendors.providers.queries import provider_emails

Row = dict[str, Any]
SERIES = "SF-"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


async def ask_fee(contract: str, form: Bound, actor: Actor, now: datetime) -> str:
    """Ask a fee of a contract's provider, by the rule that lets it; gives the fee's reference (R-FEE-01).

    `form`: title, ground, amount, due_on. Raises Forbidden, FormRefused, DomainError before the contract is in force.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    facts = await contract_facts(contract, visible_to=actor)
    check_new_fee(form, county_day(now))
    if form.errors:
        raise FormRefused(form.errors)
    if facts["published_at"] is None:
        raise DomainError(N_("合同还没有生效，不能向供应商收费。"), clause=RULE)
    reference = SERIES + "".join(secrets.choice(ALPHABET) for _ in range(8))
    async with transaction():
        await insert(
            Fee, reference=reference, contract=facts["id"], asked_by=actor.person_id, asked_at=now,
            **{name: form[name] for name in ("title", "ground", "amount", "due_on")},
        )  # fmt: skip
        words = say(
            N_("请在 {day}以前缴纳{title} {amount} 元，依据：{ground}。"),
            day=Day(form["due_on"]), title=form["title"], amount=f"{form['amount']:,.2f}", ground=form["ground"],
        )  # fmt: skip
        await _tell(facts, reference, words, now)
        detail = {"fee": reference, "amount": str(form["amount"]), "ground": form["ground"]}
        await record("fee.asked", ("contract", str(facts["id"])), actor, detail, now)
    return reference


async def _tell(fee: Row, reference: str, words: Sentence, now: datetime) -> None:
    for address in await provider_emails(fee["provider"]):
        body = f"{words.text('zh')}\n{words.text('en')}\n\n/fees/{reference}"
        await post_mail(address, words.text("zh"), body, now)


async def move_fee(fee: Row, to: FeeStatus) -> None:
    """Move a locked fee. Raises IllegalMove."""
    status = move(FEE_TRANSITIONS, fee["status"], to=to)
    await execute("UPDATE fee SET status = $2 WHERE id = $1", fee["id"], status.value)


async def note(act: str, fee: Row, actor: Actor | None, now: datetime, **more: str) -> None:
    """The audit entry of an act on a fee."""
    detail = {"fee": fee["reference"], "amount": str(fee["amount"]), **more}
    await record(act, ("contract", str(fee["contract"])), actor, detail, now)


async def move_money(fee: Row, kind: str, now: datetime) -> None:
    """One movement of the whole fee; the accounts move with it."""
    await insert(FeeMovement, fee=fee["id"], kind=kind, amount=fee["amount"], moved_at=now)


def check_is_payer(fee: Row, actor: Actor) -> None:
    """Who acts for the provider pays. Raises Forbidden."""
    if fee["organisation"] != actor.organisation_id or not actor.may(Permission.SUBMIT_INVOICE):
        raise Forbidden(N_("费用由合同的供应商缴纳。"), clause=RULE)


async def declare_transfer(reference: str, proof: str, actor: Actor, now: datetime) -> None:
    """Say that the money is on its way; finance looks into its account. Raises Forbidden, Conflict, IllegalMove."""
    found = await queries.fee_page(reference, actor)
    check_is_payer(found, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        if fee["checkout"]:
            raise Conflict(N_("这笔费用已经取得网上付款的页面。请先关闭那个页面，再改用转账。"), clause=RULE)
        await move_fee(fee, FeeStatus.DECLARED)
        await execute(
            "UPDATE fee SET way = $2, arrival_proof = $3 WHERE id = $1", fee["id"], FeeWay.TRANSFER.value, proof
        )
        await note("fee.declared", fee, actor, now, proof=proof)


async def confirm_arrival(reference: str, form: Bound, actor: Actor, now: datetime) -> None:
    """A transfer has come; confirming twice does no harm. Raises Forbidden, DomainError, IllegalMove."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    check_arrival(form["arrived_at"], now)
    found = await queries.fee_page(reference, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        if fee["status"] == FeeStatus.PAID:
            return
        if fee["status"] != FeeStatus.DECLARED:
            raise Conflict(N_("这笔费用现在不等待核对到账。请刷新页面查看。"), clause=RULE)
        await take_money(fee, FeeWay.TRANSFER, form["arrived_at"], form["arrival_proof"], (actor, now))


async def take_money(
    fee: Row, way: FeeWay, arrived_at: datetime, proof: str, act: tuple[Actor | None, datetime]
) -> None:
    """Take a locked fee in, inside the caller's transaction."""
    actor, now = act
    await execute(
        "UPDATE fee SET way = $2, arrived_at = $3, arrival_proof = $4 WHERE id = $1",
        fee["id"], way.value, arrived_at, proof,
    )  # fmt: skip
    await move_fee(fee, FeeStatus.PAID)
    await move_money(fee, "receive", now)
    await note("fee.paid", fee, actor, now, proof=proof)


async def say_not_arrived(reference: str, actor: Actor, now: datetime) -> None:
    """The account shows no such money: it is asked again. Raises Forbidden, IllegalMove."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.fee_page(reference, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        if fee["status"] != FeeStatus.DECLARED:
            raise Conflict(N_("这笔费用现在不等待核对到账。请刷新页面查看。"), clause=RULE)
        await move_fee(fee, FeeStatus.ASKED)
        await execute("UPDATE fee SET way = '', arrival_proof = '' WHERE id = $1", fee["id"])
        await _tell(fee, reference, say(N_("没有查到{title}的转账，请核对后重新缴纳。"), title=fee["title"]), now)
        await note("fee.not_arrived", fee, actor, now)


async def begin_refund(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Give a fee back: the same way it came. Raises Forbidden, Conflict."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.fee_page(reference, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        check_may_refund(fee)
        await execute("UPDATE fee SET refund_reason = $2 WHERE id = $1", fee["id"], reason)
        await move_fee(fee, FeeStatus.REFUNDING)
        await _tell(fee, reference, say(N_("{title}退还：{reason}"), title=fee["title"], reason=reason), now)
        await note("fee.refund_begun", fee, actor, now, reason=reason)


async def finish_refund(fee: Row, proof: str, actor: Actor | None, now: datetime) -> None:
    """The money went back; done again it changes nothing."""
    async with transaction():
        held = await queries.lock_fee(fee["id"])
        if held["status"] != FeeStatus.REFUNDING:
            return
        await execute("UPDATE fee SET refund_proof = $2, ended_at = $3 WHERE id = $1", held["id"], proof, now)
        await move_fee(held, FeeStatus.REFUNDED)
        await move_money(held, "refund", now)
        await note("fee.refunded", held, actor, now, proof=proof)


async def record_refunded(reference: str, proof: str, actor: Actor, now: datetime) -> None:
    """The bank sent it back: of a transfer, or where the payment service could not. Raises Forbidden, Conflict."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    fee = await queries.fee_page(reference, actor)
    if fee["way"] == FeeWay.ONLINE and not fee["refund_failed"]:
        raise Conflict(N_("网上缴的费用由支付服务原路退回，不用在这里登记。"), clause=RULE)
    await finish_refund(fee, proof, actor, now)


async def enter_remittance(reference: str, form: Bound, actor: Actor, now: datetime) -> None:
    """Enter the slip by which a fee goes to the treasury; another person confirms it.

    `form`: remitted_on, proof. Raises Forbidden, Conflict, DomainError.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.fee_page(reference, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        check_may_remit(fee, form["remitted_on"], county_day(now))
        await execute(
            "UPDATE fee SET remitted_on = $2, remit_proof = $3, remit_entered_by = $4 WHERE id = $1",
            fee["id"], form["remitted_on"], form["proof"], actor.person_id,
        )  # fmt: skip
        await note("fee.remittance_entered", fee, actor, now, proof=form["proof"])


async def decide_remittance(reference: str, agrees: bool, actor: Actor, now: datetime) -> None:
    """The second person has compared the slip. Raises Forbidden, NotFound where none waits."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.fee_page(reference, actor)
    async with transaction():
        fee = await queries.lock_fee(found["id"])
        if fee["remitted_on"] is None or fee["remit_confirmed_by"] is not None:
            raise NotFound()
        check_confirmer(actor.person_id, fee["remit_entered_by"])
        if agrees:
            await execute("UPDATE fee SET remit_confirmed_by = $2 WHERE id = $1", fee["id"], actor.person_id)
            await move_money(fee, "remit", now)
        else:
            await execute(
                "UPDATE fee SET remitted_on = NULL, remit_proof = '', remit_entered_by = NULL WHERE id = $1", fee["id"]
            )
        await note("fee.remitted" if agrees else "fee.remittance_refused", fee, actor, now, proof=fee["remit_proof"])
