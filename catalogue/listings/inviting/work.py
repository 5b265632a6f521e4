"""Invitations that a provider can still answer with a bid."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.inviting.queries import invitations_of
from catalogue.listings.inviting.rules import CLAUSE
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def invitations_waiting(actor: Actor, now: datetime) -> list[WorkItem]:
    """Each invitation of my organisation until its deadline."""
    if not actor.may(Permission.BID):
        return []
    return [
        WorkItem(
            county_day(row["closes_at"]), Name.of(row, "unit"), say(N_("受邀请参加“{title}”投标"), title=Name.of(row)),
            f"/listings/{row['reference']}/invitation", CLAUSE,
        )
        for row in await invitations_of(actor.organisation_id, now)
    ]  # fmt: skip
