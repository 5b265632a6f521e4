"""The last look before an award: whoever is barred by now is passed over, with the proof in the file (R-CRED-03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_by_id
from evaluations.awards.tables import PassedOver
from evaluations.opening.consortia import helped_exclusions, members_of, refused_exclusions
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, insert
from vendors.bids.consortium_queries import of_member
from vendors.credit.checks import CheckPoint, check_credit
from vendors.providers.rules import CreditFact, Exclusion, credit_exclusion

# the valid results of a lot that nothing bars
STANDING_RESULTS = (
    "bid_result r WHERE r.status = 'valid'"
    " AND NOT EXISTS (SELECT 1 FROM passed_over x WHERE x.opened_bid = r.opened_bid)"
    # what has to be bought again is nobody's any more
    " AND NOT EXISTS (SELECT 1 FROM lot_ending e WHERE e.lot = r.lot)"
)


async def pass_over_barred(listing: UUID, lot: UUID, actor: Actor | None, now: datetime) -> int:
    """Check every ranked bidder of a lot and pass over those barred today; gives how many are passed over.

    Without an actor the system looks, where the buyer let its days pass.
    """
    person = actor.person_id if actor else None
    rows = await fetch(
        "SELECT r.opened_bid, r.opened_bid AS id, b.provider, p.credit_code FROM bid_result r"
        " JOIN opened_bid b ON b.id = r.opened_bid JOIN provider p ON p.id = b.provider"
        " WHERE r.lot = $1 AND r.status = 'valid' ORDER BY r.rank, r.opened_bid",
        lot,
    )
    point = CheckPoint("award", county_day(now), listing, lot, person)
    members = await members_of(row["opened_bid"] for row in rows)
    asked = [
        each
        for row in rows
        for each in (row["provider"], *(m["provider"] for m in members[row["opened_bid"]] if m["provider"]))
    ]
    barring = await check_credit(dict.fromkeys(asked), point, now)
    helped = await helped_exclusions(await listing_by_id(listing), rows)
    refused = await refused_exclusions(listing, rows)
    known = {row["opened_bid"] for row in await passed_over_of(lot)}
    for row in rows:
        if row["opened_bid"] in known:
            continue
        reason = _reason(barring, row["provider"], members[row["opened_bid"]])
        # who helped to prepare the project may have become known after the review (R-ROLE-08)
        if reason := reason or next(iter([*helped[row["id"]], *refused[row["id"]]]), None):
            sentence, clause = reason.sentence, reason.clause
            await insert(
                PassedOver, lot=lot, opened_bid=row["opened_bid"], clause=clause, passed_by=person,
                reason=sentence.text("zh"), passed_at=now,
            )  # fmt: skip
            detail = {"lot": str(lot), "bid": str(row["opened_bid"]), "clause": clause}
            await record("award.passed_over", ("listing", str(listing)), actor, detail, now)
    passed: int = await fetchval("SELECT count(*) FROM passed_over WHERE lot = $1", lot)
    return passed


def _reason(
    barring: Mapping[UUID, Sequence[CreditFact]], provider: UUID, members: Sequence[Mapping[str, Any]]
) -> Exclusion | None:
    """What bars a bidder today; of a consortium one bad member is all (R-CRED-01)."""
    if found := barring[provider]:
        return credit_exclusion(found[0])
    for member in members:
        if member["provider"] and (found := barring[member["provider"]]):
            return of_member(member["name"], credit_exclusion(found[0]))
    return None


async def passed_over_of(lot: UUID | None = None, listing: UUID | None = None) -> list[dict[str, Any]]:
    """The bids of a lot, or of a whole listing, that were passed over, with names; for those inside."""
    rows = await fetch(
        "SELECT x.*, o.name AS provider_name, o.name_en AS provider_name_en FROM passed_over x"
        " JOIN opened_bid b ON b.id = x.opened_bid JOIN provider p ON p.id = b.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE x.lot = $1"
        " OR x.lot IN (SELECT id FROM listing_lot WHERE listing = $2) ORDER BY x.passed_at, o.sort_key",
        lot, listing,
    )
    return [dict(r) for r in rows]


async def has_standing_result(lot: UUID) -> bool:
    """Whether a valid result is left that nothing bars."""
    return bool(await fetchval(f"SELECT 1 FROM {STANDING_RESULTS} AND r.lot = $1 LIMIT 1", lot))
