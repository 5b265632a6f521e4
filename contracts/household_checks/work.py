"""What of household checks waits for the town's window: visits to make and results to record."""

from __future__ import annotations

from datetime import datetime

from contracts.household_checks.queries import planned_of
from contracts.household_checks.rules import RULE_CHECK
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Planned checks by their day; without a word on who the resident is."""
    if not actor.may(Permission.HANDLE_CASES):
        return []
    return [
        WorkItem(
            row["planned_on"], Name.of(row, "town_name"),
            say(N_("入户核查并登记结果：{reference}"), reference=row["reference"]),
            f"/household-checks/{row['reference']}", RULE_CHECK,
        )
        for row in await planned_of(actor.organisation_id, actor.may(Permission.SEE_RESTRICTED_CASES))
    ]  # fmt: skip
