"""How the money of a line may be changed, and who decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.formats import money
from marketplace.kernel.i18n import N_


class ChangeKind(StrEnum):
    """What is asked for."""

    SUPPLEMENT = "supplement"
    TAKE_BACK = "take_back"
    TRANSFER = "transfer"
    CARRY_OVER = "carry_over"


class ChangeStatus(StrEnum):
    """Where a change stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


CHANGE_TRANSITIONS: Mapping[ChangeStatus, frozenset[ChangeStatus]] = {
    ChangeStatus.PROPOSED: frozenset({ChangeStatus.APPROVED, ChangeStatus.REFUSED}),
    ChangeStatus.APPROVED: frozenset(),
    ChangeStatus.REFUSED: frozenset(),
}

KIND_LABELS: dict[ChangeKind, str] = {
    ChangeKind.SUPPLEMENT: N_("追加额度"),
    ChangeKind.TAKE_BACK: N_("收回额度"),
    ChangeKind.TRANSFER: N_("调剂到另一条预算"),
    ChangeKind.CARRY_OVER: N_("结转到下一年度"),
}
STATUS_LABELS: dict[ChangeStatus, str] = {
    ChangeStatus.PROPOSED: N_("等待另一人复核"),
    ChangeStatus.APPROVED: N_("已生效"),
    ChangeStatus.REFUSED: N_("没有同意"),
}
STATUS_TONES = {ChangeStatus.PROPOSED: "waiting", ChangeStatus.APPROVED: "done", ChangeStatus.REFUSED: "refused"}


@dataclass(frozen=True)
class LineOfChange:
    """What the rules need of a line: its year and what is free. Yuan."""

    id: UUID
    year: int
    free: Decimal


def check_change(kind: ChangeKind, amount: Decimal, line: LineOfChange, to_line: LineOfChange | None) -> None:
    """Only free money leaves a line, and a transfer stays within its year. Raises Conflict."""
    if kind != ChangeKind.SUPPLEMENT and amount > line.free:
        raise Conflict(
            N_("这条预算可用的只有 {free}，占用和已付的不能动。请把金额改到可用额度以内。"), free=money(line.free)
        )
    if kind == ChangeKind.TRANSFER:
        if to_line is None or to_line.id == line.id:
            raise Conflict(N_("请选另一条预算作为调入方。"))
        if to_line.year != line.year:
            raise Conflict(N_("调剂只在同一年度的预算之间。跨年度的请用“结转到下一年度”。"))


def check_may_decide(actor: Actor, proposed_by: UUID) -> None:
    """Who decides is not who asked (R-ROLE-03). Raises Forbidden."""
    actor.check_may(Permission.ALLOT_BUDGET)
    if actor.person_id == proposed_by:
        raise Forbidden(N_("这次调整是您提出的，不能由您复核。请财政局另一位同事复核。"), clause="R-ROLE-03")
