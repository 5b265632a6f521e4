"""What waits for a second person in a buyer's office."""

from __future__ import annotations

from marketplace.accounts.actor import Actor
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.relations.queries import helpers_to_confirm
from vendors.relations.rules import HELPED


async def helper_work(actor: Actor) -> list[WorkItem]:
    """Records of who helped to prepare a project, made or taken back by a colleague once the bids were in."""
    words = N_("核实参与过前期工作的登记：{name}")
    return [
        WorkItem(
            None, Name.of(row), say(words, name=row["name"]), f"/listings/{row['reference']}/helpers", HELPED
        )
        for row in await helpers_to_confirm(actor.organisation_id)
        if row["asked_by"] != actor.person_id
    ]  # fmt: skip
