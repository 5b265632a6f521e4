"""How the state of a promise is said: a word and a tone, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.promises.approval import STEP_LABELS, next_step
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day

STATE_WORDS: dict[str, tuple[str, str]] = {
    "late": (N_("逾期 {late} 天"), "refused"),
    "soon": (N_("快到期，还有 {left} 天"), "waiting"),
    "open": (N_("付款期限内"), "running"),
    "paid": (N_("按期付款"), "done"),
    "paid_late": (N_("已付款，逾期 {late} 天"), "refused"),
}
FILTERS: dict[str, str] = {"late": N_("已逾期"), "soon": N_("快到期"), "open": N_("全部未付")}
# where the paper lies, by the state of its payment
WHERE_WORDS: dict[str, str] = {
    "": N_("财政部门，等待审核（{day}收到）"),
    "approved": N_("财政部门，已审核，等待生成国库凭证（{day}审核）"),
    "unreleased": N_("财政部门，国库凭证等待另一位同事复核签发（{day}生成）"),
    "sent": N_("国库，等待付款（{day}送出）"),
    "paid": N_("已经付款（{day}）"),
}


def where_of(promise: Mapping[str, Any]) -> Sentence:
    """Where the paper lies now and since when; the provider need not ask."""
    status = promise["payment_status"] or ""
    if status == "sent" and promise["released_at"] is None:
        status = "unreleased"  # the file has not left finance (R-ROLE-03)
    step = None if status else next_step(
        promise["chain_amount"], promise["received_on"], promise["steps_done"], promise["free_people"],
        is_accepted=not promise["is_advance"],
    )  # fmt: skip
    if step:
        words = N_("采购人，等待{step}审批（{day}收到发票）")
        return say(words, step=say(STEP_LABELS[step]), day=Day(promise["received_on"]))
    since = {"": "received_at", "approved": "approved_at", "unreleased": "made_at", "sent": "sent_at"}.get(status)
    return say(WHERE_WORDS[status], day=Day(county_day(promise[since]) if since else promise["paid_on"]))


def state_of(promise: Mapping[str, Any]) -> Sentence:
    """The state of a promise in words, with its days."""
    return say(STATE_WORDS[promise["state"]][0], late=promise["days_late"], left=promise["days_left"])


def tone_of(promise: Mapping[str, Any]) -> str:
    """The tone of its badge: red when late, amber when soon due."""
    return STATE_WORDS[promise["state"]][1]
