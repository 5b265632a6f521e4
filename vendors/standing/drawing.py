"""Where the figures of a history stand in their chart: percent along the days, percent down from full marks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.kernel.rulebook import number

FULL, USUAL_FLOOR, STEP = Decimal(100), Decimal(50), Decimal(10)
GRADES = ("excellent", "good", "fair")


@dataclass(frozen=True)
class Dot:
    """What was noted on a day, and where it stands; hollow while there was not enough record."""

    day: date
    drawn: Decimal
    is_enough: bool
    across: Decimal
    down: Decimal


@dataclass(frozen=True)
class Band:
    """Where a grade begins."""

    grade: str
    begins: Decimal
    down: Decimal


@dataclass(frozen=True)
class Curve:
    """The dots from the oldest to the newest, and the grades whose line lies in the picture."""

    dots: list[Dot]
    bands: list[Band]


def curve_of(noted: Iterable[Mapping[str, Any]], on: date) -> Curve:
    """The chart of a history that comes newest first; of a day noted twice the later figure counts."""
    by_day: dict[date, Mapping[str, Any]] = {}
    for row in noted:
        by_day.setdefault(row["day"], row)
    rows = [by_day[day] for day in sorted(by_day)]
    if not rows:
        return Curve([], [])
    first, whole = rows[0]["day"], max((rows[-1]["day"] - rows[0]["day"]).days, 1)
    lowest = min(row["drawn"] for row in rows)
    floor = min(USUAL_FLOOR, lowest // STEP * STEP)

    def down(score: Decimal) -> Decimal:
        return (FULL - score) * 100 / (FULL - floor)

    begins = {grade: number(f"R-PERF-02/{grade}", on) for grade in GRADES}
    return Curve(
        [
            Dot(row["day"], row["drawn"], row["is_enough"], Decimal((row["day"] - first).days) * 100 / whole,
                down(row["drawn"]))
            for row in rows
        ],
        [Band(grade, score, down(score)) for grade, score in begins.items() if score > floor],
    )  # fmt: skip
