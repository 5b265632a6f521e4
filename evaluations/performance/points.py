"""How an indicator comes to its points: target or band, sources combined by weight, the working in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.listings.indicators import Source
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number

HUNDRED = Decimal(100)
UPPER, MIDDLE = "R-PERF-04/band_upper", "R-PERF-04/band_middle"
OVER_FROM, OVER_MOST = "R-PERF-04/over_from", "R-PERF-04/over_most"
BAND_WORDS = {"upper": N_("上档"), "middle": N_("中档"), "lower": N_("下档")}


@dataclass(frozen=True)
class Docking:
    """From how much over the target points are taken off, and at most how many; percent of target and of weight."""

    over_from: Decimal
    most: Decimal


def docking_on(unit: str, on: date) -> Docking | None:
    """Counts may have had too low a target; a percentage cannot (R-PERF-04)."""
    return None if unit == "%" else Docking(number(OVER_FROM, on), number(OVER_MOST, on))


def indicator_points(
    weight: Decimal, target: Decimal, actual: Decimal, *, is_at_most: bool = False, docking: Docking | None = None
) -> Decimal:
    """Met is full marks, else in proportion; far beyond a low target is docked. Half up to two places (R-PERF-04)."""
    if is_at_most:
        return to_fen(weight) if actual <= target else to_fen(weight * max(target, Decimal(0)) / actual)
    if target <= 0 or actual >= target:
        return to_fen(weight - weight * _docked(target, actual, docking) / HUNDRED)
    return to_fen(weight * max(actual, Decimal(0)) / target)


def _docked(target: Decimal, actual: Decimal, docking: Docking | None) -> Decimal:
    """Percent of the weight that is taken off: what lies beyond the printed margin, at most so much."""
    if docking is None or target <= 0:
        return Decimal(0)
    beyond = (actual - target) * HUNDRED / target - docking.over_from
    return min(max(beyond, Decimal(0)), docking.most)


def band_of(points: Decimal, weight: Decimal, on: date) -> str:
    """The band of a judgement: from 80 % upper, from 60 % middle, else lower (R-PERF-04)."""
    share = points * HUNDRED / weight
    if share >= number(UPPER, on):
        return "upper"
    return "middle" if share >= number(MIDDLE, on) else "lower"


def needs_words(points: Decimal, weight: Decimal, on: date) -> bool:
    """Every score away from the middle band is explained (R-INTL-01)."""
    return band_of(points, weight, on) != "middle"


def check_explained(position: int, points: Decimal, weight: Decimal, narrative: str, on: date) -> None:
    """Raises DomainError where a score away from the middle has no words."""
    if not narrative.strip() and needs_words(points, weight, on):
        raise DomainError(
            N_("第 {position} 项的得分不在中档，请写明依据。"), position=position, clause="R-INTL-01"
        )  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """What one evaluator gave an indicator, for which source, with that source's weight in percent."""

    source: str
    weight: Decimal
    points: Decimal


def combined(judged: Sequence[Judged]) -> Decimal:
    """Evaluators of one source count as their mean, sources by their weights; rounded once, at the end."""
    means = source_means(judged)
    total = sum((weight for weight, _ in means.values()), Decimal(0))
    if not total:
        raise DomainError(N_("还没有人给这项指标打分。"))
    return to_fen(sum((weight * mean for weight, mean in means.values()), Decimal(0)) / total)


def source_means(judged: Sequence[Judged]) -> dict[str, tuple[Decimal, Decimal]]:
    """By source: its weight and the mean of its evaluators, in the order of the sources."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for source in Source:
        own = [each for each in judged if each.source == source]
        if own:
            found[source] = (own[0].weight, sum((each.points for each in own), Decimal(0)) / len(own))
    return found


def working(judged: Sequence[Judged], words: Mapping[str, str]) -> list[Sentence]:
    """One line for each source: its mean and its part of the weights that judged."""
    means = source_means(judged)
    total = sum((weight for weight, _ in means.values()), Decimal(0))
    return [
        say(
            N_("{source}：{points} 分，权重 {weight}/{total}"), source=say(words[source]), points=_short(to_fen(mean)),
            weight=_short(weight), total=_short(total),
        )  # fmt: skip
        for source, (weight, mean) in means.items()
    ]


def _short(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
