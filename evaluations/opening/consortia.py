"""Members of the consortia whose bids have been opened: who they are, what speaks against them (R-ROLE-12, R-CRED-01).

Nothing here exists before the opening; until then members stand in sealed bids alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from marketplace.kernel.db import execute, fetch
from marketplace.kernel.i18n import N_, say
from vendors.bids.consortium import Member
from vendors.bids.consortium_queries import of_member
from vendors.credit.queries import credit_facts_of
from vendors.providers.rules import Exclusion, ProviderFacts, exclusions
from vendors.refusals.queries import refusals_barring
from vendors.relations.queries import helper_exclusions_of

Row = dict[str, Any]

_MEMBERS = """
    SELECT m.opened_bid, m.provider, m.credit_code, coalesce(o.name, m.name) AS name, o.name_en, m.share, p.legal_form,
           p.reference, coalesce(p.is_small_micro, false) AS is_small_micro
    FROM consortium_member m JOIN opened_bid b ON b.id = m.opened_bid
    LEFT JOIN provider p ON p.id = m.provider LEFT JOIN organisation o ON o.id = p.organisation
"""


async def enter_members(opened: UUID, members: Sequence[Member]) -> None:
    """Write down whom a bid named; each is looked for in the register by its code."""
    await execute(
        "INSERT INTO consortium_member (id, opened_bid, provider, credit_code, name, share)"
        " SELECT new.id, $1, (SELECT p.id FROM provider p WHERE p.credit_code = new.code), new.code, new.name,"
        " new.share FROM unnest($2::uuid[], $3::text[], $4::text[], $5::numeric[]) AS new(id, code, name, share)",
        opened, [uuid4() for _ in members], [m.credit_code for m in members], [m.name for m in members],
        [m.share for m in members],
    )  # fmt: skip


async def keep_small_share(opened: UUID) -> None:
    """Keep what the small and micro enterprises of a consortium of enterprises do, in percent (R-SME-04).

    Others than enterprises have no part in the deduction (R-SME-02); what is declared later changes nothing.
    """
    await execute(
        "UPDATE opened_bid b SET small_share = (SELECT CASE WHEN count(*) > 1 AND bool_and(legal_form = 'enterprise')"
        " THEN coalesce(sum(share) FILTER (WHERE is_small_micro), 0) ELSE 0 END FROM ("
        "  SELECT coalesce(p.legal_form, '') AS legal_form, coalesce(p.is_small_micro, false) AS is_small_micro,"
        "         m.share"
        "  FROM consortium_member m LEFT JOIN provider p ON p.id = m.provider WHERE m.opened_bid = b.id"
        "  UNION ALL SELECT p.legal_form, p.is_small_micro,"
        "   100 - (SELECT coalesce(sum(m.share), 0) FROM consortium_member m WHERE m.opened_bid = b.id)"
        "  FROM provider p WHERE p.id = b.provider) parties) WHERE b.id = $1",
        opened,
    )


async def keep_small_subcontract(opened: UUID) -> None:
    """Keep what an enterprise that bids alone gives to a small or micro enterprise of the register (R-SME-04).

    What is declared later changes nothing. Whether one controls the other is for the review to find (46 Art. 9).
    """
    await execute(
        "UPDATE opened_bid b SET small_subcontract = subcontract_share FROM provider p, provider s"
        " WHERE b.id = $1 AND p.id = b.provider AND s.credit_code = b.subcontract_code AND s.id <> p.id"
        " AND p.legal_form = 'enterprise' AND s.legal_form = 'enterprise' AND s.is_small_micro"
        " AND NOT EXISTS (SELECT FROM consortium_member m WHERE m.opened_bid = b.id)",
        opened,
    )


async def members_of(opened_bids: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """The members of each opened bid, largest share first; none where a provider bids alone."""
    found: dict[UUID, list[Row]] = {bid: [] for bid in opened_bids}
    rows = await fetch(_MEMBERS + " WHERE m.opened_bid = ANY($1) ORDER BY m.share DESC, m.credit_code", list(found))
    for row in rows:
        found[row["opened_bid"]].append(dict(row))
    return found


async def members_of_bids(bids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The registered members of sealed bids that are being opened."""
    found: dict[UUID, list[UUID]] = {bid: [] for bid in bids}
    rows = await fetch(
        "SELECT b.bid, m.provider FROM consortium_member m JOIN opened_bid b ON b.id = m.opened_bid"
        " WHERE b.bid = ANY($1) AND m.provider IS NOT NULL ORDER BY m.credit_code",
        list(bids),
    )
    for row in rows:
        found[row["bid"]].append(row["provider"])
    return found


async def consortia_of_awards(listing: UUID) -> dict[UUID, list[Row]]:
    """The members of each winning bid, lot by lot."""
    rows = await fetch(
        _MEMBERS.replace("SELECT m.opened_bid", "SELECT b.lot, m.opened_bid")
        + " JOIN award a ON a.opened_bid = b.id WHERE a.listing = $1 ORDER BY m.share DESC, m.credit_code",
        listing,
    )
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row["lot"], []).append(dict(row))
    return found


async def consortium_of_contract(contract: Mapping[str, Any]) -> list[Row]:
    """The members that answer for a contract together with the provider who leads."""
    rows = await fetch(
        _MEMBERS + " WHERE b.lot = $1 AND b.provider = $2 ORDER BY m.share DESC, m.credit_code",
        contract["lot"], contract["provider"],
    )  # fmt: skip
    return [dict(row) for row in rows]


def everybody(bids: Iterable[Mapping[str, Any]], members: Mapping[UUID, Sequence[Row]]) -> list[UUID]:
    """Bidders and registered members, each once."""
    found = [
        each
        for bid in bids
        for each in (bid["provider"], *(m["provider"] for m in members[bid["id"]] if m["provider"]))
    ]
    return list(dict.fromkeys(found))


def names_of(members: Mapping[UUID, Sequence[Row]]) -> dict[UUID, Row]:
    """What each registered member is called."""
    return {
        m["provider"]: {"provider_name": m["name"], "provider_name_en": m["name_en"] or ""}
        for of in members.values()
        for m in of
        if m["provider"]
    }


def with_checks(members: Sequence[Row], checks: Mapping[UUID, Sequence[Row]]) -> list[Row]:
    """Members with the proofs of their credit checks; none for who is not registered."""
    return [{**member, "checks": checks.get(member["provider"], [])} for member in members]


async def helped_exclusions(listing: Row, bids: Sequence[Row]) -> dict[UUID, list[Exclusion]]:
    """What preparing the project means for each bid, its members included (R-ROLE-08)."""
    members = await members_of(bid["id"] for bid in bids)
    codes = {bid["credit_code"] for bid in bids} | {m["credit_code"] for of in members.values() for m in of}
    helped = await helper_exclusions_of(listing, sorted(codes))
    return {
        bid["id"]: [
            *helped[bid["credit_code"]],
            *(of_member(m["name"], each) for m in members[bid["id"]] for each in helped[m["credit_code"]]),
        ]
        for bid in bids
    }


async def refused_exclusions(listing: UUID, bids: Sequence[Row]) -> dict[UUID, list[Exclusion]]:
    """Who won this need in an earlier attempt and did not sign, alone or as one of a consortium (R-AWD-03)."""
    members = await members_of(bid["id"] for bid in bids)
    codes = {bid["credit_code"] for bid in bids} | {m["credit_code"] for of in members.values() for m in of}
    barring = await refusals_barring(listing, sorted(codes))
    return {
        bid["id"]: [
            *([barring[bid["credit_code"]]] if bid["credit_code"] in barring else []),
            *(
                of_member(m["name"], barring[m["credit_code"]])
                for m in members[bid["id"]]
                if m["credit_code"] in barring
            ),
        ]
        for bid in bids
    }


async def consortium_exclusions(
    bids: Sequence[Row], lots: Mapping[UUID, Mapping[str, Any]], day: date
) -> dict[UUID, list[Exclusion]]:
    """What speaks against each bid because of its members: their own exclusions, and who takes part twice in a lot."""
    members = await members_of(bid["id"] for bid in bids)
    entries = await credit_facts_of({m["provider"] for of in members.values() for m in of if m["provider"]})
    found: dict[UUID, list[Exclusion]] = {}
    for bid in bids:
        found[bid["id"]] = [
            of_member(member["name"], each)
            for member in members[bid["id"]]
            if member["provider"]
            for each in exclusions(
                ProviderFacts(member["name"], member["legal_form"]), entries[member["provider"]], day,
                lots[bid["lot"]]["legal_forms"],
            )
        ]  # fmt: skip
        found[bid["id"]] += _twice(bid, bids, members)
    return found


def _twice(bid: Row, bids: Sequence[Row], members: Mapping[UUID, Sequence[Row]]) -> list[Exclusion]:
    """Those of a bid who also stand in another bid for the same lot (R-ROLE-12)."""
    others: set[str] = set()
    for other in bids:
        if other["lot"] == bid["lot"] and other["id"] != bid["id"]:
            others |= {other["credit_code"], *(m["credit_code"] for m in members[other["id"]])}
    ours = {bid["credit_code"]: bid["provider_name"], **{m["credit_code"]: m["name"] for m in members[bid["id"]]}}
    words = N_("“{name}”在同一采购包里还单独参加，或者参加了另一个联合体。")
    return [Exclusion(say(words, name=name), "R-ROLE-12") for code, name in ours.items() if code in others]
