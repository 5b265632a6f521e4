"""What of leads and sweeps waits for the town's window."""

from __future__ import annotations

from datetime import date, datetime

from contracts.discovery import queries
from contracts.discovery.rules import REMIND_FROM_MONTH, RULE_LEAD, RULE_SWEEP, look_by
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Leads to look at by their last day, and the sweep of the year while it is not finished."""
    if not actor.may(Permission.HANDLE_CASES):
        return []
    items = [
        WorkItem(
            look_by(row["came_at"]), actor.office, say(N_("查看线索 {reference}"), reference=row["reference"]),
            f"/leads/{row['reference']}", RULE_LEAD,
        )
        for row in await queries.new_of(actor.organisation_id)
    ]  # fmt: skip
    today = county_day(now)
    sweep = await queries.sweep_of(actor.organisation_id, today.year)
    if sweep and sweep["finished_on"] is None:
        words, address = N_("完成 {year} 年的摸排"), f"/sweeps/{sweep['id']}"
    elif sweep is None and today.month >= REMIND_FROM_MONTH:
        words, address = N_("开始 {year} 年的摸排"), "/sweeps"
    else:
        return items
    end = date(today.year, 12, 31)
    return [*items, WorkItem(end, actor.office, say(words, year=str(today.year)), address, RULE_SWEEP)]
