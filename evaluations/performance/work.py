"""What waits in performance evaluation."""

from __future__ import annotations

from datetime import datetime

from contracts.agreements.names import TITLE_EN
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Contracts to score, drafts to answer, results ready to freeze."""
    if not any(map(actor.may, (Permission.EVALUATE, Permission.REPLY_TO_EVALUATION, Permission.PLAN_EVALUATION))):
        return []
    rows = await fetch(
        f"SELECT e.reference, e.status, e.reply_until, e.evaluator, p.organisation AS provider, c.title,"
        f" {TITLE_EN} AS title_en, v.name AS by_whom, v.name_en AS by_whom_en"
        " FROM evaluation e JOIN contract c ON c.id = e.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation v ON v.id = e.evaluator"
        " WHERE e.status <> 'frozen' AND ($2 OR e.evaluator = $1 OR p.organisation = $1)"
        " ORDER BY e.planned_at LIMIT 100",
        actor.organisation_id, actor.may(Permission.PLAN_EVALUATION),
    )  # fmt: skip
    items: list[WorkItem] = []
    today = county_day(now)
    for r in rows:
        path = f"/evaluations/{r['reference']}"
        title, by_whom = Name.of(r), Name.of(r, "by_whom")
        if r["status"] == "planned" and actor.may(Permission.EVALUATE) and r["evaluator"] == actor.organisation_id:
            items.append(WorkItem(None, "", say(N_("评价合同《{title}》"), title=title), path))
        elif r["status"] == "drafted" and r["provider"] == actor.organisation_id:
            what = say(N_("答复《{title}》的评价结果"), title=title)
            items.append(WorkItem(r["reply_until"], by_whom, what, path, "R-INTL-01"))
        elif actor.may(Permission.PLAN_EVALUATION) and (
            r["status"] == "replied" or (r["status"] == "drafted" and r["reply_until"] < today)
        ):
            items.append(WorkItem(None, by_whom, say(N_("冻结并公布《{title}》的评价结果"), title=title), path))
    return items
