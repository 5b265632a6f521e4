"""What the trial, the watch and the suggestion are counted from: announced awards, low prices, budget lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.tie_rules import ranking_order
from evaluations.effects.rules import PastLot, PastOffer, Suggestion, share_to_check, suggested_budget
from evaluations.scoring.rules import may_count_evaluation
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from vendors.standing.queries import figures_at
from vendors.standing.rules import Figure, Method, method_on

Row = dict[str, Any]

_OFFERS = """
SELECT l.id AS listing_id, l.reference AS listing, l.method, l.rules_on, l.published_at, l.closes_at,
       l.past_performance_form, t.id AS lot, t.number, t.title, i.category, b.id AS opened_bid, b.provider,
       l.title_en, o.name, o.name_en, r.quoted_price, r.rank, r.total, r.past_performance_score, r.technical_score,
       coalesce(e.grade, 'none') AS newest_grade, e.score AS newest_score,
       coalesce(e.evaluation_reference, '') AS newest_evaluation, b.past_grade, b.past_evaluated_on
FROM listing l JOIN listing_lot t ON t.listing = l.id JOIN item i ON i.id = t.item
JOIN bid_result r ON r.lot = t.id JOIN opened_bid b ON b.id = r.opened_bid
JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation
-- the newest evaluation that stood when the bids closed, whatever the listing was decided by
LEFT JOIN LATERAL (SELECT s.grade, s.score, s.evaluation_reference FROM standing_entry s
                   WHERE s.provider = b.provider AND s.category = i.category AND s.recorded_at <= l.closes_at
                     AND (l.closes_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN s.counts_from AND s.counts_until
                   ORDER BY s.counts_from DESC, s.recorded_at DESC LIMIT 1) e ON true
WHERE l.status = 'awarded' AND l.past_performance_form IN ('printed_table', 'county_standing')
  AND r.status = 'valid' AND r.rank IS NOT NULL AND r.quoted_price IS NOT NULL
  AND (l.closes_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $1 AND $2
ORDER BY l.closes_at, l.reference, t.number, r.rank, b.id
"""


async def past_lots(first: date, last: date, method: Method) -> list[PastLot]:
    """Every lot of an announced award that closed within the days, with each offer's weighted standing of that day."""
    rows = [dict(row) for row in await fetch(_OFFERS, first, last)]
    keys = [(row["provider"], row["category"], county_day(row["closes_at"])) for row in rows]
    by_lot: dict[UUID, list[tuple[Row, Figure]]] = defaultdict(list)
    for row, found in zip(rows, await figures_at(keys, method, [row["closes_at"] for row in rows]), strict=True):
        by_lot[row["lot"]].append((row, found))
    return [_lot(offers) for offers in by_lot.values()]


def _lot(offers: list[tuple[Row, Figure]]) -> PastLot:
    first, _ = offers[0]
    closed_on = county_day(first["closes_at"])
    is_scored = first["past_performance_form"] == "printed_table"
    day = first["rules_on"] or county_day(first["published_at"])
    return PastLot(
        first["listing"], first["title"], first["number"], closed_on,
        [_offer(row, found, closed_on) for row, found in offers],
        (ranking_order(row_of(first), day) or ("total", "price")) if is_scored else (), first["title_en"],
    )  # fmt: skip


def _offer(row: Row, found: Figure, closed_on: date) -> PastOffer:
    offer = PastOffer(
        row["opened_bid"], row["name"], row["quoted_price"], row["rank"], row["newest_grade"], row["newest_score"],
        row["newest_evaluation"], row["total"], row["past_performance_score"], row["technical_score"], found,
        row["name_en"],
    )  # fmt: skip
    if row["past_performance_form"] == "printed_table":
        evaluated = row["past_evaluated_on"]
        counts = evaluated is not None and may_count_evaluation(evaluated, closed_on)
        return replace(offer, grade=row["past_grade"] if counts else "none")
    return offer


@dataclass(frozen=True)
class Watched:
    """A running contract won at a low price, its provider's standing, and the share of visits to check."""

    contract: Row
    figure: Figure
    share: Decimal


async def watched_contracts(buyer: UUID | None, day: date) -> list[Watched]:
    """Contracts in force whose price was low and explained (R-LOW-05); all of them, or one buyer's."""
    rows = await fetch(
        "SELECT c.reference, c.title, c.amount, c.provider, c.buyer, b.name AS buyer_name, b.name_en AS buyer_name_en,"
        " o.name AS provider_name, o.name_en AS provider_name_en, p.reference AS provider_reference, i.category,"
        " v.opinion, (SELECT count(*) FROM visit s WHERE s.contract = c.id AND s.status <> 'replaced'"
        "  AND s.day BETWEEN $2::date - 29 AND $2::date) AS visits"
        " FROM contract c JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item"
        " JOIN award a ON a.lot = c.lot AND a.provider = c.provider AND a.announced_at IS NOT NULL"
        " JOIN low_price_review v ON v.opened_bid = a.opened_bid AND v.is_accepted"
        " JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation"
        " WHERE c.status = 'in_force' AND ($1::uuid IS NULL OR c.buyer = $1) ORDER BY c.reference",
        buyer, day,
    )  # fmt: skip
    found = await figures_at([(row["provider"], row["category"], day) for row in rows], method_on(day))
    return [
        Watched(dict(row), figure, share_to_check(figure, day)) for row, figure in zip(rows, found, strict=True)
    ]


@dataclass(frozen=True)
class LineSuggestion:
    """A budget line with the evaluations of its contracts and what they suggest for the next year."""

    line: Row
    results: list[Row]
    suggestion: Suggestion | None


async def budget_suggestions(year: int, day: date) -> list[LineSuggestion]:
    """Every line of a year; the newest result of each contract counts."""
    lines = await fetch(
        "SELECT b.id, b.reference, b.title, b.item_code, o.name AS buyer_name, o.name_en AS buyer_name_en,"
        " l.appropriated FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line"
        " JOIN organisation o ON o.id = b.buyer WHERE b.year = $1 ORDER BY b.item_code, b.reference",
        year,
    )
    results: dict[UUID, list[Row]] = defaultdict(list)
    for row in await fetch(
        "SELECT DISTINCT ON (c.id) line.id AS line, c.reference AS contract, c.amount, s.score, s.grade,"
        " s.evaluation_reference FROM contract c JOIN listing n ON n.id = c.listing"
        " JOIN budget_line line ON line.id = coalesce(c.budget_line, n.budget_line)"
        " JOIN standing_entry s ON s.contract_reference = c.reference"
        " WHERE line.year = $1 AND c.status <> 'rescinded' AND s.counts_from <= $2"
        " ORDER BY c.id, s.counts_from DESC, s.recorded_at DESC",
        year, day,
    ):  # fmt: skip
        results[row["line"]].append(dict(row))
    return [
        LineSuggestion(
            dict(line), results[line["id"]],
            suggested_budget(line["appropriated"], [(r["score"], r["amount"]) for r in results[line["id"]]], day),
        )
        for line in lines
    ]  # fmt: skip
