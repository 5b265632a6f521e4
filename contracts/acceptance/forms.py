"""The acceptance certificate as a form: one finding for each requirement, one row for each printed deduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.acceptance.rules import MOST_TIMES, Failing, Finding, ItemFinding
from contracts.visits.forms import text_without_people
from marketplace.kernel.forms import Bound, Field, choice, day, flag, parse, whole_number
from marketplace.kernel.i18n import N_

_FINDINGS = [each.value for each in Finding]

REQUEST = [Field("statement", N_("做了什么"), text_without_people(2000))]


def parse_certificate(
    requirements: Sequence[str], posted: Mapping[str, Any], printed: Sequence[tuple[str, Decimal]] = ()
) -> Bound:
    """Read findings, deductions, opinions and remarks; `values` holds `findings` in the order of the requirements.

    `printed`: the deductions of the listing; `values["failings"]` holds those that happened.
    """
    fields = [
        Field("opinions", N_("服务对象的意见"), text_without_people(2000)),
        Field("remarks", N_("其他说明"), text_without_people(1000), is_required=False),
        Field("agree", N_("对验收结果负责"), flag()),
    ]
    form = parse([*fields, *_finding_fields(requirements), *_failing_fields(printed)], posted)
    for number, _ in enumerate(requirements, start=1):
        _needs_note(form, number, Finding.MET_WITH_REMARKS, N_("请写明需要改进的地方。"))
        if form.values[f"finding-{number}"] == Finding.NOT_MET:
            words = N_("这一项没有达到要求，不能验收合格。请填写整改期限，按“退回供应商整改”。")
            form.refuse(f"finding-{number}", words)
    _check_failings(form, printed)
    if not form.errors:
        form.values["findings"] = _findings(form, requirements)
        form.values["failings"] = _failings(form, printed)
    return form


def parse_rejection(requirements: Sequence[str], posted: Mapping[str, Any]) -> Bound:
    """Read what is to be mended and by when; `values["findings"]` as in the certificate."""
    fields = [
        Field("mend_by", N_("整改期限"), day()),
        Field("remarks", N_("其他说明"), text_without_people(1000), is_required=False),
    ]
    form = parse([*fields, *_finding_fields(requirements)], posted)
    form.raw.setdefault("opinions", str(posted.get("opinions", "")))
    for number, _ in enumerate(requirements, start=1):
        _needs_note(form, number, Finding.NOT_MET, N_("请写明要整改什么。"))
    found = [form.values[f"finding-{n}"] for n, _ in enumerate(requirements, start=1)]
    if all(found) and Finding.NOT_MET not in found:
        form.refuse("finding-1", N_("退回整改要至少有一项没有达到要求。都达到的请验收合格。"))
    if not form.errors:
        form.values["findings"] = _findings(form, requirements)
    return form


def _finding_fields(requirements: Sequence[str]) -> list[Field]:
    fields = []
    for number in range(1, len(requirements) + 1):
        fields.append(Field(f"finding-{number}", N_("履行情况"), choice(_FINDINGS)))
        fields.append(Field(f"note-{number}", N_("说明"), text_without_people(300), is_required=False))
    return fields


def _failing_fields(printed: Sequence[tuple[str, Decimal]]) -> list[Field]:
    fields = []
    for number in range(1, len(printed) + 1):
        fields.append(Field(f"times-{number}", N_("发生几次"), whole_number(0, MOST_TIMES), is_required=False))
        fields.append(Field(f"proof-{number}", N_("扣减依据"), text_without_people(300), is_required=False))
    return fields


def _needs_note(form: Bound, number: int, finding: Finding, words: str) -> None:
    name = f"note-{number}"
    if form.values[f"finding-{number}"] == finding and not form.values[name] and name not in form.errors:
        form.refuse(name, words)


def _check_failings(form: Bound, printed: Sequence[tuple[str, Decimal]]) -> None:
    for number, _ in enumerate(printed, start=1):
        times, proof = form.values[f"times-{number}"], form.values[f"proof-{number}"]
        if times and not proof and f"proof-{number}" not in form.errors:
            form.refuse(f"proof-{number}", N_("请写明扣减的依据：哪天、哪条记录。"))
        if proof and not times and f"times-{number}" not in form.errors:
            form.refuse(f"times-{number}", N_("请写明发生了几次；没有发生的，把依据也清空。"))


def _findings(form: Bound, requirements: Sequence[str]) -> list[ItemFinding]:
    return [
        ItemFinding(words, Finding(form.values[f"finding-{n}"]), form.values[f"note-{n}"] or "")
        for n, words in enumerate(requirements, start=1)
    ]


def _failings(form: Bound, printed: Sequence[tuple[str, Decimal]]) -> list[Failing]:
    return [
        Failing(condition, percent, form.values[f"times-{n}"], form.values[f"proof-{n}"])
        for n, (condition, percent) in enumerate(printed, start=1)
        if form.values[f"times-{n}"]
    ]
