"""The account a worker's subsidy is paid to: stated by one person, looked at by another, read by nobody. Pure."""

from __future__ import annotations

from enum import StrEnum

from contracts.subsidies.scheme_rules import RULE_TWO_PERSONS
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions

# the encrypted columns
STATED, SENT = "pay_account.number", "subsidy_payment.bank_account"


class AccountStatus(StrEnum):
    """Where an account that was stated stands."""

    STATED = "stated"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REPLACED = "replaced"


ACCOUNT_LABELS: dict[AccountStatus, tuple[str, str]] = {
    AccountStatus.STATED: (N_("等待财政局核对"), "waiting"),
    AccountStatus.CONFIRMED: (N_("已核对，发放时使用"), "done"),
    AccountStatus.REFUSED: (N_("没有通过核对"), "refused"),
    AccountStatus.REPLACED: (N_("已由新的账号代替"), "neutral"),
}
ACCOUNT_TRANSITIONS: Transitions[AccountStatus] = {
    AccountStatus.STATED: frozenset({AccountStatus.CONFIRMED, AccountStatus.REFUSED, AccountStatus.REPLACED}),
    AccountStatus.CONFIRMED: frozenset({AccountStatus.REPLACED}),
    AccountStatus.REFUSED: frozenset(),
    AccountStatus.REPLACED: frozenset(),
}


def check_second_look(person: object, stated_by: object, of_person: object) -> None:
    """Neither who stated an account nor whose it is confirms it. Raises Forbidden (R-ROLE-03)."""
    if person in (stated_by, of_person):
        raise Forbidden(N_("账号要由填写人和本人以外的同事核对。"), clause=RULE_TWO_PERSONS)


def check_somebody_is_paid(with_account: int) -> None:
    """A pay file names an account for everybody in it. Raises Conflict where nobody of the run has one."""
    if not with_account:
        raise Conflict(N_("名单里没有一个人有核对过的收款账号，凭证不能生成。请先填写账号，由财政局的另一位同事核对。"))
