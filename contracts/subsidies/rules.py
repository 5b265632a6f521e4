"""Who gets the subsidy for a month: each condition with the value found and the value needed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from contracts.visits.rules import hours_words, last_day
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.states import Transitions

RULE_SUBSIDY, RULE_DOCUMENT, RULE_LEVELS, RULE_CONDITIONS = "R-SOCW-01", "R-SOCW-06", "R-SOCW-02", "R-SOCW-05"
NOTHING = Decimal("0.00")


class RunStatus(StrEnum):
    """Where a monthly run stands."""

    COMPUTED = "computed"
    SUPERSEDED = "superseded"
    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"


RUN_LABELS: dict[RunStatus, tuple[str, str]] = {
    RunStatus.COMPUTED: (N_("已计算，等待财政审核"), "waiting"),
    RunStatus.SUPERSEDED: (N_("已重新计算"), "neutral"),
    RunStatus.APPROVED: (N_("已审核，等待生成发放凭证"), "running"),
    RunStatus.SENT: (N_("凭证已生成，等待发放"), "running"),
    RunStatus.PAID: (N_("已发放"), "done"),
}

TRANSITIONS: Transitions[RunStatus] = {
    RunStatus.COMPUTED: frozenset({RunStatus.APPROVED, RunStatus.SUPERSEDED}),
    RunStatus.SUPERSEDED: frozenset(),
    RunStatus.APPROVED: frozenset({RunStatus.SENT}),
    RunStatus.SENT: frozenset({RunStatus.PAID}),
    RunStatus.PAID: frozenset(),
}

LEVELS = ("assistant", "intermediate", "senior")
LEVEL_LABELS: dict[str, str] = {
    "none": N_("没有证书"),
    "assistant": N_("助理社会工作师（初级）"),
    "intermediate": N_("社会工作师（中级）"),
    "senior": N_("高级社会工作师"),
}


class Condition(StrEnum):
    """What has to hold for a month."""

    LEVEL = "level"
    REGISTERED = "registered"
    VALID = "valid"
    HOURS = "hours"


CONDITION_CLAUSES: dict[Condition, str] = {
    Condition.LEVEL: RULE_LEVELS,
    Condition.REGISTERED: RULE_CONDITIONS,
    Condition.VALID: RULE_CONDITIONS,
    Condition.HOURS: RULE_DOCUMENT,
}


@dataclass(frozen=True)
class SchemeFacts:
    """The amounts (yuan a month) by level and the least approved minutes of a month."""

    amounts: Mapping[str, Decimal]
    min_minutes: int


@dataclass(frozen=True)
class WorkerFacts:
    """One person in one month at one employer. `key` tells people apart: the file across employers."""

    key: str
    name: str
    employer: str
    level: str
    registered_on: date | None
    certificate_until: date | None
    minutes: int


@dataclass(frozen=True)
class Checked:
    """One condition of one line: what was found, what is needed, whether it holds. Values are for machines."""

    rule: Condition
    found: str
    needed: str
    is_met: bool


@dataclass(frozen=True)
class Line:
    """What one worker gets for a month (yuan, or 0) and why."""

    worker: WorkerFacts
    amount: Decimal
    conditions: tuple[Checked, ...] = field(default=())


def compute_line(worker: WorkerFacts, scheme: SchemeFacts, month: date) -> Line:
    """The line of one worker: the level's amount when every condition holds, otherwise nothing."""
    first, last = month, last_day(month)
    amount = scheme.amounts.get(worker.level)
    registered, until = worker.registered_on, worker.certificate_until
    paid_levels = " ".join(level for level in LEVELS if level in scheme.amounts)
    conditions = (
        Checked(Condition.LEVEL, worker.level, paid_levels, amount is not None),
        Checked(
            Condition.REGISTERED, registered.isoformat() if registered else "", first.isoformat(),
            registered is not None and registered <= first,
        ),
        Checked(
            Condition.VALID, until.isoformat() if until else "", last.isoformat(), until is not None and until >= last
        ),
        Checked(Condition.HOURS, str(worker.minutes), str(scheme.min_minutes), worker.minutes >= scheme.min_minutes),
    )  # fmt: skip
    earned = amount if amount is not None and all(each.is_met for each in conditions) else NOTHING
    return Line(worker, earned, conditions)


def compute_lines(workers: Sequence[WorkerFacts], scheme: SchemeFacts, month: date) -> list[Line]:
    """A month's lines in a fixed order, one for each person."""
    lines = [compute_line(worker, scheme, month) for worker in merge(workers)]
    return sorted(lines, key=lambda line: (line.worker.name, line.worker.key))


def merge(workers: Sequence[WorkerFacts]) -> list[WorkerFacts]:
    """One entry a person: hours of several employers add up, and nobody is paid twice (R-SOCW-05).

    The employer with the most minutes is named; certificate facts are those of its roster.
    """
    people: dict[str, WorkerFacts] = {}
    for worker in sorted(workers, key=lambda each: (each.key, -each.minutes, each.employer)):
        first = people.get(worker.key)
        if first is None:
            people[worker.key] = worker
        else:
            people[worker.key] = WorkerFacts(
                first.key, first.name, first.employer, first.level, first.registered_on, first.certificate_until,
                first.minutes + worker.minutes,
            )  # fmt: skip
    return list(people.values())


def lines_hash(lines: Sequence[Line]) -> str:
    """The SHA-256 of a run's lines with every condition: equal facts give an equal hash."""
    rows = []
    for line in lines:
        conditions = ";".join(f"{c.rule}|{c.found}|{c.needed}|{int(c.is_met)}" for c in line.conditions)
        rows.append(f"{line.worker.key} {line.worker.level} {line.worker.minutes} {line.amount:.2f} {conditions}")
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def explain(rule: str, found: str, needed: str, is_met: bool) -> Sentence:
    """A condition in words: what it asks and what was found."""
    condition = Condition(rule)
    if condition is Condition.LEVEL:
        level = say(LEVEL_LABELS[found])
        if is_met:
            return say(N_("等级是{level}，办法里有这一级的金额。"), level=level)
        return say(N_("等级是{level}，办法里没有这一级的金额。"), level=level)
    if condition is Condition.HOURS:
        return say(
            N_("已审核关闭的工时 {found}，需要至少 {needed}。"),
            found=hours_words(int(found)),
            needed=hours_words(int(needed)),
        )
    asked = Day(date.fromisoformat(needed))
    if condition is Condition.REGISTERED:
        if not found:
            return say(N_("证书没有登记日期，需要在 {needed} 或以前登记。"), needed=asked)
        registered = Day(date.fromisoformat(found))
        return say(N_("证书于 {found} 登记，需要在 {needed} 或以前登记。"), found=registered, needed=asked)
    if not found:
        return say(N_("证书没有登记有效期，需要有效到 {needed} 或以后。"), needed=asked)
    until = Day(date.fromisoformat(found))
    return say(N_("证书有效到 {found}，需要有效到 {needed} 或以后。"), found=until, needed=asked)


def check_document(document_number: str) -> None:
    """No document number, no payment (R-SOCW-06). Raises Forbidden."""
    if not document_number.strip():
        raise Forbidden(
            N_("补贴办法还没有填写文号，不能发放。请民政局先填写县里印发的文号，再审核。"), clause=RULE_DOCUMENT
        )


def check_approver(person_id: object, run_by: object) -> None:
    """Nobody approves the run they made (R-ROLE-03). Raises Forbidden."""
    if person_id == run_by:
        raise Forbidden(N_("这一次计算由您完成，要由另一位同事审核。"), clause="R-ROLE-03")
