"""The forms of an evaluation: its plan, its scores, the provider's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.drafts import SourceShare
from catalogue.listings.indicators import SOURCE_WORDS, Source
from evaluations.performance.look_through import Look, passages_typed
from evaluations.performance.points import needs_words
from evaluations.performance.reviews import Corrected
from evaluations.performance.rules import IndicatorPlan, ReadAgain, SeatPlan, standard_table
from evaluations.performance.scoring import IndicatorScore, points_for
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, Posted, day, decimal, flag, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text

PLAN_FIELDS = [
    Field("contract", N_("合同"), identifier()),
    Field("evaluator", N_("评价机构"), identifier()),
    Field("period_from", N_("评价期间从"), day()),
    Field("period_to", N_("评价期间到"), day()),
    Field("finance_evaluator", N_("第三方财务机构"), identifier(), is_required=False),
    Field("villages", N_("村（居）委会"), text(600), is_required=False),
    Field("due_on", N_("评价表交到哪天"), day(), is_required=False),
    *(
        Field(f"share-{source}", label, decimal(Decimal("0.01"), Decimal(100)), is_required=False)
        for source, label in SOURCE_WORDS.items()
    ),
]
REPLY_FIELDS = [
    Field("reply", N_("答复"), public_text(4000)),
    Field("disputes", N_("不同意初稿"), flag(), is_required=False),
]
REVIEW_FIELDS = [Field("review", N_("复核意见"), public_text(4000))]
FREEZE_FIELDS = [
    Field("hidden", N_("要隐去的字句"), text(4000), is_required=False),
    Field("looked", N_("逐段看过"), flag(), is_required=False),
    Field("seen", N_("看过的文字"), text(64), is_required=False),
]
LEAVE_OUT_FIELDS = [Field("reason", N_("理由"), public_text(300))]


def read_look(posted: Posted) -> tuple[Bound, Look]:
    """What was looked through and made black; nothing is frozen without the tick."""
    bound = parse(FREEZE_FIELDS, posted)
    if not bound.errors and not bound["looked"]:
        bound.refuse("looked", N_("结果一公布就收不回来。请先逐段看过，再勾选。"))
    bound.raw.setdefault("seen", "")
    if bound.errors:
        return bound, Look("")
    return bound, Look(bound["seen"] or "", passages_typed(bound["hidden"] or ""))


def refuse_look(bound: Bound, refused: DomainError) -> None:
    """Say at its field why a result cannot be frozen as it was looked through. Raises what no form mends."""
    if refused.status_code != 422:
        raise refused
    bound.errors["looked" if isinstance(refused, ReadAgain) else "hidden"] = refused.sentence


@dataclass(frozen=True)
class PlanGround:
    """What the contract brings along: the table its listing printed, or none; its sources; the towns that use it."""

    contract: str = ""
    printed: tuple[IndicatorPlan, ...] = ()
    shares: tuple[SourceShare, ...] = ()
    towns: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Seating:
    """Who could evaluate: the planner's own office, and the usual last day for a form."""

    bureau: UUID
    due_on: date


def read_plan(
    posted: Posted, ground: PlanGround, seating: Seating
) -> tuple[Bound, list[IndicatorPlan], list[SeatPlan]]:
    """The plan's form: what the listing printed is bound, else weight and target of each line of the usual table."""
    bound = parse(PLAN_FIELDS, posted)
    if not bound.errors and bound["period_to"] < bound["period_from"]:
        bound.refuse("period_to", N_("结束日期不能早于开始日期。"))
    if ground.printed and posted.get("shown_for") != ground.contract:
        bound.refuse("contract", N_("这份合同的采购文件印了自己的指标和来源，下面已经换成它的。请核对以后再提交。"))
    indicators = list(ground.printed) or _typed_table(bound, posted)
    return bound, indicators, [] if bound.errors else _seats(bound, ground, seating)


def _typed_table(bound: Bound, posted: Posted) -> list[IndicatorPlan]:
    indicators: list[IndicatorPlan] = []
    for position, line in enumerate(standard_table(), 1):
        fields = [Field(f"weight-{position}", N_("分值"), decimal(Decimal(1), Decimal(100)))]
        if line.target is not None:
            fields.append(Field(f"target-{position}", N_("目标值"), decimal(Decimal("0.01"), Decimal(1_000_000))))
        row = parse(fields, posted)
        bound.errors.update(row.errors)
        if not row.errors:
            values = {"weight": row[f"weight-{position}"], "target": row.values.get(f"target-{position}")}
            indicators.append(replace(line, **values))
    total = sum((i.weight for i in indicators), Decimal(0))
    if len(indicators) == len(standard_table()) and total != 100:
        bound.refuse("weight-1", N_("指标分值合计应为 100，现在是 {total}。请调整后再保存。"), total=total)
    return indicators


def _seats(bound: Bound, ground: PlanGround, seating: Seating) -> list[SeatPlan]:
    """One seat for each source; each town that uses the service has its own, and so has each village named."""
    shares = {each.source: each.weight for each in ground.shares} or {
        source: weight for source in SOURCE_WORDS if (weight := bound[f"share-{source}"])
    }
    shares = shares or {Source.THIRD_PARTY: Decimal(100)}
    due = bound["due_on"] or seating.due_on
    villages = [line.strip() for line in (bound["villages"] or "").splitlines() if line.strip()]
    if Source.THIRD_PARTY_FINANCE in shares and bound["finance_evaluator"] is None:
        bound.refuse("finance_evaluator", N_("第三方财务机构有权重，请选一家。"))
    if Source.VILLAGE in shares and not (villages and ground.towns):
        bound.refuse("villages", N_("村（居）委会有权重，请每行写一个。它的评价表由镇（街道）代为录入。"))
    if Source.TOWN in shares and not ground.towns:
        bound.refuse("share-town", N_("采购文件没有写使用单位，镇（街道）不能评。请把它的权重给别的来源。"))
    if bound.errors:
        return []
    chosen: dict[str, list[tuple[UUID, str]]] = {
        Source.THIRD_PARTY: [(bound["evaluator"], "")],
        Source.THIRD_PARTY_FINANCE: [(bound["finance_evaluator"], "")],
        Source.TOWN: [(town, "") for town in ground.towns],
        Source.VILLAGE: [(ground.towns[0], name[:80]) for name in villages] if ground.towns else [],
        Source.CIVIL_AFFAIRS: [(seating.bureau, "")],
        Source.RECIPIENTS: [(bound["evaluator"], "")],
    }
    return [
        SeatPlan(source, weight, organisation, due, name)
        for source, weight in shares.items()
        for organisation, name in chosen[source]
    ]


def read_scores(posted: Posted, lines: list[dict[str, Any]], on: date) -> tuple[Bound, list[IndicatorScore]]:
    """One measured value or points and a narrative for each line; all mistakes at once."""
    bound = Bound(raw=dict(posted))
    scores: list[IndicatorScore] = []
    for line in lines:
        number = line["position"]
        fields = [Field(f"narrative-{number}", N_("依据"), public_text(2000), is_required=False)]
        if line["method"] == "quantitative":
            fields.append(Field(f"actual-{number}", N_("实际完成值"), decimal(Decimal(0), Decimal(1_000_000))))
        if line["method"] == "qualitative":
            fields.append(Field(f"points-{number}", N_("得分"), decimal(Decimal(0), line["weight"])))
        row = parse(fields, posted)
        bound.errors.update(row.errors)
        value = row.values.get
        if not row.errors:
            _explained(bound, line, value, on)
        scores.append(
            IndicatorScore(
                line["id"], value(f"actual-{number}"), value(f"points-{number}"), value(f"narrative-{number}") or ""
            )
        )
    return bound, scores


def _explained(bound: Bound, line: dict[str, Any], value: Callable[[str], Any], on: date) -> None:
    number, actual = line["position"], value(f"actual-{line['position']}")
    points = value(f"points-{number}") if actual is None else points_for(line, actual, on)
    if points is not None and not value(f"narrative-{number}") and needs_words(points, line["weight"], on):
        bound.refuse(f"narrative-{number}", N_("得分不在中档，请填写“依据”。"))


def read_review(posted: Posted, lines: list[dict[str, Any]]) -> tuple[Bound, list[Corrected]]:
    """What a review says, and each line it changes: a corrected value or points, with the reason; the rest stands."""
    bound = parse(REVIEW_FIELDS, posted)
    found: list[Corrected] = []
    for line in lines:
        number, most = line["position"], line["weight"] if line["target"] is None else Decimal(1_000_000)
        row = parse(
            [
                Field(f"value-{number}", N_("改为"), decimal(Decimal(0), most), is_required=False),
                Field(f"why-{number}", N_("为什么改"), public_text(1000), is_required=False),
            ],
            posted,
        )
        bound.raw.update(row.raw)
        bound.errors.update(row.errors)
        value, why = row.values.get(f"value-{number}"), row.values.get(f"why-{number}")
        if value is None:
            continue
        if not why:
            bound.refuse(f"why-{number}", N_("改了这一项，请写明为什么。"))
        else:
            found.append(Corrected(line["id"], value, why))
    return bound, found
