"""What of reserve funds waits for a person: papers that follow help, funds to top up."""

from __future__ import annotations

from datetime import datetime

from contracts.cases.rules import RULE_RELIEF
from contracts.relief.queries import waiting_statements, waiting_top_ups
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Statements that a town owes, and advances that the county puts back."""
    items = []
    if actor.may(Permission.HANDLE_CASES):
        items += [
            WorkItem(
                None, actor.office, say(N_("补充说明先行救助 {reference}"), reference=row["reference"]),
                f"/reserve-funds/{row['town']}", RULE_RELIEF,
            )
            for row in await waiting_statements(actor.organisation_id)
        ]  # fmt: skip
    if actor.may(Permission.OVERSEE_CASES):
        items += [
            WorkItem(
                None, Name.of(row, "town_name"),
                say(N_("补足备用金 {reference}"), reference=row["reference"]), f"/reserve-funds/{row['town']}",
                RULE_RELIEF,
            )
            for row in await waiting_top_ups()
        ]  # fmt: skip
    return items
