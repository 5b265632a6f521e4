"""Quarters, decisions that are overdue, and what a model case must have before everybody reads it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import check_public
from marketplace.kernel.states import Transitions

RULE, RULE_PRIVACY = "R-SEED-08", "R-CIV-06"
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


@dataclass(frozen=True)
class Quarter:
    """Three months of a year."""

    year: int
    nth: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.nth - 2, 1)

    @property
    def upto(self) -> date:
        """The day after its last one."""
        return date(self.year + self.nth // 4, 3 * self.nth % 12 + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.upto - timedelta(days=1)

    @property
    def name(self) -> str:
        """As an address has it: 2026-Q1."""
        return f"{self.year}-Q{self.nth}"


def quarter_of(day: date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


def read_quarter(asked: str, today: date) -> Quarter:
    """A quarter by its name, none that has not begun. Raises NotFound."""
    found = _QUARTER.fullmatch(asked)
    if found is None or int(found[1]) < 2000:
        raise NotFound()
    quarter = Quarter(int(found[1]), int(found[2]))
    if quarter.first > today:
        raise NotFound()
    return quarter


def quarters_back(today: date, most: int) -> list[Quarter]:
    """This quarter and those before it, the newest first."""
    found = [quarter_of(today)]
    while len(found) < most:
        found.append(quarter_of(found[-1].first - timedelta(days=1)))
    return found


class DecisionStatus(StrEnum):
    """Entered, public once a second person looked through it; told what came of it, public by a second person again."""

    ENTERED = "entered"
    OPEN = "open"
    REPORTED = "reported"
    DONE = "done"
    DROPPED = "dropped"


DECISION_TRANSITIONS: Transitions[DecisionStatus] = {
    DecisionStatus.ENTERED: frozenset({DecisionStatus.OPEN, DecisionStatus.DROPPED}),
    DecisionStatus.OPEN: frozenset({DecisionStatus.REPORTED}),
    DecisionStatus.REPORTED: frozenset({DecisionStatus.DONE, DecisionStatus.OPEN}),
    DecisionStatus.DONE: frozenset(),
    DecisionStatus.DROPPED: frozenset(),
}
# which a second person has to look through, and which nobody outside reads
LOOKED_AT = frozenset({DecisionStatus.ENTERED, DecisionStatus.REPORTED})
INSIDE = frozenset({DecisionStatus.ENTERED, DecisionStatus.DROPPED})


def decision_state(row: Mapping[str, Any], today: date, *, inside: bool) -> tuple[str, str]:
    """Words and tone of a decision; what only who keeps them knows is told `inside` alone."""
    status = row["status"]
    if status == DecisionStatus.DONE:
        return N_("已办结"), "done"
    if status == DecisionStatus.DROPPED:
        return N_("已退回，没有公开"), "neutral"
    if status == DecisionStatus.ENTERED:
        return N_("等待核对"), "waiting"
    if status == DecisionStatus.REPORTED and inside:
        return N_("办结情况等待核对"), "waiting"
    # done in time stays in time while somebody looks through what came of it
    ends = row["done_on"] or today
    return (N_("超过期限"), "refused") if row["due_on"] < ends else (N_("办理中"), "running")


def outside(row: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as everybody reads it: what came of it is told once a second person looked through it."""
    is_waiting = row["status"] == DecisionStatus.REPORTED
    return {**row, **({"outcome": ""} if is_waiting else {})}


def check_may_look(decision: Mapping[str, Any], person: Any) -> None:
    """Another person than who wrote it looks through it. Raises Forbidden."""
    wrote = decision["recorded_by"] if decision["status"] == DecisionStatus.ENTERED else decision["closed_by"]
    if wrote == person:
        raise Forbidden(N_("谁写的，谁就不能公开。请另一位同事核对以后公开。"), clause=RULE_PRIVACY)


class CaseState(StrEnum):
    """A model case: written, told to everybody, taken back."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


CASE_LABELS: dict[CaseState, tuple[str, str]] = {
    CaseState.DRAFT: (N_("等待另一人公开"), "waiting"),
    CaseState.PUBLISHED: (N_("已公开"), "done"),
    CaseState.WITHDRAWN: (N_("已撤下"), "neutral"),
}
CASE_TRANSITIONS: Transitions[CaseState] = {
    CaseState.DRAFT: frozenset({CaseState.PUBLISHED, CaseState.WITHDRAWN}),
    CaseState.PUBLISHED: frozenset({CaseState.WITHDRAWN}),
    CaseState.WITHDRAWN: frozenset(),
}
CONSENT_LABELS: dict[str, str] = {
    "self": N_("本人书面同意"), "guardian": N_("监护人书面同意"), "office": N_("不涉及个人，由承办单位同意"),
}  # fmt: skip


def check_story(title: str, story: str) -> None:
    """Nothing in it leads to a person. Raises DomainError."""
    check_public(title, story)


def check_may_publish(case: Mapping[str, Any], person: Any) -> None:
    """Another person than who wrote it looks through text and consent. Raises Forbidden."""
    if case["drafted_by"] == person:
        raise Forbidden(N_("谁写的案例，谁就不能公开。请另一位同事核对同意书以后公开。"), clause=RULE_PRIVACY)
