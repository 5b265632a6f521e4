"""How equals are told apart: the rows of the rulebook that a method names, on the listing's day (R-TIE-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalogue.listings.methods import MethodRow
from catalogue.scoring.ranking import order_of
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import RuleNotInForce, RuleRow, row

STANDING_FORM = "county_standing"


@dataclass(frozen=True)
class TieRule:
    """The order in which equals are compared, and the draw among those equal in all; None where there is none."""

    order: RuleRow | None
    draw: RuleRow | None

    @property
    def rows(self) -> tuple[RuleRow, ...]:
        """Those that hold, with their clauses."""
        return tuple(each for each in (self.order, self.draw) if each)

    @property
    def words(self) -> Sentence | None:
        """What is compared, one after the other; None where nobody is ranked here."""
        if self.order and self.draw:
            return say(N_("依次比较：{order}；全部相同的并列，{draw}。"), order=self.order.words, draw=self.draw.words)
        if self.draw:
            return say(N_("名次相同的，{draw}。"), draw=self.draw.words)
        return None


def tie_rule(method: MethodRow, listing: Mapping[str, Any], on: date, kept: Sequence[RuleRow] = ()) -> TieRule:
    """The rows a listing kept at its publication; those in force on its day where it kept none."""
    by_standing = bool(method.tie_standing) and listing.get("past_performance_form") == STANDING_FORM
    found = {each.key: each for each in kept}

    def holds(key: str) -> RuleRow | None:
        return found.get(key) or _in_force(key, on)

    return TieRule(holds(method.tie_standing if by_standing else method.tie), holds(method.tie_draw))


def ranking_order(method: MethodRow, on: date) -> tuple[str, ...]:
    """What ranks scored offers, by the words of the row in force; empty where price alone or the standing decides."""
    found = None if method.lowest_wins else _in_force(method.tie, on)
    return order_of(found.words.zh) if found else ()


def _in_force(key: str, on: date) -> RuleRow | None:
    try:
        return row(key, on) if key else None
    except RuleNotInForce:
        return None
