"""A provider's standing: weighted by contract and by age, drawn towards the field by how little is known. Pure.

By hand, from what the page shows: size = contract amount / the unit, within its bounds, two places; age = 0.5 to the
power of days / half-life, four places; weight = size x age, four places. The standing is the weighted mean of the own
scores and of the field's mean, which stands in with a fixed weight: little is known, the field counts; much is known,
it hardly does. The field is everybody else: what a provider earns never moves the mean it is drawn towards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from marketplace.kernel.rulebook import number

RULE = "R-PERF-09"
CENT, FOURTH, TENTH = Decimal("0.01"), Decimal("0.0001"), Decimal("0.1")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Method:
    """The numbers of the rulebook that a day is counted with."""

    half_life: int
    size_unit: Decimal
    least_size: Decimal
    most_size: Decimal
    field_weight: Decimal
    start: Decimal
    enough: Decimal


def method_on(day: date) -> Method:
    """The rows of R-PERF-09 on a day."""
    return Method(
        int(number(f"{RULE}/half_life", day)), number(f"{RULE}/size_unit", day), number(f"{RULE}/least_size", day),
        number(f"{RULE}/most_size", day), number(f"{RULE}/field_weight", day), number(f"{RULE}/start", day),
        number(f"{RULE}/enough_record", day),
    )  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One frozen evaluation: its score, how large the contract was, from when until when it counts."""

    evaluation: str
    score: Decimal
    contract_amount: Decimal
    counts_from: date
    counts_until: date

    def counts(self, on: date) -> bool:
        """Whether it counts on a day; its first and last day included."""
        return self.counts_from <= on <= self.counts_until


@dataclass(frozen=True)
class Weighed:
    """An evaluation with the numbers by which it counts on a day."""

    evidence: Evidence
    age: int
    size: Decimal
    recency: Decimal
    weight: Decimal

    @property
    def product(self) -> Decimal:
        """Weight times score: what is added up."""
        return self.weight * self.evidence.score


@dataclass(frozen=True)
class Sums:
    """Weights and weighted scores added up, and of how many evaluations."""

    weight: Decimal = ZERO
    product: Decimal = ZERO
    count: int = 0


@dataclass(frozen=True)
class Figure:
    """A provider's standing in one group of items on a day; `score` is empty while too little is known."""

    own: Sums
    field: Sums
    field_mean: Decimal
    drawn: Decimal
    confidence: Decimal
    is_enough: bool

    @property
    def score(self) -> Decimal | None:
        """The standing; None is "not enough record", never a bad one."""
        return self.drawn if self.is_enough else None


def size_of(amount: Decimal, method: Method) -> Decimal:
    """How much a contract counts by its size, within the bounds."""
    return min(max(_to(amount / method.size_unit, CENT), method.least_size), method.most_size)


def recency_of(age: int, method: Method) -> Decimal:
    """1 on the first day, half after the half-life, a quarter after two."""
    return _halved(age, method.half_life)


@lru_cache(maxsize=16_384)
def _halved(age: int, half_life: int) -> Decimal:
    """Kept, because an exact power is slow and every page asks for the same thousand days."""
    return _to(Decimal("0.5") ** (Decimal(age) / half_life), FOURTH)


def weigh(evidence: Iterable[Evidence], on: date, method: Method) -> list[Weighed]:
    """What counts on a day, the newest first, each with its weight."""
    found = []
    for each in evidence:
        if each.counts(on):
            age = (on - each.counts_from).days
            size, recency = size_of(each.contract_amount, method), recency_of(age, method)
            found.append(Weighed(each, age, size, recency, _to(size * recency, FOURTH)))
    return sorted(found, key=lambda each: (each.age, each.evidence.evaluation))


def added(weighed: Iterable[Weighed]) -> Sums:
    """The sums of what was weighed; the order does not matter, decimals add exactly."""
    total = Sums()
    for each in weighed:
        total = Sums(total.weight + each.weight, total.product + each.product, total.count + 1)
    return total


def figure(own: Sums, others: Sums, method: Method) -> Figure:
    """The standing from the own sums and those of everybody else in the field."""
    mean = _to(others.product / others.weight, CENT) if others.weight else method.start
    whole = own.weight + method.field_weight
    return Figure(
        own, others, mean, _to((own.product + method.field_weight * mean) / whole, CENT),
        _to(own.weight * 100 / whole, TENTH), own.count > 0 and own.weight >= method.enough,
    )  # fmt: skip


def grade_on(score: Decimal, on: date) -> str:
    """The grade of a standing by the bands of R-PERF-02."""
    return next((grade for grade in ("excellent", "good", "fair") if score >= number(f"R-PERF-02/{grade}", on)), "poor")


def grade_of_figure(found: Figure, on: date) -> str:
    """The grade that counts; "none" while too little is known."""
    return "none" if found.score is None else grade_on(found.score, on)


@dataclass(frozen=True)
class Move:
    """Why a standing moved between two days; the parts add up to the whole."""

    begins: Decimal
    new: Decimal
    expired: Decimal
    age: Decimal
    field: Decimal
    ends: Decimal


def move_between(evidence: Sequence[Evidence], then: tuple[date, Sums], now: tuple[date, Sums], method: Method) -> Move:
    """Step by step: what was added, what ran out, what grew older, how the others moved. `then`, `now`: day, others.

    Each step changes one thing and keeps the rest, so the four parts add up to the difference exactly. Both days are
    counted with the same method.
    """
    (first, field_then), (last, field_now) = then, now
    old = [each for each in evidence if each.counts(first)]
    new = [each for each in evidence if each.counts(last) and not each.counts(first)]
    kept = [each for each in old if each.counts(last)]

    def drawn(own: Sequence[Weighed], others: Sums) -> Decimal:
        return figure(added(own), others, method).drawn

    fresh = weigh(new, last, method)
    stages = (
        drawn(weigh(old, first, method), field_then),
        drawn([*weigh(old, first, method), *fresh], field_then),
        drawn([*weigh(kept, first, method), *fresh], field_then),
        drawn([*weigh(kept, last, method), *fresh], field_then),
        drawn([*weigh(kept, last, method), *fresh], field_now),
    )
    steps = [after - before for before, after in zip(stages, stages[1:], strict=False)]
    return Move(stages[0], *steps, stages[-1])


def _to(value: Decimal, places: Decimal) -> Decimal:
    return value.quantize(places, rounding=ROUND_HALF_UP)
