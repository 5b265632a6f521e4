"""Statements of one price that differ, mended in the order of the law (R-EVAL-08; 87 Art 59). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from marketplace.kernel.capitals import read_capitals
from marketplace.kernel.i18n import N_

CLAUSE = "R-EVAL-08"
FEN, UNIT = Decimal("0.01"), Decimal("0.0001")
# a decimal point or a percent sign slips by so many places at most
FARTHEST = 4


class Step(StrEnum):
    """The four ways of 87 Art 59, in their order."""

    SCHEDULE = "1"
    CAPITALS = "2"
    SLIP = "3"
    SUM = "4"


STEP_WORDS: dict[Step, str] = {
    Step.SCHEDULE: N_("开标一览表与投标文件中相应内容不一致的，以开标一览表为准"),
    Step.CAPITALS: N_("大写金额和小写金额不一致的，以大写金额为准"),
    Step.SLIP: N_("单价金额小数点或者百分比有明显错位的，以开标一览表的总价为准，并修改单价"),
    Step.SUM: N_("总价金额与按单价汇总金额不一致的，以单价金额计算结果为准"),
}


@dataclass(frozen=True)
class Figures:
    """What a bid states of one price: the schedule's total in figures and words, and its priced body. Yuan."""

    total: Decimal
    quantity: Decimal
    in_words: str = ""
    unit_price: Decimal | None = None
    body_total: Decimal | None = None
    # the panel holds that the point or percent of the unit price obviously slipped, where the figures alone do not show
    is_held_slipped: bool = False


@dataclass(frozen=True)
class Mended:
    """What the law makes of them, and by which of its steps; no step: nothing differs."""

    steps: tuple[Step, ...]
    total: Decimal
    unit_price: Decimal | None


def mend(figures: Figures) -> Mended:
    """Every inconsistency in the legal order: schedule, words, an obvious slip of the unit price, then the sum."""
    steps: list[Step] = []
    words = read_capitals(figures.in_words) if figures.in_words else None
    if figures.body_total is not None and figures.body_total not in (figures.total, words):
        steps.append(Step.SCHEDULE)
    total, unit = figures.total, figures.unit_price
    if words is not None and words != total:
        steps.append(Step.CAPITALS)
        total = words
    if unit is not None and (added := added_up(unit, figures.quantity)) != total:
        if figures.is_held_slipped or _has_slipped(unit, figures.quantity, total):
            steps.append(Step.SLIP)
            unit = (total / figures.quantity).quantize(UNIT, ROUND_HALF_UP)
        else:
            steps.append(Step.SUM)
            total = added
    return Mended(tuple(steps), total, unit)


def added_up(unit_price: Decimal, quantity: Decimal) -> Decimal:
    """What the unit price makes for the quantity, in whole fen."""
    return (unit_price * quantity).quantize(FEN, ROUND_HALF_UP)


def cannot_be_read(figures: Figures) -> bool:
    """Words that are no amount: a person has to look at them."""
    return bool(figures.in_words) and read_capitals(figures.in_words) is None


def _has_slipped(unit: Decimal, quantity: Decimal, total: Decimal) -> bool:
    """Whether the same figures with the point elsewhere give the total: only then the slip is obvious."""
    written = max(0, -int(unit.normalize().as_tuple().exponent))
    for places in (*range(-FARTHEST, 0), *range(1, FARTHEST + 1)):
        moved = unit.scaleb(places)
        if added_up(moved, quantity) == total:
            return True
        kept = Decimal(1).scaleb(-max(0, written - places))
        if moved and (total / quantity).quantize(kept, ROUND_HALF_UP) == moved:
            return True
    return False
