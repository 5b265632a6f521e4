"""Where a service order stands and how it moves: a case's page shows it too. Pure."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions


class OrderStatus(StrEnum):
    """Where a service order stands."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    CLOSED = "closed"
    CANCELLED = "cancelled"


ORDER_LABELS: dict[OrderStatus, tuple[str, str]] = {
    OrderStatus.ASKED: (N_("等待供应商答复"), "waiting"),
    OrderStatus.ACCEPTED: (N_("服务中"), "running"),
    OrderStatus.DECLINED: (N_("供应商谢绝，等待改派"), "refused"),
    OrderStatus.DONE: (N_("供应商报告完成，等待办结"), "waiting"),
    OrderStatus.CLOSED: (N_("已办结"), "done"),
    OrderStatus.CANCELLED: (N_("已撤回"), "neutral"),
}
TRANSITIONS: Transitions[OrderStatus] = {
    OrderStatus.ASKED: frozenset({OrderStatus.ACCEPTED, OrderStatus.DECLINED, OrderStatus.CANCELLED}),
    # asked again of another provider, or of the same one
    OrderStatus.DECLINED: frozenset({OrderStatus.ASKED, OrderStatus.CANCELLED}),
    OrderStatus.ACCEPTED: frozenset({OrderStatus.DONE, OrderStatus.ASKED, OrderStatus.CLOSED, OrderStatus.CANCELLED}),
    # the town finds something missing
    OrderStatus.DONE: frozenset({OrderStatus.CLOSED, OrderStatus.ACCEPTED}),
    OrderStatus.CLOSED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
