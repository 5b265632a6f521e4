"""How a service order finds its provider, how long it may take, and how its state moves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.cases.order_rules import OrderStatus
from contracts.cases.rules import CaseStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute, compute_agreed
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.rulebook import number

RULE_LIMIT, RULE_RESERVE, RULE_SURVEY = "R-CLOCK-01", "R-CLOCK-01/reserve", "R-CLOCK-01/survey"
RULE_ANSWER, RULE_TURN = "R-ORDER-01/answer", "R-FRM-05"
RULE_ORDER = "R-ORDER-01"
SURVEY_ITEM = "A02"
LONGEST = 250  # working days: nobody means more than a year by a limit

OPEN = (OrderStatus.ASKED, OrderStatus.ACCEPTED, OrderStatus.DECLINED, OrderStatus.DONE)
# nobody is at work on these: they stand in the way of a contract's end
UNASSIGNED = (OrderStatus.ASKED, OrderStatus.DECLINED)


class Way(StrEnum):
    """How a provider was found, by the contract's rule (R-FRM-05)."""

    ONLY = "only"
    ROTATION = "rotation"
    CHOICE = "choice"
    DIRECT = "direct"


WAY_LABELS: dict[Way, str] = {
    Way.ONLY: N_("只有这一家供应商"),
    Way.ROTATION: N_("按顺序轮候"),
    Way.CHOICE: N_("服务对象自己选择"),
    Way.DIRECT: N_("镇（街道）从几份合同里选定"),
}


class Outcome(StrEnum):
    """What came of an order."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    NOT_NEEDED = "not_needed"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.MET: N_("需要解决了"),
    Outcome.PARTLY: N_("解决了一部分"),
    Outcome.NOT_MET: N_("没有解决"),
    Outcome.NOT_NEEDED: N_("不再需要"),
}
STEP_LABELS: dict[str, str] = {
    "asked": N_("派单"),
    "accepted": N_("接受"),
    "declined": N_("谢绝"),
    "reassigned": N_("改派"),
    "escalated": N_("没有按时答复，已提醒负责人"),
    "worker": N_("安排社会工作者"),
    "done": N_("报告完成"),
    "returned": N_("退回补做"),
    "closed": N_("办结"),
    "cancelled": N_("撤回"),
}


@dataclass(frozen=True)
class Candidate:
    """A running contract that serves the town with the wanted item.

    `framework_way`: empty outside frameworks. `turn`: the place in the fixed order, from 1. `last_asked_at`: when this
    contract's provider was last given an order for the town, None never.
    """

    contract: UUID
    provider: UUID
    framework: UUID | None = None
    framework_way: str = ""
    turn: int = 0
    last_asked_at: datetime | None = None


@dataclass(frozen=True)
class Assignment:
    """The contract an order goes to, and by which way it was found."""

    contract: UUID
    way: Way


def next_in_turn(candidates: Sequence[Candidate], declined: frozenset[UUID] = frozenset()) -> Candidate | None:
    """Whose turn it is: who was never asked first, then who was asked longest ago, in the fixed order (R-FRM-05)."""
    free = [c for c in candidates if c.contract not in declined]
    never = [c for c in free if c.last_asked_at is None]
    if never:
        return min(never, key=lambda c: c.turn)
    return min(free, key=lambda c: (c.last_asked_at, c.turn)) if free else None


def assign(
    candidates: Sequence[Candidate], chosen: UUID | None, note: str, declined: frozenset[UUID] = frozenset()
) -> Assignment:
    """The contract an order goes to: the only one, whose turn it is, or the one that was chosen with its reason.

    `declined`: contracts whose provider has declined this order. Raises DomainError saying what is missing.
    """
    free = [c for c in candidates if c.contract not in declined]
    if not free:
        words = N_("没有别的正在履行的合同能为这个镇（街道）提供这项服务。请另行采购，或者和供应商商量。")
        raise DomainError(words, clause=RULE_ORDER)
    rotating = [c for c in free if c.framework_way == "rotation"]
    if rotating and len(rotating) == len(free):
        turn = next_in_turn(free)
        assert turn is not None
        if chosen not in (None, turn.contract):
            words = N_("框架协议约定按顺序轮候，不能挑选供应商。请不选供应商，由系统按顺序派单。")
            raise DomainError(words, clause=RULE_TURN)
        return Assignment(turn.contract, Way.ROTATION)
    if len(free) == 1:
        if chosen not in (None, free[0].contract):
            raise DomainError(N_("请从列出的合同里选。"), clause=RULE_ORDER)
        return Assignment(free[0].contract, Way.ONLY)
    picked = next((c for c in free if c.contract == chosen), None)
    if picked is None:
        raise DomainError(N_("有几份合同能做这件事。请选一份，并写明为什么。"), clause=RULE_ORDER)
    if not note.strip():
        raise DomainError(N_("请写明服务对象的选择，或者为什么选这一家。"), clause=RULE_ORDER)
    return Assignment(picked.contract, Way.CHOICE if picked.framework else Way.DIRECT)


def due_of(asked_on: date, limit_days: int) -> Deadline:
    """The last day of an order with so many working days; 0 is the same day."""
    return compute_agreed(RULE_SURVEY, asked_on, limit_days)


def latest_due(case: Mapping[str, Any], on: date) -> Deadline | None:
    """The last day that leaves the town its reserve of the case's clock; None without a running clock (R-CLOCK-01)."""
    if case["status"] != CaseStatus.OPEN or case["due_on"] is None or case["due_at"] is not None:
        return None
    return compute(RULE_RESERVE, case["due_on"], on=on)


def check_limit(case: Mapping[str, Any], item_code: str, limit_days: int, service_to: date, on: date) -> Deadline:
    """The order's last day, if its limit leaves the town its reserve. Raises DomainError (R-CLOCK-01).

    A case in clock hours: the order ends no later than they do. A household survey: within the survey's own limit.
    """
    counted = due_of(on, limit_days)
    due = counted.date
    if item_code == SURVEY_ITEM and limit_days > (most := int(number(RULE_SURVEY, on))):
        raise DomainError(N_("入户调查的期限最多 {most} 个工作日。请缩短期限。"), clause=RULE_SURVEY, most=most)
    if due > service_to:
        words = N_("合同服务到 {day}为止，期限不能更晚。请缩短期限。")
        raise DomainError(words, clause=RULE_LIMIT, day=Day(service_to))
    if case["status"] == CaseStatus.OPEN and case["due_at"] is not None and due > county_day(case["due_at"]):
        raise DomainError(
            N_("个案要在 {day}以前救助，工单不能更晚。请把期限改为当天。"), clause="R-SEED-05",
            day=Day(county_day(case["due_at"])),
        )  # fmt: skip
    reserve = latest_due(case, on)
    if reserve and due > reserve.date:
        words = N_("个案的期限是 {due}，要给镇（街道）留 {count} 个工作日，工单最迟到 {latest}。请缩短期限。")
        raise DomainError(
            words, clause=RULE_RESERVE, due=Day(case["due_on"]), count=int(reserve.row.number),
            latest=Day(reserve.date),
        )  # fmt: skip
    return counted


def may_see_order(actor: Actor, order: Mapping[str, Any]) -> bool:
    """The asking town's window, the provider's office, civil affairs, and those who read everything.

    An order of a restricted case is seen by the named few on the government's side (R-CHILD-01).
    """
    if actor.organisation_id == order["provider_organisation"] and actor.may(Permission.ANSWER_ORDERS):
        return True
    if order["worker_person"] is not None and order["worker_person"] == actor.person_id:
        return True
    is_own = actor.organisation_id == order["town"] and actor.may(Permission.HANDLE_CASES)
    if order["capacity"] != "full":
        return actor.may(Permission.SEE_RESTRICTED_CASES) and (is_own or actor.may(Permission.OVERSEE_CASES))
    return is_own or actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)


def check_town_acts(actor: Actor, order: Mapping[str, Any]) -> None:
    """The town that asked acts for its side. Raises Forbidden."""
    if not (actor.organisation_id == order["town"] and actor.may(Permission.HANDLE_CASES)):
        raise Forbidden(N_("工单由派单的镇（街道）窗口办理。"), clause=RULE_ORDER)


def check_provider_acts(actor: Actor, order: Mapping[str, Any]) -> None:
    """The provider that was asked acts for its side. Raises Forbidden."""
    if not (actor.organisation_id == order["provider_organisation"] and actor.may(Permission.ANSWER_ORDERS)):
        raise Forbidden(N_("工单由被派单的供应商答复。"), clause=RULE_ORDER)


def is_silent(order: Mapping[str, Any], today: date) -> bool:
    """Whether the provider's days to answer are over (R-ORDER-01)."""
    return order["status"] == OrderStatus.ASKED and bool(today > order["answer_by"])
