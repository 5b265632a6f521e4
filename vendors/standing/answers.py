"""A provider's standing as JSON; numbers are texts, so that no reader rounds them."""

from __future__ import annotations

from datetime import date

import msgspec

from marketplace.kernel.json_types import Money, Number, Sha256


class StandingMethod(msgspec.Struct, frozen=True):
    """The numbers of rule R-PERF-09 on the day."""

    half_life_days: int
    size_unit_yuan: Number
    least_size: Number
    most_size: Number
    field_weight: Number
    start: Number
    enough: Number


class EvidenceAnswer(msgspec.Struct, frozen=True):
    """One evaluation: weight = size x recency, product = weight x score."""

    evaluation: str
    contract: str
    item: str
    contract_amount: Money
    score: Number
    counts_from: date
    counts_until: date
    age_days: int
    size: Number
    recency: Number
    weight: Number
    product: Number
    snapshot_sha256: Sha256


class MoveAnswer(msgspec.Struct, frozen=True):
    """begins + new + expired + age + field = ends."""

    since: date
    begins: Number
    new: Number
    expired: Number
    age: Number
    field: Number
    ends: Number


class NotedAnswer(msgspec.Struct, frozen=True):
    """What was noted on a day; `standing` is null while there was not enough record."""

    day: date
    standing: Number | None
    confidence: Number
    evaluations: int
    weight: Number
    product: Number
    field_mean: Number
    drawn: Number


class GroupAnswer(msgspec.Struct, frozen=True):
    """drawn = (product + field_weight of the method x field_mean) / (weight + field_weight of the method)."""

    category: str
    state: str
    standing: Number | None
    grade: str
    confidence: Number
    weight: Number
    product: Number
    others_weight: Number
    others_product: Number
    field_mean: Number
    drawn: Number
    evaluations: list[EvidenceAnswer]
    move: MoveAnswer
    history: list[NotedAnswer]


class StandingAnswer(msgspec.Struct, frozen=True):
    """A provider's standing in each group of items in which it has a record."""

    provider: str
    name: str
    credit_code: str
    day: date
    method: StandingMethod
    groups: list[GroupAnswer]
