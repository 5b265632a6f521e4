"""What a draft's pages show of the agency that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalogue.listings.entrusting.queries import standing_confirmation
from catalogue.listings.rules import NEVER_PUBLIC, Status, runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.agencies.queries import agreement_by_id, agreements_in_force
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day


async def entrusting_context(found: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """The agreement, the confirmation that stands, and what this reader may do about them."""
    of_unit = actor.organisation_id == found["procuring_unit"] and actor.may(Permission.DRAFT_LISTING)
    may_entrust = of_unit and found["status"] in NEVER_PUBLIC
    agreement = await agreement_by_id(found["agency_agreement"]) if found["agency_agreement"] else None
    waits = found["status"] == Status.REVIEW and agreement is not None
    confirmation = await standing_confirmation(found) if waits else None
    agency_publishes = agreement is not None and Entrusted.PUBLISH in agreement["acts"]
    return {
        "agreement": agreement,
        "confirmation": confirmation,
        "agency_publishes": agency_publishes,
        "may_entrust": may_entrust,
        "usable": await agreements_in_force(found["procuring_unit"], county_day(now)) if may_entrust else [],
        "may_publish_confirmed": confirmation is not None
        and actor.may(Permission.PUBLISH_CONFIRMED)
        and actor.organisation_id != found["procuring_unit"]
        and runs(actor, found, Entrusted.PUBLISH),
    }
