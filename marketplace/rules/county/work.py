"""County rows that wait for a second person."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem
from marketplace.rules.county.queries import proposed, waiting
from marketplace.rules.county.rules import may_decide


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Rows of colleagues; approved at the latest on the day before they begin."""
    if not actor.may(Permission.ENTER_RULES):
        return []
    return [
        WorkItem(
            row["effective_from"] - timedelta(days=1), row["proposed_by_name"],
            say(N_("复核县级规则 {key}（{document}）"), key=row["key"], document=row["document_number"]),
            f"/county-rules/{row['id']}", "R-ROLE-03",
        )
        for row in await waiting()
        if may_decide(actor, proposed(row))
    ]  # fmt: skip
