"""What of suspensions waits for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.suspensions.queries import to_review
from contracts.suspensions.rules import RULE
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

AHEAD = timedelta(days=7)


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Suspensions without an agreed end that the buyer looks at again."""
    if actor.organisation_id is None or not actor.may(Permission.SIGN_FOR_BUYER):
        return []
    rows = await to_review(actor.organisation_id, county_day(now) + AHEAD)
    words = N_("复核中止的合同：{title}")
    return [
        WorkItem(
            r["review_on"], Name.of(r, "provider_name"), say(words, title=r["title"]),
            f"/amendments/{r['amendment']}", RULE,
        )
        for r in rows
    ]  # fmt: skip
