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
    """Open until somebody says what came of it."""

    OPEN = "open"
    DONE = "done"


DECISION_TRANSITIONS: Transitions[DecisionStatus] = {
    DecisionStatus.OPEN: frozenset({DecisionStatus.DONE}),
    DecisionStatus.DONE: frozenset(),
}


def decision_state(status: str, due_on: date, today: date) -> tuple[str, str]:
    """Words and tone of a decision."""
    if status == DecisionStatus.DONE:
        return N_("已办结"), "done"
    return (N_("超过期限"), "refused") if due_on < today else (N_("办理中"), "running")


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
