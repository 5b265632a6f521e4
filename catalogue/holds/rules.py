"""What a hold stops and how long: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, Sentence, say

LONGEST = "R-TIME-27"


class Ground(StrEnum):
    """What holds a procurement."""

    CHALLENGE = "challenge"
    INQUIRY = "inquiry"
    FINANCE_ORDER = "finance_order"
    RE_EVALUATION = "re_evaluation"


class Held(StrEnum):
    """An act that a hold may stop."""

    OPENING = "opening"
    JUDGING = "judging"
    AWARDING = "awarding"
    SIGNING = "signing"
    PERFORMING = "performing"


GROUND_LABELS: dict[Ground, str] = {
    Ground.CHALLENGE: N_("质疑正在处理"),
    Ground.INQUIRY: N_("询问可能影响结果，正在处理"),
    Ground.FINANCE_ORDER: N_("财政部门通知暂停"),
    Ground.RE_EVALUATION: N_("因质疑正在重新评审"),
}
CLAUSES: dict[Ground, str] = {
    Ground.CHALLENGE: "R-DISP-06", Ground.INQUIRY: "R-DISP-06", Ground.FINANCE_ORDER: LONGEST,
    Ground.RE_EVALUATION: "R-REEV-01",
}  # fmt: skip
# a challenge or an inquiry stops signing and performance only; finance's order stops the whole procurement
STOPS: dict[Ground, frozenset[Held]] = {
    Ground.CHALLENGE: frozenset({Held.SIGNING, Held.PERFORMING}),
    Ground.INQUIRY: frozenset({Held.SIGNING, Held.PERFORMING}),
    Ground.FINANCE_ORDER: frozenset(Held),
    Ground.RE_EVALUATION: frozenset({Held.SIGNING, Held.PERFORMING}),
}


def is_standing(hold: Mapping[str, Any], today: date) -> bool:
    """Whether it still holds; an order holds through its last day."""
    return hold["ended_at"] is None and (hold["until"] is None or today <= hold["until"])


def check_may_go_on(holds: Sequence[Mapping[str, Any]], act: Held, now: datetime) -> None:
    """Raises Conflict naming what holds the act, until when, and where it goes on."""
    for hold in holds:
        ground = Ground(hold["ground"])
        if act not in STOPS[ground] or not is_standing(hold, county_day(now)):
            continue
        if ground == Ground.FINANCE_ORDER:
            raise Conflict(
                N_("财政部门因投诉 {subject} 通知暂停采购活动，到 {until} 为止。请在恢复以后再办理。"),
                clause=LONGEST, subject=hold["subject"], until=day_words(hold["until"]),
            )  # fmt: skip
        if ground == Ground.INQUIRY:
            words = N_("询问（{number}）可能影响结果，暂停签订和履行合同。请采购人处理以后写明情况再继续。")
            raise Conflict(words, clause=CLAUSES[ground], number=hold["document_number"])
        if ground == Ground.RE_EVALUATION:
            words = N_("因质疑正在重新评审（{subject}），暂停签订和履行合同。请等重新评审结束。")
            raise Conflict(words, clause=CLAUSES[ground], subject=hold["subject"])
        raise Conflict(
            N_("质疑 {subject} 还没有答复，暂停签订和履行合同。请先答复质疑，或者由采购人写明它不影响结果。"),
            clause=CLAUSES[ground], subject=hold["subject"],
        )  # fmt: skip


def order_mistakes(until: date, document_number: str, now: datetime) -> dict[str, Sentence]:
    """An order ends after today and within what the law allows, and has a number (R-TIME-27)."""
    found: dict[str, Sentence] = {}
    today, longest = county_day(now), compute(LONGEST, county_day(now)).safe_date
    if not today < until <= longest:
        words = N_("暂停从明天起算，最长到 {day}。请改一个日期。")
        found["until"] = say(words, day=day_words(longest))
    if not document_number.strip():
        found["document_number"] = say(N_("请填写财政部门通知的文号。"))
    return found
