"""What waits for a person about the own account."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.addresses.queries import waiting_address
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """An address to confirm."""
    waiting = await waiting_address(actor.person_id)
    if waiting is None:
        return []
    what = say(N_("请打开寄到 {email} 的邮件里的链接，确认邮箱；在这以前，通知不会寄给您"), email=waiting["email"])
    return [WorkItem(None, actor.name, what, "/my-account/address")]
