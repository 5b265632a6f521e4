"""The buyer's own chain of approval: steps in order, each by another person, nobody on what they wrote. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from catalogue.listings.rules import ReviewFacts, check_may_review, may_review
from marketplace.accounts.actor import Actor
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say

MOST_STEPS = 6


class Duty(StrEnum):
    """In which capacity somebody approves; the handler is the one who drafted."""

    REVIEWER = "reviewer"
    SECTION = "section"
    FINANCE = "finance"
    DEPUTY = "deputy"
    HEAD = "head"


DUTY_LABELS: dict[Duty, str] = {
    Duty.REVIEWER: N_("复核"),
    Duty.SECTION: N_("科室负责人"),
    Duty.FINANCE: N_("本单位财务"),
    Duty.DEPUTY: N_("分管领导"),
    Duty.HEAD: N_("主要领导"),
}
HANDLER = N_("经办")


@dataclass(frozen=True)
class Step:
    """One step; without a named person anybody of the unit who may approve."""

    position: int
    duty: Duty
    person: UUID | None = None
    person_name: str = ""


@dataclass(frozen=True)
class Decision:
    """What was decided at a step."""

    position: int
    next_position: int
    outcome: str
    person: UUID
    person_name: str
    opinion: str
    decided_at: datetime


SINGLE_REVIEWER: tuple[Step, ...] = (Step(1, Duty.REVIEWER),)


@dataclass(frozen=True)
class ReviewState:
    """Where a listing stands in its chain."""

    steps: tuple[Step, ...] = SINGLE_REVIEWER
    decisions: tuple[Decision, ...] = ()
    writers: frozenset[UUID] = frozenset()
    round: UUID | None = None
    submitted_at: datetime | None = None
    submitted_by_name: str = ""
    document: str = ""
    minutes_from: Decimal | None = None
    has_minutes: bool = False
    open_threads: int = 0
    approvals: dict[int, UUID] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "approvals", standing_approvals(self.decisions))

    @property
    def position(self) -> int:
        """The step that decides now."""
        return self.decisions[-1].next_position if self.decisions else 1

    @property
    def step(self) -> Step:
        """The step that decides now; the last one when all have."""
        return self.steps[min(max(self.position, 1), len(self.steps)) - 1]

    @property
    def is_last(self) -> bool:
        """Whether this step's approval publishes."""
        return self.position >= len(self.steps)

    def needs_minutes(self, budget: Decimal) -> bool:
        """Whether the amount asks for a collective decision that is not recorded yet."""
        return self.minutes_from is not None and budget >= self.minutes_from and not self.has_minutes


def standing_approvals(decisions: Iterable[Decision]) -> dict[int, UUID]:
    """Who approved which step; what was returned behind a step no longer stands."""
    standing: dict[int, UUID] = {}
    for decision in decisions:
        if decision.outcome == "approved":
            standing[decision.position] = decision.person
        else:
            standing = {place: who for place, who in standing.items() if place < decision.next_position}
    return standing


def may_decide(actor: Actor, facts: ReviewFacts, status: str, state: ReviewState) -> bool:
    """Whether this person decides the step that waits now."""
    return may_review(actor, facts, status) and _why_not(actor, state) is None


def check_may_decide(actor: Actor, facts: ReviewFacts, state: ReviewState) -> None:
    """Each step by another person, none by who wrote the draft (R-ROLE-03). Raises Forbidden."""
    check_may_review(actor, facts)
    refused = _why_not(actor, state)
    if refused:
        raise Forbidden("{reason}", clause="R-ROLE-03", reason=refused)


def _why_not(actor: Actor, state: ReviewState) -> Sentence | None:
    if actor.person_id in state.writers:
        return say(N_("这份公告有您写的部分，不能由您复核。请本单位另一位同事复核。"))
    if actor.person_id in {who for place, who in state.approvals.items() if place < state.position}:
        return say(N_("您已经在前面一步同意过，后面的步骤要由另一位同事办理。"))
    if state.step.person is not None and state.step.person != actor.person_id:
        words = N_("现在这一步是{duty}，由 {person} 办理。请等待，或者请对方办理。")
        return say(words, duty=say(DUTY_LABELS[state.step.duty]), person=state.step.person_name)
    return None


def check_is_last(state: ReviewState) -> None:
    """Only the last step publishes. Raises Conflict."""
    if not state.is_last:
        words = N_("后面还有 {count} 步没有办理，现在不能发布。请先办理这一步。")
        raise Conflict(words, count=len(state.steps) - state.position)


def check_chain(steps: Sequence[Step], colleagues: frozenset[UUID]) -> dict[str, Sentence]:
    """Mistakes of a chain by field: at least one step, nobody twice, only people of the unit who may approve."""
    if not steps:
        return {"steps-0-duty": say(N_("请至少填一步。"))}
    found: dict[str, Sentence] = {}
    seen: set[UUID] = set()
    duties: set[Duty] = set()
    for place, step in enumerate(steps):
        if step.duty in duties:
            found[f"steps-{place}-duty"] = say(N_("同一个环节只能出现一次。"))
        duties.add(step.duty)
        if step.person is None:
            continue
        if step.person not in colleagues:
            found[f"steps-{place}-person"] = say(N_("请从本单位有复核权限的同事里选。"))
        elif step.person in seen:
            found[f"steps-{place}-person"] = say(N_("一个人只能办理一步。请换一位。"))
        seen.add(step.person)
    return found
