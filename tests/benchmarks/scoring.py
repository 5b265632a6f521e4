"""A part of `make bench`, or alone: 200 bids by 30 criteria and seven members, from marks to places.

Seconds of the whole result of a lot, beside one bare sum in decimals of all its marks.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median
from time import perf_counter

from catalogue.scoring.ranking import Method, ScoringTerms
from evaluations.scoring.results import BidFacts, LotTerms, ScoredCriterion, results_of_lot
from tests.benchmarks.measured import Figure, figure, show

BIDS, CRITERIA, MEMBERS, ROUNDS = 200, 30, 7, 7
MOST_SECONDS, SEED = 0.2, 20260302


def a_lot(bids: int = BIDS, criteria: int = CRITERIA, members: int = MEMBERS) -> tuple[LotTerms, list[BidFacts]]:
    """What was printed, and bids with every mark of every member."""
    points = Decimal(90) / criteria
    printed = [
        ScoredCriterion(f"c{n}", ("technical", "business")[n % 2], f"第 {n} 项", points, is_objective=False)
        for n in range(criteria)
    ]
    drawn = random.Random(SEED)
    tenths = int(points * 10)

    def marks() -> dict[str, dict[str, Decimal]]:
        return {
            one.id: {f"m{m}": Decimal(drawn.randrange(tenths)) / 10 for m in range(members)} for one in printed
        }

    facts = [
        BidFacts(f"b{n}", True, Decimal(400_000 + drawn.randrange(90_000)), n % 3 == 0, "none", None, marks())
        for n in range(bids)
    ]
    scoring = ScoringTerms(Method.TENDER, Decimal(10), 2, Decimal(10), Decimal(505_000), Decimal(505_000))
    return LotTerms(scoring, printed, None, date(2026, 3, 2), least=3), facts


def scoring_figures() -> list[Figure]:
    """The result of the lot, beside the bare sum."""
    terms, facts = a_lot()
    assert [each.rank for each in results_of_lot(terms, facts)].count(1) == 1
    value = _seconds(lambda: results_of_lot(terms, facts))
    floor = _seconds(lambda: [sum(by.values()) for bid in facts for by in bid.marks.values()])
    return [figure(f"scoring of {BIDS} bids", value, floor, MOST_SECONDS, "s")]


def _seconds(act: Callable[[], object]) -> float:
    act()
    times = []
    for _ in range(ROUNDS):
        started = perf_counter()
        act()
        times.append(perf_counter() - started)
    return median(times)


if __name__ == "__main__":
    found = scoring_figures()
    show(found)
    print(json.dumps(found))
