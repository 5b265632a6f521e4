"""Two people saved the same section: what each has, field by field, where they differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.listings import forms
from marketplace.kernel.forms import Field
from marketplace.kernel.i18n import N_

FIELDS: dict[str, list[Field]] = {
    "basics": forms.BASICS, "requirement": forms.REQUIREMENT, "qualification": forms.QUALIFICATION,
    "criteria": forms.SCORING, "timetable": forms.TIMETABLE, "openers": forms.OPENERS, "terms": forms.TERMS,
}  # fmt: skip
ROWS: dict[str, tuple[str, list[Field]]] = {
    "lots": (N_("采购包"), forms.LOT_ROW), "quantities": (N_("数量"), forms.QUANTITY_ROW),
    "indicators": (N_("绩效指标"), forms.INDICATOR_ROW), "criteria": (N_("评审因素"), forms.CRITERION_ROW),
    "milestones": (N_("付款节点"), forms.MILESTONE_ROW), "deductions": (N_("扣减"), forms.DEDUCTION_ROW),
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One field that two people filled differently; `row` is its place among repeated rows, 0 for none."""

    group: str
    row: int
    label: str
    mine: str
    theirs: str


def differences(
    subject: str, typed: Mapping[str, Any], stored: Mapping[str, Any], names: Mapping[str, str]
) -> list[Difference]:
    """Where what was typed differs from what is stored now; rows that are only on one side too."""
    found = []
    for name in dict.fromkeys([*stored, *typed]):
        mine, theirs = _shown(typed.get(name, ""), names), _shown(stored.get(name, ""), names)
        label = _label(subject, name)
        if label and mine != theirs:
            found.append(Difference(*label, mine, theirs))
    return found


def _label(subject: str, name: str) -> tuple[str, int, str] | None:
    pieces = name.split("-")
    if len(pieces) == 3 and pieces[0] in ROWS and re.fullmatch(r"[0-9]{1,3}", pieces[1]):
        group, fields = ROWS[pieces[0]]
        labels = {each.name: each.label for each in fields}
        return (group, int(pieces[1]) + 1, labels[pieces[2]]) if pieces[2] in labels else None
    labels = {each.name: each.label for each in FIELDS.get(subject, [])}
    return ("", 0, labels[name]) if name in labels else None


def _shown(value: Any, names: Mapping[str, str]) -> str:
    values = sorted(names.get(str(v), str(v)) for v in (value if isinstance(value, list) else [value]))
    return "、".join(values).replace("\r\n", "\n").strip()
