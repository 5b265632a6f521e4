"""Goals from declaration to evaluation: states, the lines to begin with, who may act. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.states import Transitions

CLAUSE = "R-PERF-03"


class GoalStatus(StrEnum):
    """Where the goals of a year stand."""

    DECLARED = "declared"
    REPORTED = "reported"
    EVALUATED = "evaluated"
    FROZEN = "frozen"


TRANSITIONS: Transitions[GoalStatus] = {
    GoalStatus.DECLARED: frozenset({GoalStatus.REPORTED}),
    GoalStatus.REPORTED: frozenset({GoalStatus.EVALUATED}),
    GoalStatus.EVALUATED: frozenset({GoalStatus.FROZEN}),
    GoalStatus.FROZEN: frozenset(),
}
STATUS_WORDS: dict[str, str] = {
    "declared": N_("已申报，正在监控"),
    "reported": N_("已自评，等待评价"),
    "evaluated": N_("已评价，等待单位回应"),
    "frozen": N_("已冻结并公布"),
}
TONES = {"declared": "running", "reported": "waiting", "evaluated": "waiting", "frozen": "done"}
KIND_WORDS: dict[str, str] = {"programme": N_("项目"), "unit": N_("单位整体")}
OUTLOOK_WORDS: dict[str, str] = {"on_track": N_("能完成"), "at_risk": N_("可能完不成")}


@dataclass(frozen=True)
class NewLine:
    """One indicator as it is declared. Weight in points of 100, target in `unit`."""

    group: str
    title: str
    weight: Decimal
    target: Decimal
    unit: str
    is_at_most: bool = False


def usual_lines() -> tuple[NewLine, ...]:
    """What a self-evaluation weighs in principle: execution 10, output 50, benefit 30, satisfaction 10 (R-PERF-03)."""
    d = Decimal
    return (
        NewLine("execution", N_("预算执行率"), d(10), d(95), "%"),
        NewLine("output", N_("服务数量完成率"), d(20), d(100), "%"),
        NewLine("output", N_("服务按时完成率"), d(20), d(95), "%"),
        NewLine("output", N_("抽查差错率"), d(10), d(2), "%", is_at_most=True),
        NewLine("benefit", N_("困难得到解决的比例"), d(30), d(85), "%"),
        NewLine("satisfaction", N_("服务对象满意率"), d(10), d(90), "%"),
    )


def check_evaluator_of_goal(office: str, unit: str, person: str, reporter: str) -> None:
    """Nobody evaluates its own unit's goals or its own report. Raises Forbidden (R-ROLE-08)."""
    if office == unit or person == reporter:
        raise Forbidden(N_("本单位的绩效目标由别的单位评价。请交给民政局安排的评价机构。"), clause="R-ROLE-08")


def check_may_freeze_goal(answer: str, until: date | None, evaluator: str, freezer: str, today: date) -> None:
    """After the unit's answer or its days, and never by who evaluated. Raises Conflict or Forbidden."""
    if freezer == evaluator:
        raise Forbidden(N_("打分的人不能冻结结果。请由民政局的同事办理。"), clause="R-ROLE-03")
    if not answer and until and today <= until:
        raise Conflict(N_("单位还可以回应到 {until}。收到回应或过了这一天，才能冻结结果。"), until=Day(until))
