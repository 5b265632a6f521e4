"""What the opening offers to do on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.methods import row_of
from evaluations.opening.queries import opening_state
from evaluations.opening.rules import keeps_record
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """The opening for its openers, the unit and those who read everything; the review for the unit's buyers."""
    state = await opening_state(listing["id"], now)
    home = f"/listings/{listing['reference']}"
    found = []
    is_opener = actor is not None and actor.may(Permission.OPEN_BIDS) and state.is_opener(actor.person_id)
    everything = actor is not None and actor.may(Permission.READ_EVERYTHING)
    of_unit = actor is not None and actor.organisation_id == listing["procuring_unit"]
    is_buyer = of_unit and actor is not None and actor.may(Permission.REVIEW_QUALIFICATION)
    waits = bool(actor and is_opener and state.stage and not state.has_released(actor.person_id, state.stage))
    is_public = row_of(listing).reads_prices and state.is_opened
    if is_opener or is_buyer or everything or is_public or (actor is not None and keeps_record(listing, actor)):
        label = say(N_("放行密钥")) if waits else say(N_("开标"))
        found.append(PageAct(label, f"{home}/opening", "primary" if waits else "quiet"))
    if state.is_opened and (is_buyer or everything):
        found.append(PageAct(say(N_("串通线索")), f"{home}/signs", "quiet"))
        found.append(PageAct(say(N_("资格审查")), f"{home}/qualification", "quiet"))
    return found
