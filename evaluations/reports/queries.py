"""Reports and signatures, corrections and re-evaluations: every SELECT; callers guard who reads."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from catalogue.listings.methods import judged_without_panel
from catalogue.notices.content import Paper, from_canonical
from evaluations.panel.queries import judging_members
from evaluations.reports.content import signed_paper
from evaluations.reports.rules import DRAWING_UP, SIGNING, outstanding
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, read_ahead, together
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def report_of(listing: UUID) -> Row | None:
    """The version that stands: not void. None before one is drawn up."""
    row = await fetchrow(
        "SELECT r.*, p.name AS drawn_up_by_name FROM evaluation_report r JOIN person p ON p.id = r.drawn_up_by"
        " WHERE r.listing = $1 AND r.voided_at IS NULL ORDER BY r.version DESC LIMIT 1",
        listing,
    )
    return dict(row) if row else None


async def draw_up_by(listing: UUID) -> date | None:
    """The panel's last day to draw the report up, from the totals or the re-evaluation under way (R-TIME-31)."""
    since = await fetchval(
        "SELECT greatest(max(r.computed_at), (SELECT e.opened_at FROM re_evaluation e WHERE e.listing = $1"
        " AND e.closed_at IS NULL)) FROM bid_result r JOIN listing_lot l ON l.id = r.lot WHERE l.listing = $1",
        listing,
    )
    return compute(DRAWING_UP, county_day(since)).date if since else None


async def versions_of(listing: UUID) -> list[Row]:
    """Every version, the newest first."""
    rows = await fetch("SELECT * FROM evaluation_report WHERE listing = $1 ORDER BY version DESC", listing)
    return [dict(row) for row in rows]


async def signatures_of(report: UUID) -> list[Row]:
    """What stands under a version, in its order."""
    rows = await fetch(
        "SELECT s.*, p.name AS member_name FROM report_signature s JOIN panel_member m ON m.id = s.member"
        " JOIN person p ON p.id = m.person WHERE s.report = $1 ORDER BY s.stands_since, p.name",
        report,
    )
    return [dict(row) for row in rows]


async def reminders_of(report: UUID) -> dict[UUID, Row]:
    """Member -> its reminder."""
    return {row["member"]: dict(row) for row in await fetch("SELECT * FROM report_reminder WHERE report = $1", report)}


async def signing_state(report: Row) -> list[Row]:
    """Every member with what stands of it and whether it was reminded."""
    signatures, reminders, members = await together(
        signatures_of(report["id"]), reminders_of(report["id"]), judging_members(report["listing"])
    )
    standing = {s["member"]: s for s in signatures}
    return [
        {**member, "signature": standing.get(member["id"]), "reminder": reminders.get(member["id"])}
        for member in members
    ]


async def whole_paper(report: Row) -> Paper:
    """The report with its signatures as a paper."""
    signatures = await signatures_of(report["id"])
    members = await judging_members(report["listing"])
    return signed_paper(from_canonical(report["content"].encode()), report["content_sha256"], signatures, members)


async def check_report_whole(listing: UUID) -> None:
    """Nothing is determined before the report is signed, nor while it is reviewed again. Raises Conflict (R-COM-09)."""
    if await open_re_evaluation(listing):
        raise Conflict(N_("正在重新评审，结束以前不能确定供应商。请等评审小组签署新的评审报告。"), clause="R-REEV-01")
    report = await report_of(listing)
    if report is None:
        raise Conflict(N_("评审小组还没有编写评审报告，不能确定供应商。请等报告编好并签署。"), clause=SIGNING)
    if report["whole_at"] is None:
        standing = [s["member"] for s in await signatures_of(report["id"])]
        left = outstanding([m["id"] for m in await judging_members(listing)], standing)
        words = N_("评审报告还有 {count} 名成员没有签字，不能确定供应商。可以提醒他们；提醒以后仍不签的视同同意。")
        raise Conflict(words, clause=SIGNING, count=len(left))


async def report_awaited(listing: Row) -> Conflict | None:
    """What still keeps the panel's report from being whole, for those who wait for it; None where none is needed."""
    if listing["status"] != "evaluated" or judged_without_panel(listing):
        return None
    await read_ahead(open_re_evaluation(listing["id"]), report_of(listing["id"]))
    try:
        await check_report_whole(listing["id"])
    except Conflict as waits:
        return waits
    return None


async def open_re_evaluation(listing: UUID) -> Row | None:
    """The re-evaluation that is under way, if one is."""
    row = await fetchrow("SELECT * FROM re_evaluation WHERE listing = $1 AND closed_at IS NULL", listing)
    return dict(row) if row else None


async def re_evaluations_of(listing: UUID) -> list[Row]:
    """Every re-evaluation of a listing, the newest first."""
    rows = await fetch(
        "SELECT e.*, p.name AS opened_by_name, n.name AS noted_by_name FROM re_evaluation e"
        " JOIN person p ON p.id = e.opened_by LEFT JOIN person n ON n.id = e.noted_by"
        " WHERE e.listing = $1 ORDER BY e.opened_at DESC",
        listing,
    )
    return [dict(row) for row in rows]


_CORRECTIONS = """
SELECT c.*, k.title, m.member, m.criterion, p.name AS member_name, o.name AS provider_name,
       o.name_en AS provider_name_en, w.name AS proposed_by_name, t.number AS lot_number,
       count(v.id) FILTER (WHERE v.agrees) AS agreeing, count(v.id) FILTER (WHERE NOT v.agrees) AS against
FROM mark_correction c LEFT JOIN mark m ON m.id = c.mark LEFT JOIN criterion k ON k.id = m.criterion
LEFT JOIN panel_member x ON x.id = m.member LEFT JOIN person p ON p.id = x.person
JOIN opened_bid b ON b.id = c.opened_bid JOIN listing_lot t ON t.id = b.lot JOIN provider r ON r.id = b.provider
JOIN organisation o ON o.id = r.organisation JOIN panel_member y ON y.id = c.proposed_by
JOIN person w ON w.id = y.person LEFT JOIN correction_vote v ON v.correction = c.id
"""
_GROUPED = (
    " GROUP BY c.id, k.title, k.position, m.member, m.criterion, p.name, o.name, o.name_en, w.name, t.number"
    " ORDER BY c.proposed_at, c.id"
)


async def corrections_of(listing: UUID) -> list[Row]:
    """Every correction asked for, with its votes, in order."""
    return [dict(row) for row in await fetch(_CORRECTIONS + " WHERE c.listing = $1" + _GROUPED, listing)]


async def correction_by(correction: UUID, listing: UUID) -> Row | None:
    """One correction of a listing."""
    row = await fetchrow(_CORRECTIONS + " WHERE c.listing = $1 AND c.id = $2" + _GROUPED, listing, correction)
    return dict(row) if row else None


async def mark_facts(mark: UUID, listing: UUID) -> Row | None:
    """A locked mark with its factor, and what the other members gave for the same."""
    row = await fetchrow(
        "SELECT m.*, k.points AS highest, k.is_objective, k.bands, k.title, ARRAY(SELECT n.points FROM mark n"
        " JOIN panel_member q ON q.id = n.member AND NOT q.has_interest"
        " WHERE n.opened_bid = m.opened_bid AND n.criterion = m.criterion AND n.member <> m.member) AS others"
        " FROM mark m JOIN criterion k ON k.id = m.criterion JOIN panel_member p ON p.id = m.member"
        " WHERE m.id = $1 AND p.listing = $2 AND NOT p.has_interest",
        mark, listing,
    )  # fmt: skip
    return dict(row) if row else None


async def marks_by_bid(listing: UUID) -> dict[UUID, list[Row]]:
    """Opened bid -> the counting members' marks with names, by factor; only after all have locked."""
    rows = await fetch(
        "SELECT m.id, m.opened_bid, m.criterion, m.member, m.points, m.comment, k.title, k.points AS highest,"
        " k.is_objective, p.name AS member_name FROM mark m JOIN criterion k ON k.id = m.criterion"
        " JOIN panel_member x ON x.id = m.member AND NOT x.has_interest JOIN person p ON p.id = x.person"
        " WHERE x.listing = $1 ORDER BY k.position, p.name",
        listing,
    )
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row["opened_bid"], []).append(dict(row))
    return found


async def published_corrigenda(listing: UUID) -> list[Any]:
    """When the corrigenda of a listing came out."""
    rows = await fetch(
        "SELECT ended_at FROM corrigendum WHERE listing = $1 AND status = 'published' ORDER BY version", listing
    )
    return [row["ended_at"] for row in rows]


async def next_version(listing: UUID) -> int:
    """The number of the next version."""
    found: int = await fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM evaluation_report WHERE listing = $1", listing
    )
    return found
