"""Rule rows in words: values with their unit, authorities, and how sure a rule is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.kernel.clock import county_day
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import RuleRow, UnknownRule, Wording, rule

UNITS: dict[str, str] = {
    "calendar_days": N_("{value} 个自然日"),
    "working_days": N_("{value} 个工作日"),
    "clock_hours": N_("{value} 小时（连续计算）"),
    "minutes": N_("{value} 分钟"),
    "months": N_("{value} 个月"),
    "years": N_("{value} 年"),
    "hours": N_("{value} 小时"),
    "percent": N_("{value}%"),
    "permille": N_("{value}‰"),
    "points": N_("{value} 分"),
    "yuan": "{value}",
    "count": "{value}",
}

UNIT_NAMES: dict[str, str] = {
    "calendar_days": N_("个自然日"),
    "working_days": N_("个工作日"),
    "clock_hours": N_("小时（连续计算）"),
    "minutes": N_("分钟"),
    "months": N_("个月"),
    "years": N_("年"),
    "hours": N_("小时"),
    "percent": "%",
    "permille": "‰",
    "points": N_("分"),
    "yuan": N_("元"),
    "count": "",
    "text": "",
}

BOUNDS: dict[str, str] = {
    "minimum": N_("不少于 {amount}"),
    "maximum": N_("不超过 {amount}"),
    "backward": N_("提前 {amount}"),
    "none": "{amount}",
}

AUTHORITIES: dict[str, str] = {
    "national": N_("国家"),
    "sichuan": N_("四川省"),
    "county": N_("县"),
}

CONFIDENCE: dict[str, str] = {
    "A": N_("读过法规全文"),
    "B": N_("二手资料载明"),
    "C": N_("未见原文，未经确认"),
    "D": N_("推断，未经确认"),
}


def value_words(row: RuleRow) -> Sentence | Wording:
    """A row's value with its unit and bound: 不少于 20 个自然日."""
    if not isinstance(row.value, Decimal):
        return row.words
    figure = money(row.value) if row.unit == "yuan" else number(row.value)
    return say(BOUNDS[row.direction], amount=say(UNITS[row.unit], value=figure))


def is_unconfirmed(key: str, on: date | datetime | None = None) -> bool:
    """Whether what stands behind a rule tag still waits for the county's confirmation.

    A part is judged by its own row. A whole rule waits when its text does, or every value it has. Without a day the
    rows without an end are judged.
    """
    day = county_day(on) if isinstance(on, datetime) else on or date.max
    rule_id, _, part = key.partition("/")
    try:
        found = rule(rule_id)
    except UnknownRule:
        return False
    holding = [found.row_of(each, day) for each in ([part] if part else found.parts)]
    rows = [each for each in holding if each]
    if not part and found.confidence in ("C", "D") and not any(each.document for each in rows):
        return True
    return bool(rows) and all(each.unconfirmed for each in rows)
