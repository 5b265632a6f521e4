"""Pay what lateness costs: counted to a day, approved by finance, paid with the price or alone (R-PAY-02)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.billing import queries
from contracts.billing.rules import Part, PaymentStatus, check_day_is_sure, check_payer
from contracts.billing.tables import LateInterest, Payment
from contracts.promises.queries import promise_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.duties.rules import Duty
from marketplace.accounts.duties.services import take_duty
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference

RULE = "R-PAY-02"


async def approve_interest(reference: str, actor: Actor, now: datetime) -> str:
    """Approve the interest that is owed up to today (or the day the price was paid); returns its payment's reference.

    The money comes from what is free on the contract's budget line. Interest for later days follows in a payment of
    its own. Raises Forbidden (R-ROLE-03), NotFound, Conflict when nothing is owed or the line has too little, and while
    the last day falls into a year whose holidays are not loaded (R-CAL-03).
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    invoice = await queries.invoice_page(reference, visible_to=actor)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", invoice["id"])
        if invoice["accepted_by"]:
            check_payer(actor.person_id, invoice["accepted_by"])
        listing = await fetchval("SELECT listing FROM contract WHERE id = $1", invoice["contract"])
        await take_duty(listing, Duty.PAYING, actor.person_id, now)
        owed = await _owed(invoice, now)
        payment = await next_reference("FK", county_day(now).year)
        paid_by = await insert(
            Payment, reference=payment, invoice=invoice["id"], part=Part.INTEREST.value, amount=owed["amount"],
            approved_by=actor.person_id, approved_at=now,
        )  # fmt: skip
        interest = await insert(LateInterest, invoice=invoice["id"], payment=paid_by, **owed)
        for movement in (Posting.RESERVE, Posting.COMMIT):
            await post(invoice["ledger_line"], movement, owed["amount"], Source("late_interest", str(interest)), now)
        detail = {"payment": payment, "invoice": reference, "amount": str(owed["amount"])}
        await record("payment.interest_approved", ("contract", str(invoice["contract"])), actor, detail, now)
    return payment


async def _owed(invoice: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is owed and not yet approved, with its days; all accruals together are the interest rounded once."""
    promise = await promise_of(invoice["id"], county_day(now))
    if promise and promise["payment_status"] == PaymentStatus.SENT:
        words = N_("价款的国库凭证已经生成，付款那一天还不知道，利息算到哪一天不能定。请在登记国库付款以后再审核利息。")
        raise Conflict(words, clause=RULE)
    if promise:
        check_day_is_sure(promise["is_provisional"], promise["last_day"])
    earlier = await queries.interest_of(invoice["id"])
    amount = (promise["interest"] if promise else Decimal(0)) - sum((e["amount"] for e in earlier), Decimal(0))
    if promise is None or amount <= 0:
        raise Conflict(N_("这张发票现在没有应付而未审核的逾期利息。请打开发票看付款期限怎么算。"), clause=RULE)
    begins = max([promise["last_day"], *(e["through_on"] for e in earlier)]) + timedelta(days=1)
    return {
        "from_on": begins, "through_on": promise["last_day"] + timedelta(days=promise["days_late"]),
        "base": promise["base"], "rate": promise["rate"], "amount": amount,
    }  # fmt: skip
