"""Performance evaluation: indicator points, grade, who may evaluate, when a result may freeze. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from catalogue.listings.drafts import Indicator
from catalogue.listings.indicators import (
    AT_MOST_WAYS,
    GROUP_WORDS,
    MEASURES,
    Target,
    Way,
    guessed_group,
    read_target,
    sources_asked,
    way_for,
)
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.names import Name
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions


class ReadAgain(DomainError):
    """What would be published is no longer what the page showed; it is shown once more (R-CIV-06)."""

    def __init__(self) -> None:
        super().__init__(N_("您打开这一页以后，要公布的文字变了。请重新看过下面的文字再办。"), clause="R-CIV-06")


class EvaluationStatus(StrEnum):
    """Where an evaluation stands."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    REPLIED = "replied"
    DISPUTED = "disputed"
    REVIEWED = "reviewed"
    FROZEN = "frozen"


TRANSITIONS: Transitions[EvaluationStatus] = {
    EvaluationStatus.PLANNED: frozenset({EvaluationStatus.DRAFTED}),
    EvaluationStatus.DRAFTED: frozenset(
        {EvaluationStatus.REPLIED, EvaluationStatus.DISPUTED, EvaluationStatus.FROZEN}
    ),
    EvaluationStatus.DISPUTED: frozenset({EvaluationStatus.REVIEWED}),
    EvaluationStatus.REVIEWED: frozenset({EvaluationStatus.FROZEN}),
    EvaluationStatus.REPLIED: frozenset({EvaluationStatus.FROZEN}),
    EvaluationStatus.FROZEN: frozenset(),
}

STATUS_WORDS = {
    "planned": N_("等待评价"),
    "drafted": N_("等待供应商答复"),
    "replied": N_("供应商已答复"),
    "disputed": N_("供应商不同意，等待复核"),
    "reviewed": N_("已复核"),
    "frozen": N_("已冻结并公布"),
}
GRADE_WORDS = {"excellent": N_("优"), "good": N_("良"), "fair": N_("中"), "poor": N_("差"), "none": N_("无记录")}


@dataclass(frozen=True)
class IndicatorPlan:
    """One line of the table before it is scored. `target` in `unit`; weight in points of 100."""

    group: str
    title: str
    weight: Decimal
    method: str
    source: str
    target: Decimal | None
    unit: str
    measure: str = ""
    is_at_most: bool = False


@dataclass(frozen=True)
class SeatPlan:
    """One evaluator before it is appointed. `weight`: the percent of its source."""

    source: str
    weight: Decimal
    organisation: UUID
    due_on: date
    on_behalf: str = ""


def plan_from_printed(rows: Sequence[Indicator]) -> tuple[IndicatorPlan, ...]:
    """The table that the listing printed for the evaluation: title, weight and target are bound by it (R-PERF-03)."""
    return tuple(_planned(row, way_for(row.way, row.title, row.target), read_target(row.target)) for row in rows)


def _planned(row: Indicator, way: Way, target: Target | None) -> IndicatorPlan:
    is_at_most = way in AT_MOST_WAYS or (target is not None and target.is_at_most)
    goal, unit = (target.goal, target.unit) if target else (None, "")
    if way in MEASURES:
        if goal is None:
            goal, unit = (Decimal(0) if is_at_most else Decimal(100)), "" if way is Way.COMPLAINTS else "%"
        method, measure = "delivery", way.value
    else:
        method, measure = ("qualitative" if goal is None else way.value), ""
    goal = None if method == "qualitative" else goal
    return IndicatorPlan(
        row.group or guessed_group(row.title), row.title, row.points, method, row.source or row.target, goal, unit,
        measure, is_at_most,
    )  # fmt: skip


def check_seats(seats: Sequence[SeatPlan], groups: Sequence[str]) -> None:
    """Weights of the sources total 100 and every branch has somebody who judges it. Raises DomainError (R-PERF-03)."""
    weights = {each.source: each.weight for each in seats}
    total = sum(weights.values(), Decimal(0))
    if total != 100:
        raise DomainError(N_("评价来源的权重合计 {total}，应当正好是 100。"), total=total, clause="R-PERF-03")
    for group in groups:
        if not sources_asked(group, frozenset(weights)):
            words = N_("没有人评“{group}”这一类指标。请加一方来评。")
            raise DomainError(words, group=say(GROUP_WORDS[group]), clause="R-PERF-03")


def check_may_leave_out(due_on: date, today: date, others_in: int) -> None:
    """An evaluator is left out only after its day, and never the last one. Raises Conflict."""
    if today <= due_on:
        raise Conflict(N_("这一方可以评到 {due}。过了这一天还没有交，才能不计。"), due=Day(due_on))
    if not others_in:
        raise Conflict(N_("别的方都没有打分，不能把这一方不计。请催它打分。"))


def standard_table(trainings: int = 2) -> tuple[IndicatorPlan, ...]:
    """The ready table for a handling service: execution 10, output 50, benefit 30, satisfaction 10 (R-PERF-03)."""
    plan, d = IndicatorPlan, Decimal
    return (
        plan("execution", N_("预算执行率"), d(10), "delivery", N_("付款记录"), d(100), "%", "execution_rate"),
        plan("output", N_("新申请对象入户调查覆盖率"), d(20), "quantitative", N_("镇（街道）"), d(100), "%"),
        plan("output", N_("服务时数审核通过率"), d(20), "delivery", N_("服务记录"), d(100), "%", "approval_rate"),
        plan("output", N_("业务培训场次"), d(10), "quantitative", N_("镇（街道）"), d(trainings), N_("场")),
        plan("benefit", N_("困难群众主动发现和帮扶效果"), d(30), "qualitative", N_("第三方专业评价"), None, ""),
        plan("satisfaction", N_("服务对象满意率"), d(10), "quantitative", N_("服务对象抽样"), d(90), "%"),
    )


def check_weights(weights: Sequence[Decimal]) -> None:
    """Indicator weights total exactly 100. Raises DomainError naming the sum (R-PERF-03)."""
    total = sum(weights, Decimal(0))
    if total != 100:
        raise DomainError(N_("指标分值合计应为 100，现在是 {total}。请调整后再保存。"), total=total, clause="R-PERF-03")


def grade_of(score: Decimal, on: date) -> str:
    """优 良 中 差 by half-open bands: 89.99 is 良, 90 is 优 (R-PERF-02)."""
    for grade in ("excellent", "good", "fair"):
        if score >= number(f"R-PERF-02/{grade}", on):
            return grade
    return "poor"


@dataclass(frozen=True)
class Tied:
    """What the registers say of an organisation that is to evaluate a contract; empty where nothing ties it."""

    name: Name
    delivers: bool = False
    buys: bool = False
    bids: bool = False
    signer: str = ""
    shared: str = ""
    path: Sentence | str | None = None


def check_free(tied: Tied) -> None:
    """Who delivers, buys, bid, signed, is related or shares a person may not evaluate. Raises Forbidden (R-ROLE-08)."""
    if tied.delivers or tied.buys:
        raise Forbidden(N_("评价机构不能是这个合同的供应商或采购人。请另选一家第三方机构。"), clause="R-ROLE-08")
    if tied.bids:
        words = N_("“{name}”投过这个项目的标，不能评价它。请另选一家。")
        raise Forbidden(words, clause="R-ROLE-08", name=tied.name)
    if tied.signer:
        words = N_("“{name}”的{person}签过这份合同，不能由它评价。请另选一家。")
        raise Forbidden(words, clause="R-ROLE-08", name=tied.name, person=tied.signer)
    if tied.shared:
        words = N_("“{name}”和供应商有同一个人：{person}。请另选一家。")
        raise Forbidden(words, clause="R-ROLE-07", name=tied.name, person=tied.shared)
    if tied.path is not None:
        words = N_("“{name}”和供应商有关联：{path}。请另选一家。")
        raise Forbidden(words, clause="R-ROLE-07", name=tied.name, path=tied.path)


def check_scorer_free(kept_out: Sequence[str]) -> None:
    """Who signed the contract, accepted its work or serves under it does not score it. Raises Forbidden (R-ROLE-03)."""
    if kept_out:
        words = N_("{person}签过这份合同，或者验收、提供过它的服务，不能给它打分。请由同事办理。")
        raise Forbidden(words, clause="R-ROLE-03", person=kept_out[0])


@dataclass(frozen=True)
class Hands:
    """Who had a part in an evaluation: who planned and scored it, and the offices that judged. Identities as text."""

    planner: str
    scorers: frozenset[str]
    offices: frozenset[str]


def check_reviewer(person: str, office: str, hands: Hands) -> None:
    """A disputed draft is reviewed above those who judged, by somebody new to it. Raises Forbidden (R-INTL-01)."""
    if office in hands.offices:
        raise Forbidden(N_("您的单位给这次评价打过分，要由上一级复核。请交给财政局。"), clause="R-INTL-01")
    if person == hands.planner or person in hands.scorers:
        raise Forbidden(N_("您办过这次评价，要由没有办过的同事复核。"), clause="R-ROLE-03")


def check_may_freeze(
    status: str, reply_until: date | None, scorers: Collection[str], freezer: str, now: datetime
) -> None:
    """Freeze after the reply or after its time ran out, and never by who scored. Raises Conflict or Forbidden."""
    if freezer in scorers:
        raise Forbidden(N_("打分的人不能冻结结果。请由民政局的同事办理。"), clause="R-ROLE-03")
    if status == EvaluationStatus.DRAFTED and reply_until and county_day(now) <= reply_until:
        raise Conflict(
            N_("供应商还可以答复到 {until}。收到答复或过了这一天，才能冻结结果。"),
            until=Day(reply_until),
            clause="R-INTL-01",
        )


def snapshot_text(facts: dict[str, object]) -> str:
    """What freezes: one spelling for one result, so that its hash can be computed by anyone."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def snapshot_hash(text: str) -> str:
    """SHA-256 of the frozen text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(words: Iterable[str]) -> str:
    """By what a page knows the texts it showed, so that nothing is published that came after it."""
    return snapshot_hash(json.dumps(list(words), ensure_ascii=False))


def check_was_read(words: Iterable[str], seen: str) -> None:
    """What will be published is what the page showed. Raises ReadAgain."""
    if mark_of(words) != seen:
        raise ReadAgain
