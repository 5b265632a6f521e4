"""What waits around a report: to elect, draw up, sign, vote on a correction, hand over, and note a changed result."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from evaluations.reports.rules import DRAWING_UP
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_MINE = """
SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, r.id AS report, r.whole_at,
       r.drawn_up_at, (SELECT max(b.computed_at) FROM bid_result b JOIN listing_lot t ON t.id = b.lot
                        WHERE t.listing = l.id) AS computed_at, e.opened_at,
       e.id IS NOT NULL AND e.before = r.id AS is_under_review, d.wait_until,
       EXISTS (SELECT FROM report_signature s WHERE s.report = r.id AND s.member = m.id) AS stands,
       (SELECT count(*) FROM mark_correction c WHERE c.listing = l.id AND c.outcome = '' AND NOT EXISTS
        (SELECT FROM correction_vote v WHERE v.correction = c.id AND v.member = m.id)) AS corrections
FROM panel_member m JOIN listing l ON l.id = m.listing JOIN organisation u ON u.id = l.procuring_unit
LEFT JOIN evaluation_report r ON r.listing = l.id AND r.voided_at IS NULL AND r.version =
    (SELECT max(x.version) FROM evaluation_report x WHERE x.listing = l.id AND x.voided_at IS NULL)
LEFT JOIN re_evaluation e ON e.listing = l.id AND e.closed_at IS NULL
LEFT JOIN report_reminder d ON d.report = r.id AND d.member = m.id
WHERE m.person = $1 AND m.declared_at IS NOT NULL AND NOT m.has_interest
  AND (l.status IN ('evaluated', 'determined') OR l.status = 'awarded' AND e.id IS NOT NULL)
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """What the members, the agency and finance have to do."""
    return await all_together(
        _of_member(actor), _to_draw_up(actor, now), _to_hand_over(actor), _to_close(actor), _to_note(actor)
    )


async def _of_member(actor: Actor) -> list[WorkItem]:
    items = []
    for r in await fetch(_MINE, actor.person_id):
        path, title, unit = f"/listings/{r['reference']}", Name.of(r), Name.of(r, "unit")
        if r["corrections"]:
            what = say(N_("对“{title}”的评分更正表决"), title=title)
            items.append(WorkItem(None, unit, what, f"{path}/corrections", "R-COM-07"))
        if r["report"] is None or r["is_under_review"]:
            words = N_("重新评审“{title}”并编写报告") if r["is_under_review"] else N_("编写“{title}”的评审报告")
            clause = "R-REEV-01" if r["is_under_review"] else "R-COM-09"
            items.append(WorkItem(_draw_up_by(r), unit, say(words, title=title), f"{path}/report", clause))
        elif not r["stands"] and r["whole_at"] is None:
            counted = compute(DRAWING_UP, county_day(r["drawn_up_at"])).date
            until = county_day(r["wait_until"]) if r["wait_until"] else counted
            what = say(N_("“{title}”的评审报告等待您签字"), title=title)
            items.append(WorkItem(until, unit, what, f"{path}/report", "R-COM-09"))
    return items


def _draw_up_by(row: Any) -> date | None:
    since = max((moment for moment in (row["computed_at"], row["opened_at"]) if moment), default=None)
    return compute(DRAWING_UP, county_day(since)).date if since else None


async def _to_draw_up(actor: Actor, now: datetime) -> list[WorkItem]:
    """Reports that the panel did not draw up in its days, for those who organise it (R-TIME-31)."""
    if not actor.may(Permission.APPOINT_PANEL):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, max(b.computed_at) AS computed_at, NULL AS opened_at"
        " FROM listing l JOIN listing_lot t ON t.listing = l.id JOIN bid_result b ON b.lot = t.id"
        " WHERE l.status = 'evaluated' AND (l.procuring_unit = $1 OR l.agency_agreement = ANY($2))"
        " AND EXISTS (SELECT FROM panel_member m WHERE m.listing = l.id)"
        " AND NOT EXISTS (SELECT FROM evaluation_report r WHERE r.listing = l.id AND r.voided_at IS NULL)"
        " GROUP BY l.id",
        actor.organisation_id, actor.agreements_for(Entrusted.PANEL),
    )  # fmt: skip
    return [
        WorkItem(
            by, "", say(N_("评审小组没有按时编写“{title}”的评审报告，请按记录编写"), title=Name.of(r)),
            f"/listings/{r['reference']}/report", "R-TIME-31",
        )
        for r in rows
        if (by := _draw_up_by(r)) and county_day(now) > by
    ]  # fmt: skip


async def _to_hand_over(actor: Actor) -> list[WorkItem]:
    """Signed reports that an agency still has to hand to the purchaser (R-TIME-13)."""
    if not (agreements := actor.agreements_for(Entrusted.PANEL)):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, r.whole_at FROM evaluation_report r"
        " JOIN listing l ON l.id = r.listing"
        " WHERE l.agency_agreement = ANY($1) AND l.status IN ('evaluated', 'determined') AND r.whole_at IS NOT NULL"
        " AND r.handed_at IS NULL AND r.voided_at IS NULL",
        agreements,
    )
    return [
        WorkItem(
            _last(r), "", say(N_("把“{title}”的评审报告送交采购人"), title=Name.of(r)),
            f"/listings/{r['reference']}/report", "R-TIME-13",
        )
        for r in rows
    ]  # fmt: skip


def _last(row: Any) -> date:
    return compute("R-TIME-13", county_day(row["whole_at"])).date


async def _to_close(actor: Actor) -> list[WorkItem]:
    """Re-evaluations whose new report is signed, for those who opened them."""
    if not actor.may(Permission.APPOINT_PANEL):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en FROM re_evaluation e JOIN listing l ON l.id = e.listing"
        " WHERE e.closed_at IS NULL AND (l.procuring_unit = $1 OR l.agency_agreement = ANY($2))"
        " AND EXISTS (SELECT FROM evaluation_report r WHERE r.listing = l.id AND r.id <> e.before"
        " AND r.whole_at IS NOT NULL AND r.drawn_up_at >= e.opened_at)",
        actor.organisation_id, actor.agreements_for(Entrusted.PANEL),
    )  # fmt: skip
    return [
        WorkItem(
            None, "", say(N_("结束“{title}”的重新评审"), title=Name.of(r)),
            f"/listings/{r['reference']}/re-evaluation", "R-REEV-01",
        )
        for r in rows
    ]  # fmt: skip


async def _to_note(actor: Actor) -> list[WorkItem]:
    """Changed results that finance has not taken note of (87 Art. 64)."""
    if not actor.may(Permission.DECIDE_COMPLAINT):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en FROM re_evaluation e"
        " JOIN listing l ON l.id = e.listing JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE e.is_changed AND e.noted_at IS NULL ORDER BY e.closed_at"
    )
    return [
        WorkItem(
            None, Name.of(r, "unit"), say(N_("看“{title}”重新评审改变结果的报告"), title=Name.of(r)),
            f"/listings/{r['reference']}/re-evaluation", "R-REEV-01",
        )
        for r in rows
    ]  # fmt: skip
