"""What of handovers waits for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.handovers.queries import concerning, left_to_buyer, to_open
from contracts.handovers.rules import RULE
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

# so early the buyer is told that a contract with residents ends
AHEAD = timedelta(days=30)


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Handovers to begin for a buyer, lists to fill in for who leaves, to confirm for who goes on and for towns."""
    assert actor.organisation_id is not None
    items = []
    for row in await concerning(actor.organisation_id):
        is_mine = row["outgoing"] == actor.organisation_id
        if is_mine and row["status"] != "preparing":
            continue
        words = N_("填写移交清单：{title}") if is_mine else N_("确认移交清单：{title}")
        other = Name.of(row, "buyer_name" if is_mine else "outgoing_name")
        due = row["service_to"] if is_mine else row["silent_until"]
        items.append(WorkItem(due, other, say(words, title=row["title"]), f"/handovers/{row['reference']}", RULE))
    if actor.may(Permission.SIGN_FOR_BUYER):
        items += [
            WorkItem(
                row["service_to"], Name.of(row, "outgoing_name"),
                say(N_("供应商没有交出移交清单，可以代填：{title}"), title=row["title"]),
                f"/handovers/{row['reference']}", RULE,
            )
            for row in await left_to_buyer(actor.organisation_id, county_day(now))
        ]  # fmt: skip
        items += [
            WorkItem(
                row["service_to"], Name.of(row, "provider_name"), say(N_("移交服务对象：{title}"), title=row["title"]),
                f"/contracts/{row['reference']}/handover", RULE,
            )
            for row in await to_open(actor.organisation_id, county_day(now) + AHEAD)
        ]  # fmt: skip
    return items
