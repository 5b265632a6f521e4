"""The methods of procurement as dated rows: what each asks for, with the rule that says so."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

METHODS_FILE = Path(__file__).with_name("methods.toml")
SEALED, RECORDED, STANDING = "sealed", "recorded", "standing"
HERE, PLATFORM = "here", "platform"


class MethodNotInForce(DomainError):
    """The method has no row for this day."""


@dataclass(frozen=True)
class MethodRow:
    """One dated row of a method; the columns are explained at the top of `methods.toml`."""

    code: str
    clause: str
    effective_from: date
    way: str
    effective_to: date | None = None
    for_services: bool = True
    only_recorded: bool = False
    parts: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    below: str = ""
    approval_from: str = ""
    publicity: str = ""
    publicity_from: str = ""
    publicity_ground: str = ""
    addition_most: str = ""
    notice: str = ""
    documents: str = ""
    closing: str = ""
    clarification: str = ""
    least: str = ""
    people: str = ""
    panel: str = ""
    panel_large: str = ""
    panel_large_from: str = ""
    price_low: str = ""
    price_high: str = ""
    tie: str = ""
    tie_standing: str = ""
    tie_draw: str = ""
    reads_prices: bool = False
    final_price: bool = False
    lowest_wins: bool = False
    counts_together: bool = False
    reserves: bool = False
    county_standing: bool = False
    call: str = "invitation"
    at_least: str = ""
    framework: str = ""
    invites: bool = False
    minutes: bool = False
    access: str = "open"
    change_approval: str = ""
    admits_helpers: bool = False

    def in_force(self, on: date) -> bool:
        """Whether the row holds on a day; its first and last day included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def has_periods(self) -> bool:
        """Whether rules count the dates before bids close."""
        return bool(self.closing)

    @property
    def is_local(self) -> bool:
        """Whether it is the county's own procedure, outside the procurement law (R-METH-12)."""
        return bool(self.below)

    @property
    def ties(self) -> tuple[str, ...]:
        """The rule rows of the order among equals, the draw last."""
        return tuple(key for key in (self.tie, self.tie_standing, self.tie_draw) if key)

    def least_panel(self, budget: Decimal, on: date) -> tuple[int, str] | None:
        """The fewest members of a panel for a budget in yuan, with the rule; None where nobody judges."""
        if not self.panel:
            return None
        is_large = bool(self.panel_large) and budget >= number(self.panel_large_from, on)
        return int(number(self.panel_large if is_large else f"{self.panel}/members", on)), self.panel

    def price_weight_range(self, on: date) -> tuple[Decimal, Decimal, str | None]:
        """The least and most price weight when the price is not fixed, with its rule."""
        low = number(self.price_low, on) if self.price_low else Decimal(0)
        high = number(self.price_high, on) if self.price_high else Decimal(100)
        return low, high, self.price_low.partition("/")[0] or None


@cache
def all_methods() -> tuple[MethodRow, ...]:
    """Every row, read once from `methods.toml`, in the order of the file."""
    with METHODS_FILE.open("rb") as file:
        rows = tomllib.load(file)["method"]
    return tuple(
        MethodRow(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    )


def methods_on(on: date) -> tuple[MethodRow, ...]:
    """The rows in force on a day, in the order of the file."""
    return tuple(row for row in all_methods() if row.in_force(on))


def method_row(code: str, on: date, rows: Sequence[MethodRow] | None = None) -> MethodRow:
    """A method as it stands on a day. Raises MethodNotInForce."""
    for row in rows or all_methods():
        if row.code == code and row.in_force(on):
            return row
    raise MethodNotInForce(N_("采购方式 {code} 在 {on} 没有依据。请换一种采购方式。"), code=code, on=on.isoformat())


@cache
def newest_row(code: str) -> MethodRow:
    """A method as it stands last, for what needs no day. Raises MethodNotInForce."""
    rows = [row for row in all_methods() if row.code == code]
    if not rows:
        raise MethodNotInForce(N_("采购方式 {code} 在 {on} 没有依据。请换一种采购方式。"), code=code, on="-")
    return max(rows, key=lambda row: row.effective_from)


def standing_row(code: str, on: date) -> MethodRow:
    """A method as it stands on a day; the newest row where the day has none, which the checks tell by themselves."""
    return next((row for row in all_methods() if row.code == code and row.in_force(on)), newest_row(code))


def codes_counted_together() -> list[str]:
    """The methods whose purchases of a year are added up (R-METH-05)."""
    return sorted({row.code for row in all_methods() if row.counts_together})


def codes_of_frameworks(kind: str = "") -> list[str]:
    """The methods that look for the providers of a framework, of one kind or of both."""
    return sorted({row.code for row in all_methods() if row.framework and kind in ("", row.framework)})


def quoted(codes: Iterable[str]) -> str:
    """Codes as a list of SQL words, for text that takes no parameters; they are our own rows, typed by nobody."""
    return ", ".join(f"'{code}'" for code in codes)


def codes_of_lowest_price() -> list[str]:
    """The methods whose sealed bids are placed by price alone."""
    return sorted({row.code for row in all_methods() if row.lowest_wins and row.way == SEALED})
