"""A listing written through the pages: one form a subject, handed over, and published by another person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from marketplace.demo.county.finance_codes import codes_for
from marketplace.demo.notices import BUDGET, CRITERIA, REQUIREMENT, TITLE, TITLE_EN, filed_plan
from marketplace.demo.story.browser import Browser
from marketplace.demo.story.county import County

DRAFTER, REVIEWER = "wang.min", "li.qiang"
OPENERS = ("zhou.lan", "wu.gang")
OPENER_NAMES = ("周岚", "吴刚")
TOWN = "赵镇街道办事处"


@dataclass(frozen=True)
class Notice:
    """What a listing says. Amounts in yuan as they are typed."""

    line: str
    closes_at: datetime
    service_from: date
    service_to: date
    title: str = TITLE
    title_en: str = TITLE_EN
    method: str = "consultation"
    budget: str = str(BUDGET)
    price_weight: str = "20"
    criteria: Mapping[str, str] = field(default_factory=dict)
    has_monthly_payment: bool = True
    openers: Sequence[str] = OPENER_NAMES


def first_criteria() -> dict[str, str]:
    """The factors of the first notice, and no past-performance table."""
    typed = {"past_performance_form": "none"}
    for number, factor in enumerate(CRITERIA):
        typed |= factor_row(number, factor.kind, factor.title, str(factor.points), factor.bands)
    return typed


def factor_row(number: int, kind: str, title: str, points: str, bands: str) -> dict[str, str]:
    """One row of the factors' form."""
    row = f"criteria-{number}-"
    return {f"{row}kind": kind, f"{row}title": title, f"{row}points": points, f"{row}bands": bands}


def publish(county: County, notice: Notice) -> str:
    """Draft, hand over, approve and publish; gives the listing's reference."""
    drafter = county.person(DRAFTER)
    drafter.get("/listings/drafts/new")
    basics = {
        "title": notice.title, "title_en": notice.title_en, "method": notice.method, "budget": notice.budget,
        "ceiling": notice.budget, "service_from": notice.service_from.isoformat(),
        "service_to": notice.service_to.isoformat(), "reservation_ground": "competition",
    }  # fmt: skip
    drafter.fill(basics, budget_line=notice.line, towns=TOWN)
    draft = drafter.at
    for subject, typed in _subjects(notice).items():
        drafter.get(f"{draft}/{subject}{'?monthly=1' if subject == 'milestones' and not typed else ''}")
        drafter.fill(typed, action=f"{draft}/{subject}")
    drafter.get(f"{draft}/openers")
    form = drafter.form("people")
    drafter.post(form.action, {**form.values, "people": [form.option("people", name) for name in notice.openers]})
    drafter.get(f"{draft}/plan")
    drafter.fill(plan_of(notice, county), action=f"{draft}/plan")
    drafter.get(f"{draft}/check")
    drafter.post(f"{draft}/check")
    drafter.post(f"{draft}/publish", expect=403)  # nobody approves what they drafted (R-ROLE-03)
    reviewer = county.person(REVIEWER)
    reviewer.get(f"{draft}/check")
    reviewer.fill({}, action=f"{draft}/publish")
    return reviewer.at.rsplit("/", 1)[1]


def plan_of(notice: Notice, county: County) -> dict[str, str]:
    """The implementation plan as it is filed with finance; it goes by the notice's own title, method and budget."""
    plan = filed_plan(county.now().date())
    return {
        "quantity": plan.quantity, "organisation_form": plan.organisation_form, "pricing": plan.pricing,
        "begins_on": plan.begins_on.isoformat(), "policy": plan.policy, "acceptance": plan.acceptance,
        "risks": plan.risks,
    }  # fmt: skip


def _subjects(notice: Notice) -> dict[str, dict[str, Any]]:
    lot = {
        "lots-0-item_code": "A02", "lots-0-title": "社会救助服务", "lots-0-quantity": "1", "lots-0-unit": "项",
        "lots-0-budget": notice.budget,
    }  # fmt: skip
    payment = {
        "milestones-0-title": "服务期满", "milestones-0-share": "100",
        "milestones-0-due_on": notice.service_to.isoformat(), "milestones-0-evidence": "已审核的服务时数和验收记录",
    }  # fmt: skip
    scoring = {"price_weight": notice.price_weight, "small_micro_deduction": "10", "rounding": "2"}
    return {
        "lots": lot,
        "requirement": {"requirement": REQUIREMENT},
        "qualification": {"qualification": "无"},
        "criteria": {**scoring, **(notice.criteria or first_criteria())},
        "milestones": {} if notice.has_monthly_payment else payment,
        "timetable": {"closes_at": f"{notice.closes_at:%Y-%m-%dT%H:%M}"},
    }


def allot(county: County, title: str, amount: str, document: str, item: str = "A02") -> str:
    """Finance allots a line to the sub-district; gives its reference."""
    finance = county.person("zhao.lei")
    finance.get("/budget/new")
    typed = {
        "year": str(county.now().year),
        "item_code": item,
        "title": title,
        "amount": amount,
        "source_document": document,
        **codes_for(item, county.now().year, document),
    }
    finance.fill(typed, buyer=TOWN)
    return finance.at.rsplit("/", 1)[1]


def line_amounts(finance: Browser, reference: str) -> list[str]:
    """The amounts on a budget line's page, in the order they stand there."""
    page = finance.get(f"/budget/{reference}")
    return re.findall(r"¥\s?([\d,]+\.\d\d)", page)
