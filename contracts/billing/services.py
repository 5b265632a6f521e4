"""Submit an invoice, approve its payment, hand the voucher file to the treasury, confirm that it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from contracts.acceptance.services import milestone_at
from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.rules import is_provider_side
from contracts.billing import queries
from contracts.billing.forms import INVOICE
from contracts.billing.invoice_files import HandedFile, check_file_fits, keep_file, look_at
from contracts.billing.letters import tell_provider
from contracts.billing.milestone_money import follow, left_of
from contracts.billing.numbers import check_number_is_new
from contracts.billing.other_account import (
    OTHER,
    account_now,
    accounts_now,
    check_accounts_confirmed,
    kept_account,
    waiting_account,
)
from contracts.billing.rules import (
    INVOICE_TRANSITIONS,
    PAYMENT_TRANSITIONS,
    RULE_DISPUTE,
    InvoiceStatus,
    Part,
    PaymentStatus,
    check_advance_invoice,
    check_invoice,
    check_paid_on,
    check_payer,
)
from contracts.billing.set_offs import set_off, settle_set_offs
from contracts.billing.steps import check_lies_with_finance, check_turn, named_people, step_of, why_taken_over
from contracts.billing.tables import Invoice, Payment, PaymentClock, VoucherFile, VoucherLine
from contracts.billing.voucher_lines import order_of
from contracts.billing.voucher_rules import check_is_released
from contracts.promises.clocks import count, not_before
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.gateways.treasury_files import PaymentBatch, PaymentGateway
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


async def submit_invoice(  # noqa: PLR0913 - an invoice with its file
    reference: str, position: int, form: Bound, actor: Actor, now: datetime, file: HandedFile | None = None
) -> str:
    """Hand in an invoice for an accepted milestone or the advance, or for a part; returns its reference (R-PAY-01).

    The payment clock starts now. `form` is the read invoice (number, amount, tax_rate, tax_amount, issued_on, bank,
    bank_account), `file` its own file. Raises FormRefused beyond what is accepted, for a number or file that was used
    before and for a file that says something else, Forbidden, Conflict when nothing is left to invoice.
    """
    facts = await contract_facts(reference, visible_to=actor)
    if not (is_provider_side(actor, facts) and actor.may(Permission.SUBMIT_INVOICE)):
        raise Forbidden(N_("发票由合同的供应商提交。"))
    looked = await look_at(file)
    async with transaction():
        contract = await lock_contract(facts["id"])
        milestone = await milestone_at(contract, position)
        cause, confirmed = await _cause(contract, milestone, form, now), ""
        if not form.errors:
            await check_number_is_new(form, actor)
        if not form.errors:
            confirmed = await check_file_fits(form, looked, contract, actor)
        if form.errors:
            raise FormRefused(form.errors)
        invoice, number = await _write_invoice(contract, cause, form, actor, now)
        await keep_file((invoice, None, None), looked, confirmed, actor, now)
        await follow(contract["id"], milestone["id"])
        detail = {"invoice": number, "contract": reference, "amount": str(form["amount"])}
        await record("invoice.submitted", ("contract", str(contract["id"])), actor, detail, now)
    return number


async def _cause(
    contract: dict[str, Any], milestone: dict[str, Any], form: Bound, now: datetime
) -> dict[str, UUID]:
    """What the invoice is for: the advance of a contract in force, or accepted work. Raises DomainError, Conflict."""
    acceptance = milestone["acceptance"]
    if milestone["is_advance"] and contract["signed_at"] is None:
        raise DomainError(N_("合同还没有生效，不能提交预付款的发票。请先由双方签订。"), clause="R-PAY-03")
    if milestone["status"] == "cancelled":
        raise DomainError(N_("合同已经终止，这个节点不再支付，不能提交发票。请看终止书写明的结算。"), clause="R-CON-03")
    if not milestone["is_advance"] and acceptance is None:
        raise DomainError(N_("这个节点还没有验收，不能提交发票。"), clause="R-ACC-01")
    base, left = await left_of(milestone["id"])
    if left <= 0:
        raise Conflict(N_("这个节点已经开足发票。请打开已有的发票查看。"))
    if milestone["is_advance"]:
        check_advance_invoice(form, base, county_day(contract["signed_at"]), county_day(now))
        return {"advance": milestone["id"]}
    check_invoice(form, base, left, county_day(acceptance["accepted_at"]), county_day(now))
    return {"acceptance": acceptance["id"]}


async def _write_invoice(
    contract: dict[str, Any], cause: dict[str, UUID], form: Bound, actor: Actor, now: datetime
) -> tuple[UUID, str]:
    replaced = await queries.returned_before(contract["id"], cause)
    values = {field.name: form.values.get(field.name) for field in INVOICE}
    account: str = form["bank_account"]
    values |= kept_account(form["bank"], account)
    clock = await queries.clock_of_new(contract["id"], cause.get("acceptance"), now, replaced)
    invoice = {"contract": contract["id"], **cause, **values, "replaces": replaced["id"] if replaced else None}
    kept = {
        "payee": clock.payee.value, "counts_from": clock.counts_from, "clause": clock.clause,
        "agreed_days": clock.agreed_days,
    }  # fmt: skip
    return await keep_invoice(invoice, kept, clock.came_on, actor.person_id, now)


async def keep_invoice(
    invoice: dict[str, Any], clock: dict[str, Any], came_on: date, submitted_by: UUID, now: datetime
) -> tuple[UUID, str]:
    """Write an invoice with its clock, due not before it came; gives its identity and reference."""
    reference = await next_reference("FP", county_day(now).year)
    due = not_before(count(clock["clause"], clock["counts_from"], clock["agreed_days"]), came_on)
    found: UUID = await insert(
        Invoice, reference=reference, payable=invoice["amount"], submitted_by=submitted_by, received_at=now,
        due_on=due.date, is_provisional=due.provisional, **invoice,
    )  # fmt: skip
    await insert(PaymentClock, invoice=found, came_on=came_on, **clock)
    return found, reference


async def return_invoice(invoice_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Give an invoice back with the reason, so that a right one can follow. Raises Forbidden, Conflict.

    Finance does, or whoever of the buyer has to agree now.
    """
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", invoice_id)
        invoice = await queries.invoice_by_id(invoice_id)
        step = step_of(invoice)
        if step is None or actor.may(Permission.APPROVE_PAYMENT):
            actor.check_may(Permission.APPROVE_PAYMENT)
        else:
            check_turn(invoice, step, actor, await named_people(invoice["buyer"]))
        if invoice["is_settlement"] or invoice["waits_for_handover"] or await queries.disputes_of(invoice_id):
            words = N_("这张发票有争议或者等移交的部分，或者是以后放行的款项，不能退回。有误的，请供应商开红字发票。")
            raise Conflict(words, clause=RULE_DISPUTE)
        if await queries.interest_of(invoice_id):
            words = N_("这张发票的逾期利息已经审核，不能再退回。发票有误的，请供应商另行说明，价款照常审核。")
            raise Conflict(words, clause="R-PAY-02")
        await execute(
            "UPDATE invoice SET return_reason = $2, returned_by = $3, returned_at = $4 WHERE id = $1",
            invoice_id, reason, actor.person_id, now,
        )  # fmt: skip
        await _move_invoice(invoice, InvoiceStatus.SUBMITTED, InvoiceStatus.RETURNED)
        await follow(invoice["contract"], invoice["milestone"])
        detail = {"invoice": invoice["reference"], "reason": reason}
        await record("invoice.returned", ("contract", str(invoice["contract"])), actor, detail, now)


async def see_account(reference: str, purpose: str, actor: Actor, now: datetime) -> str:
    """The whole account number of an invoice, noted with its purpose where the provider can read it.

    Raises Forbidden, NotFound.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    invoice = await queries.invoice_page(reference, visible_to=actor)
    async with transaction():
        look = Look(N_("收款账号"), reference, purpose, of_organisation=invoice["provider_organisation"])
        await note_look(look, ("contract", str(invoice["contract"])), actor, now)
    waits = await waiting_account(invoice["id"])
    return reveal(waits["bank_account"], OTHER) if waits else (await account_now(invoice))[1]


async def approve_payment(invoice_id: UUID, actor: Actor, now: datetime) -> str:
    """Approve the payment of an invoice; returns its reference, the same one when it is approved already.

    Raises Forbidden for the accepter of the work (R-ROLE-03) and for everybody but finance.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", invoice_id)
        invoice = await queries.invoice_by_id(invoice_id)
        if invoice["payment_reference"]:
            return str(invoice["payment_reference"])
        check_lies_with_finance(invoice)
        if invoice["accepted_by"]:
            check_payer(actor.person_id, invoice["accepted_by"])
        listing = await fetchval("SELECT listing FROM contract WHERE id = $1", invoice["contract"])
        if invoice["acceptance"] is None:
            await check_not_held(listing, Held.PERFORMING, now)  # what was accepted is owed, whatever rests since
        await take_duty(listing, Duty.PAYING, actor.person_id, now)
        await _move_invoice(invoice, InvoiceStatus.SUBMITTED, InvoiceStatus.APPROVED)
        await follow(invoice["contract"], invoice["milestone"])
        reference = await next_reference("FK", county_day(now).year)
        payment = await insert(
            Payment, reference=reference, invoice=invoice_id, amount=invoice["payable"], approved_by=actor.person_id,
            approved_at=now,
        )  # fmt: skip
        less = await set_off(invoice["contract"], payment, invoice["payable"])
        detail = {
            "payment": reference, "invoice": invoice["reference"], "amount": str(invoice["payable"]),
            **({"set_off": str(less)} if less else {}), **why_taken_over(invoice),
        }  # fmt: skip
        await record("payment.approved", ("contract", str(invoice["contract"])), actor, detail, now)
    return reference


async def _move_invoice(invoice: dict[str, Any], seen: InvoiceStatus, to: InvoiceStatus) -> None:
    status = move(INVOICE_TRANSITIONS, seen, to=to)
    if await fetchval(
        "UPDATE invoice SET status = $2 WHERE id = $1 AND status = $3 RETURNING"
        " id", invoice["id"], status.value, seen.value
    ) is None:  # fmt: skip
        raise Conflict(N_("这张发票刚刚被处理过。请刷新页面，再看下一步。"))


async def make_treasury_file(payment_ids: Sequence[UUID], gateway: PaymentGateway, actor: Actor, now: datetime) -> str:
    """Write one voucher file for approved payments; returns its number. Raises Conflict when one is in a file.

    Another person of finance releases it (`release_voucher`).
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        number = await next_reference("GK", county_day(now).year)
        payments = await queries.payments_by_ids(set(payment_ids))
        if any(payment["status"] != PaymentStatus.APPROVED for payment in payments):
            raise Conflict(N_("其中有付款已经生成过凭证，不能再生成。请刷新页面重新选择。"))
        await check_accounts_confirmed({payment["invoice"] for payment in payments})
        accounts = await accounts_now([{**each, "id": each["invoice"]} for each in payments])
        orders = [order_of(each, each["amount"] - each["set_off"], *accounts[each["invoice"]]) for each in payments]
        receipt = await gateway.pay(PaymentBatch(number, orders))
        document = receipt.document
        voucher = await insert(
            VoucherFile, number=number, name=document.name, storage_key=document.key, sha256=document.sha256,
            size=document.size, total=receipt.total, made_by=actor.person_id, made_at=now,
        )  # fmt: skip
        for number_in_file, payment in enumerate(payments, start=1):
            await _move_payment(payment["id"], PaymentStatus.APPROVED, PaymentStatus.SENT)
            await insert(
                VoucherLine, voucher_file=voucher, number=number_in_file, payment=payment["id"],
                amount=payment["amount"] - payment["set_off"],
            )  # fmt: skip
            await execute(
                "UPDATE payment SET voucher_file = $2, sent_at = $3 WHERE id = $1", payment["id"], voucher, now
            )
        detail = {"file": number, "total": str(receipt.total), "sha256": document.sha256}
        await record("payment.voucher_made", ("voucher_file", str(voucher)), actor, detail, now)
    return number


async def confirm_paid(payment_id: UUID, actor: Actor, now: datetime, paid_on: date | None = None) -> None:
    """The treasury has paid: the money moves from committed to paid, once. Confirming twice does no harm.

    `paid_on`: the day on which the treasury says it paid, which decides lateness; today where nobody says one.
    Raises DomainError before a voucher file was released, and for a day before it or after today.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        if await fetchval("SELECT id FROM payment WHERE id = $1 FOR UPDATE", payment_id) is None:
            raise NotFound()
        payment = await queries.payment_by_id(payment_id)
        if payment["status"] == PaymentStatus.PAID:
            return
        if payment["status"] == PaymentStatus.APPROVED:
            raise DomainError(N_("这笔付款还没有生成国库凭证。请先生成凭证，国库付款以后再确认。"))
        check_is_released(payment["released_at"])
        today = county_day(now)
        check_paid_on(paid_on or today, county_day(payment["sent_at"]), today)
        await _move_payment(payment_id, PaymentStatus.SENT, PaymentStatus.PAID)
        await execute(
            "UPDATE payment SET paid_at = $2, confirmed_by = $3, paid_on = $4 WHERE id = $1",
            payment_id, now, actor.person_id, paid_on or today,
        )  # fmt: skip
        await post(payment["ledger_line"], Posting.PAY, payment["amount"], Source("payment", str(payment_id)), now)
        await settle_set_offs(payment_id, payment["ledger_line"], now)
        if payment["part"] == Part.PRINCIPAL:
            await _move_invoice({"id": payment["invoice"]}, InvoiceStatus.APPROVED, InvoiceStatus.PAID)
            await follow(payment["contract"], payment["milestone"])
        detail = {"payment": payment["reference"], "amount": str(payment["amount"])}
        if payment["set_off"]:
            detail["set_off"] = str(payment["set_off"])
        await record("payment.paid", ("contract", str(payment["contract"])), actor, detail, now)


async def take_back_failed(payment_id: UUID, reason: str, now: datetime) -> None:
    """The treasury returned a payment: it waits for a new voucher file, nothing has been paid. Raises Conflict."""
    payment = await queries.payment_by_id(payment_id)
    await _move_payment(payment_id, PaymentStatus.SENT, PaymentStatus.APPROVED)
    await execute("UPDATE payment SET voucher_file = NULL, sent_at = NULL WHERE id = $1", payment_id)
    words = say(
        N_("国库退回了发票 {invoice} 的付款：{reason}。账号有误的，请填写另一个收款账号。"),
        invoice=payment["invoice_reference"], reason=reason,
    )  # fmt: skip
    await tell_provider(payment["provider"], words, payment["invoice_reference"], now)
    detail = {"payment": payment["reference"], "reason": reason}
    await record("payment.returned", ("contract", str(payment["contract"])), None, detail, now)


async def _move_payment(payment_id: UUID, seen: PaymentStatus, to: PaymentStatus) -> None:
    """Compare and swap: of two who press at once one wins. Raises Conflict for the other."""
    status = move(PAYMENT_TRANSITIONS, seen, to=to)
    if await fetchval(
        "UPDATE payment SET status = $2 WHERE id = $1 AND status = $3 RETURNING"
        " id", payment_id, status.value, seen.value
    ) is None:  # fmt: skip
        raise Conflict(N_("这笔付款刚刚被处理过。请刷新页面，再看下一步。"))
