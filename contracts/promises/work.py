"""What waits about late payments: a reason from finance, and for the buyer the sight of what is late or soon due."""

from __future__ import annotations

from datetime import datetime

from contracts.promises.queries import due_payments
from contracts.promises.words import state_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Late payments without a reason for finance; late and soon-due payments of the buyer's office."""
    explains = actor.may(Permission.APPROVE_PAYMENT)
    if not (explains or actor.may(Permission.ACCEPT_WORK)):
        return []
    rows = await due_payments(actor, county_day(now), "late" if explains else "")
    words = N_("写明付款逾期的原因（{state}）：{title}") if explains else N_("付款{state}：{title}")
    return [
        WorkItem(
            r["last_day"], Name.of(r, "provider_name"),
            say(words, state=state_of(r), title=Name.of(r, "contract_title")),
            f"/invoices/{r['reference']}{'/delay' if explains else ''}", r["clause"].partition("/")[0],
        )
        for r in rows
        if not (explains and r["delay_reason"])
    ]  # fmt: skip
