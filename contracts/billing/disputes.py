"""The buyer disputes a part of an invoice: it waits, the rest is paid; later it is paid or dropped (R-PAY-04)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.rules import is_buyer_side, is_provider_side
from contracts.billing import queries
from contracts.billing.credit_notes import check_is_open
from contracts.billing.letters import tell_provider
from contracts.billing.milestone_money import follow
from contracts.billing.other_account import account_now, kept_account
from contracts.billing.rules import (
    DISPUTE_TRANSITIONS,
    DOCUMENT_KINDS,
    RULE_DISPUTE,
    DisputeStatus,
    check_dispute,
    check_in_time,
    check_settlement,
)
from contracts.billing.services import keep_invoice
from contracts.billing.tables import PaymentDispute
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


async def raise_dispute(reference: str, form: Bound, actor: Actor, now: datetime) -> str:
    """Dispute a part of an invoice that waits for its payment; gives the dispute's reference (R-PAY-04).

    `form` is the read dispute (amount, reason, clause). Raises FormRefused when it leaves nothing to pay, Forbidden,
    DomainError for an advance, a part that was disputed before and after the last day to pay, Conflict once the
    payment is approved.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    if not (is_buyer_side(actor, seen) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("争议由合同的采购人提出。"), clause=RULE_DISPUTE)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        check_is_open(invoice)
        if invoice["acceptance"] is None or invoice["is_settlement"]:
            words = N_("预付款和争议解决以后应付的款项照付，不能再提出争议。")
            raise DomainError(words, clause=RULE_DISPUTE)
        check_in_time(invoice["due_on"], county_day(now))
        check_dispute(form, invoice["payable"])
        if form.errors:
            raise FormRefused(form.errors)
        dispute = await next_reference("FY", county_day(now).year)
        await insert(
            PaymentDispute, reference=dispute, invoice=invoice["id"], amount=form["amount"], reason=form["reason"],
            clause=form["clause"], raised_by=actor.person_id, raised_at=now,
        )  # fmt: skip
        await execute(
            "UPDATE invoice SET payable = payable - $2 WHERE id = $1", invoice["id"], form["amount"]
        )
        await follow(invoice["contract"], invoice["milestone"])
        told = say(
            N_("采购人对发票 {invoice} 中的 {amount} 元提出争议：{reason}"),
            invoice=reference, amount=f"{form['amount']:,.2f}", reason=form["reason"],
        )  # fmt: skip
        await tell_provider(invoice["provider"], told, reference, now)
        detail = {"invoice": reference, "dispute": dispute, "amount": str(form["amount"]), "reason": form["reason"]}
        await record("payment.disputed", ("contract", str(invoice["contract"])), actor, detail, now)
    return dispute


async def settle_dispute(reference: str, form: Bound, actor: Actor, now: datetime) -> str | None:
    """Write down how much of a disputed part is owed after all; gives the invoice that pays it, if any.

    What is owed has the clock of its invoice: it is due, or late, since the same day. What is not goes back to the
    budget line. A provider that is content with a part says so here; the buyer then settles it.
    `form`: to_pay, settlement, document_kind, document_number. Raises Forbidden, FormRefused, Conflict.
    """
    seen = await queries.dispute_page(reference, visible_to=actor)
    is_provider = is_provider_side(actor, seen) and actor.may(Permission.SUBMIT_INVOICE)
    if not is_provider and not (is_buyer_side(actor, seen) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("争议怎样解决由合同的双方登记。"), clause=RULE_DISPUTE)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["invoice"])
        dispute = await queries.dispute_page(reference, visible_to=actor)
        if dispute["status"] != DisputeStatus.OPEN:
            raise Conflict(N_("这项争议已经解决。请刷新页面，再看结果。"))
        check_settlement(form, dispute, actor.person_id, is_provider=is_provider)
        if form.errors:
            raise FormRefused(form.errors)
        invoice = await queries.invoice_by_id(dispute["invoice"])
        if is_provider and form["to_pay"]:
            await _agree(dispute, invoice, form, actor, now)
            return None
        owed = await _owed_after_all(invoice, form["to_pay"], actor, now)
        await _settle(dispute, form, owed, actor, now)
        await _give_back(invoice, dispute, form["to_pay"], now)
        await follow(invoice["contract"], invoice["milestone"])
        document = _document_of(form)
        words = say(
            N_("发票 {invoice} 有争议的 {disputed} 元已经解决，其中应付 {amount} 元：{settlement}{document}"),
            invoice=invoice["reference"], disputed=f"{dispute['amount']:,.2f}", amount=f"{form['to_pay']:,.2f}",
            settlement=form["settlement"], document=f"（{document}）" if document else "",
        )  # fmt: skip
        await tell_provider(invoice["provider"], words, invoice["reference"], now)
        detail = {
            "dispute": reference, "amount": str(form["to_pay"]), "reason": form["settlement"],
            **({"invoice": owed[1]} if owed else {}), **({"document": document} if document else {}),
        }  # fmt: skip
        await record("payment.dispute_settled", ("contract", str(invoice["contract"])), actor, detail, now)
    return owed[1] if owed else None


def _document_of(form: Bound) -> str:
    """The decision that settles it, as the audit and the provider read it; Chinese like its number."""
    kind, number = form.values.get("document_kind"), form.values.get("document_number") or ""
    return f"{DOCUMENT_KINDS[kind]} {number}" if kind else number


async def _agree(
    dispute: dict[str, Any], invoice: dict[str, Any], form: Bound, actor: Actor, now: datetime
) -> None:
    """The provider is content with a part; whoever of the buyer settles it may not go below (R-PAY-04)."""
    await execute(
        "UPDATE payment_dispute SET agreed_to_pay = $2, agreed_by = $3, agreed_at = $4 WHERE id = $1",
        dispute["id"], form["to_pay"], actor.person_id, now,
    )  # fmt: skip
    detail = {"dispute": dispute["reference"], "amount": str(form["to_pay"]), "reason": form["settlement"]}
    await record("payment.dispute_agreed", ("contract", str(invoice["contract"])), actor, detail, now)


async def _owed_after_all(
    invoice: dict[str, Any], to_pay: Decimal, actor: Actor, now: datetime
) -> tuple[UUID, str] | None:
    if not to_pay:
        return None
    clock = await queries.clock_of(invoice["id"])
    if clock is None:
        raise NotFound()
    copied = ("contract", "acceptance", "number", "issued_on")
    values = {**{name: invoice[name] for name in copied}, **kept_account(*await account_now(invoice))}
    kept = {name: clock[name] for name in ("payee", "counts_from", "clause", "agreed_days")}
    came_on = clock["came_on"] or county_day(invoice["received_at"])
    return await keep_invoice({**values, "amount": to_pay, "is_settlement": True}, kept, came_on, actor.person_id, now)


async def _settle(
    dispute: dict[str, Any], form: Bound, owed: tuple[UUID, str] | None, actor: Actor, now: datetime
) -> None:
    status = move(DISPUTE_TRANSITIONS, dispute["status"], to=DisputeStatus.SETTLED)
    await execute(
        "UPDATE payment_dispute SET status = $2, to_pay = $3, settlement = $4, document_number = $5, settled_by = $6,"
        " settled_at = $7, settled_invoice = $8, document_kind = $9 WHERE id = $1",
        dispute["id"], status.value, form["to_pay"], form["settlement"], form.values.get("document_number") or "",
        actor.person_id, now, owed[0] if owed else None, form.values.get("document_kind") or "",
    )  # fmt: skip


async def _give_back(invoice: dict[str, Any], dispute: dict[str, Any], to_pay: Decimal, now: datetime) -> None:
    """What is not paid any more goes back to the budget line the contract was committed from."""
    if dropped := dispute["amount"] - to_pay:
        source = Source("payment_dispute", str(dispute["id"]))
        await post(invoice["ledger_line"], Posting.UNCOMMIT, dropped, source, now)
