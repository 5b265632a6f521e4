"""Prices that differ from themselves: for the panel to mend, for the bidder to confirm."""

from __future__ import annotations

from datetime import datetime

from catalogue.holds.queries import answer_clock
from catalogue.listings.queries import listing_by_id
from catalogue.scoring.arithmetic import CLAUSE
from evaluations.arithmetic.queries import DUE, JOIN, statements_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, nothing, together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_MINE = """
SELECT DISTINCT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en
FROM panel_member m JOIN listing l ON l.id = m.listing JOIN organisation u ON u.id = l.procuring_unit
JOIN listing_lot t ON t.listing = l.id JOIN opened_bid b ON b.lot = t.id
LEFT JOIN price_correction c ON c.opened_bid = b.id
WHERE m.person = $1 AND m.declared_at IS NOT NULL AND NOT m.has_interest AND l.status = 'opened' AND c.id IS NULL
  AND (b.price_words <> '' OR b.unit_price IS NOT NULL OR b.body_total IS NOT NULL)
"""
# what others read in the papers and I have not said anything of
_READ = f"""
SELECT DISTINCT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en
FROM panel_member m JOIN listing l ON l.id = m.listing JOIN organisation u ON u.id = l.procuring_unit
JOIN listing_lot t ON t.listing = l.id JOIN opened_bid b ON b.lot = t.id JOIN price_opinion x ON x.opened_bid = b.id
JOIN panel_member y ON y.id = x.member AND NOT y.has_interest {JOIN}
WHERE m.person = $1 AND m.declared_at IS NOT NULL AND NOT m.has_interest AND l.status = 'opened'
  AND (x.act = 'ask') = (c.id IS NULL) AND (c.id IS NULL OR (c.answered_at IS NULL AND {DUE} > $2))
  AND NOT EXISTS (SELECT FROM price_opinion o WHERE o.member = m.id AND o.opened_bid = b.id AND o.act = x.act)
"""
_CLOCK = answer_clock("l.id", "c.asked_at", "c.answer_by", "c.answered_at")
_ASKED = f"""
SELECT DISTINCT l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, {DUE} AS answer_by
FROM price_correction c JOIN opened_bid b ON b.id = c.opened_bid JOIN provider p ON p.id = b.provider
JOIN listing_lot t ON t.id = b.lot JOIN listing l ON l.id = t.listing JOIN organisation u ON u.id = l.procuring_unit
{_CLOCK} WHERE p.organisation = $1 AND c.answered_at IS NULL AND {DUE} > $2 AND l.status = 'opened'
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Prices my panel has to mend, and those of my organisation to confirm while the clock runs."""
    mine, read, asked = await together(
        fetch(_MINE, actor.person_id), fetch(_READ, actor.person_id, now),
        fetch(_ASKED, actor.organisation_id, now) if actor.may(Permission.BID) else nothing(),
    )  # fmt: skip
    items = []
    for r in mine:
        if any(s.is_to_mend for s in await statements_of(await listing_by_id(r["id"]))):
            what = say(N_("修正“{title}”里前后不一致的报价"), title=Name.of(r))
            url = f"/listings/{r['reference']}/price-statements"
            items.append(WorkItem(None, Name.of(r, "unit"), what, url, CLAUSE))
    for r in read:
        what = say(N_("看一看另一名成员对“{title}”报价的认定"), title=Name.of(r))
        items.append(WorkItem(None, Name.of(r, "unit"), what, f"/listings/{r['reference']}/price-statements", CLAUSE))
    for r in asked or []:
        what = say(N_("在 {at} 以前确认“{title}”的报价修正"), at=Moment(r["answer_by"]), title=Name.of(r))
        url = f"/listings/{r['reference']}/price-correction"
        items.append(WorkItem(county_day(r["answer_by"]), Name.of(r, "unit"), what, url, CLAUSE))
    return items
