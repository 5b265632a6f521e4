"""The buyer's people agree to a payment, one step after another, before finance approves it (R-PAY-05)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.review.queries import chains_of
from contracts.agreements.rules import is_buyer_side
from contracts.billing import queries
from contracts.billing.rules import InvoiceStatus
from contracts.billing.tables import PaymentStep
from contracts.promises.approval import RULE, STEP_LABELS, Step, check_may_take, next_step
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, say


def step_of(invoice: Mapping[str, Any]) -> Step | None:
    """The step of the buyer's chain that waits on an invoice; None when it lies with finance or is decided."""
    if invoice["status"] != InvoiceStatus.SUBMITTED:
        return None
    received = county_day(invoice["received_at"])
    return next_step(
        invoice["payable"], received, invoice["steps_done"], is_accepted=invoice["acceptance"] is not None
    )


async def named_people(buyer: UUID) -> dict[str, tuple[UUID, str]]:
    """Whom a buyer's own chain in force names for a step, with the name."""
    chain = next((each for each in await chains_of(buyer) if each["confirmed_at"]), None)
    steps = chain["steps"] if chain else ()
    return {step.duty.value: (step.person, step.person_name) for step in steps if step.person}


async def check_turn(invoice: Mapping[str, Any], step: Step, actor: Actor) -> None:
    """Whether a person may take the step that waits. Raises Forbidden."""
    if not (is_buyer_side(actor, invoice) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("这一步由合同的采购人办理。"), clause=RULE)
    taken = {row["person"] for row in await queries.steps_of(invoice["id"])}
    if invoice["accepted_by"]:
        taken.add(invoice["accepted_by"])
    check_may_take(actor.person_id, step, taken, await named_people(invoice["buyer"]))


async def may_take(invoice: Mapping[str, Any], step: Step | None, actor: Actor) -> bool:
    """Whether the page offers the step to this reader."""
    if step is None:
        return False
    try:
        await check_turn(invoice, step, actor)
    except Forbidden:
        return False
    return True


async def take_step(reference: str, step: Step, opinion: str, actor: Actor, now: datetime) -> None:
    """Agree to a payment in the capacity that waits; the same person pressing twice agrees once (R-PAY-05).

    Raises Forbidden for who acted on this payment before or is not the one named, Conflict when another step waits.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        if any(r["step"] == step and r["person"] == actor.person_id for r in await queries.steps_of(invoice["id"])):
            return
        if step_of(invoice) is not step:
            raise Conflict(N_("现在等待的不是这一步，可能刚刚有人办过。请刷新页面，再看下一步。"))
        await check_turn(invoice, step, actor)
        await insert(
            PaymentStep, invoice=invoice["id"], step=step.value, person=actor.person_id, opinion=opinion, taken_at=now
        )
        detail = {"invoice": reference, "step": step.value, "amount": str(invoice["payable"])}
        await record("payment.step_taken", ("contract", str(invoice["contract"])), actor, detail, now)


def check_lies_with_finance(invoice: Mapping[str, Any]) -> None:
    """Finance approves what the buyer's own chain has agreed to. Raises Conflict; the payment clock runs on."""
    if (step := step_of(invoice)) is not None:
        words = N_("这笔付款还要由采购人的{step}审批，财政才能审核。请催采购人办理，付款期限照算。")
        raise Conflict(words, clause=RULE, step=say(STEP_LABELS[step]))
