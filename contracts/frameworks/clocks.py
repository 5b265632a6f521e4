"""The clocks of a framework, each with its rule: signing, filing, telling users, notices, summary (R-TIME-30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.frameworks.rules import EXIT_BY, FILE_BY, NOTICE_BY, PUBLISH_BY, SIGN_BY, SUMMARY_BY, TELL_BY
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class Clock:
    """What is due when, by which rule, and when it was done (None: it is still to do)."""

    what: str
    due: date
    rule: str
    done_at: datetime | None
    provisional: bool

    def is_late(self, today: date) -> bool:
        """Whether the day has passed without it, or it was done after its day."""
        return county_day(self.done_at) > self.due if self.done_at else today > self.due


def _clock(what: str, rule: str, start: date, done_at: datetime | None) -> Clock:
    counted = compute(rule, start)
    return Clock(what, counted.date, rule, done_at, counted.provisional)


def clocks_of_place(place: dict[str, Any]) -> list[Clock]:
    """Signing counts from the letter; filing and telling the users from the signature."""
    if place["framework_kind"] == "open":
        return _clocks_of_joining(place)
    found = [_clock(N_("签订框架协议"), SIGN_BY, county_day(place["letter_at"]), place["signed_at"])]
    if place["signed_at"]:
        signed_on = county_day(place["signed_at"])
        found.append(_clock(N_("告知适用的采购人"), TELL_BY, signed_on, place["users_told_at"]))
        found.append(_clock(N_("协议副本报财政备案"), FILE_BY, signed_on, place["filed_at"]))
    return found


def clock_of_order(order: dict[str, Any]) -> Clock | None:
    """Orders by mini-bid and by turn are announced one by one; here at the moment they are given."""
    if order["way"] not in ("mini_bid", "rotation"):
        return None
    return _clock(N_("成交结果逐笔公告"), NOTICE_BY, county_day(order["given_at"]), order["given_at"])


def clock_of_summary(framework: dict[str, Any]) -> Clock:
    """After the term the orders are announced together; the page shows them at any time."""
    return _clock(N_("成交结果汇总公告"), SUMMARY_BY, framework["ends_on"], None)


def _clocks_of_joining(place: dict[str, Any]) -> list[Clock]:
    """Who joins or leaves an open framework is announced within days; the page does it at once."""
    found = [_clock(N_("入围结果公告"), PUBLISH_BY, county_day(place["letter_at"]), place["letter_at"])]
    if place["ended_at"]:
        found.append(_clock(N_("退出公告"), EXIT_BY, county_day(place["ended_at"]), place["ended_at"]))
    return found
