"""What waits for somebody in the catalogue: drafts that came back, and listings to review."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.queries import list_drafts
from catalogue.listings.rules import ReviewFacts, Status, may_review
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Drafts returned to me, my own drafts, and listings of my unit that wait for my review."""
    if not (actor.may(Permission.DRAFT_LISTING) or actor.may(Permission.APPROVE_LISTING)):
        return []
    items = []
    for draft in await list_drafts(actor):
        facts = ReviewFacts(draft["procuring_unit"], draft["drafted_by"])
        # it must be out before its closing time loses the lawful distance: due at once
        today = county_day(now)
        if draft["status"] == Status.DRAFT and draft["drafted_by"] == actor.person_id:
            url = f"/listings/drafts/{draft['id']}"
            if draft["returned_at"]:
                what = say(N_("修改被退回的公告“{title}”"), title=draft["title"])
                items.append(WorkItem(today, draft["procuring_unit_name"], what, url, "R-ROLE-03"))
            else:
                what = say(N_("继续起草公告“{title}”"), title=draft["title"])
                items.append(WorkItem(None, draft["procuring_unit_name"], what, url))
        elif may_review(actor, facts, draft["status"]):
            what = say(N_("复核公告“{title}”"), title=draft["title"])
            url = f"/listings/drafts/{draft['id']}/check"
            items.append(WorkItem(today, draft["drafted_by_name"], what, url, "R-ROLE-03"))
    return items
