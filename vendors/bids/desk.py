"""A bidder's desk for one lot: what is asked, what is prepared, and what is already sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.inviting.queries import check_invited
from catalogue.listings.limits import HOURS_PER_PERSON
from catalogue.listings.queries import asks_hours, bands
from catalogue.listings.reservation import ground_of_lot
from marketplace.accounts.actor import Actor
from marketplace.kernel import rulebook
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, together
from vendors.bids.drafts import Found, find_draft
from vendors.bids.progress import Asked, OwnRecord, Task, finished
from vendors.bids.queries import LotToBid, current_bid, lot_to_bid, own_record
from vendors.credit.queries import credit_facts
from vendors.expiring.queries import past_papers
from vendors.providers.queries import own_provider
from vendors.providers.rules import (
    Exclusion,
    ProviderFacts,
    exclusions,
    may_declare_small_micro,
    reservation_exclusions,
)
from vendors.relations.queries import helper_exclusions_of

OWN_COUNTY = "金堂县"


@dataclass(frozen=True)
class Desk:
    """Everything the pages of one bid show."""

    place: LotToBid
    provider: dict[str, Any]
    exclusions: list[Exclusion]
    asked: Asked
    found: Found
    bands: dict[str, Any]
    sealed: dict[str, Any] | None
    # of the own file, those that have run out when bids close: shown, and nothing else
    past_papers: list[dict[str, Any]]

    @property
    def done(self) -> dict[Task, bool]:
        """Which parts are finished."""
        return finished(self.found.draft, self.asked)

    @property
    def legal_form(self) -> str:
        """The provider's legal form in words."""
        return dict(LEGAL_FORM_LABELS)[self.provider["legal_form"]]


async def desk(reference: str, number: int, key: bytes | None, actor: Actor, now: datetime) -> Desk:
    """The desk of the actor's own provider for a lot. Raises NotFound for listings that were never published."""
    place, provider = await together(lot_to_bid(reference, number), own_provider(actor))
    listing, key_of_provider = place.listing, provider["id"]
    await check_invited(listing, actor.organisation_id)
    asks_past = listing["past_performance_form"] == "printed_table"
    helped, credit, record, hours, subcontract, past, found, printed, sealed = await together(
        helper_exclusions_of(listing, [provider["credit_code"]]), credit_facts(key_of_provider),
        own_record(key_of_provider, place.lot, listing["closes_at"]) if asks_past else nothing(),
        asks_hours(listing["id"]), _most_subcontract(place, provider),
        past_papers([key_of_provider], county_day(listing["closes_at"])), find_draft(place.lot["id"], key, actor),
        bands(listing["id"]) if asks_past else nothing(), current_bid(place.lot["id"], key_of_provider),
    )  # fmt: skip
    facts = ProviderFacts(provider["name"], provider["legal_form"])
    against = [
        *helped[provider["credit_code"]],
        *reservation_exclusions(provider["legal_form"], ground_of_lot(listing["reservation_ground"], place.lot)),
        *exclusions(facts, credit, county_day(now), place.lot["legal_forms"]),
    ]
    own = OwnRecord(record.grade, OWN_COUNTY, record.counts_from, record.evaluation_reference) if record else None
    asked = Asked(
        place.terms, bool(against), asks_past, own, may_declare_small_micro(provider["legal_form"]),
        rulebook.number(HOURS_PER_PERSON, listing["rules_on"]) if hours else None, subcontract,
    )  # fmt: skip
    return Desk(
        place=place, provider=provider, exclusions=against, asked=asked, found=found, bands=printed or {},
        sealed=sealed, past_papers=past[key_of_provider],
    )  # fmt: skip


async def _most_subcontract(place: LotToBid, provider: dict[str, Any]) -> Decimal | None:
    """What an enterprise may subcontract, in percent, where that lessens its price; None elsewhere (R-SME-04)."""
    terms = await terms_of(place.listing["id"])
    is_deducted = place.listing["consortium_deduction"] and not place.lot["is_reserved"]
    if not is_deducted or terms is None or not may_declare_small_micro(provider["legal_form"]):
        return None
    return terms.subcontract_share or None
