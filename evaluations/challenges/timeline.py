"""What decisions on complaints add to a listing's story; a challenge is not public (R-DISP-07)."""

from __future__ import annotations

from uuid import UUID

from evaluations.challenges.remedies import COMPLAINT_OUTCOMES, REMEDY_LABELS, Outcome, Remedy
from marketplace.kernel.db import fetch, together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import TimelineEvent

_GONE = {
    "R-DISP-04": (N_("成交结果无效"), N_("结果 {reference} 依 {decision} 认定无效。")),
    "R-AWD-03": (N_("成交供应商没有签订合同"), N_("结果 {reference} 的成交供应商没有签订合同，按 {decision} 处理。")),
}
_DECIDED = "SELECT reference, outcome, remedy, decided_at FROM complaint WHERE listing = $1 AND status = 'decided'"
_VOIDED = (
    "SELECT reference, decision, clause, voided_at FROM void_award WHERE listing = $1 AND announced_at IS NOT NULL"
)


async def dispute_events(listing_id: UUID) -> list[TimelineEvent]:
    """Decisions on complaints, and results that an answer or a decision declared void."""
    decided, voided = await together(fetch(_DECIDED, listing_id), fetch(_VOIDED, listing_id))
    events = []
    for row in decided:
        words = say(
            N_("{reference}：{outcome}；{remedy}。"), reference=row["reference"],
            outcome=say(COMPLAINT_OUTCOMES[Outcome(row["outcome"])]),
            remedy=say(REMEDY_LABELS[Remedy(row["remedy"])]),
        )  # fmt: skip
        events.append(TimelineEvent(row["decided_at"], say(N_("投诉处理决定")), words, "R-DISP-07"))
    for row in voided:
        head, told = _GONE[row["clause"]]
        words = say(told, reference=row["reference"], decision=row["decision"])
        events.append(TimelineEvent(row["voided_at"], say(head), words, row["clause"]))
    return events
