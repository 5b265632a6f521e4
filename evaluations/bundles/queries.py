"""The rows of a lot out of the database, and bundles for those who ask: public, a bidder's own, supervision's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.rules_kept import kept_rules
from evaluations.bundles import merkle
from evaluations.bundles.shape import (
    BIDDER,
    BY_SCORE,
    BY_STANDING,
    FORMAT,
    PUBLIC,
    SUPERVISION,
    Json,
    Row,
    Standing,
    member_names,
    private_half,
    public_half,
    terms_json,
    told,
)
from evaluations.opening.recordings import absences_of, recordings_of
from evaluations.panel.seats import check_settled
from evaluations.scoring.queries import bid_facts, lot_terms, stored_results
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import NotFound
from marketplace.kernel.hashing import named

Record = Mapping[str, Any]


@dataclass(frozen=True)
class SealedRows:
    """The rows of a lot in the order of the tree, with their halves and hashes."""

    rows: Sequence[Row]
    halves: Sequence[tuple[Json, Json]]
    leaves: Sequence[str]
    hashed_by: str

    @property
    def root(self) -> str:
        """The root over all rows."""
        return merkle.root(self.leaves, self.hashed_by)


async def rows_of(listing: dict[str, Any], lot: Record) -> list[Row]:
    """Every opened bid of a lot with its facts and its stored result."""
    facts = {each.opened_bid: each for each in (await bid_facts(listing)).get(lot["id"], [])}
    outcomes = {each.opened_bid: each for each in (await stored_results(listing["id"])).get(lot["id"], [])}
    people = await fetch(
        "SELECT b.id, o.name, p.credit_code, a.reference AS award, r.standing_grade, r.standing_score,"
        " r.standing_evaluation, coalesce(x.clause, '') AS passed_over FROM opened_bid b"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " JOIN bid_result r ON r.opened_bid = b.id"
        " LEFT JOIN award a ON a.opened_bid = b.id LEFT JOIN passed_over x ON x.opened_bid = b.id"
        " WHERE b.lot = $1 ORDER BY b.id",
        lot["id"],
    )
    return [
        Row(
            each["name"], each["credit_code"], facts[str(each["id"])], outcomes[str(each["id"])], each["award"],
            Standing(each["standing_grade"], each["standing_score"], each["standing_evaluation"]),
            each["passed_over"],
        )
        for each in people
    ]  # fmt: skip


async def sealed_rows(listing: dict[str, Any], lot: Record, rows: Sequence[Row], by: str) -> SealedRows:
    """The halves with their salts. The tree is ordered by hash: a place in it tells nothing of a rank."""
    found = await fetch(
        "SELECT opened_bid, public_salt, private_salt FROM bundle_salt WHERE opened_bid = ANY($1)",
        [UUID(row.facts.opened_bid) for row in rows],
    )
    salts = {str(each["opened_bid"]): each for each in found}
    places, members = await criterion_places(listing["id"]), member_names(rows)
    made = []
    for row in rows:
        salt = salts[row.facts.opened_bid]
        halves = (
            public_half(row, salt["public_salt"]),
            private_half(row, salt["private_salt"], places, members),
        )
        made.append((merkle.leaf(merkle.half(halves[0], by), merkle.half(halves[1], by), by), row, halves))
    made.sort(key=lambda each: each[0])
    return SealedRows(
        [row for _, row, _ in made], [halves for _, _, halves in made], [leaf for leaf, _, _ in made], by
    )


async def criterion_places(listing: UUID) -> dict[str, str]:
    """Factors by their place in the listing."""
    return {str(c["id"]): str(place) for place, c in enumerate(await listings.criteria(listing), start=1)}


async def bundle(reference: str, tier: str, organisation: UUID | None = None) -> Json:
    """The bundle of an announced award in a tier. Raises NotFound before, and where no roots were kept.

    Conflict while the panel reviews the result again.
    """
    listing = await listings.listing_page(reference)
    roots = await _roots(listing["id"])
    if listing["status"] != "awarded" or not roots:
        raise NotFound()
    await check_settled(listing)
    own = await _own_bids(listing["id"], organisation) if tier == BIDDER else frozenset()
    if tier == BIDDER and not own:
        raise NotFound()
    lots = [
        await _lot(listing, lot, roots[lot["id"]], tier, own)
        for lot in await listings.lots(listing["id"])
        if lot["id"] in roots
    ]
    return {
        "format": FORMAT, "tier": tier, "listing": _about(listing), "lots": lots,
        "rules": [_rule(each) for each in await kept_rules(listing["id"])],
        "timetable": [
            {"event": each["event"], "day": each["day"].isoformat(), "rule": each["rule_key"]}
            for each in await listings.timetable(listing["id"])
        ],
        "chain_heads": "/data/audit-heads.jsonl",
        **({"recordings": await _recordings(listing["id"])} if tier == SUPERVISION else {}),
    }  # fmt: skip


async def _recordings(listing: UUID) -> list[Json]:
    """Hash and place of what was recorded, and why a scene was not: for supervision alone (R-RECORD-01)."""
    entered = [
        {"scene": r["scene"], "sha256": r["sha256"], "place": r["place"], "at": r["entered_at"].isoformat()}
        for r in await recordings_of(listing)
        if r["counts"]
    ]
    absent = [
        {"scene": a["scene"], "absent_because": a["reason"], "at": a["stated_at"].isoformat()}
        for a in await absences_of(listing)
    ]
    return [*entered, *absent]


def _about(listing: Record) -> Json:
    return {
        "reference": listing["reference"], "title": listing["title"], "method": listing["method"],
        "published_at": listing["published_at"].isoformat(), "closes_at": listing["closes_at"].isoformat(),
        "rules_on": listing["rules_on"].isoformat() if listing["rules_on"] else None,
    }  # fmt: skip


def _rule(each: Any) -> Json:
    return {
        "key": each.key, "value": told(each.value) if isinstance(each.value, Decimal) else each.words.zh,
        "unit": each.unit, "from": each.effective_from.isoformat(), "citation": each.citation,
    }  # fmt: skip


async def _lot(
    listing: dict[str, Any], lot: dict[str, Any], kept: Record, tier: str, own: frozenset[str]
) -> Json:
    rows = await rows_of(listing, lot)
    sealed = await sealed_rows(listing, lot, rows, kept["hashed_by"])
    is_standing = listing["past_performance_form"] == "county_standing"
    terms = await lot_terms(listing, lot)
    places = await criterion_places(listing["id"])
    winner, shown = None, []
    for place, row in enumerate(sealed.rows):
        if row.award:
            winner = _shown(sealed, place, whole=False)
        if tier == SUPERVISION or row.facts.opened_bid in own:
            shown.append(_shown(sealed, place, whole=True))
    return {
        "number": lot["number"], "title": lot["title"],
        "terms": terms_json(terms, BY_STANDING if is_standing else BY_SCORE, places),
        "passed_over": sum(bool(row.passed_over) for row in rows),
        "bids": kept["rows"], "root": kept["root"], "winner": winner, "rows": shown,
        "award": next(({"reference": r.award, "amount": told(r.outcome.quoted_price)} for r in rows if r.award), None),
        "base_price": _base_price(rows, tier, own), **named(kept["hashed_by"]),
    }  # fmt: skip


def _base_price(rows: Sequence[Row], tier: str, own: frozenset[str]) -> str | None:
    """The lowest evaluated price, where the reader may know whose it is: another bidder's price stays with it."""
    valid = [row for row in rows if row.outcome.status == "valid" and row.outcome.evaluated_price is not None]
    if not valid:
        return None
    base = min(row.outcome.evaluated_price or Decimal(0) for row in valid)
    is_known = tier == SUPERVISION or any(
        row.outcome.evaluated_price == base and (row.award or row.facts.opened_bid in own) for row in valid
    )
    return told(base) if is_known else None


def _shown(sealed: SealedRows, place: int, *, whole: bool) -> Json:
    public, private = sealed.halves[place]
    by = sealed.hashed_by
    hidden = {"private": private} if whole else {"private_sha256": merkle.half(private, by)}
    return {"place": place, "public": public, **hidden, "proof": merkle.proof(sealed.leaves, place, by)}


async def _roots(listing: UUID) -> dict[UUID, Record]:
    rows = await fetch(
        "SELECT r.lot, r.root, r.rows, r.hashed_by FROM bundle_root r JOIN listing_lot l ON l.id = r.lot"
        " WHERE l.listing = $1",
        listing,
    )
    return {row["lot"]: row for row in rows}


async def lots_with_roots(listing: UUID) -> list[dict[str, Any]]:
    """What the award's page says of the bundles: each lot's root and number of rows."""
    rows = await fetch(
        "SELECT l.number, r.root, r.rows FROM bundle_root r JOIN listing_lot l ON l.id = r.lot WHERE l.listing = $1"
        " ORDER BY l.number",
        listing,
    )
    return [dict(row) for row in rows]


async def _own_bids(listing: UUID, organisation: UUID | None) -> frozenset[str]:
    rows = await fetch(
        "SELECT b.id FROM opened_bid b JOIN listing_lot l ON l.id = b.lot JOIN provider p ON p.id = b.provider"
        " WHERE l.listing = $1 AND p.organisation = $2",
        listing, organisation,
    )  # fmt: skip
    return frozenset(str(row["id"]) for row in rows)


TIERS = (PUBLIC, BIDDER, SUPERVISION)
