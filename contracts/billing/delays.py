"""Finance writes down why a payment is late."""

from __future__ import annotations

from datetime import datetime

from contracts.billing.queries import invoice_page
from contracts.billing.tables import DelayReason
from contracts.promises.queries import promise_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import insert, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_


async def explain_delay(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Keep why a payment is late; buyer and provider read it, its interest runs on (R-PAY-04).

    Raises Forbidden, NotFound, Conflict for a payment that is not late.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    async with transaction():
        invoice = await invoice_page(reference, visible_to=actor)
        promise = await promise_of(invoice["id"], county_day(now))
        if promise is None or not promise["days_late"]:
            raise Conflict(N_("这笔付款没有逾期，不用写原因。请在到期以前付款。"), clause="R-PAY-04")
        await insert(DelayReason, invoice=invoice["id"], reason=reason, given_by=actor.person_id, given_at=now)
        detail = {"invoice": reference, "days": str(promise["days_late"]), "reason": reason}
        await record("payment.delay_explained", ("contract", str(invoice["contract"])), actor, detail, now)
