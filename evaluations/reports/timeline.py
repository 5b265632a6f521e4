"""What reports and re-evaluations add to a listing's story: that they happened, without a name or a number of bids."""

from __future__ import annotations

from uuid import UUID

from evaluations.reports.queries import re_evaluations_of, versions_of
from evaluations.reports.rules import GROUND_LABELS, Ground
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent


async def report_events(listing: UUID) -> list[TimelineEvent]:
    """The signed report, when it was handed over, and each re-evaluation with its ground (R-REEV-01)."""
    events = []
    for report in await versions_of(listing):
        if report["whole_at"]:
            words = say(N_("评审小组全体成员已签署评审报告或者视同同意。"))
            events.append(TimelineEvent(report["whole_at"], say(N_("评审报告签署完毕")), words, "R-COM-09"))
        if report["handed_at"]:
            events.append(TimelineEvent(report["handed_at"], say(N_("评审报告送交采购人")), None, "R-TIME-13"))
    for again in await re_evaluations_of(listing):
        ground = say(N_("情形：{ground}。"), ground=say(GROUND_LABELS[Ground(again["ground"])]))
        events.append(TimelineEvent(again["opened_at"], say(N_("开始重新评审")), ground, "R-REEV-01"))
        if again["closed_at"]:
            words = (
                say(N_("重新评审改变了评审结果，已报告财政部门。"))
                if again["is_changed"]
                else say(N_("重新评审没有改变评审结果。"))
            )
            events.append(TimelineEvent(again["closed_at"], say(N_("结束重新评审")), words, "R-REEV-01"))
    return events
