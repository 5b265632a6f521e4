"""Who lets a voucher file leave the house. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.billing.rules import RULE_DUTIES
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_


def check_may_release(voucher: Mapping[str, Any], person: UUID) -> None:
    """Another person than who made the file looks it through (R-ROLE-03). Raises Forbidden, Conflict."""
    if voucher["withdrawn_at"]:
        raise Conflict(N_("这份国库凭证已经撤回，不能签发。其中的付款等待生成新的凭证。"))
    if voucher["made_by"] == person:
        raise Forbidden(N_("这份国库凭证由您生成，要由财政的另一位同事复核签发。"), clause=RULE_DUTIES)


def check_may_withdraw(voucher: Mapping[str, Any]) -> None:
    """A file that left the house is not taken back: the treasury answers it. Raises Conflict."""
    if voucher["withdrawn_at"]:
        raise Conflict(N_("这份国库凭证已经撤回。请刷新页面，再看下一步。"))
    if voucher["released_at"]:
        raise Conflict(N_("这份国库凭证已经签发送国库，不能撤回。国库退回的付款再生成新的凭证。"))


def check_may_take_whole(voucher: Mapping[str, Any]) -> None:
    """Whole accounts are given while the treasury has something of the file to pay. Raises DomainError, Conflict.

    `voucher`: released_at, withdrawn_at, and how many of its lines wait for the treasury's answer (`waiting`).
    """
    if voucher["withdrawn_at"]:
        raise Conflict(N_("这份国库凭证已经撤回，不能送国库。其中的付款等待生成新的凭证。"))
    check_is_released(voucher["released_at"])
    if not voucher["waiting"]:
        raise Conflict(
            N_("国库已经答复了这份凭证里的每一笔付款，不再给出带完整账号的文件。国库退回的，请生成新的凭证。")
        )


def check_is_released(released_at: object) -> None:
    """Nothing of a file counts as paid, and the file is given to nobody, before it is released. Raises DomainError."""
    if released_at is None:
        words = N_("这份国库凭证还没有由财政的另一位同事复核签发。请先请同事在付款页复核签发。")
        raise DomainError(words, clause=RULE_DUTIES)
