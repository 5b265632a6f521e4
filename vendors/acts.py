"""What a provider may do on a listing's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.listings.inviting.queries import invited_at
from catalogue.listings.inviting.rules import invites_only
from catalogue.listings.methods import takes_sealed_bids
from catalogue.listings.queries import lots
from catalogue.listings.rules import accepts_bids
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct
from vendors.bids.queries import open_invitations


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """Prepare a bid for each lot while bids are taken; give a final price while invited."""
    if actor is not None and actor.organisation_id == listing["procuring_unit"] and actor.may(Permission.DRAFT_LISTING):
        return [PageAct(say(N_("参与过前期工作的单位")), f"/listings/{listing['reference']}/helpers", "quiet")]
    if actor is None or not actor.may(Permission.BID):
        return []
    base = f"/listings/{listing['reference']}/lots"
    acts = [
        PageAct(say(N_("提交第 {lot} 包的最后报价"), lot=i.lot_number), f"{base}/{i.lot_number}/final-price", "primary")
        for i in await open_invitations(actor.organisation_id, now)
        if i.reference == listing["reference"]
    ]
    asked = not invites_only(listing) or await invited_at(listing["id"], actor.organisation_id) is not None
    if asked and takes_sealed_bids(listing) and accepts_bids(listing["status"], listing["closes_at"], now):
        acts += [
            PageAct(say(N_("准备第 {lot} 包的投标文件"), lot=t["number"]), f"{base}/{t['number']}/bid", "primary")
            for t in await lots(listing["id"])
        ]
    return acts
