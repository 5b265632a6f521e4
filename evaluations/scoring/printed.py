"""The choices a factor prints, for a sheet filled in by keyboard: its rows, or what its words say for sure. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalogue.scoring.bands import Band
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import number
from marketplace.kernel.i18n import N_

# as many as there are digits to press
MOST_CHOICES = 9

_NUMBER = r"(\d+(?:\.\d+)?)"
_POINTS = re.compile(rf"(?<![\d.])(?:{_NUMBER}|满)\s*分(?![钟之项档别析工包类数])")
_RANGE = re.compile(rf"(?<![\d.]){_NUMBER}\s*(?:分\s*)?[-－—–~～至到]+\s*{_NUMBER}\s*分(?![钟之项档别析工包类数])")
_COUNTED = re.compile(r"每|最多|最高|减|扣|加|上限|共计|累计|不超过")
_UP = re.compile(rf"每[^，,；;。\n]{{1,40}}?(?:得|加|计)\s*{_NUMBER}\s*分")
_DOWN = re.compile(rf"(?:每|缺|少|漏)[^，,；;。\n]{{1,40}}?(?:减|扣)\s*{_NUMBER}\s*分")
_TOP = re.compile(rf"(?:最多|最高|上限|不超过)(?:得|加|计|为)?\s*{_NUMBER}\s*分")
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")


@dataclass(frozen=True)
class Choice:
    """Points a member can choose with one key: one number, or a stretch inside which it types its own.

    `words` are the printed ones; none where the choice is one step of “so many points for each”.
    """

    least: Decimal
    most: Decimal
    words: str = ""

    @property
    def is_range(self) -> bool:
        """Whether the number itself is still to be typed."""
        return self.least != self.most


def choices_of(rows: Sequence[Band], words: str, highest: Decimal) -> list[Choice]:
    """The choices of one factor, as printed; none where its words leave more than reading to the member."""
    if rows:
        return [Choice(r.points, r.points, f"{r.condition}：得 {number(r.points)} 分") for r in rows][:MOST_CHOICES]
    plain = words.translate(_WIDE)
    return _bands(plain, highest) or _steps(plain, highest)


def _bands(words: str, highest: Decimal) -> list[Choice]:
    """Bands one after the other, each with one number or one stretch of its own; all are understood, or none."""
    found = []
    for segment in (each.strip(" 。．·\t") for each in re.split(r"[；;\n]", words)):
        if not segment:
            continue
        points = _segment(segment, highest)
        if points is None or not Decimal(0) <= points[0] <= points[1] <= highest:
            return []
        found.append(Choice(*points, segment))
    ends = sorted((choice.least, choice.most) for choice in found)
    apart = all(a[0] < b[0] and a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False))
    return found if 2 <= len(found) <= MOST_CHOICES and apart else []


def _segment(segment: str, highest: Decimal) -> tuple[Decimal, Decimal] | None:
    if _COUNTED.search(segment):
        return None
    if len(ranges := _RANGE.findall(segment)) == 1:
        least, most = map(Decimal, ranges[0])
        return least, most
    if ranges or len(points := _POINTS.findall(segment)) != 1:
        return None
    one = Decimal(points[0]) if points[0] else highest
    return one, one


def _steps(words: str, highest: Decimal) -> list[Choice]:
    """So many points for each, up from nothing or down from all: one choice for each step."""
    up, down, tops = _UP.findall(words), _DOWN.findall(words), _TOP.findall(words)
    if len(up) + len(down) != 1 or len(tops) > 1 or (down and tops):
        return []
    step = Decimal((up or down)[0])
    top = Decimal(tops[0]) if tops else highest
    if not 0 < step <= top <= highest:
        return []
    count = range(MOST_CHOICES)
    values = [step * (n + 1) for n in count] if up else [top - step * n for n in count]
    return [Choice(value, value) for value in values if 0 <= value <= top]


def check_printed(mark: Decimal, rows: Sequence[Band]) -> None:
    """Where bands are printed row by row a mark is one of them, or nothing. Raises DomainError (R-DOC-06)."""
    if rows and mark != 0 and mark not in {row.points for row in rows}:
        words = N_("这一项按印明的分档评分，只能给 {points} 分；哪一档都不符合的给 0 分。")
        raise DomainError(words, "R-DOC-06", points="、".join(number(row.points) for row in rows))
