"""What of cases waits for a person: the ones in hand by their last day, decisions to record, relief to file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.cases import queries
from contracts.cases.rules import HELP_LABELS, RULE_RELIEF
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

RESTRICTED = N_("办理个案 {reference}")


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """For who handles cases and for the county's office that decides; without a word on who the resident is."""
    items = []
    if actor.may(Permission.HANDLE_CASES):
        for row in await queries.open_of(actor.person_id, actor.organisation_id):
            words = N_("办理救助个案 {reference}：{kind}")
            if row["held_by"] != row["town"]:
                words = N_("等县里的决定，登记个案 {reference}：{kind}")
            items.append(_item(row, words, row["clock"] or None))
        for row in await queries.unfiled_of(actor.organisation_id, actor.may(Permission.SEE_RESTRICTED_CASES)):
            items.append(_item({**row, "due_on": None}, N_("报县民政局备案：个案 {reference}"), RULE_RELIEF))
    if actor.may(Permission.OVERSEE_CASES):
        for row in await queries.held_by_county(actor.organisation_id, county_day(now)):
            if row["capacity"] == "full" or actor.may(Permission.SEE_RESTRICTED_CASES):
                items.append(_item(row, N_("决定救助个案 {reference}：{kind}"), row["clock"] or None))
    return items


def _item(row: dict[str, Any], words: str, clause: str | None) -> WorkItem:
    if row["capacity"] != "full":
        words = RESTRICTED  # a letter to the head of the office tells no more than the number (R-CHILD-01)
    what = say(words, reference=row["reference"], kind=say(HELP_LABELS[row["help_kind"]]))
    return WorkItem(row["due_on"], Name.of(row, "town_name"), what, f"/cases/{row['reference']}", clause)
