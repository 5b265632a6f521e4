"""What waits in the rounds: changes for the purchaser to confirm, changes for a bidder to answer."""

from __future__ import annotations

from datetime import datetime

from evaluations.consultations.rules import CLAUSE
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

_TO_CONFIRM = """
SELECT DISTINCT l.id, l.reference, l.title, l.title_en FROM consultation_change c JOIN listing l ON l.id = c.listing
WHERE c.confirmed_at IS NULL AND l.status = 'opened' AND l.procuring_unit = $1
  AND NOT EXISTS (SELECT FROM final_price_window w WHERE w.listing = l.id)
"""

_TO_ANSWER = """
SELECT DISTINCT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en, w.closes_at
FROM consultation_change c JOIN listing l ON l.id = c.listing JOIN organisation u ON u.id = l.procuring_unit
JOIN listing_lot t ON t.listing = l.id JOIN opened_bid b ON b.lot = t.id JOIN provider p ON p.id = b.provider
JOIN qualification_decision q ON q.opened_bid = b.id AND q.is_qualified
JOIN conformity_decision f ON f.opened_bid = b.id AND f.passes
LEFT JOIN final_price_window w ON w.listing = l.id
WHERE c.confirmed_at IS NOT NULL AND l.status = 'opened' AND p.organisation = $1
  AND (w.id IS NULL OR w.closes_at > $2) AND NOT EXISTS (SELECT FROM ended_lot e WHERE e.lot = t.id)
  AND NOT EXISTS (SELECT FROM consultation_answer a WHERE a.change = c.id AND a.opened_bid = b.id)
"""

_TO_READ = """
SELECT DISTINCT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en
FROM consultation_meeting m JOIN opened_bid b ON b.id = m.opened_bid JOIN listing_lot t ON t.id = b.lot
JOIN listing l ON l.id = t.listing JOIN organisation u ON u.id = l.procuring_unit JOIN provider p ON p.id = b.provider
WHERE m.confirmed_at IS NULL AND l.status = 'opened' AND p.organisation = $1
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Changes to confirm for the unit's buyers, and to answer for the bidders that are met."""
    if actor.may(Permission.REVIEW_QUALIFICATION):
        rows = await fetch(_TO_CONFIRM, actor.organisation_id)
        return [
            WorkItem(
                None, "", say(N_("确认“{title}”磋商中的变动"), title=Name.of(r)),
                f"/listings/{r['reference']}/consultation", CLAUSE,
            )
            for r in rows
        ]  # fmt: skip
    if actor.may(Permission.BID):
        asked = [
            (N_("按“{title}”的变动重新提交响应"), await fetch(_TO_ANSWER, actor.organisation_id, now)),
            (N_("看“{title}”的磋商记录并确认"), await fetch(_TO_READ, actor.organisation_id)),
        ]
        return [
            WorkItem(
                None, Name.of(r, "unit"), say(words, title=Name.of(r)), f"/listings/{r['reference']}/consultation",
                CLAUSE,
            )
            for words, rows in asked
            for r in rows
        ]  # fmt: skip
    return []
