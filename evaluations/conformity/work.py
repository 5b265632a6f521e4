"""What waits in the conformity review: bids a member has not looked at yet."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

WAITING = """
SELECT DISTINCT l.id, l.reference, l.title, l.title_en, u.name AS unit, u.name_en AS unit_en
FROM panel_member m JOIN listing l ON l.id = m.listing JOIN organisation u ON u.id = l.procuring_unit
JOIN listing_lot t ON t.listing = l.id JOIN opened_bid b ON b.lot = t.id
JOIN qualification_decision q ON q.opened_bid = b.id AND q.is_qualified
LEFT JOIN conformity_decision f ON f.opened_bid = b.id
WHERE m.person = $1 AND m.declared_at IS NOT NULL AND NOT m.has_interest AND l.status = 'opened' AND f.id IS NULL
  AND NOT EXISTS (SELECT FROM ended_lot e WHERE e.lot = t.id)
"""


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Listings with a bid that I have not voted on, or that all have and that a changed panel decides again."""
    rows = await fetch(
        WAITING + " AND (NOT EXISTS (SELECT 1 FROM conformity_vote v WHERE v.member = m.id AND v.opened_bid = b.id)"
        " OR NOT EXISTS (SELECT FROM panel_member o WHERE o.listing = l.id AND NOT o.has_interest AND NOT EXISTS"
        " (SELECT FROM conformity_vote v WHERE v.member = o.id AND v.opened_bid = b.id)))",
        actor.person_id,
    )
    return [
        WorkItem(
            None, Name.of(r, "unit"), say(N_("对“{title}”作符合性审查"), title=Name.of(r)),
            f"/listings/{r['reference']}/conformity", "R-COM-05",
        )
        for r in rows
    ]  # fmt: skip
