"""What of service orders waits for a person: to answer, to carry out, to reassign, to close."""

from __future__ import annotations

from datetime import datetime

from contracts.orders import queries
from contracts.orders.rules import RULE_LIMIT, RULE_ORDER, is_silent
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

# with an order's state: what a provider, and what the town has to do
OF_PROVIDER = {"asked": N_("答复服务工单 {reference}"), "accepted": N_("完成服务工单 {reference}")}
OF_TOWN = {"declined": N_("改派服务工单 {reference}"), "done": N_("办结服务工单 {reference}")}
SILENT = N_("供应商没有答复，改派服务工单 {reference}")


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Orders on the provider's and on the town's desk; a worker's own."""
    today, items = county_day(now), []
    if actor.may(Permission.ANSWER_ORDERS):
        for row in await queries.waiting_at_provider(actor.organisation_id):
            asked = row["status"] == "asked"
            items.append(
                WorkItem(
                    row["answer_by"] if asked else row["due_on"], Name.of(row, "town_name"),
                    say(OF_PROVIDER[row["status"]], reference=row["reference"]), f"/orders/{row['reference']}",
                    RULE_ORDER if asked else RULE_LIMIT,
                )
            )  # fmt: skip
    if actor.may(Permission.HANDLE_CASES):
        for row in await queries.waiting_at_town(actor.organisation_id, actor.may(Permission.SEE_RESTRICTED_CASES)):
            words = OF_TOWN.get(row["status"]) or (SILENT if is_silent(row, today) else None)
            if words:
                items.append(
                    WorkItem(
                        row["due_on"], Name.of(row, "provider_name"), say(words, reference=row["reference"]),
                        f"/orders/{row['reference']}", RULE_ORDER,
                    )
                )  # fmt: skip
    if actor.may(Permission.LOG_VISITS):
        items += [
            WorkItem(
                row["due_on"], Name.of(row, "town_name"),
                say(OF_PROVIDER["accepted"], reference=row["reference"]), f"/orders/{row['reference']}", RULE_LIMIT,
            )
            for row in await queries.orders_for_worker(actor.person_id)
        ]  # fmt: skip
    return items
