"""What a record of the provincial platform adds to a listing's story: the platform's own days."""

from __future__ import annotations

from uuid import UUID

from evaluations.records.queries import platform_days
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent

DAYS: dict[str, str] = {
    "noticed_on": N_("在省级平台发布采购公告"),
    "opened_on": N_("在省级平台开标"),
    "announced_on": N_("在省级平台公告结果"),
}


async def record_events(listing_id: UUID) -> list[TimelineEvent]:
    """Notice, opening and result notice of the platform, once the record is confirmed (R-PUB-01)."""
    found = await platform_days(listing_id)
    if found is None:
        return []
    return [
        TimelineEvent(at_county_time(found[name], 0), say(words), None, "R-PUB-01")
        for name, words in DAYS.items()
        if found[name]
    ]
