"""After locking: how each result came about, and how each member's marks lie beside the others'."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.methods import judged_without_panel, lowest_price_wins
from catalogue.listings.queries import lots
from evaluations.panel.queries import judging_members
from evaluations.scoring import queries
from evaluations.scoring.deviation import LOOKED_AT, Factor, Leniency, leniencies
from evaluations.scoring.low_prices import rules_day
from evaluations.scoring.results import LotTerms
from evaluations.scoring.working import EVERYTHING, Line, Place, Sight, working_of, working_of_places
from marketplace.kernel.db import fetch, together
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def working_of_listing(row: Row, sight: Sight = EVERYTHING) -> dict[str, list[Line]]:
    """Opened bid -> the lines of its total and rank, from the rows the result was computed from."""
    facts, stored, places, of_listing = await together(
        queries.bid_facts(row), queries.stored_results(row["id"]), _places(row), lots(row["id"])
    )
    found: dict[str, list[Line]] = {}
    for lot, terms in zip(of_listing, await terms_of_lots(row, of_listing), strict=True):
        outcomes = stored.get(lot["id"], [])
        if judged_without_panel(row):
            found |= working_of_places(terms, outcomes, places, sight)
        else:
            found |= working_of(terms, facts.get(lot["id"], []), outcomes, sight)
    return found


async def terms_of_lots(row: Row, of_listing: list[Row]) -> list[LotTerms]:
    """What was printed for each lot, in their order."""
    return await together(*(queries.lot_terms(row, lot) for lot in of_listing))


async def _places(row: Row) -> dict[str, Place]:
    """Opened bid -> the standing that placed it; nothing where the lowest price decides."""
    if lowest_price_wins(row):
        return {}
    return {
        str(r["opened_bid"]): Place(r["standing_grade"] or "none", r["standing_score"], r["standing_evaluation"])
        for r in await queries.result_rows(row["id"])
    }


async def sight_of(listing: UUID, organisation: UUID | None) -> Sight:
    """What somebody outside sees of an announced result: its own bids, and the winners (R-PUBL-01, R-AWD-02)."""
    rows = await fetch(
        "SELECT b.id, p.organisation = $2 AS is_own, EXISTS (SELECT FROM award a WHERE a.opened_bid = b.id"
        " AND a.announced_at IS NOT NULL) AS won FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider WHERE l.listing = $1",
        listing, organisation,
    )  # fmt: skip
    return Sight(
        frozenset(str(r["id"]) for r in rows if r["is_own"]), frozenset(str(r["id"]) for r in rows if r["won"])
    )


async def leniency_of(row: Row) -> list[tuple[Row, Leniency]]:
    """Every judging member with its deviations; the caller asks only after all have locked."""
    criteria, marks, judging = await together(
        queries.marked_criteria(row["id"]), queries.counting_marks(row["id"]), judging_members(row["id"])
    )
    factors = [Factor(str(c["id"]), c["title"], c["points"], c["is_objective"]) for c in criteria]
    named = {str(bid): by_factor for bid, by_factor in marks.items()}
    found = {each.member: each for each in leniencies(named, factors, number(LOOKED_AT, rules_day(row)))}
    return [(m, found[str(m["id"])]) for m in judging if str(m["id"]) in found]


def titles_of(criteria: list[Row]) -> dict[str, str]:
    """Factor -> what the listing calls it."""
    return {str(c["id"]): c["title"] for c in criteria}


def names_of(bids: list[Row]) -> dict[str, Row]:
    """Opened bid -> the bid with its provider's names."""
    return {str(b["id"]): b for b in bids}
