"""The papers of this stage on a listing's page; openers, panel and bidders find them on their own pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.methods import takes_applications, takes_sealed_bids
from evaluations.opening.rules import keeps_record
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct


def paper_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """One link for the buyer's people and those who read everything, from the deadline on."""
    if actor is None or listing["closes_at"] is None or now < listing["closes_at"]:
        return []
    inside = actor.may(Permission.READ_EVERYTHING) or keeps_record(listing, actor)
    if not inside or takes_applications(listing) or not takes_sealed_bids(listing):
        return []
    return [PageAct(say(N_("开标、评审和结果的文书")), f"/listings/{listing['reference']}/stage-papers", "quiet")]
