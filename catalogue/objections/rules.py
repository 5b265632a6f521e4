"""Until when anybody may object to a single source, and what must be settled before the result. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from catalogue.listings.method_choice import needs_publicity
from catalogue.listings.methods import row_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute, day_words
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, Sentence, say

REARGUE = "R-METH-08/reargue"


class Outcome(StrEnum):
    """What came of an objection."""

    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


O = Outcome  # noqa: E741 - as short as the other tables of states
TRANSITIONS: Mapping[Outcome, frozenset[Outcome]] = {
    O.OPEN: frozenset({O.UPHELD, O.NOT_UPHELD}),
    O.UPHELD: frozenset(),
    O.NOT_UPHELD: frozenset(),
}
OUTCOME_LABELS: dict[Outcome, str] = {
    O.OPEN: N_("等待补充论证"),
    O.UPHELD: N_("异议成立"),
    O.NOT_UPHELD: N_("异议不成立"),
}


@dataclass(frozen=True)
class NewObjection:
    """An objection as it came in; `sent_on` is the day on the postmark where it came by post."""

    objector: str
    text: str
    sent_on: date
    email: str = ""


@dataclass(frozen=True)
class Reargument:
    """What the experts found once more, and the answer that goes out."""

    argued_on: date
    experts: str
    opinion: str
    answer: str
    outcome: Outcome


def has_publicity(listing: Mapping[str, Any], ground: str) -> bool:
    """Whether the intent stands open for objections (only supplier above the threshold)."""
    return needs_publicity(row_of(listing), listing["budget"], frozenset({ground}), listing["rules_on"])


def publicity_ends(listing: Mapping[str, Any]) -> Deadline:
    """The last day of the publicity: so many working days after the notice."""
    return compute(row_of(listing).publicity, county_day(listing["published_at"]), on=listing["rules_on"])


def reargue_by(listing: Mapping[str, Any]) -> Deadline:
    """By when objections are argued once more: so many working days after the publicity."""
    return compute(REARGUE, publicity_ends(listing).date, on=listing["rules_on"])


def objection_mistakes(listing: Mapping[str, Any], new: NewObjection, today: date) -> dict[str, Sentence]:
    """Sent in the time of the publicity; what was posted before its end is in time (R-CAL-05)."""
    first, last = county_day(listing["published_at"]), publicity_ends(listing).date
    if new.sent_on > today:
        return {"sent_on": say(N_("递交或者交邮的日期还没有到。请核对。"))}
    if not first <= new.sent_on <= last:
        words = N_("公示期从 {first} 到 {last}。期满前交邮的不算过期，请填邮戳上的日期。")
        return {"sent_on": say(words, first=day_words(first), last=day_words(last))}
    return {}


def check_may_argue(actor: Actor, listing: Mapping[str, Any]) -> None:
    """The buyer has it argued once more and answers; no agreement hands that over. Raises Forbidden, NotFound."""
    actor.check_may(Permission.DRAFT_LISTING)
    if actor.organisation_id != listing["procuring_unit"]:
        raise NotFound()


def argument_mistakes(listing: Mapping[str, Any], new: Reargument, today: date) -> dict[str, Sentence]:
    """Argued after the notice and before today."""
    if not county_day(listing["published_at"]) <= new.argued_on <= today:
        return {"argued_on": say(N_("补充论证的日期应当在公示开始以后、今天以前。"))}
    return {}


def check_settled(listing: Mapping[str, Any], outcomes: Sequence[str], now: datetime) -> None:
    """No result before the publicity is over and every objection answered; an upheld one ends it. Raises Conflict."""
    last = publicity_ends(listing).date
    if county_day(now) <= last:
        words = N_("单一来源公示到 {day} 才满，期满以前不能登记结果。")
        raise Conflict(words, clause="R-METH-08", day=day_words(last))
    if O.OPEN in outcomes:
        words = N_("还有异议没有补充论证和答复，不能登记结果。请先办理异议。")
        raise Conflict(words, clause="R-METH-08")
    if O.UPHELD in outcomes:
        words = N_("有异议成立，不能再向这一家采购。请取消采购，改用其他采购方式。")
        raise Conflict(words, clause="R-METH-08")
