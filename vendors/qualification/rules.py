"""How a pre-check moves, who may decide it, and how long it holds. All pure; it bars nobody from a bid (R-QUAL-01)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.deadlines import months_later
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from vendors.qualification.automatic import BINDING, Check, Outcome

ADVISORY, TWO_PEOPLE = "R-QUAL-01", "R-ROLE-03"
HOLDS = "R-QUAL-02"
RENEW_BEFORE = timedelta(days=60)  # as early as the first reminder of a paper


class PrecheckStatus(StrEnum):
    """Where a pre-check stands."""

    WAITING = "waiting"
    MORE_ASKED = "more_asked"
    PROPOSED = "proposed"
    NEGATIVE = "negative"
    OBJECTED = "objected"
    UPHELD = "upheld"
    PASSED = "passed"
    WITHDRAWN = "withdrawn"


S = PrecheckStatus
PRECHECK_TRANSITIONS: Mapping[PrecheckStatus, frozenset[PrecheckStatus]] = {
    S.WAITING: frozenset({S.MORE_ASKED, S.PROPOSED, S.PASSED, S.WITHDRAWN}),
    S.MORE_ASKED: frozenset({S.WAITING, S.WITHDRAWN}),
    # a second person confirms, or sends it back to be looked at again
    S.PROPOSED: frozenset({S.NEGATIVE, S.WAITING}),
    S.NEGATIVE: frozenset({S.OBJECTED}),
    # a third person decides the objection
    S.OBJECTED: frozenset({S.UPHELD, S.PASSED}),
    S.UPHELD: frozenset(),
    S.PASSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
OPEN = frozenset({S.WAITING, S.MORE_ASKED, S.PROPOSED, S.OBJECTED})

PRECHECK_STATUS_LABELS: dict[PrecheckStatus, str] = {
    S.WAITING: N_("等待预检"),
    S.MORE_ASKED: N_("待补充"),
    S.PROPOSED: N_("等待第二人核对"),
    S.NEGATIVE: N_("预检不通过"),
    S.OBJECTED: N_("有异议，等待处理"),
    S.UPHELD: N_("异议后维持不通过"),
    S.PASSED: N_("预检通过"),
    S.WITHDRAWN: N_("已撤回"),
}
PRECHECK_STATUS_TONES: dict[PrecheckStatus, str] = {
    S.WAITING: "waiting", S.MORE_ASKED: "refused", S.PROPOSED: "waiting", S.NEGATIVE: "refused",
    S.OBJECTED: "waiting", S.UPHELD: "refused", S.PASSED: "done", S.WITHDRAWN: "neutral",
}  # fmt: skip

STEP_LABELS: dict[str, str] = {
    "applied": N_("申请预检"), "more_asked": N_("请供应商补充"), "answered": N_("已补充"), "withdrawn": N_("撤回申请"),
    "passed": N_("预检通过"), "proposed": N_("提出不通过"), "confirmed": N_("第二人核对，不通过"),
    "sent_back": N_("第二人退回重看"), "objected": N_("提出异议"), "upheld": N_("异议不成立"),
    "granted": N_("异议成立，通过"),
}  # fmt: skip


def own_status(status: str) -> PrecheckStatus:
    """The state as its provider reads it: what is only proposed is still being looked at."""
    return S.WAITING if status == S.PROPOSED else S(status)


@dataclass(frozen=True)
class Finding:
    """What a person found of one requirement, and why where it is not met or differs from the data."""

    found: Outcome
    reason: str = ""


def finding_mistakes(checks: Sequence[Check], found: Mapping[str, Finding]) -> dict[str, Sentence]:
    """What is wrong with the findings, by the name of the reason's field."""
    mistakes: dict[str, Sentence] = {}
    for check in checks:
        finding = found.get(check.requirement)
        if check.outcome == Outcome.SHOWN:
            continue
        if finding is None:
            mistakes[f"found-{check.requirement}"] = say(N_("请选符合或者不符合。"))
        elif finding.found == Outcome.MET and check.outcome == Outcome.UNMET and check.requirement in BINDING:
            mistakes[f"found-{check.requirement}"] = say(N_("这是法定条件，系统核对不符合，不能改为符合。"))
        elif not finding.reason.strip() and finding.found == Outcome.UNMET:
            mistakes[f"reason-{check.requirement}"] = say(N_("不符合的，请写明理由；供应商会看到。"))
        elif not finding.reason.strip() and check.outcome == Outcome.UNMET:
            mistakes[f"reason-{check.requirement}"] = say(N_("和系统核对的不一致，请写明理由。"))
    return mistakes


def check_all_met(found: Mapping[str, Finding], labels: Mapping[str, Sentence]) -> None:
    """A pass needs every requirement met. Raises DomainError naming the first that is not."""
    for requirement, finding in found.items():
        if finding.found == Outcome.UNMET:
            words = N_("“{requirement}”不符合，不能通过。请改为“提出不通过”，或者请供应商补充。")
            raise DomainError(words, requirement=labels[requirement])


def check_one_unmet(found: Mapping[str, Finding]) -> None:
    """A negative finding needs a requirement that is not met. Raises DomainError."""
    if not any(finding.found == Outcome.UNMET for finding in found.values()):
        raise DomainError(N_("每一项都符合，不能提出不通过。请选出不符合的一项并写明理由。"))


def check_another_person(person: UUID, earlier: Iterable[UUID | None]) -> None:
    """Whoever decided before does not decide now (R-ROLE-03). Raises Forbidden."""
    if person in set(earlier):
        raise Forbidden(N_("提出不通过、核对和处理异议不能是同一个人。请交给另一位工作人员。"), clause=TWO_PEOPLE)


def holds_until(passed_on: date, last_days: Collection[date | None]) -> date:
    """The first day on which a passed pre-check holds no longer: the term, or the day after the first paper ends."""
    term = months_later(passed_on, int(number(HOLDS, passed_on)))
    return min([term, *(day + timedelta(days=1) for day in last_days if day is not None)])


def holds_on(valid_from: date | None, valid_until: date | None, day: date) -> bool:
    """Whether a pre-check holds on a day, half-open."""
    return valid_from is not None and valid_until is not None and valid_from <= day < valid_until


def may_renew(valid_until: date, day: date, has_changed: bool) -> bool:
    """Whether it is time to ask anew: it ends within 60 days, has ended, or the file was changed since."""
    return has_changed or valid_until - day <= RENEW_BEFORE
