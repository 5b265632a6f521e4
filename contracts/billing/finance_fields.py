"""The codes under which finance books a payment, as far as the budget line and the contract have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.kernel.i18n import N_, translate

# column of an invoice's or payment's row: its name on papers and in the treasury's file
FINANCE_FIELDS: dict[str, str] = {
    "budget_reference": N_("预算指标编号"),
    "project_code": N_("预算项目代码"),
    "function_code": N_("功能科目"),
    "economic_code": N_("经济分类"),
    "fund_source": N_("资金来源"),
    "procurement_plan_number": N_("采购计划号"),
    "filing_number": N_("合同备案号"),
}


def finance_fields(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of every code that is known."""
    return [(translate(label), row[name]) for name, label in FINANCE_FIELDS.items() if row.get(name)]
