"""What waits in openings: keys to release, qualifications to decide, the final prices to ask for."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.methods import row_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, nothing, read_ahead
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_TO_RELEASE = """
SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, s.stage
FROM listing_opener o JOIN listing l ON l.id = o.listing
JOIN organisation u ON u.id = l.procuring_unit LEFT JOIN final_price_window w ON w.listing = l.id
CROSS JOIN (VALUES ('first'), ('final')) AS s (stage)
WHERE o.person = $1
  AND NOT EXISTS (SELECT 1 FROM key_release k WHERE k.listing = l.id AND k.opener = $1 AND k.stage = s.stage)
  AND (SELECT count(*) FROM key_release k WHERE k.listing = l.id AND k.stage = s.stage) < l.openers_needed
  AND ((s.stage = 'first' AND l.status IN ('published', 'closed') AND l.closes_at <= $2)
    OR (s.stage = 'final' AND l.status = 'opened' AND w.closes_at <= $2))
ORDER BY l.closes_at
"""

_TO_REVIEW = """
SELECT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, l.method, l.rules_on,
       w.id AS final_window,
       count(b.id) FILTER (WHERE q.id IS NULL) AS undecided,
       count(b.id) FILTER (WHERE q.is_qualified AND f.id IS NULL AND e.id IS NULL) AS not_judged
FROM listing l JOIN organisation u ON u.id = l.procuring_unit JOIN listing_lot t ON t.listing = l.id
JOIN opened_bid b ON b.lot = t.id LEFT JOIN qualification_decision q ON q.opened_bid = b.id
LEFT JOIN conformity_decision f ON f.opened_bid = b.id LEFT JOIN final_price_window w ON w.listing = l.id
LEFT JOIN ended_lot e ON e.lot = t.id
WHERE l.status = 'opened' AND l.procuring_unit = $1 AND l.drafted_by <> $2
GROUP BY l.id, u.id, w.id ORDER BY l.closes_at
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Releases that are due for a named opener; reviews and final rounds for the unit's other buyers."""
    items, today = [], county_day(now)
    await read_ahead(
        fetch(_TO_RELEASE, actor.person_id, now) if actor.may(Permission.OPEN_BIDS) else nothing(),
        fetch(_TO_REVIEW, actor.organisation_id, actor.person_id)
        if actor.may(Permission.REVIEW_QUALIFICATION)
        else nothing(),
    )
    if actor.may(Permission.OPEN_BIDS):
        for r in await fetch(_TO_RELEASE, actor.person_id, now):
            words = N_("放行“{title}”的开标密钥") if r["stage"] == "first" else N_("放行“{title}”最后报价的密钥")
            what = say(words, title=Name.of(r))
            items.append(WorkItem(today, Name.of(r, "unit"), what, f"/listings/{r['reference']}/opening", "R-BID-03"))
    if actor.may(Permission.REVIEW_QUALIFICATION):
        for r in await fetch(_TO_REVIEW, actor.organisation_id, actor.person_id):
            url = f"/listings/{r['reference']}/qualification"
            if r["undecided"]:
                what = say(N_("审查“{title}”的供应商资格"), title=Name.of(r))
                items.append(WorkItem(today, Name.of(r, "unit"), what, url, "R-CRED-03"))
            elif row_of(r).final_price and r["final_window"] is None and not r["not_judged"]:
                what = say(N_("开始“{title}”的最后报价"), title=Name.of(r))
                items.append(WorkItem(today, Name.of(r, "unit"), what, url, "R-CONS-01"))
    return items
