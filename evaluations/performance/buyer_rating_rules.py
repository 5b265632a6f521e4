"""What providers are asked about buyers, until which day ratings count in public, and from how many on. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.acceptance.plan_rules import SMALL
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

STAGE_WORDS: dict[str, str] = {"award": N_("成交以后"), "acceptance": N_("验收以后")}
MARKS = ("first", "second", "third", "fourth")
QUESTIONS: dict[str, tuple[str, str, str, str]] = {
    "award": (N_("采购文件写得清楚"), N_("答疑及时、有用"), N_("评审按印的标准来"), N_("结果说得明白")),
    "acceptance": (N_("合同条款公平"), N_("验收按约定、及时"), N_("付款按时"), N_("要求合理、配合工作")),
}
MARK_WORDS: dict[str, str] = {
    "5": N_("很好"), "4": N_("好"), "3": N_("一般"), "2": N_("不好"), "1": N_("很不好"),
}  # fmt: skip


@dataclass(frozen=True)
class BuyerFigures:
    """What providers say of one buyer at one stage: how many, and the mean of each question to one place."""

    buyer: Any
    stage: str
    providers: int
    means: tuple[Decimal, ...]


def counts_until(today: date) -> date:
    """The end of the last whole quarter: what comes in since changes nothing, so that nobody sees who said it."""
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return date.fromordinal(first.toordinal() - 1)


def figures(ratings: Iterable[Mapping[str, Any]], today: date) -> tuple[list[BuyerFigures], int]:
    """Means by buyer and stage from the rulebook's least number of providers on (R-CIV-06); and how many groups not.

    A provider with several ratings of a buyer counts once, by its mean.
    """
    groups: dict[tuple[Any, str], dict[Any, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for each in ratings:
        if each["rated_on"] <= counts_until(today):
            groups[each["buyer"], each["stage"]][each["provider"]].append(each)
    least = int(number(SMALL, today))
    shown = [
        BuyerFigures(buyer, stage, len(by_provider), tuple(_mean(by_provider, mark) for mark in MARKS))
        for (buyer, stage), by_provider in groups.items()
        if len(by_provider) >= least
    ]
    return shown, len(groups) - len(shown)


def _mean(by_provider: Mapping[Any, list[Mapping[str, Any]]], mark: str) -> Decimal:
    each = [Decimal(sum(row[mark] for row in rows)) / len(rows) for rows in by_provider.values()]
    return (sum(each, Decimal(0)) / len(each)).quantize(Decimal("0.1"))
