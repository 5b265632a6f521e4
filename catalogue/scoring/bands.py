"""Printed bands of a scoring factor, row by row, and the band that stated service hours fall into. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HOURS = "hours"


@dataclass(frozen=True)
class Band:
    """One row of a factor: its points and when they are given; `hours_from` (a year) only where hours are scored."""

    points: Decimal
    condition: str = ""
    hours_from: int | None = None


def hours_points(bands: Sequence[Band], hours: int) -> Decimal:
    """The points of the half-open band [its own beginning, the next one's) the hours lie in (R-EVAL-12)."""
    begun = [band for band in bands if band.hours_from is not None and band.hours_from <= hours]
    return max(begun, key=lambda band: band.hours_from or 0).points if begun else Decimal(0)


def counted_hours(hours: int | None, staff: int | None, most: Decimal) -> int:
    """The hours that score: what so many people may lawfully work in a year at most (R-EVAL-12)."""
    return min(hours or 0, int((staff or 0) * most))


def printed_order(bands: Sequence[Band]) -> list[Band]:
    """Rows as they are printed: hours from the fewest up, others from the most points down."""
    if any(band.hours_from is not None for band in bands):
        return sorted(bands, key=lambda band: band.hours_from or 0)
    return sorted(bands, key=lambda band: -band.points)


def printed_text(bands: Sequence[Band]) -> str:
    """The rows as the listing prints them, one a line, in the law's language."""
    ordered = printed_order(bands)
    ends = [band.hours_from for band in ordered[1:]] + [None]
    return "\n".join(
        f"{band.condition or _hours_words(band.hours_from or 0, end)}：得 {band.points.normalize():f} 分"
        for band, end in zip(ordered, ends, strict=True)
    )


def _hours_words(start: int, end: int | None) -> str:
    return f"年服务时数 {start} 小时以上" + (f"、不足 {end} 小时" if end is not None else "")
