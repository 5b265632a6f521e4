"""What waits around results that are recorded."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.methods import records_result
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Results of my unit to record, to correct, or to check when somebody else recorded them."""
    if not actor.may(Permission.DRAFT_LISTING):
        return []
    rows = await fetch(
        "SELECT l.reference, l.title, l.method, l.venue, l.rules_on, l.drafted_by, l.closes_at, r.status,"
        " r.recorded_by FROM listing l LEFT JOIN result_record r ON r.listing = l.id"
        " WHERE (l.procuring_unit = $1 OR l.agency_agreement = ANY($3)) AND l.status IN ('published', 'closed')"
        " AND l.closes_at <= $2",
        actor.organisation_id, now, actor.agreements_for(Entrusted.RESULT),
    )  # fmt: skip
    items = []
    for r in rows:
        if not records_result(r):
            continue
        url, day = f"/listings/{r['reference']}/result", county_day(r["closes_at"])
        if r["status"] == "recorded":
            if actor.may(Permission.DETERMINE_AWARD) and actor.person_id not in (r["drafted_by"], r["recorded_by"]):
                items.append(WorkItem(day, "", say(N_("核对“{title}”的采购结果"), title=r["title"]), url, "R-ROLE-03"))
        else:
            items.append(WorkItem(day, "", say(N_("登记“{title}”的采购结果"), title=r["title"]), url, "R-TIME-14"))
    return items
