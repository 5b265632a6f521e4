"""Each subject of a corrigendum as typed: drafting's own forms, and two that a correction needs of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalogue.listings.drafts import Part
from catalogue.listings.forms import FORMS, raw_of
from catalogue.listings.frameworks.forms import framework_form, raw_framework
from catalogue.listings.frameworks.rules import FrameworkDraft
from marketplace.kernel.forms import Bound, Field, day, flag, moment, money, parse, parse_rows, text
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class Money:
    """The ceiling and the budget of each lot by its number; yuan."""

    lots: tuple[tuple[int, Decimal], ...]
    ceiling: Decimal | None

    @property
    def budget(self) -> Decimal:
        """The listing's budget: what the lots total."""
        return sum((amount for _, amount in self.lots), Decimal(0))


@dataclass(frozen=True)
class Period:
    """When the service runs."""

    service_from: date
    service_to: date
    long_term_reason: str = ""


Proposed = Part | Money | Period | FrameworkDraft

REASON = [
    Field("reason", N_("更正理由"), text(1000)),
    Field("says_it_affects_bids", N_("可能影响投标文件编制"), flag(), is_required=False),
]
EXTENSION = [
    Field("reason", N_("延期理由"), text(1000)),
    Field("closes_at", N_("新的投标截止时间"), moment(), is_required=False),
    Field("documents_until", N_("新的采购文件获取截止时间"), moment(), is_required=False),
]
RETURN = [Field("reason", N_("退回理由"), text(1000))]
CEILING = [Field("ceiling", N_("最高限价"), money(), is_required=False)]
LOT_MONEY = [Field("budget", N_("本包预算"), money())]
PERIOD = [
    Field("service_from", N_("服务开始日"), day()),
    Field("service_to", N_("服务结束日"), day()),
    Field("long_term_reason", N_("服务期超过一年的理由"), text(1000), is_required=False),
]


def money_form(typed: Mapping[str, Any]) -> tuple[Bound, Money | None]:
    """One row a lot, `lots-1-budget` for lot 1, and the ceiling."""
    form = parse(CEILING, typed)
    rows = parse_rows(form, "lots", LOT_MONEY, typed)
    if form.errors:
        return form, None
    return form, Money(tuple((row["number"], row["budget"]) for row in rows), form["ceiling"])


def period_form(typed: Mapping[str, Any]) -> tuple[Bound, Period | None]:
    """Begin, end, and why it is long."""
    form = parse(PERIOD, typed)
    if form.errors:
        return form, None
    return form, Period(form["service_from"], form["service_to"], form["long_term_reason"] or "")


def framework_terms_form(typed: Mapping[str, Any]) -> tuple[Bound, FrameworkDraft | None]:
    """The terms of a framework; a ceiling unit price for each lot the form names."""
    numbers = [name.removeprefix("ceiling-") for name in typed if name.startswith("ceiling-")]
    return framework_form(typed, [int(number) for number in numbers if number.isascii() and number.isdigit()])


READERS: dict[str, Callable[[Mapping[str, Any]], tuple[Bound, Proposed | None]]] = {
    "money": money_form,
    "period": period_form,
    "framework": framework_terms_form,
    **{name: FORMS[name] for name in ("requirement", "criteria", "milestones", "terms", "timetable")},
}


def texts_of(part: Proposed) -> dict[str, str]:
    """A part as the texts its form would show."""
    if isinstance(part, Money):
        raw = {"ceiling": str(part.ceiling or "")}
        return raw | {f"lots-{number}-budget": str(budget) for number, budget in part.lots}
    if isinstance(part, Period):
        return {
            "service_from": part.service_from.isoformat(), "service_to": part.service_to.isoformat(),
            "long_term_reason": part.long_term_reason,
        }  # fmt: skip
    if isinstance(part, FrameworkDraft):
        return {name: str(value) for name, value in raw_framework(part).items()}
    return {name: str(value) for name, value in raw_of(part).items()}
