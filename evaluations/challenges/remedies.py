"""What a challenge or complaint leads to, by what is attacked and how far things have come (R-DISP-04): pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evaluations.challenges.rules import REMEDIES, Stage
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_


class Outcome(StrEnum):
    """What was found of a challenge (first three) or complaint (last three)."""

    NOT_UPHELD = "not_upheld"
    WITHOUT_EFFECT = "without_effect"
    UPHELD = "upheld"
    REJECTED = "rejected"


CHALLENGE_OUTCOMES: dict[Outcome, str] = {
    Outcome.NOT_UPHELD: N_("质疑不成立"),
    Outcome.WITHOUT_EFFECT: N_("质疑成立，但不影响结果"),
    Outcome.UPHELD: N_("质疑成立，影响或者可能影响结果"),
}
COMPLAINT_OUTCOMES: dict[Outcome, str] = {
    Outcome.REJECTED: N_("驳回投诉"),
    Outcome.WITHOUT_EFFECT: N_("投诉成立，但不影响结果"),
    Outcome.UPHELD: N_("投诉成立，影响或者可能影响结果"),
}


class Remedy(StrEnum):
    """What follows, carried out by the system in the same act."""

    CONTINUE = "continue"
    AMEND = "amend"
    NEXT_CANDIDATE = "next_candidate"
    REVIEWED = "reviewed"
    REDO = "redo"
    DAMAGES = "damages"


REMEDY_LABELS: dict[Remedy, str] = {
    Remedy.CONTINUE: N_("继续开展采购活动"),
    Remedy.AMEND: N_("澄清或者修改采购文件后继续"),
    Remedy.NEXT_CANDIDATE: N_("成交结果无效，从合格候选人中另行确定"),
    Remedy.REVIEWED: N_("经重新评审原结果无效，按重新评审的结果另行确定"),
    Remedy.REDO: N_("重新开展采购活动"),
    Remedy.DAMAGES: N_("合同已经履行，由责任人依法赔偿"),
}
CHANGES_RESULT = frozenset({Remedy.NEXT_CANDIDATE, Remedy.REVIEWED, Remedy.REDO})


class Reached(StrEnum):
    """How far the part of the procurement that is attacked has come."""

    BIDDING = "bidding"
    UNDETERMINED = "undetermined"
    DETERMINED = "determined"
    SIGNED = "signed"
    PERFORMED = "performed"
    ENDED = "ended"


@dataclass(frozen=True)
class Case:
    """What decides the remedy. `enough_left`: qualified candidates without the winner reach the method's number.

    `is_reviewed`: a re-evaluation for this very challenge made the result void (87 Art. 64).
    """

    stage: Stage
    reached: Reached
    enough_left: bool = False
    is_framework: bool = False
    is_reviewed: bool = False


def remedies_of_challenge(case: Case, outcome: Outcome) -> frozenset[Remedy]:
    """What the buyer may answer (94 Art. 16); empty where only finance may change what has been signed."""
    if outcome != Outcome.UPHELD or case.reached == Reached.ENDED:
        return frozenset({Remedy.CONTINUE})
    if case.reached in (Reached.SIGNED, Reached.PERFORMED):
        return frozenset()
    if case.is_reviewed:
        return frozenset({Remedy.REVIEWED})
    if case.stage == Stage.DOCUMENT and case.reached == Reached.BIDDING:
        return frozenset({Remedy.AMEND, Remedy.REDO})
    return _redo_or_next(case)


def remedies_of_complaint(case: Case, outcome: Outcome) -> frozenset[Remedy]:
    """What finance may decide (94 Art. 31, 32): a complaint about the document never takes the next candidate."""
    if outcome != Outcome.UPHELD or case.reached == Reached.ENDED:
        return frozenset({Remedy.CONTINUE})
    if case.reached == Reached.PERFORMED:
        return frozenset({Remedy.DAMAGES})
    return _redo_or_next(case)


def _redo_or_next(case: Case) -> frozenset[Remedy]:
    may_take_next = (
        case.stage != Stage.DOCUMENT
        and case.reached in (Reached.DETERMINED, Reached.SIGNED)
        and case.enough_left
        and not case.is_framework
    )
    return frozenset({Remedy.NEXT_CANDIDATE if may_take_next else Remedy.REDO})


def check_remedy(allowed: frozenset[Remedy], remedy: Remedy) -> None:
    """Raises Conflict when the law gives another one, or none at this stage (R-DISP-04)."""
    if not allowed:
        words = N_("合同已经签订，采购人不能在质疑答复里改变结果。请答复后书面报告财政部门，由投诉处理决定。")
        raise Conflict(words, clause=REMEDIES)
    if remedy not in allowed:
        raise Conflict(N_("按被质疑（投诉）的对象和现在的阶段，不能这样处理。请从列出的处理里选。"), clause=REMEDIES)
