"""What a bid states of its price, what the law makes of it, and what the bidder said to that. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from catalogue.scoring.arithmetic import Figures, Mended, mend
from catalogue.scoring.ranking import REASON_WORDS, InvalidOffer
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, Sentence, say

UNCONFIRMED = N_("供应商没有确认按规定修正的报价，响应无效（R-EVAL-08）。")
TOO_LARGE = N_("按规定修正后的报价大得记不下，远远超过预算和最高限价，响应无效（R-BID-06、R-EVAL-08）。")
MEND_FIRST = N_("这份响应的报价前后不一致。请先在“报价核对”页面修正，等供应商确认，再作符合性审查。")
# a price has twelve digits before the point at most, a unit price ten; every budget lies far below
MOST_TOTAL, MOST_UNIT = Decimal("999999999999.99"), Decimal("9999999999.9999")


class State(StrEnum):
    """Where a correction stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    SILENT = "silent"


STATE_LABELS: dict[State, str] = {
    State.WAITING: N_("等供应商确认"),
    State.CONFIRMED: N_("供应商已确认"),
    State.REFUSED: N_("供应商不确认，响应无效"),
    State.SILENT: N_("到时没有确认，响应无效"),
}
STATE_TONES: dict[State, str] = {
    State.WAITING: "waiting", State.CONFIRMED: "done", State.REFUSED: "refused", State.SILENT: "refused",
}  # fmt: skip
# without a confirmation the response is invalid (87 Art 59)
FAILED = (State.REFUSED, State.SILENT)


@dataclass(frozen=True)
class Corrected:
    """A price that was mended, and whether the bidder confirmed it."""

    figures: Figures
    is_confirmed: bool

    @property
    def mended(self) -> Mended:
        """What the law makes of the figures."""
        return mend(self.figures)


@dataclass(frozen=True)
class FoundInPapers:
    """What a member read in the papers of a bid, and where; empty for what stands nowhere. Yuan."""

    in_words: str = ""
    unit_price: Decimal | None = None
    body_total: Decimal | None = None
    place: str = ""
    holds_slipped: bool = False

    @property
    def is_judgement(self) -> bool:
        """More than the sealed form shows to anybody: what the panel holds, not what one member does."""
        return self.says_something or self.holds_slipped

    @property
    def same_as(self) -> tuple[str, Decimal | None, Decimal | None, bool]:
        """What two members must have in common to agree; where each looked it up may differ."""
        return (self.in_words.strip(), self.unit_price, self.body_total, self.holds_slipped)

    @property
    def says_something(self) -> bool:
        """Whether anything was read."""
        return bool(self.in_words or self.body_total is not None or self.unit_price is not None)


def reason_against_total(mended: Mended) -> str:
    """Why figures make a bid invalid by themselves, or nothing: none above zero, or more than can be written down.

    Confirmed or refused it would be invalid all the same, so that nobody has to wait for an answer (R-BID-06).
    """
    if mended.total <= 0:
        return REASON_WORDS[InvalidOffer.NOT_POSITIVE]
    if mended.total > MOST_TOTAL or (mended.unit_price is not None and mended.unit_price > MOST_UNIT):
        return TOO_LARGE
    return ""


def is_majority(agreeing: int, members: int) -> bool:
    """More than half of the members (87 Art 61)."""
    return 2 * agreeing > members


def with_papers(stated: Figures, found: FoundInPapers) -> Figures:
    """What is read in the papers stands where the sealed form left a gap; the sealed form is not overwritten."""
    return Figures(
        stated.total, stated.quantity, stated.in_words or found.in_words.strip(),
        stated.unit_price if stated.unit_price is not None else found.unit_price,
        stated.body_total if stated.body_total is not None else found.body_total, found.holds_slipped,
    )  # fmt: skip


def check_question(figures: Figures, found: FoundInPapers, minutes: int, least: int) -> Mended:
    """What the bidder is asked to confirm.

    Raises FormRefused for too short a time, where nothing differs, or nobody says where it stands.
    """
    wrong: dict[str, Sentence] = {}
    if found.says_something and not found.place.strip():
        wrong["place"] = say(N_("请写明在哪一份文件的哪一页。"))
    if minutes < least:
        wrong["minutes"] = say(N_("确认的时间至少 {least} 分钟。"), least=least)
    mended = mend(figures)
    if not mended.steps:
        wrong["in_words" if found.in_words else "body_total"] = say(N_("这些数字前后一致，没有需要修正的。"))
    elif reason_against_total(mended):
        wrong["unit_price"] = say(N_("照这些数字修正，报价不大于 0，或者大得记不下。请对照文件再读一遍。"))
    if wrong:
        raise FormRefused(wrong)
    return mended
