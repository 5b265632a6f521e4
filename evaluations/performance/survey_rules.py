"""How many recipients an evaluation asks, when the answers are enough, and what they count for. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from contracts.acceptance.plan_rules import SMALL, Counted
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number

RULE, MARGIN, CERTAINTY, RESERVE = "R-PERF-11", "R-PERF-11/margin", "R-PERF-11/certainty", "R-PERF-11/spare"
# the standard score of a two-sided interval, by its percent
_SCORES = {Decimal(90): Decimal("1.645"), Decimal(95): Decimal("1.96"), Decimal(99): Decimal("2.576")}


def needed_answers(population: int, margin: Decimal, certainty: Decimal) -> int:
    """Answers that keep a share within the margin, for a population of this size; all of a small one."""
    if certainty not in _SCORES:
        raise DomainError(N_("规则里的把握程度只能是百分之 90、95 或者 99。"), clause=RULE)
    endless = _SCORES[certainty] ** 2 * Decimal("0.25") / (margin / 100) ** 2
    return min(population, math.ceil(endless / (1 + (endless - 1) / population)))


def to_ask(population: int, needed: int, on: date) -> int:
    """How many are drawn: those needed and a reserve for those whom nobody reaches."""
    return min(population, math.ceil(needed * (100 + number(RESERVE, on)) / 100))


def check_may_close(answers: Sequence[str], heard: int, needed: int, on: date) -> None:
    """Enough answered, or everybody drawn was asked; never so few that a share tells who said what (R-CIV-06).

    Raises Conflict, DomainError.
    """
    waiting = sum(not each for each in answers)
    if heard < needed and waiting:
        raise Conflict(
            N_("要 {needed} 名服务对象的意见，现在有 {heard} 名，还有 {waiting} 名没有问到。请接着问。"),
            clause=RULE, needed=needed, heard=heard, waiting=waiting,
        )  # fmt: skip
    least = int(number(SMALL, on))
    if heard < least:
        raise DomainError(
            N_("表示意见的不足 {least} 名，公布满意度会让人认出是谁说的。请不计服务对象这一方，写明理由。"),
            clause="R-CIV-06", least=least,
        )  # fmt: skip


def satisfaction(found: Counted) -> Decimal:
    """Percent who are satisfied, wholly or on the whole, to two places."""
    return to_fen(Decimal(found.by_answer["satisfied"] + found.by_answer["partly"]) * 100 / found.heard)


def reaches_margin(heard: int, needed: int) -> bool:
    """Whether the answers are as many as the stated margin needs."""
    return heard >= needed
