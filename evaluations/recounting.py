"""The days of challenges and complaints, counted anew when a year is announced (R-CAL-03)."""

from __future__ import annotations

from typing import Any

from catalogue.interruptions.queries import finance_mails
from evaluations.challenges.complaint_rules import decide_by
from evaluations.challenges.rules import ANSWER_BY, COPIES_BY, REPLY_BY, REVIEW_BY
from marketplace.accounts.recounting import StoredDays, Waiting
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.i18n import N_

_COMPLAINTS = """
SELECT t.*, l.procuring_unit,
       ARRAY(SELECT p.begun_at FROM complaint_pause p WHERE p.complaint = t.id AND p.ended_at IS NOT NULL
             ORDER BY p.begun_at, p.id) AS begun,
       ARRAY(SELECT p.ended_at FROM complaint_pause p WHERE p.complaint = t.id AND p.ended_at IS NOT NULL
             ORDER BY p.begun_at, p.id) AS ended
FROM complaint t JOIN listing l ON l.id = t.listing
WHERE t.is_provisional AND t.status IN ('received', 'correcting', 'accepted') ORDER BY t.id FOR UPDATE OF t
"""


async def _challenges() -> list[Waiting]:
    """Challenges that wait for their answer: for the challenger and the buyer (R-TIME-24)."""
    rows = await fetch(
        "SELECT c.id, c.reference, c.raised_at, c.answer_by, c.organisation, l.id AS listing, l.closes_at,"
        " l.procuring_unit FROM challenge c JOIN listing l ON l.id = c.listing"
        " WHERE c.is_provisional AND c.status = 'received' ORDER BY c.id FOR UPDATE OF c"
    )
    return [
        Waiting(
            r["id"], {"answer_by": r["answer_by"]}, {"answer_by": compute(ANSWER_BY, r["raised_at"])},
            r["reference"], f"/challenges/{r['reference']}", ("challenge", str(r["id"])),
            told=[r["organisation"], r["procuring_unit"]], stream=f"listing:{r['listing']}",
            hidden_until=r["closes_at"],
        )
        for r in rows
    ]  # fmt: skip


async def _complaints() -> list[Waiting]:
    """Complaints that are not decided: for the complainant, the buyer and finance (R-TIME-26)."""
    rows = await fetch(_COMPLAINTS)
    finance = [("zh", address) for address in await finance_mails()] if rows else []
    return [
        Waiting(
            r["id"], {column: r[column] for column in counted}, counted, r["reference"],
            f"/complaints/{r['reference']}", ("complaint", str(r["id"])),
            told=[r["organisation"], r["procuring_unit"]], written_to=finance,
        )
        for r in rows
        for counted in [_days_of(r)]
    ]  # fmt: skip


def _days_of(complaint: Any) -> dict[str, Deadline]:
    """What of it is still waited for: review and copies until accepted, the reply afterwards, the decision always."""
    pauses = [
        (county_day(begun), county_day(ended))
        for begun, ended in zip(complaint["begun"], complaint["ended"], strict=True)
    ]
    decision = {"decide_by": decide_by(complaint["raised_at"], pauses)}
    if complaint["status"] == "accepted":
        return {"reply_by": compute(REPLY_BY, complaint["reviewed_at"]), **decision}
    rules = {"review_by": REVIEW_BY, "copies_by": COPIES_BY}
    return {**{column: compute(key, complaint["raised_at"]) for column, key in rules.items()}, **decision}


DAYS = (
    StoredDays("challenge", {"answer_by": N_("质疑的答复期限")}, _challenges),
    StoredDays(
        "complaint",
        {
            "review_by": N_("投诉的审查期限"), "copies_by": N_("送达投诉副本的期限"),
            "reply_by": N_("投诉的说明期限"), "decide_by": N_("投诉处理决定的期限"),
        },
        _complaints,
    ),
)  # fmt: skip
