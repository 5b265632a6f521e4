"""The requirement in its parts: their order, what is wrong with them, and the one text that papers print."""

from __future__ import annotations

from decimal import Decimal

from catalogue.listings.checks import HUNDRED, Mistake, check_requirement
from catalogue.listings.drafts import Indicator, Quantity, Requirement
from catalogue.listings.indicators import GROUP_WORDS, SOURCE_WORDS, WAY_WORDS
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, say

NEED_LABELS: dict[str, str] = {
    "problem": N_("要解决的问题"),
    "users": N_("服务对象"),
    "requirement": N_("服务内容"),
    "quantities": N_("数量"),
    "standard": N_("服务标准"),
    "evidence": N_("成果证据"),
    "acceptance": N_("验收方法"),
    "indicators": N_("绩效指标"),
    "sources": N_("评价来源和权重"),
}
HEADING = "【{}】"


def composed_text(need: Requirement) -> str:
    """The whole requirement as one text in the order of the page; a requirement of one part is that part."""
    if not is_in_parts(need):
        return need.requirement
    bodies = {
        **{name: getattr(need, name).strip() for name in NEED_LABELS if isinstance(getattr(need, name), str)},
        "quantities": "\n".join(_quantity_line(row) for row in need.quantities),
        "indicators": "\n".join(
            f"{row.title}：{row.target}（{_plain(row.points)} 分）" + (f"，依据：{row.source}" if row.source else "")
            + _how_scored(row)
            for row in need.indicators
        ),
        "sources": "、".join(f"{SOURCE_WORDS[row.source]} {_plain(row.weight)}%" for row in need.sources),
    }
    return "\n".join(f"{HEADING.format(NEED_LABELS[name])}\n{bodies[name]}" for name in NEED_LABELS if bodies[name])


def is_in_parts(need: Requirement) -> bool:
    """Whether anything besides the services is said."""
    return any(getattr(need, name) for name in NEED_LABELS if name != "requirement")


def _how_scored(row: Indicator) -> str:
    group = f"，{GROUP_WORDS[row.group]}" if row.group else ""
    return group + (f"，{WAY_WORDS[row.way]}" if row.way else "")


def _quantity_line(row: Quantity) -> str:
    times = f"{row.times} " if row.times else ""
    price = f"，最高单价 {_plain(row.unit_price)} 元/{row.unit}" if row.unit_price is not None else ""
    return f"{row.what}：{times}{_plain(row.quantity)} {row.unit}{price}"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_need(need: Requirement, budget: Decimal) -> list[Mistake]:
    """The services are said (R-DOC-04), indicators total 100, unit prices stay within the budget (R-DOC-03)."""
    return [*check_requirement(need), *_check_indicators(need), *_check_unit_prices(need, budget)]


def _check_indicators(need: Requirement) -> list[Mistake]:
    total = sum((row.points for row in need.indicators), Decimal(0))
    found = _check_sources(need)
    if not need.indicators or total == HUNDRED:
        return found
    words = N_("绩效指标的分值合计 {total}，应当正好是 100。")
    return [*found, Mistake("requirement", "indicators-0-points", say(words, total=number(total)), "R-PERF-03")]


def _check_sources(need: Requirement) -> list[Mistake]:
    """Weights of sources total 100 and belong to indicators."""
    if not need.sources:
        return []
    total = sum((row.weight for row in need.sources), Decimal(0))
    if total != HUNDRED:
        words = N_("评价来源的权重合计 {total}，应当正好是 100。")
        return [Mistake("requirement", "share-third_party", say(words, total=number(total)), "R-PERF-03")]
    if not need.indicators:
        words = N_("填了评价来源的，也要填绩效指标。")
        return [Mistake("requirement", "share-third_party", say(words), "R-PERF-03")]
    return []


def _check_unit_prices(need: Requirement, budget: Decimal) -> list[Mistake]:
    """Only where every row has a price does the sum say anything."""
    priced = [row.quantity * row.unit_price for row in need.quantities if row.unit_price is not None]
    total = sum(priced, Decimal(0))
    if total <= budget:
        return []
    words = N_("数量乘最高单价合计 {total}，超过了预算 {budget}。请调低单价或者数量。")
    sentence = say(words, total=money(total), budget=money(budget))
    return [Mistake("requirement", "quantities-0-unit_price", sentence, "R-DOC-03")]
