"""What is looked for when work seems to be paid twice, and what an officer may find of it (R-SOCW-05, R-HOUR-05)."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions


class DoubleKind(StrEnum):
    """Why work seems to be paid twice."""

    SAME_MINUTE = "same_minute"
    PRICE_SUBSIDY = "price_subsidy"
    TWO_PROVIDERS = "two_providers"
    LONG_DAY = "long_day"


KIND_LABELS: dict[DoubleKind, str] = {
    DoubleKind.SAME_MINUTE: N_("同一分钟记了两次"),
    DoubleKind.PRICE_SUBSIDY: N_("同一次服务既付合同价款又领补贴"),
    DoubleKind.TWO_PROVIDERS: N_("同一对象同一天有两家机构服务"),
    DoubleKind.LONG_DAY: N_("一天超过 24 小时"),
}
KIND_CLAUSES: dict[DoubleKind, str] = {
    DoubleKind.SAME_MINUTE: "R-HOUR-05",
    DoubleKind.PRICE_SUBSIDY: "R-SOCW-05",
    DoubleKind.TWO_PROVIDERS: "R-HOUR-05",
    DoubleKind.LONG_DAY: "R-HOUR-05",
}


class DoubleStatus(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    DOUBLE = "double"
    SINGLE = "single"


DOUBLE_LABELS: dict[DoubleStatus, tuple[str, str]] = {
    DoubleStatus.OPEN: (N_("等待核查"), "waiting"),
    DoubleStatus.DOUBLE: (N_("认定重复"), "refused"),
    DoubleStatus.SINGLE: (N_("认定不重复"), "done"),
}
DOUBLE_TRANSITIONS: Transitions[DoubleStatus] = {
    DoubleStatus.OPEN: frozenset({DoubleStatus.DOUBLE, DoubleStatus.SINGLE}),
    DoubleStatus.DOUBLE: frozenset(),
    DoubleStatus.SINGLE: frozenset(),
}
