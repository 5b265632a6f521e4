"""What waits for a town's clerks and for civil affairs in the town's list."""

from __future__ import annotations

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.townlist.rules import EntryStatus
from vendors.townlist.services import entries


async def town_list_work(actor: Actor) -> list[WorkItem]:
    """Entries to hear, for the town; entries to decide, for civil affairs."""
    decides = actor.may(Permission.DECIDE_TOWN_LIST)
    waits = EntryStatus.HEARD if decides else EntryStatus.PROPOSED
    words = N_("决定是否列入镇（街道）失信名单：{reference}") if decides else N_("听取意见并记下：{reference}")
    return [
        WorkItem(
            row["hear_until"], Name.of(row, "town_name"), say(words, reference=row["reference"]),
            f"/town-list/{row['reference']}", "R-SEED-10",
        )
        for row in await entries(actor)
        if row["status"] == waits
    ]  # fmt: skip
