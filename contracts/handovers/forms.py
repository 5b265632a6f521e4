"""What is asked about a handover: the next contract, each resident's line, names and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from contracts.handovers.rules import Consent, Outcome, Passing, check_days, check_is_told
from contracts.visits.forms import text_without_people
from marketplace.kernel.forms import Bound, Field, choice, day, flag, identifier, parse, proper_name
from marketplace.kernel.i18n import N_

OPENING = [Field("next_contract", N_("接续的合同"), identifier(), is_required=False)]
SIGNING = [
    Field("typed_name", N_("签名（输入您的姓名）"), proper_name(80)),
    Field("agree", N_("我已核对移交清单，有权代表本单位确认"), flag()),
]
RETURN = [Field("reason", N_("退回的理由"), text_without_people(300))]


def _line(prefix: str) -> list[Field]:
    return [
        Field(f"{prefix}-outcome", N_("以后由谁服务"), choice([o.value for o in Outcome]), is_required=False),
        Field(f"{prefix}-consent", N_("本人意见"), choice([c.value for c in Consent]), is_required=False),
        Field(f"{prefix}-consented_on", N_("表示意见的日期"), day(), is_required=False),
        Field(f"{prefix}-visited_on", N_("一起上门的日期"), day(), is_required=False),
        Field(f"{prefix}-note", N_("怎样安排"), text_without_people(300), is_required=False),
    ]


def read_list(
    posted: Mapping[str, Any], codes: Sequence[str], today: date, *, is_final: bool
) -> tuple[Bound, list[Passing]]:
    """Every resident's line; a final list has to be whole and signed, one that is only kept may have gaps."""
    form = parse([field for code in codes for field in _line(code)] + (SIGNING if is_final else []), posted)
    passings = [
        Passing(
            code, form[f"{code}-outcome"], form[f"{code}-consent"], form[f"{code}-consented_on"],
            form[f"{code}-visited_on"], form[f"{code}-note"] or "",
        )
        for code in codes
    ]  # fmt: skip
    for passing in passings:
        check_days(form, passing.code, passing, today)
        if is_final:
            check_is_told(form, passing.code, passing)
    return form, passings
