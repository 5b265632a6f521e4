"""What a refusal to sign means for whoever refused, and how it moves. All pure."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.states import Transitions
from vendors.providers.rules import Exclusion

RULE = "R-AWD-03"


class RefusalStatus(StrEnum):
    """Where a refusal stands: stated, or what the buyer decided then."""

    STATED = "stated"
    NEXT_CANDIDATE = "next_candidate"
    REDO = "redo"


R = RefusalStatus
TRANSITIONS: Transitions[RefusalStatus] = {
    R.STATED: frozenset({R.NEXT_CANDIDATE, R.REDO}),
    R.NEXT_CANDIDATE: frozenset(),
    R.REDO: frozenset(),
}
REFUSAL_LABELS: dict[RefusalStatus, tuple[str, str]] = {
    R.STATED: (N_("等待采购人决定"), "waiting"),
    R.NEXT_CANDIDATE: (N_("由下一候选人递补"), "done"),
    R.REDO: (N_("重新采购"), "done"),
}


def refusal_exclusion(listing: str, refusal: str) -> Exclusion:
    """Who won this need before and did not sign takes no part when it is bought again (74 Art. 22)."""
    words = N_("上一次采购（{listing}）成交以后没有签订合同（{refusal}），不得参加对这个项目重新开展的采购活动。")
    return Exclusion(say(words, listing=listing, refusal=refusal), RULE)


def check_still_signs(refused: bool) -> None:
    """Nobody signs what its winner said it would not sign. Raises Conflict."""
    if refused:
        raise Conflict(N_("成交供应商已经书面表示不签订这份合同，等待采购人决定下一步。"), clause=RULE)
