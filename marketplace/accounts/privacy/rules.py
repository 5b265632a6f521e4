"""Who keeps which data, where a person's wish for a correction stands, and when it must be answered. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_

ANSWER_BY = "R-CIV-06/correction"


class RequestStatus(StrEnum):
    """Where a wish for a correction stands."""

    WAITING = "waiting"
    CORRECTED = "corrected"
    REFUSED = "refused"


TRANSITIONS: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.WAITING: frozenset({RequestStatus.CORRECTED, RequestStatus.REFUSED}),
    RequestStatus.CORRECTED: frozenset(),
    RequestStatus.REFUSED: frozenset(),
}
STATUS_WORDS: dict[RequestStatus, tuple[str, str]] = {
    RequestStatus.WAITING: (N_("等待答复"), "waiting"),
    RequestStatus.CORRECTED: (N_("已更正"), "done"),
    RequestStatus.REFUSED: (N_("没有更正"), "refused"),
}
# what may be wrong, in the order it is asked, and whose office keeps it
ABOUT_LABELS: dict[str, str] = {
    "account": N_("账号：姓名、用户名、邮箱"),
    "roles": N_("岗位和所在单位"),
    "provider": N_("供应商的登记资料"),
    "worker": N_("社会工作者的档案和补贴"),
    "credit": N_("信用记录"),
    "payment": N_("收款和付款"),
    "other": N_("其他"),
}
KEEPERS: Mapping[str, Permission] = {
    "account": Permission.MANAGE_ACCOUNTS,
    "roles": Permission.MANAGE_ACCOUNTS,
    "provider": Permission.CHECK_PROVIDERS,
    "worker": Permission.RUN_SUBSIDIES,
    "credit": Permission.RECORD_CREDIT,
    "payment": Permission.APPROVE_PAYMENT,
    "other": Permission.MANAGE_ACCOUNTS,
}


def answer_by(asked_at: datetime) -> date:
    """The last day for the answer (R-CIV-06)."""
    return compute(ANSWER_BY, asked_at).date
