"""Scoring by the comprehensive method: how a panel's marks and the printed tables become one score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction

from catalogue.scoring.price import EXACT, round_half_up
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

MARK_PLACES = 2
NEVER_ROUNDED = Context(prec=EXACT.prec, traps=[Inexact])


def check_mark(mark: Decimal, highest: Decimal) -> None:
    """A panel member's mark lies between 0 and the criterion's points, with at most two decimals."""
    if not mark.is_finite() or mark < 0 or mark > highest:
        raise DomainError(N_("评分要在 0 到 {highest} 之间。"), "R-EVAL-03", highest=f"{highest:f}")
    if mark != round(mark, MARK_PLACES):
        raise DomainError(N_("评分最多保留两位小数。"), "R-EVAL-05")


def majority(votes: Sequence[bool], members: int) -> bool | None:
    """What more than half of the members hold; None while neither side has that many (87 Art. 61)."""
    for side in (True, False):
        if 2 * votes.count(side) > members:
            return side
    return None


def lacks_comment(mark: Decimal, highest: Decimal, comment: str) -> bool:
    """At both ends of a factor's range, nothing and everything, the reason is written down."""
    return mark in (0, highest) and not comment.strip()


def criterion_average(marks: Sequence[Decimal], places: int = MARK_PLACES) -> Decimal:
    """The members' mean mark for one criterion, rounded half up: for showing; the score is rounded only once."""
    if not marks:
        raise DomainError(N_("还没有评分，暂不能汇总。"), "R-EVAL-03")
    return round_half_up(_share(marks, len(marks)), places)


def other_score(
    marks: Mapping[str, Mapping[str, Decimal]], places: int = MARK_PLACES, fixed: Decimal = Decimal(0)
) -> Decimal:
    """All points but price: the mean of the members' own sums, plus points read from a printed table (`fixed`).

    `marks` is criterion -> member -> mark. Every member must have marked every criterion, or DomainError:
    an average over some of the members would be a different standard. No highest or lowest is dropped.
    """
    members = {member for by_member in marks.values() for member in by_member}
    if any(set(by_member) != members for by_member in marks.values()):
        raise DomainError(N_("还有评审成员没有给全部评审因素评分，暂不能汇总。"), "R-EVAL-03")
    if not members:
        return round_half_up(Fraction(fixed), places)
    # the mean of their sums: every mark, by the number of members
    mean = _share((mark for by_member in marks.values() for mark in by_member.values()), len(members))
    return round_half_up(mean + Fraction(fixed), places)


def _share(numbers: Iterable[Decimal], parts: int) -> Fraction:
    """Their sum in equal parts, exact; ten times as fast as adding up fractions. Raises Inexact rather than round."""
    with localcontext(NEVER_ROUNDED):
        numerator, denominator = sum(numbers, Decimal(0)).as_integer_ratio()
    return Fraction(numerator, denominator * parts)


@dataclass(frozen=True)
class PastPerformanceTable:
    """The table printed in the listing: points for each grade, and for a bidder without a record."""

    points_by_grade: Mapping[str, Decimal]
    neutral_points: Decimal
    highest: Decimal


def check_past_performance_table(table: PastPerformanceTable) -> None:
    """Points lie between 0 and the weight; no record stands below the best grade and above the worst (R-PERF-08)."""
    points = [*table.points_by_grade.values(), table.neutral_points]
    if not table.points_by_grade or min(points) < 0 or max(points) > table.highest:
        raise DomainError(
            N_("履约评价分值表的每一档都要在 0 到 {highest} 分之间。"), "R-PERF-08", highest=f"{table.highest:f}"
        )
    if not min(table.points_by_grade.values()) < table.neutral_points < max(table.points_by_grade.values()):
        raise DomainError(N_("没有履约记录的供应商，得分要在最低档和最高档之间，既不得零分也不得满分。"), "R-PERF-08")


def past_performance_points(table: PastPerformanceTable, grade: str | None) -> Decimal:
    """The printed points for a grade; no record scores the printed neutral band (R-PERF-08)."""
    if grade is None:
        return table.neutral_points
    if grade not in table.points_by_grade:
        raise DomainError(N_("履约评价分值表里没有“{grade}”这一档。"), "R-PERF-08", grade=grade)
    return table.points_by_grade[grade]


def may_count_evaluation(evaluated_on: date, deadline_on: date, years: int = 3) -> bool:
    """Any buyer's evaluation counts from the same day `years` years before the deadline until the deadline."""
    try:
        oldest = deadline_on.replace(year=deadline_on.year - years)
    except ValueError:  # 29 February
        oldest = date(deadline_on.year - years, 2, 28)
    return oldest <= evaluated_on <= deadline_on
