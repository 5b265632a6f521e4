"""Reports of harm that wait for an officer, by their clock; the line says no more than the number."""

from __future__ import annotations

from datetime import datetime

from contracts.safeguarding import queries
from contracts.safeguarding.rules import RULE_FINISH, RULE_TAKE, ReportStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """For the named few alone (R-CHILD-01)."""
    if not actor.may(Permission.SEE_RESTRICTED_CASES):
        return []
    items = []
    for row in await queries.queue_of(actor):
        if row["status"] == ReportStatus.CLOSED:
            continue
        is_open = row["status"] == ReportStatus.OPEN
        words = N_("马上接手保护报告 {reference}") if is_open else N_("办结保护报告 {reference}")
        items.append(
            WorkItem(
                county_day(row["take_by"] if is_open else row["finish_by"]), Name.of(row, "office_name"),
                say(words, reference=row["reference"]), f"/safeguarding/reports/{row['reference']}",
                RULE_TAKE if is_open else RULE_FINISH,
            )
        )  # fmt: skip
    return items
