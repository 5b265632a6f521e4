"""What a recorded result offers on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.methods import records_result
from catalogue.listings.rules import runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct


def record_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """The record for everybody once it is confirmed; recording and checking for the unit after the closing time."""
    if not records_result(listing):
        return []
    url = f"/listings/{listing['reference']}/result"
    if listing["status"] in ("awarded", "failed"):
        return [PageAct(say(N_("看结果登记")), url)]
    of_unit = actor is not None and runs(actor, listing, Entrusted.RESULT)
    if actor and of_unit and actor.may(Permission.DRAFT_LISTING) and now >= listing["closes_at"]:
        return [PageAct(say(N_("登记和核对结果")), url, "primary")]
    return []
