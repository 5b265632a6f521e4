"""What waits for somebody about fees: to pay one, to look for a transfer, to send one back, to hand it over."""

from __future__ import annotations

from datetime import datetime

from contracts.fees.queries import open_fees
from contracts.fees.rules import RULE, FeeStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


def _words(fee: dict[str, object], actor: Actor, *, pays: bool) -> str:
    """What this person has to do about a fee; empty for nothing."""
    status = fee["status"]
    if not pays:
        return N_("缴费：{title}") if status == FeeStatus.ASKED else ""
    if status == FeeStatus.DECLARED:
        return N_("核对费用到账：{title}")
    if status == FeeStatus.REFUNDING:
        return N_("退还费用：{title}") if fee["way"] == "transfer" or fee["refund_failed"] else ""
    if status != FeeStatus.PAID or fee["remit_entered_by"] == actor.person_id:
        return ""
    return N_("复核费用的上缴：{title}") if fee["remit_entered_by"] else N_("把收到的费用上缴国库：{title}")


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """For finance, and for the provider that has to pay."""
    pays = actor.may(Permission.APPROVE_PAYMENT)
    if not pays and not actor.may(Permission.SUBMIT_INVOICE):
        return []
    items = []
    for fee in await open_fees(None if pays else actor.organisation_id):
        if words := _words(fee, actor, pays=pays):
            due = fee["due_on"] if fee["status"] == FeeStatus.ASKED else None
            office = Name.of(fee, "provider_name") if pays else actor.office
            items.append(WorkItem(due, office, say(words, title=fee["title"]), f"/fees/{fee['reference']}", RULE))
    return items
