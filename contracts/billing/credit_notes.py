"""A provider takes an invoice back, wholly or in part, by a credit note (红字发票) before it is paid."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.rules import is_provider_side
from contracts.billing import queries
from contracts.billing.invoice_files import HandedFile, check_file_fits, keep_file, look_at
from contracts.billing.milestone_money import follow
from contracts.billing.numbers import check_number_is_new
from contracts.billing.rules import INVOICE_TRANSITIONS, InvoiceStatus, check_credit_note
from contracts.billing.tables import CreditNote
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import move

# written where finance writes why it returned an invoice; Chinese as what people type there
CREDITED = "红字发票 {number} 全额冲销：{reason}"


async def submit_credit_note(
    reference: str, form: Bound, actor: Actor, now: datetime, file: HandedFile | None = None
) -> UUID:
    """Take back part or all of an invoice that waits for its payment; gives the note's identity (R-PAY-01).

    What it takes back may be invoiced anew. `form` is the read note (number, amount, issued_on, reason). Raises
    FormRefused when it is larger than what is to be paid, Forbidden, Conflict once the payment is approved.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    if not (is_provider_side(actor, seen) and actor.may(Permission.SUBMIT_INVOICE)):
        raise Forbidden(N_("红字发票由开票的供应商提交。"))
    looked, confirmed = await look_at(file), ""
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        check_is_open(invoice)
        if invoice["is_settlement"]:
            words = N_("这是争议解决以后应付的款项，不能冲销。不再要求的，请与采购人另行约定。")
            raise Conflict(words, clause="R-PAY-04")
        if invoice["waits_for_handover"]:
            words = N_("这张发票有一部分等移交完成，付款以前不能冲销。请在付款以后提交红字发票。")
            raise Conflict(words, clause="R-CON-06")
        today, disputes = county_day(now), await queries.disputes_of(invoice["id"])
        check_credit_note(
            form, invoice["payable"], invoice["issued_on"], today,
            is_advance=invoice["acceptance"] is None, has_dispute=bool(disputes),
        )  # fmt: skip
        if not form.errors:
            await check_number_is_new(form, actor)
        if not form.errors:
            confirmed = await check_file_fits(form, looked, invoice, actor)
        if form.errors:
            raise FormRefused(form.errors)
        names = ("number", "amount", "issued_on", "reason")
        note: UUID = await insert(
            CreditNote, invoice=invoice["id"], submitted_by=actor.person_id, received_at=now,
            **{name: form[name] for name in names},
        )  # fmt: skip
        await keep_file((invoice["id"], note, None), looked, confirmed, actor, now)
        await _reduce(invoice, form, actor, now)
        await follow(invoice["contract"], invoice["milestone"])
        detail = {"invoice": reference, "amount": str(form["amount"]), "reason": form["reason"]}
        await record("invoice.credited", ("contract", str(invoice["contract"])), actor, detail, now)
    return note


def check_is_open(invoice: dict[str, Any]) -> None:
    """Only what finance has not decided yet can still become less. Raises Conflict."""
    if invoice["status"] != InvoiceStatus.SUBMITTED:
        raise Conflict(N_("这张发票的付款已经审核或者发票已经退回，现在不能改。请先与财政局联系。"), clause="R-PAY-01")


async def _reduce(invoice: dict[str, Any], form: Bound, actor: Actor, now: datetime) -> None:
    left = invoice["payable"] - form["amount"]
    await execute("UPDATE invoice SET payable = $2 WHERE id = $1", invoice["id"], left)
    if left == 0:
        status = move(INVOICE_TRANSITIONS, invoice["status"], to=InvoiceStatus.RETURNED)
        reason = CREDITED.format(number=form["number"], reason=form["reason"])[:300]
        await execute(
            "UPDATE invoice SET status = $2, return_reason = $3, returned_by = $4, returned_at = $5 WHERE id = $1",
            invoice["id"], status.value, reason, actor.person_id, now,
        )  # fmt: skip
