"""What of referrals waits for the town's window: departments that have not answered."""

from __future__ import annotations

from datetime import datetime

from contracts.referrals.queries import unanswered_of
from contracts.referrals.rules import RULE_REFER
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Referrals to ask after, by the last day for an answer; without a word on who the resident is."""
    if not actor.may(Permission.HANDLE_CASES):
        return []
    return [
        WorkItem(
            row["answer_until"], Name.of(row, "town_name"),
            say(N_("催办转介 {reference}，等对方答复"), reference=row["reference"]),
            f"/referrals/{row['reference']}", RULE_REFER,
        )
        for row in await unanswered_of(actor.organisation_id, actor)
    ]  # fmt: skip
