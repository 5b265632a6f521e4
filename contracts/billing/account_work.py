"""What waits about payments the treasury sent back: an account of the provider, a confirmation of finance."""

from __future__ import annotations

from contracts.billing.other_account import accounts_to_confirm, sent_back_to
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_accounts(actor: Actor) -> list[WorkItem]:
    """New accounts to confirm for finance; payments of its own that came back for a provider."""
    items = []
    if actor.may(Permission.APPROVE_PAYMENT):
        for each in await accounts_to_confirm(actor.person_id):
            words = say(N_("确认新的收款账号：发票 {invoice}"), invoice=each["reference"])
            url = f"/invoices/{each['reference']}"
            items.append(WorkItem(None, Name.of(each, "provider_name"), words, url, "R-ROLE-03"))
    elif actor.may(Permission.SUBMIT_INVOICE) and actor.organisation_id:
        for each in await sent_back_to(actor.organisation_id):
            words = say(N_("国库退回了付款，请核对收款账号：{invoice}"), invoice=each["reference"])
            url = f"/invoices/{each['reference']}/other-account"
            items.append(WorkItem(each["due_on"], Name.of(each, "buyer_name"), words, url, "R-PAY-01"))
    return items
