"""What the contracts offer to do on a listing's page: join an open framework, review who wants to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.methods import takes_applications
from contracts.deposits.queries import asks_deposit
from contracts.frameworks.queries import framework_of_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """The framework for everybody once there is one; applying for providers, reviewing for the unit."""
    path, acts = f"/listings/{listing['reference']}", []
    if actor and actor.may(Permission.BID) and await asks_deposit(listing, now):
        acts.append(PageAct(say(N_("交投标保证金")), f"{path}/deposit"))
    if listing["published_at"] is None or not takes_applications(listing):
        return acts
    if actor and actor.may(Permission.BID) and listing["status"] == "published" and now < listing["closes_at"]:
        acts.append(PageAct(say(N_("申请加入")), f"{path}/apply", "primary"))
    if actor and actor.may(Permission.DETERMINE_AWARD) and actor.organisation_id == listing["procuring_unit"]:
        acts.append(PageAct(say(N_("审核加入申请")), f"{path}/applications", "primary"))
    if framework := await framework_of_listing(listing["id"]):
        acts.append(PageAct(say(N_("看框架协议")), f"/frameworks/{framework['reference']}"))
    return acts
