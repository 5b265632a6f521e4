"""资格预审公告 of a draft whose bidders are qualified beforehand (R-TIME-06, form 2 of R-PUB-02)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalogue.listings.queries import listing_by_id
from catalogue.notices.content import Paper
from catalogue.notices.facts import ListingFacts, PrequalificationFacts
from catalogue.notices.kinds import Kind
from catalogue.notices.listing_notices import prequalification
from catalogue.notices.sources import draft_facts
from marketplace.kernel.i18n import current_language
from marketplace.kernel.i18n import translate as _

Row = dict[str, Any]
SLUG = Kind.PREQUALIFICATION.value


async def prequalified_facts(found: Row, address: str) -> ListingFacts:
    """The listing as its prequalification notice tells it: what it asked on its day."""
    listing = {**await listing_by_id(found["listing"]), "qualification": found["qualification"]}
    listing["published_at"] = found["published_at"]
    facts = await draft_facts(listing, address, found["published_at"])
    # what there is to take is this notice, for as long as one may apply
    return replace(facts, documents_from=None, documents_until=found["applications_until"])


async def prequalification_paper(found: Row, site: str) -> Paper:
    """The notice in the reader's language."""
    address = f"{site}/prequalifications/{found['reference']}"
    facts = await prequalified_facts(found, address)
    asked = PrequalificationFacts(facts, found["applications_until"], None, _("合格制"))
    return replace(prequalification(asked), address=address, language=current_language.get())
