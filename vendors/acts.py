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
from marketplace.kernel.db import read_ahead
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct
from vendors.bids.queries import open_invitations
from vendors.providers.queries import own_provider
from vendors.providers.rules import form_exclusions


async def listing_acts(listing: dict[str, Any], actor: Actor | None, now: datetime) -> list[PageAct]:
    """Prepare a bid for each lot while bids are taken; give a final price while invited."""
    if actor is not None and actor.organisation_id == listing["procuring_unit"] and actor.may(Permission.DRAFT_LISTING):
        return [PageAct(say(N_("参与过前期工作的单位")), f"/listings/{listing['reference']}/helpers", "quiet")]
    if actor is None or not actor.may(Permission.BID):
        return []
    base = f"/listings/{listing['reference']}/lots"
    await read_ahead(
        open_invitations(actor.organisation_id, now), own_provider(actor), lots(listing["id"]),
        *([invited_at(listing["id"], actor.organisation_id)] if invites_only(listing) else []),
    )  # fmt: skip
    acts = [
        PageAct(say(N_("提交第 {lot} 包的最后报价"), lot=i.lot_number), f"{base}/{i.lot_number}/final-price", "primary")
        for i in await open_invitations(actor.organisation_id, now)
        if i.reference == listing["reference"]
    ]
    asked = not invites_only(listing) or await invited_at(listing["id"], actor.organisation_id) is not None
    if asked and takes_sealed_bids(listing) and accepts_bids(listing["status"], listing["closes_at"], now):
        form = await _own_legal_form(actor)
        acts += [_preparing(form, listing, lot, base) for lot in await lots(listing["id"])]
    return acts


async def _own_legal_form(actor: Actor) -> str | None:
    try:
        return str((await own_provider(actor))["legal_form"])
    except NotFound:
        return None


def _preparing(form: str | None, listing: dict[str, Any], lot: dict[str, Any], base: str) -> PageAct:
    """Shut out by form or reservation, nobody is led to work in vain; bidding stays open, the review decides."""
    address, number = f"{base}/{lot['number']}/bid", lot["number"]
    against = form_exclusions(form, lot, listing["reservation_ground"]) if form else []
    if not against:
        return PageAct(say(N_("准备第 {lot} 包的投标文件"), lot=number), address, "primary")
    words = N_("第 {lot} 包不能参加（{clause}），仍要准备投标文件")
    return PageAct(say(words, lot=number, clause=against[0].clause), address)
