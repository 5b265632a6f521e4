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
    place = await lot_to_bid(reference, number)
    await check_invited(place.listing, actor.organisation_id)
    provider = await own_provider(actor)
    facts = ProviderFacts(provider["name"], provider["legal_form"])
    helped = await helper_exclusions_of(place.listing, [provider["credit_code"]])
    against = [
        *helped[provider["credit_code"]],
        *reservation_exclusions(provider["legal_form"], ground_of_lot(place.listing["reservation_ground"], place.lot)),
        *exclusions(facts, await credit_facts(provider["id"]), county_day(now), place.lot["legal_forms"]),
    ]
    asks_past = place.listing["past_performance_form"] == "printed_table"
    record = await own_record(provider["id"], place.lot, place.listing["closes_at"]) if asks_past else None
    own = OwnRecord(record.grade, OWN_COUNTY, record.counts_from, record.evaluation_reference) if record else None
    asked = Asked(
        place.terms, bool(against), asks_past, own, may_declare_small_micro(provider["legal_form"]),
        rulebook.number(HOURS_PER_PERSON, place.listing["rules_on"]) if await asks_hours(place.listing["id"]) else None,
        await _most_subcontract(place, provider),
    )  # fmt: skip
    past = await past_papers([provider["id"]], county_day(place.listing["closes_at"]))
    return Desk(
        place=place, provider=provider, exclusions=against, asked=asked,
        found=await find_draft(place.lot["id"], key, actor),
        bands=await bands(place.listing["id"]) if asks_past else {},
        sealed=await current_bid(place.lot["id"], provider["id"]), past_papers=past[provider["id"]],
    )  # fmt: skip


async def _most_subcontract(place: LotToBid, provider: dict[str, Any]) -> Decimal | None:
    """What an enterprise may subcontract, in percent, where that lessens its price; None elsewhere (R-SME-04)."""
    terms = await terms_of(place.listing["id"])
    is_deducted = place.listing["consortium_deduction"] and not place.lot["is_reserved"]
    if not is_deducted or terms is None or not may_declare_small_micro(provider["legal_form"]):
        return None
    return terms.subcontract_share or None
