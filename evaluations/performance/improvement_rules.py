"""What follows a grade of fair or poor: a plan with dates, its steps reported and looked at, its end. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions

CLAUSE = "R-PERF-05"


class ImprovementStatus(StrEnum):
    """Where an improvement plan stands."""

    DUE = "due"
    SUBMITTED = "submitted"
    AGREED = "agreed"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


TRANSITIONS: Transitions[ImprovementStatus] = {
    ImprovementStatus.DUE: frozenset({ImprovementStatus.SUBMITTED}),
    ImprovementStatus.SUBMITTED: frozenset({ImprovementStatus.AGREED, ImprovementStatus.DUE}),
    ImprovementStatus.AGREED: frozenset({ImprovementStatus.KEPT, ImprovementStatus.NOT_KEPT}),
    ImprovementStatus.KEPT: frozenset(),
    ImprovementStatus.NOT_KEPT: frozenset(),
}
LOOKED_THROUGH = frozenset({ImprovementStatus.AGREED, ImprovementStatus.KEPT, ImprovementStatus.NOT_KEPT})
STATUS_WORDS: dict[str, str] = {
    "due": N_("等待供应商交整改计划"),
    "submitted": N_("等待民政局审核整改计划"),
    "agreed": N_("正在整改"),
    "kept": N_("整改完成"),
    "not_kept": N_("没有整改到位"),
}
TONES = {"due": "waiting", "submitted": "waiting", "agreed": "running", "kept": "done", "not_kept": "refused"}
FINDING_WORDS: dict[str, str] = {"kept": N_("做到了"), "not_kept": N_("没有做到")}


def needs_improvement(grade: str) -> bool:
    """After 中 or 差 the provider says what it mends and by when (R-PERF-05)."""
    return grade in ("fair", "poor")


def for_everybody(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What strangers read of a plan: nothing before civil affairs agreed to it, a report only once it was found so."""
    is_agreed = plan["status"] in LOOKED_THROUGH
    steps = [
        {**step, "report": report_of(step) if step["finding"] else "", "return_reason": ""} for step in plan["steps"]
    ]
    return {
        **plan, "causes": plan["causes"] if is_agreed else "", "steps": steps if is_agreed else [], "return_reason": "",
    }  # fmt: skip


def report_of(step: Mapping[str, Any]) -> str:
    """What the provider reports of a step now; nothing while a report that was sent back was not written anew."""
    return step["report"] if step["reported_at"] else ""


def plan_texts(plan: Mapping[str, Any]) -> list[str]:
    """What agreeing to a plan makes public, with its days."""
    return [plan["causes"], *(f"{step['due_on']} {step['what']}" for step in plan["steps"])]


def check_may_return(finding: str, is_reported: bool) -> None:
    """Only a report that waits for its finding goes back. Raises Conflict."""
    if finding:
        raise Conflict(N_("这一步已经核实过。"), clause=CLAUSE)
    if not is_reported:
        raise Conflict(N_("供应商还没有报告这一步，没有可以退回的。"), clause=CLAUSE)


def check_steps(due: Sequence[date], today: date, service_to: date) -> None:
    """At least one step, none already over, none after the contract's end while it runs. Raises DomainError."""
    if not due:
        raise DomainError(N_("整改计划至少要有一步，写明做什么、哪天做完。"), clause=CLAUSE)
    if min(due) < today:
        raise DomainError(N_("整改的日期不能早于今天。请改日期。"), clause=CLAUSE)
    if today <= service_to < max(due):
        raise DomainError(N_("整改要在合同的服务期里做完。请改日期。"), clause=CLAUSE)


def outcome_of(findings: Sequence[str]) -> ImprovementStatus | None:
    """The end of a plan once every step was looked at; None while one was not."""
    if not all(findings):
        return None
    return ImprovementStatus.KEPT if all(each == "kept" for each in findings) else ImprovementStatus.NOT_KEPT


def check_may_find(finding: str, is_reported: bool, due_on: date, today: date) -> None:
    """A step is looked at once, after the provider reported it or its day is over. Raises Conflict."""
    if finding:
        raise Conflict(N_("这一步已经核实过。"), clause=CLAUSE)
    if not is_reported and today <= due_on:
        raise Conflict(N_("供应商还没有报告做完，这一步也还没有到期。"), clause=CLAUSE)
