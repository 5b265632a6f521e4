"""The invitation as an official paper: one for each invited provider, pressed by the worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalogue.listings.inviting.queries import invitation_list, letters_without_paper
from catalogue.listings.inviting.rules import OVER, WAY_LABELS, Way, may_read_as_official
from catalogue.listings.queries import listing_by_id
from catalogue.notices.content import Paper
from catalogue.notices.facts import InvitationFacts
from catalogue.notices.kinds import LETTER_SLUG
from catalogue.notices.listing_notices import invitation
from catalogue.notices.services import Place, Shop, publish_paper
from catalogue.notices.sources import in_language, listing_facts
from marketplace.accounts.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import current_language
from marketplace.kernel.i18n import translate as _

log = logging.getLogger("marketplace")
Row = dict[str, Any]


def may_see_letter(listing: Mapping[str, Any], found: Mapping[str, Any], actor: Actor | None) -> bool:
    """The invited provider, the officials, and everybody once it is over: before, who was invited is secret."""
    if listing["status"] in OVER or may_read_as_official(actor, listing):
        return True
    return actor is not None and actor.organisation_id == found["organisation"]


async def letter_paper(listing: Row, found: Row, site: str) -> Paper:
    """投标（响应）邀请书 to one provider, in the reader's language (R-METH-10)."""
    written = await invitation_list(listing["id"])
    facts = await listing_facts(listing, f"{site}/listings/{listing['reference']}")
    chosen = _(WAY_LABELS[Way(written["way"])]) if written else ""
    paper = invitation(InvitationFacts(facts, in_language(found, "name"), chosen))
    address = f"{site}/listings/{listing['reference']}/invitation/{found['id']}"
    return replace(paper, address=address, language=current_language.get())


async def press_letters(shop: Shop, site: str, now: datetime, since: datetime, most: int) -> None:
    """Make the papers of invitations that have none yet; the content of a letter is what was true when it was made."""
    for found in await letters_without_paper(LETTER_SLUG, since, most):  # each is pressed and entered by itself
        try:
            await press_letter(found, shop, site, now)
        except (DomainError, OSError) as refused:
            log.error("no PDF of invitation %s: %s", found["id"], refused)


async def press_letter(found: Row, shop: Shop, site: str, now: datetime) -> None:
    """Make the paper of one invitation."""
    token = current_language.set("zh")
    try:
        paper = await letter_paper(await listing_by_id(found["listing"]), found, site)
        await publish_paper(paper, Place(str(found["id"]), LETTER_SLUG, None), shop, None, now)
    finally:
        current_language.reset(token)
