"""After locking: how each result came about, and how each member's marks lie beside the others'."""

from __future__ import annotations

from typing import Any

from catalogue.listings.queries import lots
from evaluations.panel.queries import judging_members
from evaluations.scoring import queries
from evaluations.scoring.deviation import LOOKED_AT, Factor, Leniency, leniencies
from evaluations.scoring.low_prices import rules_day
from evaluations.scoring.working import Line, working_of
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def working_of_listing(row: Row) -> dict[str, list[Line]]:
    """Opened bid -> the lines of its total and rank, from the rows the result was computed from."""
    facts = await queries.bid_facts(row)
    stored = await queries.stored_results(row["id"])
    found: dict[str, list[Line]] = {}
    for lot in await lots(row["id"]):
        terms = await queries.lot_terms(row, lot)
        found |= working_of(terms, facts.get(lot["id"], []), stored.get(lot["id"], []))
    return found


async def leniency_of(row: Row) -> list[tuple[Row, Leniency]]:
    """Every judging member with its deviations; the caller asks only after all have locked."""
    factors = [
        Factor(str(c["id"]), c["title"], c["points"], c["is_objective"])
        for c in await queries.marked_criteria(row["id"])
    ]
    marks = await queries.counting_marks(row["id"])
    named = {str(bid): by_factor for bid, by_factor in marks.items()}
    found = {each.member: each for each in leniencies(named, factors, number(LOOKED_AT, rules_day(row)))}
    return [(m, found[str(m["id"])]) for m in await judging_members(row["id"]) if str(m["id"]) in found]


def titles_of(criteria: list[Row]) -> dict[str, str]:
    """Factor -> what the listing calls it."""
    return {str(c["id"]): c["title"] for c in criteria}


def names_of(bids: list[Row]) -> dict[str, Row]:
    """Opened bid -> the bid with its provider's names."""
    return {str(b["id"]): b for b in bids}
