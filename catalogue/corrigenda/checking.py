"""What the rules of the day of publication say of a corrigendum: the changed subjects and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalogue.corrigenda.forms import Money, Period, Proposed
from catalogue.listings.checks import Mistake, check_basics
from catalogue.listings.draft_queries import Surroundings, basics_of, mistakes_in, surroundings
from catalogue.listings.drafts import Basics, Lot, Lots, MilestoneDraft, Milestones, Terms
from catalogue.listings.frameworks.queries import facts_of
from catalogue.listings.frameworks.rules import FrameworkDraft, check_framework
from catalogue.listings.limits import RESERVED_SHARE_LEAST, limits_on
from catalogue.listings.queries import Row
from catalogue.listings.reservation import check_reservation, check_reserved_lots, check_reserved_share
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number

Contents = tuple[Mapping[str, Any], Mapping[str, Any]]


async def mistakes_of(
    parts: Mapping[str, Proposed], listing: Row, contents: Contents, now: datetime
) -> list[Mistake]:
    """Every mistake of the changed subjects and of what stays beside them; `contents` before and after."""
    before, after = contents
    around = await _around(listing)
    basics = basics_of(after["listing"], before["towns"])
    found = [
        *_of_money(parts, basics, contents, around),
        *_of_dates_and_money(parts, basics, around, now),
        *(
            replace(each, part=subject)
            for subject, part in parts.items()
            if not isinstance(part, Money | Period | FrameworkDraft)
            for each in mistakes_in(part, basics, around)
        ),
        *_of_terms(parts, basics, after["terms"], around),
        *await _of_framework(parts, listing, after),
    ]
    if "period" in parts and "milestones" not in parts:
        stored = Milestones(tuple(_milestone(row) for row in before["milestones"]))
        found += mistakes_in(stored, basics, around)
    return [each for each in _once(found) if each.blocks]


def _once(found: Iterable[Mistake]) -> list[Mistake]:
    return list({(each.part, each.field, str(each.sentence)): each for each in found}.values())


def _of_money(
    parts: Mapping[str, Proposed], basics: Basics, contents: Contents, around: Surroundings
) -> list[Mistake]:
    """Every lot has its budget, and what is reserved for small enterprises stays enough."""
    money = parts.get("money")
    if not isinstance(money, Money):
        return []
    before, after = contents
    if {number for number, _ in money.lots} != {lot["number"] for lot in before["lots"]}:
        return [Mistake("money", "lots-1-budget", say(N_("请填写每一个采购包的预算。")))]
    names = Lot.__dataclass_fields__
    lots = Lots(tuple(Lot(**{name: lot[name] for name in names}) for lot in after["lots"]))
    share = number(RESERVED_SHARE_LEAST, around.limits.on)
    return [replace(each, part="money") for each in check_reserved_lots(basics, lots, share)]


def _of_dates_and_money(
    parts: Mapping[str, Proposed], basics: Basics, around: Surroundings, now: datetime
) -> list[Mistake]:
    if not {"money", "period"}.intersection(parts):
        return []
    judged = check_basics(basics, around.line, around.limits, county_day(now))
    judged += check_reservation(basics, around.limits)
    return [replace(each, part="money" if each.field in ("budget", "ceiling") else "period") for each in judged]


def _of_terms(
    parts: Mapping[str, Proposed], basics: Basics, terms: Terms, around: Surroundings
) -> list[Mistake]:
    """A deposit or a panel that was lawful for the old budget is judged by the new one (R-DOC-05, R-COM-01)."""
    if not {"money", "terms"}.intersection(parts):
        return []
    share = number(RESERVED_SHARE_LEAST, around.limits.on)
    return [*mistakes_in(terms, basics, around), *check_reserved_share(basics, terms, share)]


async def _of_framework(parts: Mapping[str, Proposed], listing: Row, after: Mapping[str, Any]) -> list[Mistake]:
    """The terms of a framework as they would stand beside the changed budget, dates and factors (R-FRM-02)."""
    terms = after["framework"]
    if terms is None or not {"framework", "money", "period", "criteria"}.intersection(parts):
        return []
    new = after["listing"]
    facts = replace(
        await facts_of(listing), starts_on=new["service_from"], ends_on=new["service_to"],
        total_ceiling=new["ceiling"], price_weight=new["price_weight"], has_factors=bool(after["criteria"]),
        budgets={lot["number"]: lot["budget"] for lot in after["lots"]},
        closes_on=county_day(new["closes_at"]),
    )  # fmt: skip
    return check_framework(terms, facts, listing["rules_on"])


def _milestone(row: Mapping[str, Any]) -> MilestoneDraft:
    return MilestoneDraft(**{name: row[name] for name in ("title", "share", "due_on", "evidence")})


async def _around(listing: Row) -> Surroundings:
    """The limits of the day it was published, counted from that day; what it holds already is free for it."""
    around = await surroundings(listing["budget_line"], listing["drafted_by"], listing["published_at"])
    line = replace(around.line, free=around.line.free + Decimal(listing["budget"]))
    return replace(around, limits=limits_on(listing["rules_on"]), line=line)
