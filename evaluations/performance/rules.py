"""Performance evaluation: indicator points, grade, who may evaluate, when a result may freeze. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions


class EvaluationStatus(StrEnum):
    """Where an evaluation stands."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    REPLIED = "replied"
    FROZEN = "frozen"


TRANSITIONS: Transitions[EvaluationStatus] = {
    EvaluationStatus.PLANNED: frozenset({EvaluationStatus.DRAFTED}),
    EvaluationStatus.DRAFTED: frozenset({EvaluationStatus.REPLIED, EvaluationStatus.FROZEN}),
    EvaluationStatus.REPLIED: frozenset({EvaluationStatus.FROZEN}),
    EvaluationStatus.FROZEN: frozenset(),
}

STATUS_WORDS = {
    "planned": N_("等待评价"),
    "drafted": N_("等待供应商答复"),
    "replied": N_("供应商已答复"),
    "frozen": N_("已冻结并公布"),
}
GRADE_WORDS = {"excellent": N_("优"), "good": N_("良"), "fair": N_("中"), "poor": N_("差"), "none": N_("无记录")}
GROUP_WORDS = {
    "execution": N_("预算执行"),
    "output": N_("产出"),
    "benefit": N_("效益"),
    "satisfaction": N_("服务对象满意度"),
}


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


def indicator_points(weight: Decimal, target: Decimal, actual: Decimal) -> Decimal:
    """Met is full marks, else in proportion, rounded half up to two places (R-PERF-04)."""
    if target <= 0 or actual >= target:
        return to_fen(weight)
    return to_fen(weight * max(actual, Decimal(0)) / target)


def grade_of(score: Decimal, on: date) -> str:
    """优 良 中 差 by half-open bands: 89.99 is 良, 90 is 优 (R-PERF-02)."""
    for grade in ("excellent", "good", "fair"):
        if score >= number(f"R-PERF-02/{grade}", on):
            return grade
    return "poor"


def check_evaluator(evaluator: str, provider: str, buyer: str) -> None:
    """Who delivers or buys the service may not evaluate it. Identities as text. Raises Forbidden (R-ROLE-08)."""
    if evaluator in (provider, buyer):
        raise Forbidden(N_("评价机构不能是这个合同的供应商或采购人。请另选一家第三方机构。"), clause="R-ROLE-08")


def check_may_freeze(status: str, reply_until: date | None, scored_by: str, freezer: str, now: datetime) -> None:
    """Freeze after the reply or after its time ran out, and never by who scored. Raises Conflict or Forbidden."""
    if scored_by == freezer:
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
