"""A second way to score and rank, written from the rulebook's text alone, agrees on ten thousand made-up lots.

Nothing of the product's computation is used on this side: plain fractions, the formulas of 87 Art 55 and 57 and of 214
Art 24 and 25, rounding half up, and ranking by counting who stands before whom; prices that bids state differently are
mended by the four ways of 87 Art 59 in plain whole numbers.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from catalogue.scoring.arithmetic import Figures, mend
from catalogue.scoring.price import LowPriceLimits
from catalogue.scoring.ranking import Method, ScoringTerms
from evaluations.scoring.results import BidFacts, LotTerms, ScoredCriterion, low_price_suspects, results_of_lot
from evaluations.scoring.rules import PastPerformanceTable
from marketplace.kernel.capitals import in_capitals

LOTS = 10_000
CLOSED = date(2026, 3, 24)


def half_up(value: Fraction, places: int) -> Fraction:
    """Round half up: the way of R-EVAL-05."""
    scaled = value * 10**places
    return Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator), 10**places)


def by_the_rulebook(lot: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """bidder -> (status, total, rank) from the printed terms and the marks."""
    valid: dict[str, dict[str, Fraction]] = {}
    result: dict[str, tuple[Any, ...]] = {}
    for bid in lot["bids"]:
        out = not bid["qualified"] or bid["price"] is None or bid["price"] > lot["ceiling"] or bid["refused_low"]
        if out:
            result[bid["name"]] = ("invalid", None, None)
            continue
        # R-SME-04: a small one itself, else whoever shares thirty percent or more with one, never both
        percent = lot["deduction"] if bid["small"] else lot["shared_deduction"] if bid["share"] >= 30 else 0
        kept = Fraction(100 - percent, 100)
        members = bid["marks"]  # member -> criterion -> points
        mean = sum(sum(map(Fraction, given.values())) for given in members) / len(members)
        technical = sum(
            sum(Fraction(points) for name, points in given.items() if name in lot["technical"]) for given in members
        ) / len(members)
        past = Fraction(lot["table"][bid["grade"] if bid["counts"] else "none"])
        valid[bid["name"]] = {
            "price": Fraction(bid["price"]), "evaluated": Fraction(bid["price"]) * kept,
            "other": half_up(mean + past, lot["places"]), "technical": half_up(technical, lot["places"]),
        }  # fmt: skip
    # too few that take part, or too few valid ones: nobody wins (R-BID-04, R-BID-08)
    if sum(bid["qualified"] for bid in lot["bids"]) < lot["least"] or len(valid) < lot["least"]:
        return {bid["name"]: ("invalid", None, None) for bid in lot["bids"]}
    base = min((each["evaluated"] for each in valid.values()), default=Fraction(0))
    for each in valid.values():
        score = base * lot["weight"] / each["evaluated"] if lot["weight"] else Fraction(0)
        each["total"] = half_up(score, lot["places"]) + each["other"]
    for name, each in valid.items():
        before = sum(_stands_before(other, each, lot["is_consultation"]) for other in valid.values())
        result[name] = ("valid", each["total"], before + 1)
    return result


def _stands_before(one: dict[str, Fraction], other: dict[str, Fraction], is_consultation: bool) -> bool:
    if one["total"] != other["total"]:
        return one["total"] > other["total"]
    if one["price"] != other["price"]:
        return one["price"] < other["price"]
    return is_consultation and one["technical"] > other["technical"]


def a_lot(chance: random.Random) -> dict[str, Any]:
    """Terms and bids. Few different numbers, so that ties and equal prices are common."""
    weight = chance.choice([0, 10, 20, 30])
    criteria = {"a": 40, "b": 50 - weight if weight < 50 else 1}
    places = chance.choice([0, 1, 2])
    bids: list[dict[str, Any]] = []
    given = list(criteria.items())
    for number in range(chance.randint(1, 6)):
        if bids and chance.random() < 0.3:
            bids.append({**chance.choice(bids), "name": f"b{number}"})  # equal in everything
            continue
        marks = [
            {name: chance.randint(most - 2, most) / chance.choice([Decimal(1), Decimal(2)]) for name, most in given}
            for _ in range(chance.choice([3, 5]))
        ]
        bids.append({
            "name": f"b{number}", "qualified": chance.random() > 0.1,
            "price": chance.choice([None, *map(Decimal, ("480000", "480000.01", "490000", "505000", "505000.01"))]),
            "small": chance.random() < 0.4, "marks": marks,
            "share": chance.choice([0, 0, Decimal("29.99"), 30, 55]), "is_subcontract": chance.random() < 0.5,
            "grade": chance.choice(["excellent", "good", "fair", "poor"]),
            "counts": chance.random() < 0.5, "refused_low": False,
        })  # fmt: skip
    return {
        "weight": weight, "criteria": criteria, "technical": {"a"}, "places": places, "ceiling": Decimal("505000"),
        "deduction": chance.choice([0, 10, 20]), "is_consultation": chance.random() < 0.5, "bids": bids,
        "shared_deduction": chance.choice([0, 4, 5, 6]),
        "least": chance.choice([0, 1, 2, 3]), "table": {"excellent": 10, "good": 8, "fair": 4, "poor": 1, "none": 6},
    }  # fmt: skip


def by_the_product(lot: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The same lot through what awards rest on."""
    criteria = [
        ScoredCriterion("a", "technical", "a", Decimal(lot["criteria"]["a"]), False),
        ScoredCriterion("b", "business", "b", Decimal(lot["criteria"]["b"]), False),
        ScoredCriterion("p", "past_performance", "p", Decimal(10), True),
    ]
    printed = {grade: Decimal(points) for grade, points in lot["table"].items()}
    neutral = printed.pop("none")
    scoring = ScoringTerms(
        Method.CONSULTATION if lot["is_consultation"] else Method.TENDER, Decimal(lot["weight"]), lot["places"],
        Decimal(lot["deduction"]), lot["ceiling"], lot["ceiling"],
        LowPriceLimits(Decimal(50), Decimal(50), Decimal(45)), consortium_deduction=Decimal(lot["shared_deduction"]),
    )  # fmt: skip
    terms = LotTerms(scoring, criteria, PastPerformanceTable(printed, neutral, Decimal(10)), CLOSED, least=lot["least"])
    facts = [
        BidFacts(
            bid["name"], bid["qualified"], bid["price"], bid["small"], bid["grade"],
            date(2025, 1, 1) if bid["counts"] else date(2020, 1, 1),
            {name: {str(m): given[name] for m, given in enumerate(bid["marks"])} for name in lot["criteria"]},
            is_small_consortium=bid["share"] >= 30 and not bid["is_subcontract"],
            is_small_subcontract=bid["share"] >= 30 and bid["is_subcontract"],
        )
        for bid in lot["bids"]
    ]  # fmt: skip
    assert low_price_suspects(terms, facts) == {}
    found = results_of_lot(terms, facts)
    return {
        each.opened_bid: (each.status, None if each.total is None else Fraction(each.total), each.rank)
        for each in found
    }


def test_two_ways_agree_on_ten_thousand_lots() -> None:
    chance = random.Random(20260302)
    ties = invalid = 0
    for number in range(LOTS):
        lot = a_lot(chance)
        one, other = by_the_rulebook(lot), by_the_product(lot)
        assert one == other, (number, lot)
        ranks = [rank for _, _, rank in one.values() if rank]
        ties += len(ranks) != len(set(ranks))
        invalid += len(ranks) < len(one)
    assert ties > 500 and invalid > 2_000, "the lots must be of all kinds"


def price_by_the_rulebook(stated: dict[str, Any]) -> tuple[str, Fraction]:
    """(ways applied, price) of 87 Art 59: schedule, words, an obvious slip, then unit price times quantity."""
    ways, price, words = "", stated["figures"], stated["words"]
    if stated["body"] is not None and stated["body"] != price and stated["body"] != words:
        ways += "1"
    if words is not None and words != price:
        ways, price = ways + "2", words
    unit, quantity = stated["unit"], stated["quantity"]
    if unit is None or half_up(unit * quantity, 2) == price:
        return ways, price
    for places in (1, 2, 3, 4):
        shown = stated["decimals"]
        for moved, left in ((unit * 10**places, shown - places), (unit / 10**places, shown + places)):
            # the figures as written, the point elsewhere: what the total makes for one unit, to as many decimals
            if half_up(moved * quantity, 2) == price or half_up(price / quantity, max(0, left)) == moved:
                return ways + "3", price
    return ways + "4", half_up(unit * quantity, 2)


def test_two_ways_mend_a_price_alike() -> None:
    chance, seen = random.Random(59), set()
    for _ in range(LOTS):
        unit = Decimal(chance.randint(1, 9999)) / 100
        quantity = Decimal(chance.choice([1, 3, 100, 12000]))
        right = unit * quantity
        figures = chance.choice([right, right, right + 1000])
        words = chance.choice([None, right, figures, right + 500])
        body = chance.choice([None, right, figures, right + 10])
        typed = chance.choice([None, unit, unit * 10, unit / 100, unit + 1])
        stated = {
            "figures": Fraction(figures), "words": None if words is None else Fraction(words),
            "body": None if body is None else Fraction(body), "unit": None if typed is None else Fraction(typed),
            "quantity": Fraction(quantity), "decimals": len(f"{typed or 0:f}".partition(".")[2].rstrip("0")),
        }  # fmt: skip
        found = mend(Figures(figures, quantity, "" if words is None else in_capitals(words), typed, body))
        assert ("".join(found.steps), Fraction(found.total)) == price_by_the_rulebook(stated), stated
        seen.add("".join(found.steps))
    assert {"", "1", "2", "3", "4", "12", "23", "24", "123", "124"} <= seen
