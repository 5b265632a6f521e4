"""The forms of an evaluation: its plan, its scores, the provider's answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evaluations.performance.rules import IndicatorPlan, standard_table
from evaluations.performance.services import IndicatorScore
from marketplace.kernel.forms import Bound, Field, Posted, day, decimal, identifier, parse, text
from marketplace.kernel.i18n import N_

PLAN_FIELDS = [
    Field("contract", N_("合同"), identifier()),
    Field("evaluator", N_("评价机构"), identifier()),
    Field("period_from", N_("评价期间从"), day()),
    Field("period_to", N_("评价期间到"), day()),
]
REPLY_FIELDS = [Field("reply", N_("答复"), text(4000))]


def read_plan(posted: Posted) -> tuple[Bound, list[IndicatorPlan]]:
    """The plan's form with the weight and target of each line of the standard table."""
    bound = parse(PLAN_FIELDS, posted)
    if not bound.errors and bound["period_to"] < bound["period_from"]:
        bound.refuse("period_to", N_("结束日期不能早于开始日期。"))
    indicators: list[IndicatorPlan] = []
    for position, line in enumerate(standard_table(), 1):
        fields = [Field(f"weight-{position}", N_("分值"), decimal(Decimal(1), Decimal(100)))]
        if line.target is not None:
            fields.append(Field(f"target-{position}", N_("目标值"), decimal(Decimal("0.01"), Decimal(1_000_000))))
        row = parse(fields, posted)
        bound.errors.update(row.errors)
        if not row.errors:
            weight, target = row[f"weight-{position}"], row.values.get(f"target-{position}")
            indicators.append(
                IndicatorPlan(line.group, line.title, weight, line.method, line.source, target, line.unit, line.measure)
            )
    total = sum((i.weight for i in indicators), Decimal(0))
    if len(indicators) == len(standard_table()) and total != 100:
        bound.refuse("weight-1", N_("指标分值合计应为 100，现在是 {total}。请调整后再保存。"), total=total)
    return bound, indicators


def read_scores(posted: Posted, lines: list[dict[str, Any]]) -> tuple[Bound, list[IndicatorScore]]:
    """One measured value or points and a narrative for each line; all mistakes at once."""
    bound = Bound(raw=dict(posted))
    scores: list[IndicatorScore] = []
    for line in lines:
        number = line["position"]
        fields = [Field(f"narrative-{number}", N_("依据"), text(2000))]
        if line["method"] == "quantitative":
            fields.append(Field(f"actual-{number}", N_("实际完成值"), decimal(Decimal(0), Decimal(1_000_000))))
        if line["method"] == "qualitative":
            fields.append(Field(f"points-{number}", N_("得分"), decimal(Decimal(0), line["weight"])))
        row = parse(fields, posted)
        bound.errors.update(row.errors)
        value = row.values.get
        scores.append(
            IndicatorScore(
                line["id"], value(f"actual-{number}"), value(f"points-{number}"), value(f"narrative-{number}") or ""
            )
        )
    return bound, scores
