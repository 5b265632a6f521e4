"""Mistakes in the bands of a draft's factors that are entered row by row. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalogue.listings.checks import Mistake
from catalogue.listings.drafts import CriterionDraft, Scoring
from catalogue.scoring.bands import HOURS
from marketplace.kernel.formats import number
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number as rule_number

HOURS_RULE = "R-EVAL-12"


def check_band_rows(scoring: Scoring, on: date) -> list[Mistake]:
    """Rows have distinct points and end at the factor's; hours stand only where the price is fixed (R-EVAL-12)."""
    found = []
    for i, factor in enumerate(scoring.criteria):
        if factor.rows:
            found += _check_rows(i, factor)
        if factor.kind == HOURS:
            found += _check_hours(i, factor, scoring, on)
    if sum(factor.kind == HOURS for factor in scoring.criteria) > 1:
        found.append(_at("price_weight", N_("年服务时数只能设一个评审因素。"), HOURS_RULE))
    return found


def _at(field: str, words: str, clause: str, **values: object) -> Mistake:
    return Mistake("criteria", field, say(words, **values), clause)


def _check_rows(i: int, factor: CriterionDraft) -> list[Mistake]:
    found = []
    if len(factor.rows) < 2:
        found.append(_at(f"criteria-{i}-band-0-points", N_("逐行填写的分档至少要有两档。"), "R-DOC-06"))
    seen: set[Decimal] = set()
    for j, band in enumerate(factor.rows):
        if band.points in seen:
            words = N_("两档都得 {points} 分，分不出高低。请让每一档的分值不同。")
            found.append(_at(f"criteria-{i}-band-{j}-points", words, "R-DOC-06", points=number(band.points)))
        seen.add(band.points)
        if factor.kind != HOURS and not band.condition.strip():
            found.append(_at(f"criteria-{i}-band-{j}-condition", N_("请写明什么情形得这一档的分。"), "R-DOC-06"))
    if max(seen) != factor.points:
        words = N_("最高一档应当正好是这个因素的分值 {points}。")
        found.append(_at(f"criteria-{i}-points", words, "R-DOC-06", points=number(factor.points)))
    return found


def _check_hours(i: int, factor: CriterionDraft, scoring: Scoring, on: date) -> list[Mistake]:
    kind = f"criteria-{i}-kind"
    most = rule_number(f"{HOURS_RULE}/price_weight", on)
    found = []
    if not scoring.is_price_fixed or scoring.price_weight > most:
        words = N_("只有总价固定、价格分为 0 时，才能按年服务时数评分。请勾选“价格固定”，或者换一个类别。")
        found.append(_at(kind, words, HOURS_RULE))
    if not factor.rows:
        words = N_("请逐行印明年服务时数的分档；不得按与最高者的比例打分。")
        return [*found, _at(kind, words, HOURS_RULE)]
    starts = [band.hours_from for band in factor.rows]
    for j, start in enumerate(starts):
        field = f"criteria-{i}-band-{j}-hours_from"
        if start is None:
            found.append(_at(field, N_("请填这一档从多少小时起。"), HOURS_RULE))
        elif start in starts[:j]:
            found.append(_at(field, N_("两档从同一个时数起。请改成不同的时数。"), HOURS_RULE))
    if None not in starts:
        found += _check_course(i, factor)
    return found


def _check_course(i: int, factor: CriterionDraft) -> list[Mistake]:
    """From 0 without a gap, and more hours never score less."""
    ordered = sorted(enumerate(factor.rows), key=lambda row: row[1].hours_from or 0)
    found = []
    if ordered[0][1].hours_from != 0:
        words = N_("最低一档要从 0 小时起，时数之间才没有空档。")
        found.append(_at(f"criteria-{i}-band-{ordered[0][0]}-hours_from", words, HOURS_RULE))
    for (_, lower), (j, higher) in zip(ordered, ordered[1:], strict=False):
        if higher.points < lower.points:
            words = N_("时数更多的一档，分值不能更低。")
            found.append(_at(f"criteria-{i}-band-{j}-points", words, HOURS_RULE))
    return found
