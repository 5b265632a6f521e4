"""The acceptance certificate as a form: one finding for each requirement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.acceptance.rules import Finding, ItemFinding
from contracts.visits.forms import text_without_people
from marketplace.kernel.forms import Bound, Field, choice, flag, parse, text
from marketplace.kernel.i18n import N_

_FINDINGS = [each.value for each in Finding]


def parse_certificate(requirements: Sequence[str], posted: Mapping[str, Any]) -> Bound:
    """Read findings, opinions and remarks; `values["findings"]` holds them in the order of the requirements."""
    fields = [
        Field("opinions", N_("服务对象的意见"), text_without_people(2000)),
        Field("remarks", N_("其他说明"), text_without_people(1000), is_required=False),
        Field("agree", N_("对验收结果负责"), flag()),
    ]
    for number in range(1, len(requirements) + 1):
        fields.append(Field(f"finding-{number}", N_("履行情况"), choice(_FINDINGS)))
        fields.append(Field(f"note-{number}", N_("说明"), text(300), is_required=False))
    form = parse(fields, posted)
    for number, _ in enumerate(requirements, start=1):
        finding, note = form.values[f"finding-{number}"], form.values[f"note-{number}"]
        if finding == Finding.MET_WITH_REMARKS and not note and f"note-{number}" not in form.errors:
            form.refuse(f"note-{number}", N_("请写明需要改进的地方。"))
        if finding == Finding.NOT_MET:
            form.refuse(f"finding-{number}", N_("这一项没有达到要求，不能验收合格。请先让供应商整改，达到以后再验收。"))
    if not form.errors:
        form.values["findings"] = [
            ItemFinding(words, Finding(form.values[f"finding-{n}"]), form.values[f"note-{n}"] or "")
            for n, words in enumerate(requirements, start=1)
        ]
    return form
