"""What waits around agencies: agreements to approve, drafts handed over, documents that the buyer confirmed."""

from __future__ import annotations

from datetime import datetime

from catalogue.listings.entrusting.queries import to_run
from marketplace.accounts.actor import Actor
from marketplace.accounts.agencies.queries import waiting_for_approval
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def agency_work(actor: Actor, now: datetime) -> list[WorkItem]:
    """For the buyer's second person, and for the people of an agency within their agreements (R-ROLE-05)."""
    return await all_together(_agreements(actor), _entrusted(actor, now))


async def _agreements(actor: Actor) -> list[WorkItem]:
    if not actor.may(Permission.APPROVE_LISTING):
        return []
    return [
        WorkItem(
            None, row["recorded_by_name"], say(N_("复核委托代理协议：{number}"), number=row["document_number"]),
            f"/agency-agreements/{row['reference']}", "R-ROLE-03",
        )
        for row in await waiting_for_approval(actor.organisation_id, actor.person_id)
    ]  # fmt: skip


async def _entrusted(actor: Actor, now: datetime) -> list[WorkItem]:
    items = []
    if drafting := actor.agreements_for(Entrusted.DRAFT):
        for row in await to_run(drafting, "draft"):
            words = N_("修改被退回的采购文件“{title}”") if row["return_reason"] else N_("编制采购文件“{title}”")
            what = say(words, title=Name.of(row))
            items.append(WorkItem(None, Name.of(row, "unit"), what, f"/listings/drafts/{row['id']}", "R-ROLE-05"))
    if publishing := actor.agreements_for(Entrusted.PUBLISH):
        for row in await to_run(publishing, "review"):
            if row["confirmed_at"] is None:
                continue
            what, url = say(N_("发布公告“{title}”"), title=Name.of(row)), f"/listings/drafts/{row['id']}/check"
            items.append(WorkItem(county_day(now), Name.of(row, "unit"), what, url, "R-ROLE-05"))
    return items
