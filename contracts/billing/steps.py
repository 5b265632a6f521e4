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
from contracts.promises.approval import RULE, STEP_LABELS, Step, check_may_take, open_steps
from contracts.promises.chain_sql import DECIDERS
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, say

Named = Mapping[str, tuple[UUID, str]]
# written into the audit; Chinese as what people type there
TAKEN_OVER = "采购人没有够人数的人员办理{steps}的审批，这几步由财政代为审核（R-PAY-05）"


def step_of(invoice: Mapping[str, Any]) -> Step | None:
    """The step of the buyer's chain that waits on an invoice; None when it lies with finance or is decided."""
    return next(iter(steps_left(invoice)[0]), None)


def steps_left(invoice: Mapping[str, Any]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps the buyer still takes, and those finance takes over because the office has nobody left for them."""
    if invoice["status"] != InvoiceStatus.SUBMITTED:
        return (), ()
    return open_steps(
        invoice["chain_amount"], county_day(invoice["received_at"]), invoice["steps_done"], invoice["free_people"],
        is_accepted=invoice["acceptance"] is not None,
    )  # fmt: skip


def why_taken_over(invoice: Mapping[str, Any]) -> dict[str, str]:
    """For the audit: why finance approves without the last steps; empty where all were taken (R-PAY-05)."""
    left = steps_left(invoice)[1]
    return {"reason": TAKEN_OVER.format(steps="、".join(STEP_LABELS[each] for each in left))} if left else {}


async def named_people(buyer: UUID) -> Named:
    """Whom a buyer's own chain in force names for a step, with the name; who left the office is named no more."""
    chain = next((each for each in await chains_of(buyer) if each["confirmed_at"]), None)
    named = [step for step in (chain["steps"] if chain else ()) if step.person]
    rows = await fetch(
        "SELECT m.person FROM membership m JOIN person p ON p.id = m.person AND p.is_active"
        f" WHERE m.organisation = $1 AND m.person = ANY($2::uuid[]) AND m.role IN ({DECIDERS})",
        buyer, [step.person for step in named],
    ) if named else []  # fmt: skip
    there = {row["person"] for row in rows}
    return {step.duty.value: (step.person, step.person_name) for step in named if step.person in there}


def check_turn(invoice: Mapping[str, Any], step: Step, actor: Actor, named: Named) -> None:
    """Whether a person may take the step that waits; `named` as `named_people` gives it. Raises Forbidden."""
    if not (is_buyer_side(actor, invoice) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("这一步由合同的采购人办理。"), clause=RULE)
    taken = {*invoice["people_done"], *([invoice["accepted_by"]] if invoice["accepted_by"] else [])}
    check_may_take(actor.person_id, step, taken, named)


def may_take(invoice: Mapping[str, Any], step: Step | None, actor: Actor, named: Named) -> bool:
    """Whether the page offers the step to this reader."""
    if step is None:
        return False
    try:
        check_turn(invoice, step, actor, named)
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
        check_turn(invoice, step, actor, await named_people(invoice["buyer"]))
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
