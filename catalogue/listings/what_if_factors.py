"""What an example bid gets for each factor as typed: its share, its printed band, its hours or its grade. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from catalogue.listings.rules import GRADES
from catalogue.scoring.bands import HOURS, Band, hours_points
from marketplace.kernel.forms import Bound, Field, choice, decimal, parse, parse_rows, text, whole_number
from marketplace.kernel.i18n import N_

HUNDRED = Decimal(100)
POINTS = decimal(Decimal(0), HUNDRED)
PAST, TECHNICAL, PRINTED = "past_performance", "technical", "printed_table"

FACTOR_ROW = [
    Field("title", N_("评审因素"), text(120), is_required=False),
    Field("points", N_("分值"), POINTS, is_required=False),
]
BAND_ROW = [
    Field("points", N_("分值"), POINTS, is_required=False),
    Field("hours_from", N_("从多少小时起"), whole_number(0, 9_999_999), is_required=False),
]
# what a page begins with: examples that are strong in different factors, so that weights matter; hours as percent
OFFSETS = (6, -6, 3, -9)
HOURS_SHARES = (110, 100, 85, 60)
FIRST_GRADES = ("excellent", "none", "good", "fair")


@dataclass(frozen=True)
class Factor:
    """A factor as typed; `number` is its row on the page."""

    number: int
    kind: str
    title: str
    points: Decimal
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Factors:
    """The factors with the points of each grade, where a table of past performance is printed."""

    rows: tuple[Factor, ...] = ()
    grades: Mapping[str, Decimal] | None = None

    @property
    def total(self) -> Decimal:
        """All points but the price's."""
        return sum((each.points for each in self.rows), Decimal(0))

    def scores(self, example: Mapping[str, Any]) -> list[tuple[Factor, Fraction]]:
        """What an example gets, factor by factor, exact."""
        return [(each, _points(each, example, self.grades)) for each in self.rows]

    def before(self, typed: Mapping[str, Any]) -> Factors:
        """The same factors with the points the page was opened with, where it says them."""
        names = [Field(f"was-points-{each.number}", N_("分值"), POINTS, is_required=False) for each in self.rows]
        was = parse(names, typed).values
        kept = [replace(each, points=was[f"was-points-{each.number}"] or each.points) for each in self.rows]
        return replace(self, rows=tuple(kept))


def example_fields(factors: Factors) -> list[Field]:
    """What an example may say of the factors; left empty its share of all of them counts."""
    shares = [
        Field(f"rate-{each.number}", N_("得分率"), decimal(Decimal(0), HUNDRED), is_required=False)
        for each in factors.rows
    ]
    return [
        *shares,
        Field("hours", N_("年服务时数"), whole_number(0, 9_999_999), is_required=False),
        Field("grade", N_("履约评价"), choice(list(GRADES)), is_required=False),
    ]


def read_factors(form: Bound, typed: Mapping[str, Any]) -> Factors:
    """The factors as typed; what cannot be read stands in the form's errors."""
    rows = []
    for row in parse_rows(form, "criteria", FACTOR_ROW, typed):
        if row["points"]:
            bands = parse_rows(form, f"criteria-{row['number']}-band", BAND_ROW, typed)
            read = tuple(Band(b["points"], hours_from=b["hours_from"]) for b in bands if b["points"] is not None)
            kind = str(typed.get(f"criteria-{row['number']}-kind", ""))
            rows.append(Factor(row["number"], kind, row["title"] or "", row["points"], read))
    grades = parse([Field(f"band-{g}", N_("分值"), POINTS, is_required=False) for g in GRADES], typed).values
    told = {g: points for g in GRADES if (points := grades[f"band-{g}"]) is not None}
    return Factors(tuple(rows), told if told and typed.get("past_performance_form") == PRINTED else None)


def _points(factor: Factor, example: Mapping[str, Any], grades: Mapping[str, Decimal] | None) -> Fraction:
    hours = [band for band in factor.bands if band.hours_from is not None]
    if factor.kind == HOURS and hours and example.get("hours") is not None:
        return Fraction(hours_points(hours, example["hours"]))
    if factor.kind == PAST and grades and example.get("grade"):
        return Fraction(grades.get(example["grade"], Decimal(0)))
    share = example.get(f"rate-{factor.number}")
    given = Fraction(factor.points) * Fraction(example["quality"] if share is None else share) / 100
    return _band_below(factor.bands, given) if factor.bands else given


def _band_below(bands: Sequence[Band], given: Fraction) -> Fraction:
    """Where bands are printed row by row, only their points are given (R-DOC-06)."""
    points = sorted(band.points for band in bands)
    return Fraction(max((each for each in points if each <= given), default=points[0]))


def first_shares(raw: Mapping[str, Any], example: int, quality: str) -> dict[str, str]:
    """What one example of a page that is just opened says of the factors on it."""
    factors = read_factors(Bound(), raw)
    said: dict[str, str] = {}
    for place, each in enumerate(factors.rows):
        hours = [band.hours_from for band in each.bands if band.hours_from is not None]
        if each.kind == HOURS and hours:
            said["hours"] = str(max(hours) * HOURS_SHARES[example % 4] // 100)
        elif each.kind == PAST and factors.grades:
            said["grade"] = FIRST_GRADES[example % 4]
        else:
            said[f"rate-{each.number}"] = str(max(0, min(100, int(quality) + OFFSETS[(example + place) % 4])))
    return said


def fill_in_shares(raw: dict[str, Any], prefix: str, examples: int) -> None:
    """Factors typed since the page was made had no fields yet: the examples differ in them as in the first ones."""
    for i in range(examples):
        quality = str(raw.get(f"{prefix}-{i}-quality", "")).partition(".")[0]
        if quality.isascii() and quality.isdigit() and len(quality) < 4:
            for name, value in first_shares(raw, i, quality).items():
                raw.setdefault(f"{prefix}-{i}-{name}", value)


def points_before(raw: Mapping[str, Any]) -> dict[str, str]:
    """Each factor's points as the page was opened, to be sent along with what is typed."""
    was = {name: str(value) for name, value in raw.items() if name.startswith("was-points-")}
    opened = {f"was-points-{each.number}": str(each.points) for each in read_factors(Bound(), raw).rows}
    return was or opened
