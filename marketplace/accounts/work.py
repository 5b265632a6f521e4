"""What waits for a person about the own account."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.addresses.queries import waiting_address
from marketplace.accounts.joining.queries import requests_waiting
from marketplace.kernel.db import together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

ASKS_TO_JOIN = N_("答复 {person} 加入 {organisation} 的申请")


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """An address to confirm, and people who ask to join."""
    asking, waiting = await together(requests_waiting(actor), waiting_address(actor.person_id))
    items = [
        WorkItem(
            None, row["name"], say(ASKS_TO_JOIN, person=row["name"], organisation=Name.of(row, "office")),
            "/join-requests",
        )
        for row in asking
    ]  # fmt: skip
    if waiting is None:
        return items
    what = say(N_("请打开寄到 {email} 的邮件里的链接，确认邮箱；在这以前，通知不会寄给您"), email=waiting["email"])
    return [*items, WorkItem(None, actor.name, what, "/my-account/address")]
