"""What waits for somebody in the evaluations."""

from __future__ import annotations

from datetime import datetime

from evaluations.arithmetic import work as arithmetic
from evaluations.awards import work as awards
from evaluations.challenges import work as challenges
from evaluations.conformity import work as conformity
from evaluations.consultations import work as consultations
from evaluations.opening import work as opening
from evaluations.panel import work as panel
from evaluations.performance import work as performance
from evaluations.records import work as records
from evaluations.refusals import work as refusals
from evaluations.reports import work as reports
from evaluations.scoring import work as scoring
from evaluations.signs import work as signs
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import all_together
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Everything in the evaluations that waits for this person."""
    judged = (opening, panel, arithmetic, conformity, consultations, scoring, reports)
    rooms = (*judged, awards, records, challenges, refusals, performance)
    return await all_together(signs.waiting_for(actor), *(room.waiting_for(actor, now) for room in rooms))
