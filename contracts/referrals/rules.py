"""What may be sent on to another department, on which basis, and where a referral stands. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from contracts.cases.rules import RULE_PRIVACY, CaseStatus, HelpKind, is_restricted
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.states import Transitions

RULE_REFER = "R-REFER-01"


class ReferralStatus(StrEnum):
    """Where a referral stands."""

    SENT = "sent"
    RECEIVED = "received"
    ANSWERED = "answered"
    EXPIRED = "expired"


REFERRAL_LABELS: dict[ReferralStatus, tuple[str, str]] = {
    ReferralStatus.SENT: (N_("已送出，等待回执"), "waiting"),
    ReferralStatus.RECEIVED: (N_("对方已收到，等待答复"), "running"),
    ReferralStatus.ANSWERED: (N_("已有答复"), "done"),
    ReferralStatus.EXPIRED: (N_("保存期满，没有答复"), "refused"),
}
TRANSITIONS: Transitions[ReferralStatus] = {
    # an answer may come without a receipt before it
    ReferralStatus.SENT: frozenset({ReferralStatus.RECEIVED, ReferralStatus.ANSWERED, ReferralStatus.EXPIRED}),
    ReferralStatus.RECEIVED: frozenset({ReferralStatus.ANSWERED, ReferralStatus.EXPIRED}),
    ReferralStatus.ANSWERED: frozenset(),
    ReferralStatus.EXPIRED: frozenset(),
}
OUTCOME_LABELS: dict[str, str] = {
    "accepted": N_("对方受理"), "not_theirs": N_("不归对方管"), "refused": N_("对方不予办理"),
}  # fmt: skip


class Basis(StrEnum):
    """Why what is sent may be sent."""

    DUTY = "duty"
    CONSENT = "consent"
    EMERGENCY = "emergency"


BASIS_LABELS: dict[Basis, str] = {
    Basis.DUTY: N_("转办申请事项是法定职责（《社会救助法》第六十四条，《个人信息保护法》第十三条第三项）"),
    Basis.CONSENT: N_("本人或者监护人单独同意（《个人信息保护法》第二十三条）"),
    Basis.EMERGENCY: N_("紧急情况下保护生命健康和财产安全（《个人信息保护法》第十三条第四项）"),
}
# what may leave the town at all; the first four say who somebody is
IDENTITY = ("name", "identity_number", "phone", "address")
COLUMN_LABELS: dict[str, str] = {
    "code": N_("服务对象代码"),
    "name": N_("姓名"),
    "identity_number": N_("身份证号码"),
    "phone": N_("联系电话"),
    "address": N_("住址"),
    "village": N_("村（社区）"),
    "help_kind": N_("哪种救助"),
    "recipient_kind": N_("哪类对象"),
}
# who usually has to do with a kind of help
DEPARTMENTS: dict[HelpKind, str] = {
    HelpKind.MEDICAL: "金堂县医疗保障局",
    HelpKind.EDUCATION: "金堂县教育局",
    HelpKind.HOUSING: "金堂县住房和城乡建设局",
    HelpKind.EMPLOYMENT: "金堂县人力资源和社会保障局",
    HelpKind.DISASTER: "金堂县应急管理局",
    HelpKind.ILLNESS: "金堂县卫生健康局",
}
REFERRABLE = frozenset({CaseStatus.OPEN, CaseStatus.GRANTED, CaseStatus.REFUSED})


def column_mistake(columns: Collection[str]) -> Sentence | None:
    """What is wrong with what is to be sent; None where nothing is: the other side must know whom it is about."""
    if not {"code", "name"} & set(columns):
        return say(N_("请至少选代码或者姓名，不然对方不知道是哪一位。"))
    if "identity_number" in columns and "name" not in columns:
        return say(N_("送身份证号码的要同时送姓名。只需要认出个案的，请只送代码。"))
    return None


def needs_consent(basis: str, capacity: str) -> bool:
    """Whether a consent to the referral must stand: as its own basis, and of a guardian but in an emergency."""
    return basis == Basis.CONSENT or (is_restricted(capacity) and basis != Basis.EMERGENCY)


def check_may_send(case: Mapping[str, Any], basis: str, is_consented: bool) -> None:
    """A case that has not ended, with the consent where one is needed. Raises DomainError (R-REFER-01, R-CIV-06)."""
    if case["status"] not in REFERRABLE:
        raise DomainError(N_("个案已经结束，不能再转介。请登记新的个案。"), clause=RULE_REFER)
    if needs_consent(basis, case["capacity"]) and not is_consented:
        words = N_("没有登记“转介其他部门”的单独同意。请先在个案里登记本人或者监护人的同意。")
        raise DomainError(words, clause=RULE_PRIVACY)


def check_may_make_list(referral: Mapping[str, Any], today: date) -> None:
    """The file with what is sent is made while the department works with it. Raises DomainError (R-REFER-01)."""
    if referral["status"] not in (ReferralStatus.SENT, ReferralStatus.RECEIVED) or today > referral["expires_on"]:
        raise DomainError(N_("已经有了答复，或者保存期满，不再生成清单。"), clause=RULE_REFER)


def day_mistake(on: date, sent_on: date, today: date) -> Sentence | None:
    """What is wrong with the day of a receipt or an answer; None where nothing is."""
    if not sent_on <= on <= today:
        return say(N_("日期要在送出以后、不晚于今天。"))
    return None


def is_overdue(referral: Mapping[str, Any], today: date) -> bool:
    """Whether the department has let its days pass (R-REFER-01)."""
    waits = referral["status"] in (ReferralStatus.SENT, ReferralStatus.RECEIVED)
    return waits and bool(today > referral["answer_until"])
