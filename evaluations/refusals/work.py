"""A refusal waits for the buyer's decision."""

from __future__ import annotations

from datetime import datetime

from evaluations.refusals.places import places_to_decide
from evaluations.refusals.queries import to_decide
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.refusals.rules import RULE


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Refusals to decide, for those who determine and neither drafted nor judged."""
    if not actor.may(Permission.DETERMINE_AWARD):
        return []
    items = [
        WorkItem(
            None, Name.of(row, "provider_name"),
            say(N_("“{title}”的成交供应商不签订合同，决定下一步"), title=Name.of(row)),
            f"/refusals/{row['reference']}", RULE,
        )
        for row in await to_decide(actor)
    ]  # fmt: skip
    return items + [
        WorkItem(
            None, Name.of(row, "provider_name"),
            say(N_("“{title}”的入围供应商不签订框架协议，决定下一步"), title=Name.of(row)),
            f"/frameworks/{row['reference']}/places/{row['id']}/refusal", RULE,
        )
        for row in await places_to_decide(actor)
    ]  # fmt: skip
