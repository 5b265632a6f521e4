"""What waits in scoring: sheets to fill and lock, results to total."""

from __future__ import annotations

from datetime import date, datetime

from catalogue.holds.queries import answer_clock
from catalogue.listings.queries import listing_by_id
from evaluations.panel.queries import is_locked
from evaluations.scoring.services import waits_for_explanation
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

SHEETS = "R-TIME-31/scoring"


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """What I have to mark or total, low prices to review again, and those my organisation is asked about."""
    return await all_together(_to_mark(actor), _to_review_again(actor), _to_explain(actor, now))


async def _to_mark(actor: Actor) -> list[WorkItem]:
    """Listings that I judge: my marks until I lock, then the total once everybody has."""
    rows = await fetch(
        "SELECT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, m.locked_at,"
        " (SELECT max(b.opened_at) FROM opened_bid b JOIN listing_lot t ON t.id = b.lot WHERE t.listing = l.id)"
        " AS opened_at"
        " FROM panel_member m"
        " JOIN listing l ON l.id = m.listing JOIN organisation u ON u.id = l.procuring_unit"
        " WHERE m.person = $1 AND m.declared_at IS NOT NULL AND NOT m.has_interest AND l.status = 'opened'"
        " AND NOT EXISTS (SELECT 1 FROM listing_lot t JOIN opened_bid b ON b.lot = t.id"
        " JOIN qualification_decision q ON q.opened_bid = b.id AND q.is_qualified"
        " WHERE t.listing = l.id AND NOT EXISTS (SELECT FROM ended_lot e WHERE e.lot = t.id) AND NOT EXISTS"
        " (SELECT 1 FROM conformity_decision f WHERE f.opened_bid = b.id))",
        actor.person_id,
    )
    items = []
    for r in rows:
        url = f"/listings/{r['reference']}/scoring"
        if r["locked_at"] is None:
            what = say(N_("给“{title}”评分并锁定"), title=Name.of(r))
            items.append(WorkItem(_sheet_due(r["opened_at"]), Name.of(r, "unit"), what, url, "R-COM-06"))
        elif await is_locked(r["id"]):
            what = say(N_("汇总“{title}”的评审结果"), title=Name.of(r))
            items.append(WorkItem(None, Name.of(r, "unit"), what, url, "R-EVAL-03"))
    return items


async def _to_review_again(actor: Actor) -> list[WorkItem]:
    """Prices that a correction made look too low, before the panel's new report (R-LOW-04, R-REEV-01)."""
    rows = await fetch(
        "SELECT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en"
        " FROM panel_member m JOIN listing l ON l.id = m.listing"
        " JOIN organisation u ON u.id = l.procuring_unit JOIN re_evaluation e ON e.listing = l.id"
        " WHERE m.person = $1 AND NOT m.has_interest AND e.closed_at IS NULL"
        " AND l.status IN ('evaluated', 'determined')",
        actor.person_id,
    )
    return [
        WorkItem(
            None, Name.of(dict(r), "unit"), say(N_("先审查“{title}”里明显偏低的报价"), title=Name.of(dict(r))),
            f"/listings/{r['reference']}/scoring", "R-LOW-04",
        )
        for r in rows
        if await waits_for_explanation(await listing_by_id(r["id"]))
    ]  # fmt: skip


def _sheet_due(opened_at: datetime | None) -> date | None:
    return compute(SHEETS, county_day(opened_at)).date if opened_at else None


async def _to_explain(actor: Actor, now: datetime) -> list[WorkItem]:
    """Prices that my organisation is asked about while the clock runs."""
    if not actor.may(Permission.BID):
        return []
    rows = await fetch(
        "SELECT DISTINCT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en,"
        " coalesce(clk.due, q.answer_by) AS answer_by"
        " FROM low_price_request q JOIN opened_bid b ON b.id = q.opened_bid JOIN provider p ON p.id = b.provider"
        " JOIN listing_lot t ON t.id = b.lot JOIN listing l ON l.id = t.listing"
        " JOIN organisation u ON u.id = l.procuring_unit"
        f" {answer_clock('l.id', 'q.asked_at', 'q.answer_by', 'q.answered_at')}"
        " WHERE p.organisation = $1 AND q.answered_at IS NULL AND coalesce(clk.due, q.answer_by) > $2"
        " AND l.status IN ('opened', 'evaluated', 'determined')",
        actor.organisation_id, now,
    )  # fmt: skip
    return [
        WorkItem(
            county_day(r["answer_by"]), Name.of(r, "unit"),
            say(N_("在 {at} 以前说明“{title}”的报价"), at=Moment(r["answer_by"]), title=Name.of(r)),
            f"/listings/{r['reference']}/low-price", "R-LOW-04",
        )
        for r in rows
    ]  # fmt: skip
