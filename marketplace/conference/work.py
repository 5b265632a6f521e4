"""Decisions of the joint conference that are open, for who keeps them."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.conference.queries import model_cases, open_decisions, unread_decisions
from marketplace.conference.rules import CaseState, DecisionStatus
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

OFFICE = Name("民政局", "Civil affairs")


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Each open decision until its last day; decisions and model cases that a second person has to look through."""
    if not actor.may(Permission.KEEP_CONFERENCE):
        return []
    items = [
        WorkItem(
            row["due_on"], Name.of(row, "owner_name"),
            say(N_("联席会议的决定 {reference}"), reference=row["reference"]),
            f"/conference/decisions/{row['reference']}", "R-SEED-08",
        )
        for row in await open_decisions()
        if row["status"] == DecisionStatus.OPEN
    ]  # fmt: skip
    items += [
        WorkItem(
            None, OFFICE, say(N_("核对并公开会议决定 {reference}"), reference=row["reference"]),
            f"/conference/decisions/{row['reference']}", "R-CIV-06",
        )
        for row in await unread_decisions()
        if row["recorded_by" if row["status"] == DecisionStatus.ENTERED else "closed_by"] != actor.person_id
    ]  # fmt: skip
    items += [
        WorkItem(
            None, OFFICE,
            say(N_("核对并公开典型案例 {reference}"), reference=row["reference"]),
            f"/model-cases/{row['reference']}", "R-CIV-06",
        )
        for row in await model_cases(all_states=True)
        if row["status"] == CaseState.DRAFT and row["drafted_by"] != actor.person_id
    ]  # fmt: skip
    return items
