"""Duties that never meet in one person for one listing: one table, read by every service that takes one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from itertools import combinations

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, say


class Duty(StrEnum):
    """What somebody does for a listing."""

    DRAFTING = "drafting"
    APPROVING = "approving"
    SCORING = "scoring"
    ACCEPTING = "accepting"
    PAYING = "paying"
    COMPLAINTS = "complaints"


DUTY_LABELS: Mapping[Duty, str] = {
    Duty.DRAFTING: N_("起草"),
    Duty.APPROVING: N_("复核发布"),
    Duty.SCORING: N_("评审打分"),
    Duty.ACCEPTING: N_("验收"),
    Duty.PAYING: N_("审核付款"),
    Duty.COMPLAINTS: N_("处理投诉"),
}
# finance pays, supervises and decides complaints, so it takes no part in the purchase itself
_SUPERVISING = {Duty.PAYING, Duty.COMPLAINTS}
APART: Mapping[frozenset[Duty], str] = {
    frozenset(pair): "R-ROLE-03" if not _SUPERVISING.intersection(pair) or _SUPERVISING.issuperset(pair)
    or Duty.ACCEPTING in pair else "R-ROLE-02"
    for pair in combinations(Duty, 2)
}  # fmt: skip


def check_duties_apart(held: Collection[Duty], duty: Duty) -> None:
    """Nobody takes two of these duties for one listing. Raises Forbidden naming the rule."""
    for other in sorted(held):
        clause = APART.get(frozenset({duty, other}))
        if clause:
            raise Forbidden(
                N_("您在这个项目里已经办过“{other}”，不能再办“{duty}”。请换一位同事。"),
                clause=clause, other=say(DUTY_LABELS[other]), duty=say(DUTY_LABELS[duty]),
            )  # fmt: skip
