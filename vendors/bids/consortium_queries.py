"""What the page of a consortium asks: may there be one, and who is behind a code. It leaves no trace (R-COUNT-01)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchval, together
from marketplace.kernel.i18n import N_, say
from vendors.credit.queries import credit_facts_of
from vendors.providers.rules import Exclusion, ProviderFacts, exclusions
from vendors.relations.queries import helper_exclusions_of

Row = dict[str, Any]


async def admits_consortium(listing: UUID) -> bool:
    """Whether the listing admits consortia; one that says nothing does (R-ROLE-12)."""
    said = await fetchval("SELECT admits_consortium FROM listing_terms WHERE listing = $1", listing)
    return said is not False


async def registered(codes: Iterable[str]) -> dict[str, Row]:
    """Providers by their codes."""
    rows = await fetch(
        "SELECT p.id, p.credit_code, p.legal_form, p.is_small_micro, p.reference, o.name FROM provider p"
        " JOIN organisation o ON o.id = p.organisation WHERE p.credit_code = ANY($1)",
        list(codes),
    )
    return {row["credit_code"]: dict(row) for row in rows}


async def against_members(
    members: Iterable[Row], day: date, item_forms: Iterable[str], listing: Row
) -> dict[UUID, list[Exclusion]]:
    """What speaks against each member by statute on a day, said with its name: one bad member is all.

    Credit and legal form (R-CRED-01), and who helped to prepare the project (R-ROLE-08).
    """
    asked = list(members)
    entries, helped = await together(
        credit_facts_of(member["id"] for member in asked),
        helper_exclusions_of(listing, [member["credit_code"] for member in asked]),
    )
    forms = list(item_forms)
    return {
        member["id"]: [
            of_member(member["name"], each)
            for each in (
                *helped[member["credit_code"]],
                *exclusions(ProviderFacts(member["name"], member["legal_form"]), entries[member["id"]], day, forms),
            )
        ]
        for member in asked
    }


def of_member(name: str, against: Exclusion) -> Exclusion:
    """What speaks against a member, as what speaks against the whole."""
    return Exclusion(say(N_("联合体成员“{name}”：{why}"), name=name, why=against.sentence), against.clause)
