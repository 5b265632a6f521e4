"""单一来源采购公示 of a listing, filled from whom it is meant for and what the experts said (R-PUB-02 form 10)."""

from __future__ import annotations

from typing import Any

from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.methods import row_of
from catalogue.listings.sole.queries import expert_opinions, sole_provider
from catalogue.notices.content import Paper
from catalogue.notices.course_notices import single_source
from catalogue.notices.facts import Contact, ExpertOpinion, SingleSourceFacts
from catalogue.notices.queries import contact, contacts_of
from catalogue.notices.sources import agency_contact, in_language
from catalogue.objections.rules import publicity_ends
from marketplace.kernel.db import fetchrow
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def single_source_paper(listing: Row) -> Paper:
    """Who is meant, why, what the experts say, and until when anybody may object."""
    procedure, sole = await procedure_of(listing), await sole_provider(listing["id"])
    finance = await fetchrow("SELECT id, name, name_en FROM organisation WHERE kind = 'finance' ORDER BY sort_key")
    offices = await contacts_of([listing["procuring_unit"], *([finance["id"]] if finance else [])])
    return single_source(
        SingleSourceFacts(
            reference=listing["reference"], title=in_language(listing, "title"),
            buyer=contact(in_language(listing, "procuring_unit_name"), offices.get(listing["procuring_unit"])),
            description=listing["requirement"], budget=listing["budget"], reason=procedure.ground_reason,
            provider=sole["name"] if sole else "", provider_address=sole["address"] if sole else "",
            opinions=tuple(ExpertOpinion(**each) for each in await expert_opinions(listing["id"])),
            published_at=listing["published_at"], shown_until=publicity_ends(listing).date,
            period=number(row_of(listing).publicity, listing["rules_on"]),
            finance_office=contact(in_language(dict(finance), "name"), offices.get(finance["id"]))
            if finance else Contact(""),
            agency=await agency_contact(listing),
        )
    )  # fmt: skip
