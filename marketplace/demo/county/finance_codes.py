"""The codes finance keeps of a demo line. The numbers of project, plan and approval are the demo's own."""

from __future__ import annotations

import re

# 政府收支分类科目 and 政府采购品目 as a county would fill them for social assistance
_FUNCTION = "2080299 其他民政管理事务支出"
_ECONOMIC = "50205 委托业务费"
_FUND = "一般公共预算资金"
_INDUSTRY = "其他未列明行业"
_MEALS_AND_CARE = {"S01", "S02"}


def codes_for(item: str, year: int, document: str, place: int = 1) -> dict[str, str]:
    """Every code of a line, told apart by the number of the document that allots it and its place in it."""
    number = f"{int(''.join(re.findall(r'[0-9]+', document.partition('〕')[2])) or 0) % 1000:03d}{place:02d}"
    care = "C05010200 基本养老服务" if item in _MEALS_AND_CARE else "C05010300 社会救助服务"
    return {
        "project_code": f"5101212{year % 100:02d}R{number}", "function_code": _FUNCTION, "economic_code": _ECONOMIC,
        "fund_source": _FUND, "procurement_category": care, "service_directory_code": item,
        "procurement_plan_number": f"51012{year}{number}", "approval_number": document, "industry": _INDUSTRY,
    }  # fmt: skip
