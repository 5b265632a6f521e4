"""How residents pass from one provider to whoever goes on: what each needs, who confirms, when silence counts. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.agreements.residents import RULE_LOOKBACK
from marketplace.kernel.deadlines import Deadline, compute, months_later
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE, RULE_SILENCE, RULE_APART = "R-CON-06", "R-CON-06/silence", "R-ROLE-03"


class HandoverStatus(StrEnum):
    """Where a handover stands."""

    PREPARING = "preparing"
    CONFIRMING = "confirming"
    DONE = "done"


HANDOVER_LABELS: dict[HandoverStatus, tuple[str, str]] = {
    HandoverStatus.PREPARING: (N_("填写移交清单"), "running"),
    HandoverStatus.CONFIRMING: (N_("等待确认"), "waiting"),
    HandoverStatus.DONE: (N_("移交完成"), "done"),
}

TRANSITIONS: Transitions[HandoverStatus] = {
    HandoverStatus.PREPARING: frozenset({HandoverStatus.CONFIRMING}),
    HandoverStatus.CONFIRMING: frozenset({HandoverStatus.PREPARING, HandoverStatus.DONE}),
    # residents visited after it was done are passed on in another round
    HandoverStatus.DONE: frozenset({HandoverStatus.PREPARING}),
}


class Outcome(StrEnum):
    """Who goes on with a resident."""

    NEXT = "next"
    TOWN = "town"
    ENDED = "ended"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.NEXT: N_("由下一家供应商继续服务"),
    Outcome.TOWN: N_("由镇（街道）另行安排"),
    Outcome.ENDED: N_("不再需要服务"),
}


class Consent(StrEnum):
    """Whether a resident agrees that another provider goes on."""

    GIVEN = "given"
    REFUSED = "refused"


CONSENT_LABELS: dict[Consent, str] = {Consent.GIVEN: N_("同意"), Consent.REFUSED: N_("不同意")}


class Party(StrEnum):
    """Who puts a name under the list."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"
    TOWN = "town"


PARTY_LABELS: dict[Party, str] = {
    Party.OUTGOING: N_("移交的供应商"), Party.INCOMING: N_("接手的供应商"), Party.TOWN: N_("镇（街道）"),
}  # fmt: skip


@dataclass(frozen=True)
class Passing:
    """What is said of one resident."""

    code: str
    outcome: str | None = None
    consent: str | None = None
    consented_on: date | None = None
    visited_on: date | None = None
    note: str = ""


def first_day_looked_at(service_to: date, rules_on: date) -> date:
    """Whoever was visited since this day is still open when the contract ends (R-CON-06)."""
    return months_later(service_to, -int(number(RULE_LOOKBACK, rules_on)))


def silence_counts_after(sent_on: date, rules_on: date) -> Deadline:
    """The last day on which the next provider and the town may still answer (R-CON-06)."""
    return compute(RULE_SILENCE, sent_on, on=rules_on)


def check_days(form: Bound, prefix: str, passing: Passing, today: date) -> None:
    """Consent and the visit made together have happened; mistakes go beside their fields."""
    for name, day in (("consented_on", passing.consented_on), ("visited_on", passing.visited_on)):
        if day is not None and day > today:
            form.refuse(f"{prefix}-{name}", N_("日期在今天以后。请填已经发生的日期。"))


def check_is_told(form: Bound, prefix: str, passing: Passing) -> None:
    """A whole line: to another provider only with consent and a visit together, else what was arranged instead."""
    if passing.outcome is None:
        form.refuse(f"{prefix}-outcome", N_("请选择这位服务对象以后由谁服务。没有着落的，合同不能结清。"))
    elif passing.outcome == Outcome.NEXT:
        if passing.consent != Consent.GIVEN:
            form.refuse(f"{prefix}-consent", N_("本人同意才能转给下一家。不同意的，请改为由镇（街道）另行安排。"))
        elif passing.consented_on is None:
            form.refuse(f"{prefix}-consented_on", N_("请填本人同意的日期。"))
        if passing.visited_on is None:
            form.refuse(f"{prefix}-visited_on", N_("请填两家一起上门的日期。"))
    elif not passing.note.strip():
        form.refuse(f"{prefix}-note", N_("请写明怎样安排，或者为什么不再需要服务。"))


def needs_next(passings: Iterable[Passing]) -> bool:
    """Whether somebody on the list goes to another provider."""
    return any(each.outcome == Outcome.NEXT for each in passings)


def check_next_is_named(passings: Sequence[Passing], next_contract: UUID | None) -> None:
    """Nobody is passed to a provider that is not named. Raises DomainError."""
    if needs_next(passings) and next_contract is None:
        raise DomainError(
            N_("清单里有人转给下一家供应商，但是采购人还没有选定接续的合同。请采购人先选定，或者改由镇（街道）安排。"),
            clause=RULE,
        )


def check_orders_settled(count: int) -> None:
    """No service order stays behind with who leaves (R-CON-06). Raises DomainError."""
    if count:
        words = N_("合同还有 {count} 张服务工单没有办结。请镇（街道）先改派、办结或者撤回，再交移交清单。")
        raise DomainError(words, clause=RULE, count=count)


def is_gone(next_status: str | None) -> bool:
    """Whether the contract that was to go on has ended meanwhile."""
    return next_status in ("terminated", "rescinded")


def check_next_stands(passings: Iterable[Passing], next_status: str | None) -> None:
    """Nobody is passed to a contract that has ended. Raises DomainError."""
    if needs_next(passings) and is_gone(next_status):
        raise DomainError(
            N_("接续的合同已经终止或者撤销，服务对象不能转过去。请采购人另选接续的合同，或者改由镇（街道）安排。"),
            clause=RULE,
        )


def list_text(reference: str, passings: Iterable[Passing]) -> str:
    """The list as it is signed: one line for each resident in the order of codes."""
    lines = [
        "\t".join(
            (
                p.code, p.outcome or "", p.consent or "", p.consented_on.isoformat() if p.consented_on else "",
                p.visited_on.isoformat() if p.visited_on else "", p.note,
            )
        )
        for p in sorted(passings, key=lambda each: each.code)
    ]  # fmt: skip
    return "\n".join([reference, *lines])


def list_hash(text: str) -> str:
    """The SHA-256 of the list that all sides sign."""
    return hashlib.sha256(text.encode()).hexdigest()


def parties(handover: Mapping[str, Any], residents: Iterable[Mapping[str, Any]]) -> set[tuple[Party, UUID]]:
    """Everybody whose name belongs under the list.

    The next provider confirms only when somebody goes to it and it is another one.
    """
    found = {(Party.OUTGOING, handover["outgoing"])}
    for resident in residents:
        found.add((Party.TOWN, resident["town"]))
        if resident["outcome"] == Outcome.NEXT and handover["incoming"] not in (None, handover["outgoing"]):
            found.add((Party.INCOMING, handover["incoming"]))
    return found


def visible_residents(
    handover: Mapping[str, Any], residents: Sequence[Mapping[str, Any]], office: UUID | None, *, sees_all: bool
) -> list[Mapping[str, Any]] | None:
    """The lines an office may read; None where the handover is none of its business.

    The next provider reads those who agreed and come to it, a town its own, both once the list is sent.
    """
    if sees_all or office in (handover["buyer"], handover["outgoing"]):
        return list(residents)
    if handover["status"] == HandoverStatus.PREPARING:
        return None
    if office is not None and office == handover["incoming"]:
        theirs = [r for r in residents if r["outcome"] == Outcome.NEXT]
    else:
        theirs = [r for r in residents if r["town"] == office]
    return theirs or None
