"""The terms of a framework as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalogue.listings.frameworks.rules import BASIS_LABELS, WAY_LABELS, FrameworkDraft
from marketplace.kernel.forms import Bound, Field, choice, decimal, money, parse, text, whole_number
from marketplace.kernel.i18n import N_

TERMS = [
    Field("basis", N_("怎样入围"), choice(list(BASIS_LABELS))),
    Field("state_price", N_("政府定价或者指导价的文件"), text(200), is_required=False),
    Field("elimination", N_("淘汰比例"), decimal(Decimal(1), Decimal(99)), is_required=False),
    Field("most_admitted", N_("最多入围几家"), whole_number(1, 999), is_required=False),
    Field("way", N_("第二阶段怎样确定供应商"), choice(list(WAY_LABELS))),
    Field("approval", N_("主管预算单位的批准文号"), text(120), is_required=False),
]


def framework_form(typed: Mapping[str, Any], lots: Sequence[int]) -> tuple[Bound, FrameworkDraft | None]:
    """All terms with a ceiling unit price for each lot."""
    prices = [Field(f"ceiling-{lot}", N_("最高限制单价"), money()) for lot in lots]
    form = parse([*TERMS, *prices], typed)
    if form.errors:
        return form, None
    v = form.values
    return form, FrameworkDraft(
        v["basis"], v["way"], v["elimination"], v["most_admitted"], v["state_price"] or "", v["approval"] or "",
        {lot: v[f"ceiling-{lot}"] for lot in lots},
    )  # fmt: skip


def raw_framework(draft: FrameworkDraft | None) -> dict[str, Any]:
    """Stored terms as the texts their form would show."""
    if draft is None:
        return {"basis": "price_first", "way": "direct", "elimination": "20"}
    return {
        "basis": draft.basis, "way": draft.way, "state_price": draft.state_price, "approval": draft.approval,
        "elimination": "" if draft.elimination is None else f"{draft.elimination.normalize():f}",
        "most_admitted": "" if draft.most_admitted is None else str(draft.most_admitted),
        **{f"ceiling-{lot}": str(price) for lot, price in draft.ceilings.items()},
    }  # fmt: skip
