"""Who wins a lot and which sentence says why: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from evaluations.arithmetic.rules import Corrected
from evaluations.scoring.standing import PlacedOffer
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say

NOTICE_BY, NOTICE_STANDS, SIGN_BY, CHALLENGE_BY = "R-TIME-15", "R-TIME-16", "R-TIME-17", "R-TIME-23"

# kept as the reason why a bid was passed over; one constant sentence, so that it is read in both languages
VOIDED_REASON = N_("原成交结果经质疑或者投诉处理，认定无效。")
REFUSED_REASON = N_("原成交供应商没有签订合同，由采购人另行确定或者重新采购。")
REVIEWED_REASON = N_("原确定的供应商经重新评审不再排名第一，由采购人另行确定。")
REBUILT_REASON = N_("评审成员应当回避而没有回避，评审意见无效，由重新组建的评审小组评审。")
VOIDED_CLAUSE, REFUSED_CLAUSE, REVIEWED_CLAUSE, REBUILT_CLAUSE = "R-DISP-04", "R-AWD-03", "R-REEV-01", "R-COM-08"
VOID_REASONS = {
    VOIDED_CLAUSE: VOIDED_REASON, REFUSED_CLAUSE: REFUSED_REASON, REVIEWED_CLAUSE: REVIEWED_REASON,
    REBUILT_CLAUSE: REBUILT_REASON,
}  # fmt: skip

GRADE_WORDS = {
    "excellent": N_("优"), "good": N_("良"), "fair": N_("中"), "poor": N_("差"), "none": N_("没有评价记录（中性档）"),
}  # fmt: skip
# what the standing rests on: the newest evaluation, or all of them by weight (R-PERF-10)
NEWEST, WEIGHTED = "newest", "weighted"


def standing_basis(placed: Sequence[PlacedOffer], winner: UUID, decides: str = NEWEST) -> tuple[Sentence, str]:
    """The sentence that says what decided, and the evaluation it rests on (the next one's when the winner has none).

    The public sentence names the winner's own evaluation only: what others scored is theirs (R-PUBL-01).
    """
    won = next(p.offer for p in placed if p.offer.opened_bid == winner)
    others = [p.offer for p in placed if p.offer.opened_bid != winner]
    if not others:
        words = N_("限额以下比选，只有这一家响应合格并且在预算以内。")
        return say(words), won.evaluation
    nearest = others[0]
    same_standing = (nearest.grade, nearest.score) == (won.grade, won.score)
    if same_standing:
        words = N_("限额以下比选，本县履约信誉相同，报价较低者成交。")
        return say(words), won.evaluation
    if won.evaluation and decides == WEIGHTED:
        return say(
            N_(
                "限额以下比选，由本县履约信誉确定：加权履约信誉 {score} 分，“{grade}”，"
                "其中最近一次评价 {evaluation}，居合格响应之首。"
            ),
            evaluation=won.evaluation, grade=say(GRADE_WORDS[won.grade]), score=won.score,
        ), won.evaluation  # fmt: skip
    if won.evaluation:
        return say(
            N_("限额以下比选，由本县履约信誉确定：评价 {evaluation} 为“{grade}”，{score} 分，居合格响应之首。"),
            evaluation=won.evaluation, grade=say(GRADE_WORDS[won.grade]), score=won.score,
        ), won.evaluation  # fmt: skip
    return say(
        N_("限额以下比选，由本县履约信誉确定：成交供应商没有评价记录，按印明的中性档排在“良”之后、“中”之前，居合格响应之首。")
    ), nearest.evaluation


@dataclass(frozen=True)
class ScoredWinner:
    """What the basis of a scored award says of the winner."""

    total: Decimal
    past_points: Decimal | None
    past_grade: str
    past_evidence: str
    past_from_record: bool


def score_basis(winner: ScoredWinner, tied: bool) -> Sentence:
    """Total and rank; the past-performance points and where they come from; the draw when it was needed."""
    if winner.past_points is None:
        words = N_("评审总分 {total} 分，排名第一。")
    elif winner.past_grade == "none":
        words = N_("评审总分 {total} 分，排名第一；其中履约评价 {points} 分（没有评价记录，按印明的中性档）。")
    elif winner.past_from_record:
        words = N_("评审总分 {total} 分，排名第一；其中履约评价 {points} 分，依据本县评价 {evidence}（{grade}）。")
    else:
        words = N_(
            "评审总分 {total} 分，排名第一；其中履约评价 {points} 分，依据供应商提交的评价 {evidence}（{grade}）。"
        )
    found = say(
        words, total=plain(winner.total), points=plain(winner.past_points), evidence=winner.past_evidence,
        grade=say(GRADE_WORDS[winner.past_grade]),
    )  # fmt: skip
    return say(N_("{basis}并列者之间已抽签。"), basis=found) if tied else found


def with_hours(basis: Sentence, annual_hours: int | None) -> Sentence:
    """The basis with the service hours promised, where they were scored (R-EVAL-12)."""
    if annual_hours is None:
        return basis
    return say(N_("{basis}承诺年服务时数 {hours} 小时。"), basis=basis, hours=annual_hours)


def with_correction(basis: Sentence, correction: Corrected | None) -> Sentence:
    """The basis with what the winner's price was mended from and to (R-EVAL-08)."""
    if correction is None or not correction.is_confirmed:
        return basis
    figures, mended = correction.figures, correction.mended
    return say(
        N_("{basis}报价前后不一致，按规定由 {opened} 元修正为 {total} 元，供应商已确认（R-EVAL-08）。"), basis=basis,
        opened=f"{figures.total:,.2f}", total=f"{mended.total:,.2f}",
    )  # fmt: skip


def after_passing_over(basis: Sentence, count: int, voided: int = 0, refused: int = 0) -> Sentence:
    """The basis when bids were passed over: by the check before the award, since void, or since the winner refused.

    It names nobody (R-CRED-03, R-DISP-04, R-AWD-03, R-PUBL-01).
    """
    if voided:
        basis = say(N_("{basis}原成交结果已认定无效，名次按其余候选人计。"), basis=basis)
    if refused:
        basis = say(N_("{basis}原成交供应商没有签订合同，名次按其余候选人计。"), basis=basis)
    count -= voided + refused
    if not count:
        return basis
    words = N_("{basis}排名按定标前查询排除 {count} 家有不良信用记录的供应商以后计。")
    return say(words, basis=basis, count=count)


def after_silence(basis: Sentence, days: int) -> Sentence:
    """The basis of an award that nobody determined: it says so wherever it is read (R-TIME-14)."""
    words = N_(
        "{basis}采购人收到评审报告后 {days} 个工作日内没有确定供应商，也没有提出异议，依法视同确定排名第一的供应商。"
    )
    return say(words, basis=basis, days=days)


def plain(number: Decimal | None) -> str:
    """A score without the trailing zeros of its column."""
    return "" if number is None else f"{number.normalize():f}"


def pick_winner(tied: Sequence[tuple[UUID, str]], tie_note: str) -> UUID:
    """The first-ranked bid; among equals the one that the record of the draw names. Raises DomainError (R-TIE-01)."""
    if len(tied) == 1:
        return tied[0][0]
    named = [opened_bid for opened_bid, name in tied if name in tie_note]
    if len(named) != 1:
        raise DomainError(
            N_("有 {count} 家并列第一。请抽签，并写明抽签记录和中签供应商的全称（只写中签的一家）。"),
            clause="R-TIE-01",
            count=len(tied),
        )
    return named[0]


@dataclass(frozen=True)
class AwardPeople:
    """The people of a listing who may not determine it."""

    procuring_unit: UUID
    drafted_by: UUID
    panel: frozenset[UUID]


def check_may_determine(actor: Actor, people: AwardPeople) -> None:
    """A buyer of the unit who neither drafted nor judged. Raises Forbidden (R-ROLE-02, R-ROLE-03)."""
    actor.check_may(Permission.DETERMINE_AWARD)
    if actor.organisation_id != people.procuring_unit:
        raise Forbidden(N_("这是另一个采购人的采购。请由该采购人办理。"), clause="R-ROLE-05")
    if actor.person_id == people.drafted_by:
        raise Forbidden(N_("这份公告是您起草的，不能由您确定供应商。请本单位另一位同事办理。"), clause="R-ROLE-03")
    if actor.person_id in people.panel:
        raise Forbidden(N_("您是评审小组成员，不能由您确定供应商。请本单位另一位同事办理。"), clause="R-ROLE-03")


@dataclass(frozen=True)
class AwardDates:
    """The clocks that an award starts."""

    notice_by: Deadline
    notice_until: Deadline | None
    sign_by: Deadline | None


def award_dates(determined_on: date, announced_at: datetime | None, announced_on: date | None) -> AwardDates:
    """Notice within 2 working days, standing for 1, contract within 30 days of the letter (R-TIME-15 to 17)."""
    notice_by = compute(NOTICE_BY, determined_on)
    if announced_at is None or announced_on is None:
        return AwardDates(notice_by, None, None)
    return AwardDates(notice_by, compute(NOTICE_STANDS, announced_on), compute(SIGN_BY, announced_on))
