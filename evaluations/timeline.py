"""What the evaluations add to a listing's story; nothing of bids before their deadline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from evaluations.admission.timeline import admission_events
from evaluations.awards.timeline import award_events
from evaluations.challenges.timeline import dispute_events
from evaluations.opening.queries import FINAL, FIRST, opening_state
from evaluations.records.timeline import record_events
from evaluations.reports.timeline import report_events
from marketplace.kernel.db import all_together, together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent


async def listing_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """The opening, final prices and award; no name or price before it may be told (R-CONS-01, R-PUBL-01)."""
    state, disputes = await together(
        opening_state(listing_id, now), all_together(dispute_events(listing_id), record_events(listing_id))
    )
    if not state.is_closed:
        return disputes
    events: list[TimelineEvent] = []
    if state.is_opened and state.releases[FIRST]:
        at = state.releases[FIRST][-1]["released_at"]
        events.append(TimelineEvent(at, say(N_("开标")), say(N_("开标人先后放行，投标文件已经开启。")), "R-BID-03"))
    if state.window:
        words = say(N_("合格的供应商在同一时间以前密封提交最后报价。"))
        events.append(TimelineEvent(state.window["opened_at"], say(N_("开始最后报价")), words, "R-CONS-01"))
        is_over = now >= state.window["closes_at"]
        title = say(N_("最后报价截止"))
        events.append(TimelineEvent(state.window["closes_at"], title, None, "R-CONS-01", "done" if is_over else "now"))
    if state.is_final_opened:
        at = state.releases[FINAL][-1]["released_at"]
        events.append(TimelineEvent(at, say(N_("开启最后报价")), None, "R-CONS-01"))
    judged = await all_together(
        report_events(listing_id), award_events(listing_id, now), admission_events(listing_id, now)
    )
    return [*events, *judged, *disputes]
