"""A scheme as civil affairs types it: no amount is offered, every amount is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.subsidies.rules import LEVELS
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Bound, Field, Reader, Wrong, day, decimal, money, parse, text
from marketplace.kernel.i18n import N_

SCHEME = [
    Field("name", N_("办法名称"), text(120)),
    Field("document_number", N_("文号"), text(120), is_required=False),
    Field("effective_from", N_("从哪一天起"), day()),
    Field("effective_to", N_("到哪一天止"), day(), is_required=False),
    Field("min_hours", N_("每月最低工时"), decimal(Decimal("0.5"), Decimal("300"))),
    *(Field(f"amount_{level}", N_("每月金额"), money(), is_required=False) for level in LEVELS),
]
DOCUMENT = [Field("document_number", N_("文号"), text(120))]


def month_of_year() -> Reader:
    """A month as 2026-04, read as its first day."""
    read_day = day()

    def read(typed: str) -> Any:
        found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})月?", narrowed(typed))
        if not found:
            raise Wrong(N_("请按“2026-04”的样子填月份。"))
        try:
            return read_day(f"{found[1]}-{found[2]}-1")
        except Wrong:
            raise Wrong(N_("请按“2026-04”的样子填月份。")) from None

    return read


RUN = [Field("month", N_("月份"), month_of_year())]


def parse_scheme(posted: Mapping[str, Any]) -> Bound:
    """Read a scheme; at least one level needs an amount."""
    form = parse(SCHEME, posted)
    typed = [level for level in LEVELS if form.values[f"amount_{level}"] is not None]
    if not typed and not any(f"amount_{level}" in form.errors for level in LEVELS):
        form.refuse(f"amount_{LEVELS[0]}", N_("请至少填写一个等级的金额。系统没有默认金额。"))
    first, last = form.values["effective_from"], form.values["effective_to"]
    if first and last and last < first:
        form.refuse("effective_to", N_("结束日期早于开始日期。请检查。"))
    return form
