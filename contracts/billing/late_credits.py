"""A provider takes back what was paid: the money is refunded, or set off against the contract's next payment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.agreements.rules import is_provider_side
from contracts.agreements.services import complete_if_paid
from contracts.billing import queries
from contracts.billing.invoice_files import HandedFile, check_file_fits, keep_file, look_at
from contracts.billing.late_credit_rules import RULE, Way, check_has_room, check_late_credit, check_may_return
from contracts.billing.numbers import check_number_is_new
from contracts.billing.rules import InvoiceStatus
from contracts.billing.set_offs import give_back
from contracts.billing.tables import LateCredit
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def submit_late_credit(
    reference: str, form: Bound, actor: Actor, now: datetime, file: HandedFile | None = None
) -> UUID:
    """Take back part or all of an invoice that was paid; gives the note's identity (R-PAY-01).

    `form`: number, amount, issued_on, reason, way. Raises FormRefused beyond what was paid, Forbidden, Conflict for
    an advance, a settlement and what is not paid.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    if not (is_provider_side(actor, seen) and actor.may(Permission.SUBMIT_INVOICE)):
        raise Forbidden(N_("红字发票由开票的供应商提交。"))
    looked, confirmed = await look_at(file), ""
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        check_may_credit(invoice)
        left = invoice["payable"] - await queries.credited_late(invoice["id"])
        check_late_credit(form, left, invoice["issued_on"], county_day(now))
        if form.values.get("way") == Way.SET_OFF and form.values.get("amount"):
            check_has_room(form, await queries.can_be_set_off(invoice["contract"], form["amount"]))
        if not form.errors:
            await check_number_is_new(form, actor)
        if not form.errors:
            confirmed = await check_file_fits(form, looked, invoice, actor)
        if form.errors:
            raise FormRefused(form.errors)
        names = ("number", "amount", "issued_on", "reason", "way")
        note: UUID = await insert(
            LateCredit, invoice=invoice["id"], submitted_by=actor.person_id, received_at=now,
            **{name: form[name] for name in names},
        )  # fmt: skip
        await keep_file((invoice["id"], None, note), looked, confirmed, actor, now)
        detail = {"invoice": reference, "amount": str(form["amount"]), "reason": form["reason"]}
        await record("invoice.credited_late", ("contract", str(invoice["contract"])), actor, detail, now)
    return note


def check_may_credit(invoice: Row) -> None:
    """Accepted work that was paid; an advance comes back by the contract's own rule. Raises Conflict."""
    if invoice["acceptance"] is None:
        words = N_("预付款按合同抵扣，合同终止时没有抵扣的部分退回，不用红字发票冲销。")
        raise Conflict(words, clause="R-PAY-03")
    if invoice["is_settlement"]:
        raise Conflict(N_("这是争议解决以后应付的款项，不能冲销。不再要求的，请与采购人另行约定。"), clause="R-PAY-04")
    if invoice["status"] != InvoiceStatus.PAID:
        words = N_("这张发票的付款正在办理，现在不能冲销。请在付款以后再提交红字发票。")
        raise Conflict(words, clause=RULE)


async def receive_refund(note: UUID, returned_on: date, proof: str, actor: Actor, now: datetime) -> str:
    """The money of a credit note came back, whole: it returns to the budget line; gives the invoice's reference.

    Also of one that waited to be set off, where no payment follows. Raises Forbidden, NotFound, Conflict, DomainError.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    contract = await fetchval(
        "SELECT i.contract FROM late_credit k JOIN invoice i ON i.id = k.invoice WHERE k.id = $1", note
    )
    if contract is None:
        raise NotFound()
    async with transaction():
        await lock_contract(contract)  # first, as the approval of a payment holds it before the notes it is less by
        row = await fetchrow("SELECT * FROM late_credit WHERE id = $1 FOR UPDATE", note)
        assert row is not None
        paid_on = await fetchval("SELECT max(paid_on) FROM payment WHERE invoice = $1", row["invoice"])
        check_may_return(row["returned_on"], row["set_off_payment"], returned_on, (paid_on, county_day(now)))
        await execute(
            "UPDATE late_credit SET returned_on = $2, proof = $3, returned_to = $4 WHERE id = $1",
            note, returned_on, proof, actor.person_id,
        )  # fmt: skip
        invoice = await queries.invoice_by_id(row["invoice"])
        await give_back(invoice["ledger_line"], note, row["amount"], now)
        detail = {"invoice": invoice["reference"], "amount": str(row["amount"]), "proof": proof}
        await record("payment.refund_received", ("contract", str(invoice["contract"])), actor, detail, now)
        await complete_if_paid(contract)
    reference: str = invoice["reference"]
    return reference
