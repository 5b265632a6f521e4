"""Openings: who has released, what came out, and for whose eyes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of, takes_sealed_bids
from catalogue.listings.queries import listing_by_id
from catalogue.listings.queries import lots as lots_of
from catalogue.listings.queries import openers as openers_of
from catalogue.listings.reservation import ground_of_lot
from evaluations.opening.consortia import consortium_exclusions, helped_exclusions, members_of, refused_exclusions
from evaluations.opening.rules import ENDED_WORDS, Sight, SightFacts, keeps_record, sight_of
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import say
from vendors.bids.queries import SealedBid, final_price_window, sealed_bids_for_opening
from vendors.credit.queries import credit_facts_of
from vendors.providers.rules import Exclusion, ProviderFacts, exclusions, reservation_exclusions
from vendors.relations.queries import related_among
from vendors.relations.rules import Relation

Row = dict[str, Any]
FIRST, FINAL = "first", "final"
# states that only an opened listing can have; a failed one is asked for its opened bids
_AFTER_OPENING = frozenset({"opened", "evaluated", "determined", "awarded"})


@dataclass(frozen=True)
class OpeningState:
    """Where the opening of a listing stands. `stage` is the one whose keys are awaited now, if any."""

    listing: Row
    openers: list[Row]
    releases: dict[str, list[Row]]
    window: Row | None
    is_closed: bool
    is_opened: bool
    is_final_opened: bool
    stage: str | None

    def has_released(self, person: UUID, stage: str) -> bool:
        """Whether this opener has released for a stage."""
        return any(r["opener"] == person for r in self.releases[stage])

    def is_opener(self, person: UUID) -> bool:
        """Whether this person is named for this listing."""
        return any(o["person"] == person for o in self.openers)


async def opening_state(listing_id: UUID, now: datetime) -> OpeningState:
    """The state of an opening: no names or numbers of bidders in it. Raises NotFound."""
    listing, rows, window, openers = await together(
        listing_by_id(listing_id),
        fetch(
            "SELECT k.stage, k.opener, k.released_at, p.name FROM key_release k JOIN person p ON p.id = k.opener"
            " WHERE k.listing = $1 ORDER BY k.released_at",
            listing_id,
        ),
        final_price_window(listing_id), openers_of(listing_id),
    )  # fmt: skip
    releases = {stage: [dict(r) for r in rows if r["stage"] == stage] for stage in (FIRST, FINAL)}
    is_closed = listing["closes_at"] is not None and now >= listing["closes_at"]
    needed = listing["openers_needed"]
    is_opened = listing["status"] in _AFTER_OPENING or len(releases[FIRST]) >= needed
    is_final_opened = len(releases[FINAL]) >= needed
    stage = None
    if listing["status"] in ("published", "closed") and is_closed and takes_sealed_bids(listing):
        stage = FIRST
    elif listing["status"] == "opened" and window and now >= window["closes_at"] and not is_final_opened:
        stage = FINAL
    return OpeningState(listing, openers, releases, window, is_closed, is_opened, is_final_opened, stage)


async def sight(state: OpeningState, actor: Actor | None) -> Sight:
    """What this reader may see of the opening. Raises NotFound for strangers."""
    facts = SightFacts(
        method=row_of(state.listing), is_closed=state.is_closed, is_opened=state.is_opened,
        is_final_opened=state.is_final_opened,
        is_opener=actor is not None and state.is_opener(actor.person_id),
        is_own_unit=actor is not None and keeps_record(state.listing, actor),
    )  # fmt: skip
    found = sight_of(facts, actor)
    if found is None or (found.only and not await _has_bid(state.listing["id"], found.only)):
        raise NotFound()
    return found


async def _has_bid(listing_id: UUID, organisation: UUID) -> bool:
    return bool(
        await fetchval(
            "SELECT 1 FROM bid b JOIN provider p ON p.id = b.provider WHERE b.listing = $1 AND p.organisation = $2"
            " AND b.status IN ('sealed', 'opened')",
            listing_id,
            organisation,
        )
    )


async def opening_record(state: OpeningState, seen: Sight) -> list[Row]:
    """The record of receipt, with prices only where the reader may see them; empty before the deadline."""
    if not seen.names or not state.is_closed:
        return []
    rows = await fetch(
        "SELECT t.number AS lot_number, t.title AS lot_title, name_then(p.id, x.opened_at) AS provider_name,"
        " name_en_then(p.id, x.opened_at) AS provider_name_en, b.sealed_at, b.receipt_number,"
        " p.id AS provider, x.price, x.final_price,"
        " o.id AS organisation, coalesce(x.fault, '') AS fault,"
        " x.id IS NOT NULL AS is_opened"
        " FROM bid b JOIN listing_lot t ON t.id = b.lot JOIN provider p ON p.id = b.provider"
        " JOIN organisation o ON o.id = p.organisation LEFT JOIN opened_bid x ON x.bid = b.id"
        " WHERE b.listing = $1 AND b.stage = 'first' AND b.status IN ('sealed', 'opened')"
        " AND ($2::uuid IS NULL OR o.id = $2) ORDER BY t.number, b.sealed_at, b.id",
        state.listing["id"], seen.only,
    )  # fmt: skip
    hidden = {} if seen.prices else {"price": None, "final_price": None}
    return [dict(r) | hidden for r in rows]


_BIDS = """
SELECT b.*, t.listing, t.number AS lot_number, t.title AS lot_title, name_then(p.id, b.opened_at) AS provider_name,
       name_en_then(p.id, b.opened_at) AS provider_name_en, o.id AS organisation,
       p.reference AS provider_reference, p.legal_form, p.credit_code,
       q.is_qualified, q.reason AS qualification_reason, q.clause AS qualification_clause, q.decided_at,
       d.name AS decided_by_name,
       f.passes AS is_conforming, f.reason AS conformity_reason, f.clause AS conformity_clause,
       EXISTS (SELECT FROM ended_lot e WHERE e.lot = b.lot) AS lot_has_ended
FROM opened_bid b JOIN listing_lot t ON t.id = b.lot JOIN provider p ON p.id = b.provider
JOIN organisation o ON o.id = p.organisation LEFT JOIN qualification_decision q ON q.opened_bid = b.id
LEFT JOIN person d ON d.id = q.decided_by LEFT JOIN conformity_decision f ON f.opened_bid = b.id
"""


async def opened_bids(listing_id: UUID) -> list[Row]:
    """Every opened bid with provider, decision (`is_qualified` None: undecided) and prices; callers guard them."""
    rows = await fetch(_BIDS + " WHERE t.listing = $1 ORDER BY t.number, o.sort_key, b.id", listing_id)
    return [dict(r) for r in rows]


async def opened_bid(opened_bid_id: UUID) -> Row:
    """One opened bid with its decision. Raises NotFound."""
    row = await fetchrow(_BIDS + " WHERE b.id = $1", opened_bid_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def lots_ended(listing_id: UUID) -> list[Row]:
    """The lots that ended because too few bids were left, with what to say of each."""
    rows = await fetch(
        "SELECT e.lot, e.stage, e.least, e.left, e.clause, e.ended_at, t.number, t.title FROM ended_lot e"
        " JOIN listing_lot t ON t.id = e.lot WHERE t.listing = $1 ORDER BY t.number",
        listing_id,
    )
    return [{**row, "words": say(ENDED_WORDS[row["stage"]], left=row["left"], least=row["least"])} for row in rows]


async def papers_of(opened_bids: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """The papers that came out of each bid."""
    found: dict[UUID, list[Row]] = {bid: [] for bid in opened_bids}
    rows = await fetch(
        "SELECT a.opened_bid, d.id, d.name, d.size, d.sha256 FROM opened_attachment a JOIN document d"
        " ON d.id = a.document WHERE a.opened_bid = ANY($1) ORDER BY d.name, d.id",
        list(found),
    )
    for row in rows:
        found[row["opened_bid"]].append(dict(row))
    return found


async def findings_of(opened_bids: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """What the review found of each bid, item by item, with the paper that shows it."""
    found: dict[UUID, list[Row]] = {bid: [] for bid in opened_bids}
    rows = await fetch(
        "SELECT f.*, d.name AS paper FROM qualification_finding f LEFT JOIN document d ON d.id = f.evidence"
        " WHERE f.opened_bid = ANY($1) ORDER BY f.opened_bid, f.position",
        list(found),
    )
    for row in rows:
        found[row["opened_bid"]].append(dict(row))
    return found


async def is_paper_of(listing_id: UUID, document: UUID) -> bool:
    """Whether a document came out of a bid of this listing."""
    return bool(
        await fetchval(
            "SELECT 1 FROM opened_attachment a JOIN opened_bid b ON b.id = a.opened_bid"
            " JOIN listing_lot t ON t.id = b.lot WHERE t.listing = $1 AND a.document = $2",
            listing_id,
            document,
        )
    )


async def exclusions_of(listing: UUID, bids: Sequence[Row], closes_at: datetime) -> dict[UUID, list[Exclusion]]:
    """What excludes each bid's provider by statute on the closing day; every bid of one listing."""
    of_listing, entries, found, refused = await together(
        lots_of(listing), credit_facts_of(bid["provider"] for bid in bids), listing_by_id(listing),
        refused_exclusions(listing, bids),
    )  # fmt: skip
    lots = {lot["id"]: lot for lot in of_listing}
    helped, consortia = await together(
        helped_exclusions(found, bids), consortium_exclusions(bids, lots, county_day(closes_at))
    )
    return {
        bid["id"]: [
            *consortia[bid["id"]],
            *helped[bid["id"]],
            *refused[bid["id"]],
            *reservation_exclusions(bid["legal_form"], ground_of_lot(found["reservation_ground"], lots[bid["lot"]])),
            *exclusions(
                ProviderFacts(bid["provider_name"], bid["legal_form"]), entries[bid["provider"]],
                county_day(closes_at), lots[bid["lot"]]["legal_forms"],
            ),
        ]
        for bid in bids
    }  # fmt: skip


async def related_bidders(bids: Sequence[Row]) -> list[tuple[int, Relation]]:
    """Bidders of the same lot that are related, with the path, lot by lot (R-ROLE-07); callers guard them."""
    members = await members_of(bid["id"] for bid in bids)
    # members of one consortium bid together, so that nothing bars a relation between them
    by_lot: dict[int, dict[UUID, UUID]] = {}
    for bid in bids:
        ours = [bid["provider"], *(m["provider"] for m in members[bid["id"]] if m["provider"])]
        by_lot.setdefault(bid["lot_number"], {}).update(dict.fromkeys(ours, bid["id"]))
    related = await related_among([each for lot in by_lot.values() for each in lot])
    return [
        (number, each)
        for number, lot in sorted(by_lot.items())
        for each in related
        if each.first.id in lot and each.second.id in lot and lot[each.first.id] != lot[each.second.id]
    ]


async def half_opened(bid: UUID) -> dict[str, bytes]:
    """What earlier releases left of a bid's key."""
    rows = await fetch("SELECT name, wrapped FROM half_opened WHERE bid = $1", bid)
    return {r["name"]: bytes(r["wrapped"]) for r in rows}


async def was_voided(bid: UUID) -> bool:
    """Whether a release was asked for again because of this bid."""
    return bool(await fetchval("SELECT EXISTS (SELECT FROM voided_release WHERE bid = $1)", bid))


async def half_opened_of(listing_id: UUID) -> dict[UUID, dict[str, bytes]]:
    """The same for every bid of a listing."""
    rows = await fetch(
        "SELECT h.bid, h.name, h.wrapped FROM half_opened h JOIN bid b ON b.id = h.bid WHERE b.listing = $1", listing_id
    )
    found: dict[UUID, dict[str, bytes]] = {}
    for row in rows:
        found.setdefault(row["bid"], {})[row["name"]] = bytes(row["wrapped"])
    return found


async def sealed_bids(listing_id: UUID, stage: str) -> list[SealedBid]:
    """The valid sealed bids of a stage. Raises Conflict before its deadline."""
    return await sealed_bids_for_opening(listing_id, stage)
