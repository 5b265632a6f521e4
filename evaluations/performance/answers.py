"""The frozen result of an evaluation, as `GET /schema` shows it."""

from __future__ import annotations

from datetime import date

import msgspec

from marketplace.kernel.json_types import Number


class FrozenIndicator(msgspec.Struct, frozen=True):
    """A line of the indicator table; weight and points of 100."""

    position: int
    group: str
    title: str
    weight: Number
    method: str
    source: str
    target: Number | None
    actual: Number | None
    points: Number | None
    narrative: str


class FrozenSource(msgspec.Struct, frozen=True):
    """Who judged with which weight (percent), or why it was left out."""

    source: str
    weight: Number
    organisation_name: str
    submitted_at: str | None
    left_out_reason: str


class FrozenCorrection(msgspec.Struct, frozen=True):
    """A line that the review changed."""

    position: int
    points_before: Number
    points_after: Number
    reason: str


class FrozenEvaluation(msgspec.Struct, frozen=True):
    """The text whose SHA-256 is published with the result."""

    reference: str
    contract_reference: str
    period_from: date
    period_to: date
    evaluator_name: str
    score: Number
    grade: str
    reply: str
    indicators: list[FrozenIndicator]
    # not in results that were frozen before there were several evaluators and reviews
    draft_score: Number | None = None
    is_disputed: bool = False
    review: str = ""
    sources: list[FrozenSource] = []
    corrections: list[FrozenCorrection] = []


class FrozenGoalLine(msgspec.Struct, frozen=True):
    """One indicator from its declared target to what was found; weight and points of 100."""

    position: int
    group: str
    title: str
    weight: Number
    target: Number
    unit: str
    self_actual: Number | None
    self_points: Number | None
    actual: Number | None
    points: Number | None
    words: str


class FrozenGoal(msgspec.Struct, frozen=True):
    """The text whose SHA-256 is published with the result of a year's goals."""

    reference: str
    kind: str
    year: int
    title: str
    aim: str
    self_score: Number
    score: Number
    grade: str
    answer: str
    lines: list[FrozenGoalLine]
