"""Down from a payment: the closed months beneath it, and one month's visits a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.visits.line_queries import LINES_SHOWN, lines_shown, serves_so_many
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
RULE_SMALL = "R-CIV-06/small_group"


@dataclass(frozen=True)
class VisitsBehind:
    """The months of a payment with their number of `lines`, and what is shown of the chosen one.

    `too_few`: how many residents a month needs before its days are public; 0 where they are shown.
    """

    months: list[Row]
    chosen: Row | None
    lines: list[Row]
    number: int = 1
    too_few: int = 0

    @property
    def total(self) -> int:
        """Records behind the payment."""
        return sum(month["lines"] for month in self.months)

    @property
    def minutes(self) -> int:
        """Minutes behind the payment."""
        return sum(month["minutes"] for month in self.months)

    @property
    def pages(self) -> int:
        """Pages of the chosen month."""
        return max(1, -(-self.chosen["lines"] // LINES_SHOWN)) if self.chosen else 1

    def url_for(self, page: int) -> str:
        """The address of another page of the chosen month."""
        return f"?month={self.chosen['month']:%Y-%m}&number={page}#visits" if self.chosen else "?"


async def visits_behind(
    months: Sequence[Mapping[str, Any]], asked: date, page: int, *, sees_codes: bool, today: date
) -> VisitsBehind:
    """What a payment opens down to. The public reads the days only where enough residents stand behind them (R-CIV-06).

    Without such a month the first one is shown.
    """
    counted = [
        {
            **each, "lines": each["visit_count"] + each["adjustments"],
            "minutes": each["own_minutes"] + each["adjustment_minutes"],
        }
        for each in months
    ]  # fmt: skip
    chosen = next((each for each in counted if each["month"] == asked), counted[0] if counted else None)
    if chosen is None:
        return VisitsBehind(counted, None, [])
    shown = VisitsBehind(counted, chosen, [])
    page = min(max(1, page), shown.pages)
    least = 0 if sees_codes else int(number(RULE_SMALL, today))
    if least and not await serves_so_many(chosen["id"], least):
        return VisitsBehind(counted, chosen, [], 1, least)
    return VisitsBehind(counted, chosen, await lines_shown(chosen, page), page)
