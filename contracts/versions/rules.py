"""What a contract was at the end of a day, from what happened until then. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.agreements.rules import ContractStatus, MilestoneStatus
from contracts.suspensions.rules import covering


@dataclass(frozen=True)
class Happening:
    """From when on a contract or a milestone was in a state."""

    at: datetime
    status: str


@dataclass(frozen=True)
class MilestoneStory:
    """A milestone with all that happened to it. `added_at`: when an amendment brought it; None: since the beginning.

    `dropped` was found not to be owed, `came_back` was refunded or set off after the payment; yuan.
    """

    position: int
    title: str
    amount: Decimal
    accepted_amount: Decimal | None
    due_on: date
    added_at: datetime | None
    happenings: Sequence[Happening]
    dropped: Decimal = Decimal(0)
    came_back: Decimal = Decimal(0)


@dataclass(frozen=True)
class MilestoneThen:
    """A milestone as it stood; yuan. `amount` is net of what was dropped and what came back."""

    position: int
    title: str
    amount: Decimal
    due_on: date
    status: MilestoneStatus
    dropped: Decimal = Decimal(0)
    came_back: Decimal = Decimal(0)


@dataclass(frozen=True)
class EndOfTerm:
    """A termination in force: when it was decided, and the last day of service before it."""

    decided_at: datetime
    service_to_before: date


def status_then(happenings: Sequence[Happening], end: datetime, first: str) -> str:
    """The last state reached before a moment."""
    reached = [each for each in sorted(happenings, key=lambda each: each.at) if each.at < end]
    return reached[-1].status if reached else first


def milestones_then(stories: Sequence[MilestoneStory], end: datetime) -> list[MilestoneThen]:
    """The milestones that stood at a moment; once accepted one is worth what was accepted, less what went off it."""
    found = []
    for story in stories:
        if story.added_at is not None and story.added_at >= end:
            continue
        status = MilestoneStatus(status_then(story.happenings, end, MilestoneStatus.OPEN))
        before = (MilestoneStatus.OPEN, MilestoneStatus.REQUESTED, MilestoneStatus.TO_MEND, MilestoneStatus.CANCELLED)
        is_accepted = story.accepted_amount is not None and status not in before
        amount = story.accepted_amount if is_accepted and story.accepted_amount is not None else story.amount
        net = amount - story.dropped - story.came_back
        found.append(
            MilestoneThen(story.position, story.title, net, story.due_on, status, story.dropped, story.came_back)
        )
    return found


def service_to_then(now: date, ended: EndOfTerm | None, end: datetime) -> date:
    """The last day of service as it was agreed at a moment."""
    return ended.service_to_before if ended is not None and ended.decided_at >= end else now


def suspended_then(suspensions: Sequence[Mapping[str, Any]], day: date, end: datetime) -> Mapping[str, Any] | None:
    """The suspension that stood at the end of a day, by what was agreed until then."""
    known = [
        each if each["ended_at"] is None or each["ended_at"] < end else {**each, "ended_on": None}
        for each in suspensions
        if each["begun_at"] < end
    ]
    return covering(known, day)


def contract_status_then(happenings: Sequence[Happening], end: datetime) -> ContractStatus:
    """The state of the contract itself."""
    return ContractStatus(status_then(happenings, end, ContractStatus.DRAWN_UP))


def gone(milestones: Sequence[MilestoneThen]) -> tuple[Decimal, Decimal]:
    """Yuan that disputes dropped, and yuan that came back after the payment."""
    return (
        sum((each.dropped for each in milestones), Decimal(0)), sum((each.came_back for each in milestones), Decimal(0))
    )  # fmt: skip


def total(milestones: Sequence[MilestoneThen], *states: MilestoneStatus) -> Decimal:
    """Yuan of the milestones in some states."""
    return sum((each.amount for each in milestones if each.status in states), Decimal(0))
