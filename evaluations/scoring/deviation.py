"""How a member's marks lie beside those of the others: leniency, largest deviations, marks to look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from catalogue.scoring.price import round_half_up

LOOKED_AT = "R-COM-10/deviation"
PLACES = 2
# opened bid -> criterion -> member -> points
Marks = Mapping[str, Mapping[str, Mapping[str, Decimal]]]


@dataclass(frozen=True)
class Factor:
    """A factor that members judge: its points, and whether they have to agree on it."""

    id: str
    title: str
    highest: Decimal
    is_objective: bool


@dataclass(frozen=True)
class Deviation:
    """One mark beside the mean of the other members' marks for the same bid and factor."""

    member: str
    opened_bid: str
    criterion: str
    points: Decimal
    others: Decimal
    difference: Decimal
    is_looked_at: bool


@dataclass(frozen=True)
class Leniency:
    """What a member gives more (or less) than the others do, on average over all its marks; its marks to look at."""

    member: str
    mean_difference: Decimal
    largest: tuple[Deviation, ...]
    looked_at: tuple[Deviation, ...]


def deviations(marks: Marks, factors: Sequence[Factor], share: Decimal) -> list[Deviation]:
    """Every mark that others gave one beside. It is looked at when it differs by `share` percent of the points.

    Objective factors are compared too, but never looked at: there members have to agree (R-COM-07).
    """
    found = []
    for bid, by_factor in marks.items():
        for factor in factors:
            given = by_factor.get(factor.id, {})
            for member, points in given.items():
                others = [Fraction(each) for name, each in given.items() if name != member]
                if not others:
                    continue
                mean = sum(others, Fraction(0)) / len(others)
                apart = Fraction(points) - mean
                far = 100 * abs(apart) >= Fraction(share) * Fraction(factor.highest) and apart != 0
                found.append(
                    Deviation(
                        member, bid, factor.id, points, round_half_up(mean, PLACES), _signed(apart),
                        far and not factor.is_objective,
                    )
                )  # fmt: skip
    return found


def leniencies(marks: Marks, factors: Sequence[Factor], share: Decimal) -> list[Leniency]:
    """Every member with its mean difference, its largest deviation per factor, and its marks to look at."""
    all_of_them = deviations(marks, factors, share)
    found = []
    for member in dict.fromkeys(each.member for each in all_of_them):
        own = [each for each in all_of_them if each.member == member]
        mean = sum((Fraction(each.difference) for each in own), Fraction(0)) / len(own)
        largest = [
            max(rows, key=lambda each: abs(each.difference))
            for f in factors
            if (rows := [each for each in own if each.criterion == f.id])
        ]
        looked_at = tuple(each for each in own if each.is_looked_at)
        found.append(Leniency(member, _signed(mean), tuple(largest), looked_at))
    return found


def _signed(amount: Fraction) -> Decimal:
    rounded = round_half_up(abs(amount), PLACES)
    return -rounded if amount < 0 else rounded
