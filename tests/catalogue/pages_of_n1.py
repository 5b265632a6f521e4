"""N1 as its forms are filled in."""

from __future__ import annotations

from typing import Any


def basics(line: Any, town: Any, **changed: Any) -> dict[str, Any]:
    """The first subject."""
    return {
        "budget_line": str(line), "title": "购买社会救助服务", "title_en": "Purchase of social-assistance services",
        "method": "consultation", "budget": "505,000.00", "ceiling": "505000", "service_from": "2027-01-01",
        "service_to": "2027-12-31", "towns": str(town), "reservation_ground": "competition", **changed,
    }  # fmt: skip


LOTS = {
    "lots-0-item_code": "A02", "lots-0-title": "社会救助服务", "lots-0-quantity": "1", "lots-0-unit": "项",
    "lots-0-budget": "505000.00", "lots-1-unit": "户", "lots-1-item_code": "A02",
}  # fmt: skip

CRITERIA = {
    "price_weight": "20", "small_micro_deduction": "10", "rounding": "2", "past_performance_form": "none",
    "criteria-0-title": "服务方案", "criteria-0-kind": "technical", "criteria-0-points": "60",
    "criteria-0-bands": "60 分",
    "criteria-1-title": "项目人员", "criteria-1-kind": "business", "criteria-1-points": "20",
    "criteria-1-bands": "每人 4 分", "criteria-1-is_objective": "yes",
}  # fmt: skip

MILESTONES = {
    "milestones-0-title": "上半年", "milestones-0-share": "50", "milestones-0-due_on": "2027-06-30",
    "milestones-0-evidence": "已审核的服务时数",
    "milestones-1-title": "下半年", "milestones-1-share": "50", "milestones-1-due_on": "2027-12-31",
    "milestones-1-evidence": "已审核的服务时数",
}  # fmt: skip
