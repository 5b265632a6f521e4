"""The buyer's own chain before finance: which steps an amount needs, whose turn it is, nobody twice. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import holds, number

RULE, RULE_DUTIES = "R-PAY-05", "R-ROLE-03"


class Step(StrEnum):
    """In which capacity somebody of the buyer agrees to a payment, in this order."""

    HANDLER = "handler"
    SECTION = "section"
    DEPUTY = "deputy"
    HEAD = "head"


STEP_LABELS: dict[Step, str] = {
    Step.HANDLER: N_("付款经办人"),
    Step.SECTION: N_("科室负责人"),
    Step.DEPUTY: N_("分管领导"),
    Step.HEAD: N_("主要领导"),
}


def from_amount(step: Step, on: date) -> Decimal | None:
    """From which amount (yuan) a step is needed on a day; None where the county asks for none (R-PAY-05)."""
    key = f"{RULE}/{step}"
    return number(key, on) if step is not Step.HANDLER and holds(key, on) else None


def needed_steps(amount: Decimal, on: date, *, is_accepted: bool) -> tuple[Step, ...]:
    """The steps an amount needs, in order. Whoever accepted the work is its handler; an advance has none yet."""
    limits = {step: limit for step in Step if (limit := from_amount(step, on)) is not None}
    if not limits:
        return ()
    first = () if is_accepted else (Step.HANDLER,)
    return first + tuple(step for step, limit in limits.items() if amount >= limit)


def open_steps(
    amount: Decimal, on: date, done: Collection[str], people: int, *, is_accepted: bool
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps still to take in order, and the last ones that finance takes over for want of people (R-PAY-05).

    `amount`: of all invoices of the same work together. `people`: those of the office who may act and have not yet.
    """
    left = tuple(s for s in needed_steps(amount, on, is_accepted=is_accepted) if s.value not in done)
    return left[:people], left[people:]


def next_step(amount: Decimal, on: date, done: Collection[str], people: int, *, is_accepted: bool) -> Step | None:
    """The step that waits now; None when the paper lies with finance."""
    return next(iter(open_steps(amount, on, done, people, is_accepted=is_accepted)[0]), None)


def check_may_take(person: UUID, step: Step, taken: Collection[UUID], named: Mapping[str, tuple[UUID, str]]) -> None:
    """Nobody acts twice on one payment, and a step that the office gave to somebody is that person's. Raises Forbidden.

    `taken`: who accepted the work and who took a step. `named`: the person of a step in the office's own chain; who
    has acted already is stood in for by a colleague.
    """
    if person in taken:
        raise Forbidden(N_("这笔付款您已经办过一步（验收或者审批），这一步要由另一位同事办理。"), clause=RULE_DUTIES)
    holder, name = named.get(step.value, (person, ""))
    if holder != person and holder not in taken:
        words = N_("“{step}”这一步在本单位由 {person} 办理。请对方办理。")
        raise Forbidden(words, clause=RULE, step=say(STEP_LABELS[step]), person=name)
