"""How the state of a promise is said: a word and a tone, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.holds.rules import GROUND_LABELS
from marketplace.kernel.i18n import N_, Sentence, say

STATE_WORDS: dict[str, tuple[str, str]] = {
    "late": (N_("逾期 {late} 天"), "refused"),
    "soon": (N_("快到期，还有 {left} 天"), "waiting"),
    "open": (N_("付款期限内"), "running"),
    "paid": (N_("按期付款"), "done"),
    "paid_late": (N_("已付款，逾期 {late} 天"), "refused"),
}
FILTERS: dict[str, str] = {"late": N_("已逾期"), "soon": N_("快到期"), "open": N_("全部未付")}
STOP_WORDS: dict[str, str] = {
    **{ground.value: words for ground, words in GROUND_LABELS.items()},
    "sent_back": N_("发票退回，等待重新提交"),
}


def state_of(promise: Mapping[str, Any]) -> Sentence:
    """The state of a promise in words, with its days."""
    return say(STATE_WORDS[promise["state"]][0], late=promise["days_late"], left=promise["days_left"])


def tone_of(promise: Mapping[str, Any]) -> str:
    """The tone of its badge: red when late, amber when soon due."""
    return STATE_WORDS[promise["state"]][1]
