"""What may follow a line: an objection with its answer, money that has to come back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from contracts.subsidies.rules import RULE_CONDITIONS, RunStatus
from contracts.subsidies.scheme_rules import RULE_TWO_PERSONS
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions


class ObjectionStatus(StrEnum):
    """Where an objection stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OBJECTION_LABELS: dict[ObjectionStatus, tuple[str, str]] = {
    ObjectionStatus.OPEN: (N_("有异议，等待答复"), "waiting"),
    ObjectionStatus.UPHELD: (N_("异议成立"), "done"),
    ObjectionStatus.REJECTED: (N_("异议不成立"), "neutral"),
    ObjectionStatus.WITHDRAWN: (N_("异议已撤回"), "neutral"),
}
OBJECTION_TRANSITIONS: Transitions[ObjectionStatus] = {
    ObjectionStatus.OPEN: frozenset(
        {ObjectionStatus.UPHELD, ObjectionStatus.REJECTED, ObjectionStatus.WITHDRAWN}
    ),
    ObjectionStatus.UPHELD: frozenset(),
    ObjectionStatus.REJECTED: frozenset(),
    ObjectionStatus.WITHDRAWN: frozenset(),
}


class RecoveryStatus(StrEnum):
    """Where the recovery of an amount stands."""

    PROPOSED = "proposed"
    ORDERED = "ordered"
    REFUSED = "refused"
    RETURNED = "returned"
    LIFTED = "lifted"


RECOVERY_LABELS: dict[RecoveryStatus, tuple[str, str]] = {
    RecoveryStatus.PROPOSED: (N_("提出追回，等待财政决定"), "waiting"),
    RecoveryStatus.ORDERED: (N_("决定追回，等待退款"), "running"),
    RecoveryStatus.REFUSED: (N_("决定不追回"), "neutral"),
    RecoveryStatus.RETURNED: (N_("已退回"), "done"),
    RecoveryStatus.LIFTED: (N_("追回决定已撤销"), "neutral"),
}
RECOVERY_TRANSITIONS: Transitions[RecoveryStatus] = {
    RecoveryStatus.PROPOSED: frozenset({RecoveryStatus.ORDERED, RecoveryStatus.REFUSED}),
    RecoveryStatus.ORDERED: frozenset({RecoveryStatus.RETURNED, RecoveryStatus.LIFTED}),
    RecoveryStatus.REFUSED: frozenset(),
    RecoveryStatus.RETURNED: frozenset({RecoveryStatus.LIFTED}),
    RecoveryStatus.LIFTED: frozenset(),
}


def check_answerer(person_id: object, run_by: object) -> None:
    """Who computed a line does not answer the objection to it. Raises Forbidden (R-ROLE-03)."""
    if person_id == run_by:
        raise Forbidden(N_("这一次计算由您完成，异议要由另一位同事答复。"), clause=RULE_TWO_PERSONS)


def check_no_open_objection(count: int) -> None:
    """A month with an unanswered objection is not frozen. Raises Conflict (R-SOCW-05)."""
    if count:
        raise Conflict(N_("还有 {count} 件异议没有答复。请民政局先答复，再审核。"), clause=RULE_CONDITIONS, count=count)


def check_may_be_objected(run_status: str) -> None:
    """What others say of a line is heard until the list is frozen. Raises Conflict (R-SOCW-05)."""
    if run_status not in (RunStatus.COMPUTED, RunStatus.PUBLIC):
        raise Conflict(N_("这份名单已经审核冻结。多发的请提出追回，少发的在下一次补发。"), clause=RULE_CONDITIONS)


def left_to_recover(line_amount: Decimal, asked_before: Decimal, stands: Decimal) -> Decimal:
    """How much of a line (yuan) may still be asked back: what later runs deducted for its month is back already."""
    return max(min(line_amount - asked_before, stands), Decimal(0))


def check_recoverable(run_status: str, left: Decimal, amount: Decimal) -> None:
    """Only what was paid comes back, and not twice. Raises Conflict before it is paid, DomainError for too much."""
    if run_status != RunStatus.PAID:
        raise Conflict(N_("这个月还没有发放，没有可以追回的。事实有错的，请更正以后重新计算。"))
    if amount > left:
        raise DomainError(
            N_("最多可以追回 {left} 元：发放的金额减去已经提出追回的，和以后扣回的。"), left=f"{left:.2f}"
        )


def check_was_received(payment_status: str | None) -> None:
    """What never arrived does not come back. Raises Conflict."""
    if payment_status == "returned":
        raise Conflict(N_("国库已经把这一笔退回，本人没有收到，不用追回。下一次计算会重新发放。"))
    if payment_status == "held":
        raise Conflict(N_("这一笔没有核对过的收款账号，还没有发放，不用追回。事实有错的，请更正以后再计算。"))


def check_lifter(person_id: object, proposed_by: object) -> None:
    """Who asked for money back does not say that it need not come back. Raises Forbidden (R-ROLE-03)."""
    if person_id == proposed_by:
        raise Forbidden(N_("追回由您提出，要由另一位同事撤销决定。"), clause=RULE_TWO_PERSONS)


def check_not_overtaken(names: Sequence[str]) -> None:
    """A run whose adjustments rest on what changed since is not frozen. Raises Conflict (R-SOCW-05)."""
    if names:
        raise Conflict(
            N_("计算以后，这些人以前月份的补贴有了追回、撤销追回或者退回：{names}。请重新计算。"),
            clause=RULE_CONDITIONS, names="、".join(names),
        )  # fmt: skip


def check_decider(person_id: object, proposed_by: object) -> None:
    """Who asks for money back does not decide it. Raises Forbidden (R-ROLE-03)."""
    if person_id == proposed_by:
        raise Forbidden(N_("追回由您提出，要由另一位同事决定。"), clause=RULE_TWO_PERSONS)
