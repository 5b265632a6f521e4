"""A payment that the treasury sent back goes to another account: stated by its provider, confirmed by finance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.rules import is_provider_side
from contracts.billing import queries
from contracts.billing.rules import ACCOUNT, RULE_DUTIES
from contracts.billing.tables import InvoiceAccount
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import conceal, reveal, search_hash

OTHER = "invoice_account.bank_account"  # the encrypted column
Row = dict[str, Any]

_BACK = """
SELECT y.id, y.reference, y.approved_by, y.invoice FROM payment y WHERE y.status = 'approved'
AND EXISTS (SELECT 1 FROM voucher_line l JOIN voucher_file v ON v.id = l.voucher_file
  WHERE l.payment = y.id AND v.withdrawn_at IS NULL)
"""
_WAITING = """
SELECT n.*, y.reference AS payment_reference, y.approved_by FROM invoice_account n JOIN payment y ON y.id = n.payment
WHERE n.confirmed_at IS NULL
AND NOT EXISTS (SELECT 1 FROM invoice_account z WHERE z.invoice = n.invoice AND z.stated_at > n.stated_at)
"""


async def came_back(invoice: UUID) -> Row | None:
    """The payment of an invoice, of its price or interest, that the treasury sent back and that waits to go again."""
    row = await fetchrow(_BACK + " AND y.invoice = $1 ORDER BY y.part DESC LIMIT 1", invoice)
    return dict(row) if row else None


async def waiting_account(invoice: UUID) -> Row | None:
    """The account stated last and not confirmed yet."""
    row = await fetchrow(_WAITING + " AND n.invoice = $1", invoice)
    return dict(row) if row else None


async def account_now(invoice: Mapping[str, Any]) -> tuple[str, str]:
    """Bank and whole number an invoice is paid to."""
    return (await accounts_now([invoice]))[invoice["id"]]


async def accounts_now(invoices: Collection[Mapping[str, Any]]) -> dict[UUID, tuple[str, str]]:
    """Bank and whole number that each of these invoices is paid to."""
    rows = await fetch(
        "SELECT DISTINCT ON (invoice) invoice, bank, bank_account FROM invoice_account"
        " WHERE invoice = ANY($1::uuid[]) AND confirmed_at IS NOT NULL ORDER BY invoice, stated_at DESC",
        [each["id"] for each in invoices],
    )
    named = {each["id"]: (each["bank"], reveal(each["bank_account"], ACCOUNT)) for each in invoices}
    return named | {row["invoice"]: (row["bank"], reveal(row["bank_account"], OTHER)) for row in rows}


def kept_account(bank: str, number: str) -> dict[str, Any]:
    """An account as an invoice keeps it."""
    return {"bank": bank, "bank_account": conceal(number, ACCOUNT), "bank_account_hash": search_hash(number, ACCOUNT)}


async def check_accounts_confirmed(invoices: Collection[UUID]) -> None:
    """No voucher for a payment whose new account waits to be confirmed. Raises Conflict."""
    if await fetch(_WAITING + " AND n.invoice = ANY($1::uuid[])", list(invoices)):
        words = N_("其中有付款的新收款账号还没有由财政的另一位同事确认。请先在发票页确认，再生成凭证。")
        raise Conflict(words, clause=RULE_DUTIES)


async def state_account(reference: str, form: Bound, actor: Actor, now: datetime) -> None:
    """The provider states another account for what came back. Raises Forbidden, FormRefused, Conflict.

    `form`: bank, bank_account. The audit keeps both accounts as keyed hashes.
    """
    seen = await queries.invoice_page(reference, visible_to=actor)
    if not (is_provider_side(actor, seen) and actor.may(Permission.SUBMIT_INVOICE)):
        raise Forbidden(N_("收款账号由开票的供应商填写。"))
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        payment = await came_back(seen["id"])
        if payment is None:
            raise Conflict(N_("这张发票没有被国库退回的付款，收款账号不能改。请与财政局联系。"), clause="R-PAY-01")
        bank, number = await account_now(seen)
        if (bank, number) == (form["bank"], form["bank_account"]):
            form.refuse("bank_account", N_("与国库退回的账号相同。请填另一个账号。"))
            raise FormRefused(form.errors)
        fresh: str = form["bank_account"]
        await insert(
            InvoiceAccount, invoice=seen["id"], payment=payment["id"], bank=form["bank"],
            bank_account=conceal(fresh, OTHER), bank_account_hash=search_hash(fresh, ACCOUNT),
            stated_by=actor.person_id, stated_at=now,
        )  # fmt: skip
        detail = {
            "payment": payment["reference"], "invoice": reference,
            "account_before": search_hash(number, ACCOUNT).hex(), "account_after": search_hash(fresh, ACCOUNT).hex(),
        }  # fmt: skip
        await record("payment.account_stated", ("contract", str(seen["contract"])), actor, detail, now)


async def confirm_account(reference: str, actor: Actor, now: datetime) -> None:
    """Finance's second person agrees to the account; the next voucher carries it (R-ROLE-03).

    Raises Forbidden for who approved the payment, NotFound where nothing waits.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    seen = await queries.invoice_page(reference, visible_to=actor)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        waits = await waiting_account(seen["id"])
        if waits is None:
            raise NotFound()
        if waits["approved_by"] == actor.person_id:
            words = N_("这笔付款由您审核，新的收款账号要由财政的另一位同事确认。")
            raise Forbidden(words, clause=RULE_DUTIES)
        await execute(
            "UPDATE invoice_account SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1",
            waits["id"], actor.person_id, now,
        )  # fmt: skip
        detail = {
            "payment": waits["payment_reference"], "invoice": reference,
            "account_after": bytes(waits["bank_account_hash"]).hex(),
        }  # fmt: skip
        await record("payment.account_confirmed", ("contract", str(seen["contract"])), actor, detail, now)


async def sent_back_to(organisation: UUID) -> list[Row]:
    """Invoices of a provider whose payment came back and for which it has stated no other account since."""
    rows = await fetch(
        f"SELECT i.reference, i.due_on, b.name AS buyer_name, b.name_en AS buyer_name_en FROM ({_BACK}) y"
        " JOIN invoice i ON i.id = y.invoice JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation b ON b.id = c.buyer WHERE p.organisation = $1 AND NOT EXISTS (SELECT 1"
        " FROM invoice_account n WHERE n.payment = y.id AND n.stated_at >= (SELECT max(f.made_at) FROM voucher_line l"
        " JOIN voucher_file f ON f.id = l.voucher_file WHERE l.payment = y.id AND f.withdrawn_at IS NULL))"
        " ORDER BY i.due_on",
        organisation,
    )
    return [dict(r) for r in rows]


async def accounts_to_confirm(person: UUID) -> list[Row]:
    """New accounts that a person of finance may confirm, the oldest first."""
    rows = await fetch(
        f"SELECT w.stated_at, i.reference, o.name AS provider_name, o.name_en AS provider_name_en FROM ({_WAITING}) w"
        " JOIN invoice i ON i.id = w.invoice JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE w.approved_by <> $1 ORDER BY w.stated_at",
        person,
    )
    return [dict(r) for r in rows]
