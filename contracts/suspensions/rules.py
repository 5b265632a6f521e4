"""When a contract rests, what may be recorded meanwhile, and by when a rest without an end is looked at again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE, RULE_REVIEW = "R-CON-07", "R-CON-07/review"


class SuspensionStatus(StrEnum):
    """Where a suspension stands."""

    STANDING = "standing"
    RESUMED = "resumed"
    RUN_OUT = "run_out"
    ENDED = "ended"


SUSPENSION_LABELS: dict[SuspensionStatus, tuple[str, str]] = {
    SuspensionStatus.STANDING: (N_("中止履行"), "waiting"),
    SuspensionStatus.RESUMED: (N_("已恢复履行"), "done"),
    SuspensionStatus.RUN_OUT: (N_("期满，已恢复履行"), "done"),
    SuspensionStatus.ENDED: (N_("随合同结束"), "neutral"),
}

TRANSITIONS: Transitions[SuspensionStatus] = {
    SuspensionStatus.STANDING: frozenset(
        {SuspensionStatus.RESUMED, SuspensionStatus.RUN_OUT, SuspensionStatus.ENDED}
    ),
    SuspensionStatus.RESUMED: frozenset(),
    SuspensionStatus.RUN_OUT: frozenset(),
    SuspensionStatus.ENDED: frozenset(),
}


@dataclass(frozen=True)
class Rest:
    """What two sides, or the buyer on a lawful ground, agree on: the days, and how residents are looked after."""

    from_on: date
    to_on: date | None
    review_on: date | None
    care: str
    visits_go_on: bool = False


def latest_review(since: date) -> date:
    """By when a suspension without an agreed end is looked at again (R-CON-07)."""
    return since + timedelta(days=int(number(RULE_REVIEW, since)))


def check_rest(form: Bound, rest: Rest, today: date, service_to: date) -> None:
    """It begins today or later, ends within the term, or has a day of review: mistakes go beside their fields."""
    if rest.from_on < today:
        form.refuse("from_on", N_("中止从今天或者以后的一天开始，不能倒填。请改日期。"))
    if rest.from_on > service_to:
        form.refuse("from_on", N_("服务期到 {day}为止，之后不用中止。请改日期。"), day=Day(service_to))
    if rest.to_on is None and rest.review_on is None:
        form.refuse("to_on", N_("请填中止到哪一天；现在定不下来的，请填复核日期。"))
    if rest.to_on is not None and rest.review_on is not None:
        form.refuse("review_on", N_("有截止日的不用填复核日期。请只填一个。"))
    if rest.to_on is not None and rest.to_on < rest.from_on:
        form.refuse("to_on", N_("截止日早于开始日。请检查两个日期。"))
    elif rest.to_on is not None and rest.to_on > service_to:
        words = N_("中止不延长合同：最迟到服务期满的 {day}。请改日期。")
        form.refuse("to_on", words, day=Day(service_to))
    if rest.review_on is not None and rest.to_on is None:
        check_review_day(form, rest.from_on, rest.review_on)


def check_review_day(form: Bound, since: date, review_on: date) -> None:
    """A rest without an end is never out of sight for longer than the rule allows (R-CON-07)."""
    last = latest_review(since)
    if review_on <= since:
        form.refuse("review_on", N_("复核日期要在 {day}以后。请改日期。"), day=Day(since))
    elif review_on > last:
        form.refuse("review_on", N_("没有截止日的中止，最迟在 {day}复核。请改日期。"), day=Day(last))


def rests_on(suspension: Mapping[str, Any], day: date) -> bool:
    """Whether a suspension covers a day; the day on which it was ended is served again."""
    if day < suspension["from_on"]:
        return False
    if suspension["ended_on"] is not None:
        return bool(day < suspension["ended_on"])
    return suspension["to_on"] is None or bool(day <= suspension["to_on"])


def covering(suspensions: Iterable[Mapping[str, Any]], day: date) -> Mapping[str, Any] | None:
    """The suspension that covers a day, if one does."""
    return next((each for each in suspensions if rests_on(each, day)), None)


def check_may_serve(form: Bound, suspensions: Iterable[Mapping[str, Any]], day: date, reason: str) -> None:
    """While a contract rests nothing is recorded, but necessary care that it lets go on, with its reason (R-CON-07)."""
    found = covering(suspensions, day)
    if found is None:
        return
    if not found["visits_go_on"]:
        words = N_("合同从 {day}起中止履行（{amendment}），这一天不能记录服务。请核对日期；有急需的，请联系采购人。")
        form.refuse("day", words, day=Day(found["from_on"]), amendment=found["amendment"])
    elif not reason.strip():
        words = N_("这一天合同中止履行，只有必要的照料可以记录。请在“做了什么”里写明为什么必须上门。")
        form.refuse("note", words)
