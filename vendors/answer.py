"""Whether a listing is open to the reader's own organisation, said before any effort is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS, LegalForm
from catalogue.listings.queries import lots
from catalogue.listings.reservation import ground_of_lot, is_shut_out
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import read_ahead
from marketplace.kernel.errors import NotFound
from vendors.chances.queries import compared
from vendors.chances.rules import Asked, Condition, OwnFile, conditions
from vendors.credit.queries import credit_facts
from vendors.providers.queries import own_provider
from vendors.providers.rules import (
    Exclusion,
    ProviderFacts,
    exclusions,
    may_declare_small_micro,
    reservation_exclusions,
)  # fmt: skip
from vendors.relations.queries import helper_exclusions_of


@dataclass(frozen=True)
class OwnChance:
    """What speaks against the reader's organisation; `no_deduction`: it gets none where the listing gives one."""

    legal_form: str
    exclusions: tuple[Exclusion, ...]
    no_deduction: bool
    conditions: tuple[Condition, ...] = ()


async def own_chance(listing: dict[str, Any], actor: Actor | None, now: datetime) -> OwnChance | None:
    """The answer for who bids for an organisation; None for everybody else."""
    if actor is None or not actor.may(Permission.BID):
        return None
    try:
        provider = await own_provider(actor)
    except NotFound:
        return None
    await read_ahead(
        lots(listing["id"]), credit_facts(provider["id"]), helper_exclusions_of(listing, [provider["credit_code"]]),
        compared(provider["id"], listing["id"]),
    )  # fmt: skip
    form, packages = provider["legal_form"], await lots(listing["id"])
    facts = ProviderFacts(provider["name"], form)
    # a package open to it is enough; what shuts it out of every one is said
    ground = listing["reservation_ground"]
    fitting = [lot for lot in packages if form in lot["legal_forms"]] or packages[:1]
    admitting = [lot for lot in fitting if not is_shut_out(form, ground_of_lot(ground, lot))] or fitting[:1]
    asked = admitting[0]["legal_forms"] if admitting else None
    against = exclusions(facts, await credit_facts(provider["id"]), county_day(now), asked)
    if admitting:
        against = [*reservation_exclusions(form, ground_of_lot(ground, admitting[0])), *against]
    helped = await helper_exclusions_of(listing, [provider["credit_code"]])
    against += helped[provider["credit_code"]]
    return OwnChance(
        LEGAL_FORM_LABELS[LegalForm(form)], tuple(against),
        bool(listing["small_micro_deduction"]) and not may_declare_small_micro(form),
        tuple(await _conditions(listing, packages, provider, against)),
    )  # fmt: skip


async def _conditions(
    listing: dict[str, Any], packages: list[dict[str, Any]], provider: dict[str, Any], against: list[Exclusion]
) -> list[Condition]:
    found = await compared(provider["id"], listing["id"])
    file = OwnFile(provider["legal_form"], provider["is_small_micro"], found["papers"], found["items"])
    asked = Asked(
        county_day(listing["closes_at"]), {lot["number"]: lot["item_code"] for lot in packages},
        found["other_towns"], found["has_towns"], listing["qualification"].split("\n"),
        bool(listing["small_micro_deduction"]),
    )  # fmt: skip
    return conditions(file, asked, against)
