"""What the admission adds to a listing's story."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from evaluations.admission.queries import admissions_of
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent


async def admission_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """Determination and notice with how many came in; nothing of who before the notice (R-PUBL-01)."""
    found = await admissions_of(listing_id)
    if not found:
        return []
    events = [TimelineEvent(found[0]["determined_at"], say(N_("确定了入围供应商")), None, "R-FRM-02")]
    if found[0]["announced_at"]:
        admitted = sum(row["is_admitted"] for each in found for row in each["rows"])
        words = say(N_("{count} 家入围，入围通知书已经发出。"), count=admitted)
        events.append(TimelineEvent(found[0]["announced_at"], say(N_("公告了入围结果")), words, "R-TIME-30"))
    return events
