"""What of job matching waits: the quarter's event for the county, people to ask again for their town."""

from __future__ import annotations

from datetime import datetime

from contracts.job_matching import queries
from contracts.job_matching.rules import RULE_JOB, ask_again_on, quarter_of, reminder_due
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """An event to plan before the quarter ends, one to report on, hired people whose days are over."""
    today, items = county_day(now), []
    if actor.may(Permission.OVERSEE_CASES):
        if due := reminder_due(today, await queries.has_event(*quarter_of(today))):
            items.append(WorkItem(due, actor.office, say(N_("安排这个季度的岗位对接会")), "/job-events", RULE_JOB))
        items += [
            WorkItem(
                row["planned_on"], actor.office, say(N_("登记岗位对接会 {reference}"), reference=row["reference"]),
                f"/job-events/{row['reference']}", RULE_JOB,
            )
            for row in await queries.planned_until(today)
        ]  # fmt: skip
    if actor.may(Permission.HANDLE_CASES):
        items += [
            WorkItem(
                ask_again_on(row["hired_on"]), actor.office,
                say(N_("回访 {code} 还在不在岗"), code=row["code"] or row["reference"]),
                f"/job-events/{row['reference']}", RULE_JOB,
            )
            for row in await queries.not_asked_of(actor.organisation_id)
            if today >= ask_again_on(row["hired_on"])
        ]  # fmt: skip
    return items
