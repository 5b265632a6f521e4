"""What waits around awards: determining, announcing, and reading one's own scores."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from catalogue.listings.methods import codes_of_lowest_price, is_framework
from evaluations.awards.clock import clause_of, evaluated_at
from evaluations.awards.comments import listings_lacking_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, read_ahead
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

NOTICE_BY = "R-TIME-15"


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Listings of my unit to determine or announce, unless I drafted or judged them."""
    if actor.may(Permission.SCORE_BIDS):
        return await _to_comment(actor)
    if not actor.may(Permission.DETERMINE_AWARD):
        return await _to_publish(actor)
    rows = await fetch(
        "SELECT l.id, l.reference, l.title, l.title_en, l.status, l.method, l.agency_agreement FROM listing l"
        " WHERE l.procuring_unit = $1 AND l.drafted_by <> $2"
        " AND NOT EXISTS (SELECT 1 FROM panel_member m WHERE m.listing = l.id AND m.person = $2)"
        " AND (l.status = 'determined' OR (l.status = 'evaluated' AND NOT EXISTS (SELECT 1 FROM re_evaluation e"
        "  WHERE e.listing = l.id AND e.closed_at IS NULL) AND (EXISTS (SELECT 1 FROM evaluation_report r"
        "  WHERE r.listing = l.id AND r.whole_at IS NOT NULL)"
        "  OR NOT EXISTS (SELECT 1 FROM panel_member p WHERE p.listing = l.id))) OR (l.status = 'opened'"
        "  AND (l.past_performance_form = 'county_standing' OR l.method = ANY($3))"
        "  AND NOT EXISTS (SELECT 1 FROM opened_bid b"
        "  JOIN listing_lot t ON t.id = b.lot LEFT JOIN qualification_decision q ON q.opened_bid = b.id"
        "  WHERE t.listing = l.id AND q.id IS NULL)))",
        actor.organisation_id, actor.person_id, codes_of_lowest_price(),
    )  # fmt: skip
    await read_ahead(*(_due(r["id"], NOTICE_BY if r["status"] == "determined" else clause_of(r)) for r in rows))
    items = []
    for r in rows:
        url = f"/listings/{r['reference']}/{'admission' if is_framework(r) else 'award'}"
        if r["status"] == "determined":
            what, clause = say(N_("发布“{title}”的结果公告"), title=Name.of(r)), NOTICE_BY
        else:
            what, clause = say(N_("确定“{title}”的供应商"), title=Name.of(r)), clause_of(r)
        items.append(WorkItem(await _due(r["id"], clause), "", what, url, clause))
    return items


async def _to_comment(actor: Actor) -> list[WorkItem]:
    """Listings this member judged whose debrief still lacks its words."""
    return [
        WorkItem(
            # the notice cannot go out without the words: they are due with what waits for them
            await _due(r["id"], NOTICE_BY if r["status"] == "determined" else clause_of(r)), "",
            say(N_("补写“{title}”的评语"), title=Name.of(r)), f"/listings/{r['reference']}/scoring/comments",
            "R-AWD-02",
        )
        for r in await listings_lacking_words(actor)
    ]  # fmt: skip


async def _to_publish(actor: Actor) -> list[WorkItem]:
    """What the buyer determined and its agency announces (R-ROLE-05)."""
    if not (agreements := actor.agreements_for(Entrusted.RESULT)):
        return []
    rows = await fetch(
        "SELECT id, reference, title, title_en FROM listing WHERE agency_agreement = ANY($1) AND status = 'determined'",
        agreements,
    )
    return [
        WorkItem(
            await _due(r["id"], NOTICE_BY), "", say(N_("发布“{title}”的结果公告"), title=Name.of(r)),
            f"/listings/{r['reference']}/award", NOTICE_BY,
        )
        for r in rows
    ]  # fmt: skip


async def _due(listing: UUID, clause: str) -> date | None:
    if clause == NOTICE_BY:
        since = await fetchval("SELECT max(d.determined_at) FROM (SELECT listing, determined_at FROM award"
            " UNION ALL SELECT listing, determined_at FROM admission) d WHERE d.listing = $1", listing)
    else:
        since = await evaluated_at(listing)
    return compute(clause, county_day(since)).date if since else None
