"""A provider's standing as its page and its file tell it: the figure, what it is counted from, why it moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from vendors.standing import answers
from vendors.standing.drawing import Curve, curve_of
from vendors.standing.queries import evidence_of, figures_at, history_of, standing_rows
from vendors.standing.rules import (
    Figure,
    Method,
    Move,
    Weighed,
    grade_of_figure,
    method_on,
    move_between,
    weigh,
)

Row = dict[str, Any]
CATEGORIES = ("administrative", "service")
LOOK_BACK = timedelta(days=90)  # how far "why did this move" looks when nobody says, and nothing was noted


@dataclass(frozen=True)
class GroupStanding:
    """One group of items of a provider: today's figure with its working, and how it came from an earlier day."""

    category: str
    figure: Figure
    grade: str
    weighed: list[Weighed]
    entries: dict[str, Row]
    move: Move
    since: date
    history: list[Row]
    curve: Curve


@dataclass(frozen=True)
class ProviderStanding:
    """All groups in which a provider has a record, with the numbers they are counted with."""

    day: date
    method: Method
    groups: list[GroupStanding]


async def figures_of_provider(provider: UUID, day: date) -> list[tuple[str, Figure, str]]:
    """Each group of items with a provider's figure of a day and its grade."""
    figures = await figures_at([(provider, name, day) for name in CATEGORIES], method_on(day))
    return [(name, found, grade_of_figure(found, day)) for name, found in zip(CATEGORIES, figures, strict=True)]


async def standing_of_provider(provider: UUID, day: date, since: date | None = None) -> ProviderStanding:
    """The figures of a day, each explained from `since` on; without it, from when the history last differs."""
    rows, history, method = await standing_rows(provider), await history_of(provider), method_on(day)
    categories = [name for name in CATEGORIES if any(row["category"] == name for row in rows)]
    starts = {name: since or _before(history, name, day) for name in categories}
    keys = [(provider, name, each) for name in categories for each in (day, starts[name])]
    figures = await figures_at(keys, method)
    made = []
    for place, name in enumerate(categories):
        own = [row for row in rows if row["category"] == name]
        noted = [row for row in history if row["category"] == name]
        evidence = [evidence_of(row) for row in own]
        now, then = figures[2 * place], figures[2 * place + 1]
        made.append(
            GroupStanding(
                name, now, grade_of_figure(now, day), weigh(evidence, day, method),
                {row["evaluation_reference"]: row for row in own},
                move_between(evidence, (starts[name], then.field), (day, now.field), method), starts[name],
                noted, curve_of(noted, day),
            )
        )  # fmt: skip
    return ProviderStanding(day, method, made)


def _before(history: list[Row], category: str, day: date) -> date:
    """The last day before this one on which the figure was noted."""
    earlier = [row["day"] for row in history if row["category"] == category and row["day"] < day]
    return max(earlier, default=day - LOOK_BACK)


def answer_of(provider: Row, told: ProviderStanding) -> answers.StandingAnswer:
    """The page as data, from which every figure can be computed again."""
    return answers.StandingAnswer(
        provider["reference"], provider["name"], provider["credit_code"], told.day,
        answers.StandingMethod(
            told.method.half_life, *[str(value) for value in (
                told.method.size_unit, told.method.least_size, told.method.most_size, told.method.field_weight,
                told.method.start, told.method.enough,
            )],
        ),
        [_group(each) for each in told.groups],
    )  # fmt: skip


def _group(told: GroupStanding) -> answers.GroupAnswer:
    found, move = told.figure, told.move
    return answers.GroupAnswer(
        told.category, "enough" if found.is_enough else "not_enough_record",
        None if found.score is None else str(found.score), told.grade, str(found.confidence),
        str(found.own.weight), str(found.own.product), str(found.field.weight), str(found.field.product),
        str(found.field_mean), str(found.drawn), [_line(each, told.entries) for each in told.weighed],
        answers.MoveAnswer(told.since, *[str(each) for each in (
            move.begins, move.new, move.expired, move.age, move.field, move.ends,
        )]),
        [_noted(row) for row in told.history],
    )  # fmt: skip


def _line(each: Weighed, entries: dict[str, Row]) -> answers.EvidenceAnswer:
    row = entries[each.evidence.evaluation]
    return answers.EvidenceAnswer(
        each.evidence.evaluation, row["contract_reference"], row["item_code"], str(each.evidence.contract_amount),
        str(each.evidence.score), each.evidence.counts_from, each.evidence.counts_until, each.age, str(each.size),
        str(each.recency), str(each.weight), str(each.product), row["snapshot_sha256"],
    )  # fmt: skip


def _noted(row: Row) -> answers.NotedAnswer:
    return answers.NotedAnswer(
        row["day"], str(row["drawn"]) if row["is_enough"] else None, str(row["confidence"]), row["evaluations"],
        str(row["own_weight"]), str(row["own_product"]), str(row["field_mean"]), str(row["drawn"]),
    )  # fmt: skip
