"""Who has still to sign, on which grounds a locked mark or a signed result may change, and who decides. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from catalogue.plans.method_rows import MethodRow
from catalogue.scoring.bands import Band
from evaluations.scoring.printed import check_printed
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_

SIGNING, REMINDER, HAND_OVER = "R-COM-09", "R-COM-11/reminder", "R-TIME-13"
# how long the panel may take to draw it up after the totals, before the organiser may
DRAWING_UP = "R-TIME-31/report"
CORRECTING, REVIEWING_AGAIN = "R-COM-07", "R-REEV-01"


class Way(StrEnum):
    """How a member stands to the report."""

    SIGNED = "signed"
    DISSENT = "dissent"
    DEEMED = "deemed"


WAY_LABELS: Mapping[Way, str] = {
    Way.SIGNED: N_("已签字"),
    Way.DISSENT: N_("签署不同意见"),
    Way.DEEMED: N_("视同同意"),
}


class Ground(StrEnum):
    """Why a frozen result may change."""

    ARITHMETIC = "arithmetic"
    OUT_OF_RANGE = "out_of_range"
    OBJECTIVE = "objective"
    ABNORMAL = "abnormal"
    QUALIFICATION = "qualification"
    PRICE = "price"


GROUND_LABELS: Mapping[Ground, str] = {
    Ground.ARITHMETIC: N_("分值汇总计算错误"),
    Ground.OUT_OF_RANGE: N_("分项评分超出评分标准范围"),
    Ground.OBJECTIVE: N_("成员对客观评审因素评分不一致"),
    Ground.ABNORMAL: N_("经评审小组认定评分畸高、畸低"),
    Ground.QUALIFICATION: N_("资格性检查认定错误"),
    Ground.PRICE: N_("价格计算错误"),
}
# 87 Art. 64: on these four a mark is corrected before the report is signed, and a tender reviewed again after
FOUR = (Ground.ARITHMETIC, Ground.OUT_OF_RANGE, Ground.OBJECTIVE, Ground.ABNORMAL)


@dataclass(frozen=True)
class GroundsAgain:
    """On which grounds a method lets a signed result be reviewed again, and the provision that says so."""

    grounds: tuple[Ground, ...]
    citation: str


def grounds_again(method: MethodRow) -> GroundsAgain:
    """Four in a tender (87 Art. 64), five in a consultation (214 Art. 32), two in a negotiation (74 Art. 21)."""
    if method.final_price:
        return GroundsAgain((Ground.QUALIFICATION, *FOUR), "R-REEV-01/consultation")
    if method.reads_prices:
        return GroundsAgain(FOUR, "R-REEV-01/tender")
    return GroundsAgain((Ground.QUALIFICATION, Ground.PRICE), "R-REEV-01/negotiation")


def check_ground_again(method: MethodRow, ground: Ground) -> None:
    """Raises DomainError for any other wish to review again (R-REEV-01)."""
    if ground not in grounds_again(method).grounds:
        raise DomainError(
            N_("按这次采购的方式，不能因为这个理由重新评审。请从列出的情形里选。"), clause=REVIEWING_AGAIN
        )


@dataclass(frozen=True)
class Locked:
    """A locked mark with what the printed factor says, and what the others gave."""

    points: Decimal
    highest: Decimal
    is_objective: bool
    has_bands: bool
    others: Sequence[Decimal]
    is_own: bool
    # the bands it prints row by row, if it does: a mark is one of them
    rows: Sequence[Band] = ()


def check_correction(ground: Ground, mark: Locked, new: Decimal) -> None:
    """The ground must be a fact of this mark, and the new value lie in the printed range. Raises DomainError."""
    if ground not in FOUR:
        raise DomainError(N_("评分只能按四种情形更正。"), clause=CORRECTING)
    if new == mark.points:
        raise DomainError(N_("更正后的分值和原来一样，没有要更正的。"), clause=CORRECTING)
    if not 0 <= new <= mark.highest or new != round(new, 2):
        raise DomainError(
            N_("更正后的分值要在 0 到 {highest} 之间，最多两位小数。"), CORRECTING, highest=f"{mark.highest:f}"
        )
    check_printed(new, mark.rows)
    if mark.is_objective and mark.others and new not in mark.others:
        raise DomainError(N_("客观因素各成员的评分要一致。请更正为其他成员给出的分值。"), clause=CORRECTING)
    if ground is Ground.OBJECTIVE and not (mark.is_objective and any(each != mark.points for each in mark.others)):
        raise DomainError(N_("这一项不是客观因素，或者各成员的评分已经一致。请核对情形。"), clause=CORRECTING)
    if ground is Ground.OUT_OF_RANGE and mark.points <= mark.highest and not mark.has_bands:
        raise DomainError(N_("原分值在这一项的评分范围以内。请核对情形。"), clause=CORRECTING)
    if ground is Ground.ABNORMAL and mark.is_objective:
        raise DomainError(N_("客观因素不作畸高、畸低的认定，评分不一致的按客观因素更正。"), clause=CORRECTING)


def outcome_of(ground: Ground, agreeing: int, against: int, members: int, by_whom_concerned: bool) -> str:
    """Whether a correction is made ("made", "refused" or still "").

    An objective factor is a fact that the member concerned sets right itself, to what the others gave. Everything else
    is for the panel to find, by majority: once totals are known nobody changes a mark alone (R-COM-07, R-COM-06).
    """
    if by_whom_concerned and ground is Ground.OBJECTIVE:
        return "made"
    if 2 * agreeing > members:
        return "made"
    return "refused" if 2 * against >= members else ""


def outcome_unanimous(agreeing: int, against: int, members: int) -> str:
    """In a consultation reviewed again an abnormal mark must be found by all (214 Art. 32)."""
    if agreeing == members:
        return "made"
    return "refused" if against else ""


def outstanding(members: Collection[UUID], standing: Collection[UUID]) -> list[UUID]:
    """Members of whom nothing stands under the report yet, in their order."""
    return [member for member in members if member not in set(standing)]


def is_whole(members: Collection[UUID], standing: Collection[UUID]) -> bool:
    """Whether all have signed, dissented or are deemed to agree."""
    return bool(members) and not outstanding(members, standing)


def check_dissent(way: Way, dissent: str) -> None:
    """A dissent has its reasons in words (87 Art. 61). Raises DomainError."""
    if way is Way.DISSENT and not dissent.strip():
        raise DomainError(N_("请写明不同意见和理由。不写的视同同意评审报告。"), clause=SIGNING)


def check_may_correct(is_locked: bool, is_whole_report: bool, again: Ground | None, ground: Ground) -> None:
    """Before the report is whole, or in a re-evaluation on its own ground. Raises Conflict (R-COM-07)."""
    if not is_locked:
        raise Conflict(N_("评分还没有全部锁定。锁定以前各成员自己改自己的评分。"), clause=CORRECTING)
    if again is not None and again != ground:
        raise Conflict(N_("这次重新评审只针对公布的情形，不能按别的情形更正。"), clause=REVIEWING_AGAIN)
    if is_whole_report and again is None:
        raise Conflict(N_("评审报告已经签署，评分不能再改。确有法定情形的，请采购人组织重新评审。"), clause=CORRECTING)
