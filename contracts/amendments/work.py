"""What of a contract's changes waits for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.amendments.claims import claims_open
from contracts.amendments.queries import proposals_waiting
from contracts.amendments.rules import KIND_LABELS, KIND_RULES, ONE_SIDED, RULE_VIEW, Kind, heard_until, waits_to_hear
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Proposals this person may sign or answer."""
    assert actor.organisation_id is not None
    found = []
    for row in await proposals_waiting(actor.organisation_id):
        words = _words(row, actor, now)
        if words is not None:
            due = heard_until(row["proposed_at"]).date if waits_to_hear(row) else None
            clause = RULE_VIEW if due else KIND_RULES[Kind(row["kind"])]
            found.append(WorkItem(due, Name.of(row, "buyer_name"), words, f"/amendments/{row['reference']}", clause))
    return found


async def claims_waiting(actor: Actor) -> list[WorkItem]:
    """Advances to be returned: for finance, and for the provider that owes them."""
    found = []
    for row in await claims_open():
        is_mine = row["organisation"] == actor.organisation_id
        if is_mine or actor.may(Permission.APPROVE_PAYMENT):
            words = N_("退回没有抵扣的预付款：{title}") if is_mine else N_("登记退回的预付款：{title}")
            who, path = Name.of(row, "provider_name"), f"/amendments/{row['reference']}"
            found.append(WorkItem(None, who, say(words, title=row["title"]), path, "R-PAY-03"))
    return found


def _words(row: dict[str, Any], actor: Actor, now: datetime) -> Sentence | None:
    kind = say(KIND_LABELS[Kind(row["kind"])])
    is_buyer = actor.organisation_id == row["buyer"]
    if row["ground"] in ONE_SIDED and not is_buyer:
        return None if row["view_at"] else say(N_("对{kind}陈述意见：{title}"), kind=kind, title=row["title"])
    if row["ground"] in ONE_SIDED:
        is_heard = row["view_at"] is not None or county_day(now) > heard_until(row["proposed_at"]).date
        mine = row["proposed_by"] == actor.person_id
        decides = (is_heard or not waits_to_hear(row)) and not mine
        return say(N_("决定是否{kind}：{title}"), kind=kind, title=row["title"]) if decides else None
    if (is_buyer and row["proposed_by"] == actor.person_id) or ("buyer" if is_buyer else "provider") in row["signed"]:
        return None
    return say(N_("签订{kind}：{title}"), kind=kind, title=row["title"])
