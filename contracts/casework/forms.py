"""What casework and group activities ask."""

from __future__ import annotations

import re

from contracts.cases.codes import RevealsPerson, read_recipient_code, recipient_code, text_without_people
from contracts.casework.rules import Entry
from contracts.casework.services import Text
from contracts.visits.forms import time_of_day
from marketplace.kernel.forms import (
    Bound,
    Field,
    Reader,
    Wrong,
    choice,
    code_text,
    day,
    identifier,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_


def codes() -> Reader:
    """Codes of residents, one a line or with commas between."""

    def read(typed: str) -> list[str]:
        found = [each for each in re.split(r"[\s,，、;；]+", typed) if each]
        try:
            return [read_recipient_code(each) for each in found]
        except RevealsPerson as refused:
            raise Wrong(str(refused)) from refused

    return read


WORDS = [
    Field("words", N_("内容"), text(4000)),
    Field("health", N_("健康信息"), text(1000), is_required=False),
    Field("disability", N_("残疾信息"), text(1000), is_required=False),
]
OPENING = [
    Field("contract", N_("合同和服务"), identifier()),
    Field("recipient_code", N_("服务对象代码"), recipient_code()),
    Field("order", N_("工单"), code_text(40), is_required=False),
    *WORDS,
]
ENTRY = [
    Field("kind", N_("写什么"), choice([e.value for e in Entry if e is not Entry.INTAKE])),
    Field("visit", N_("哪次服务"), identifier(), is_required=False),
    *WORDS,
]
HANDING_ON = [Field("worker", N_("换成谁"), identifier())]
PLANNING = [
    Field("contract", N_("合同和服务"), identifier()),
    Field("theme", N_("主题"), text_without_people(120)),
    Field("aim", N_("目的"), text_without_people(500)),
    Field("steps", N_("怎样进行"), text_without_people(4000)),
    Field("place", N_("地点"), text_without_people(120)),
    Field("planned_on", N_("计划的日期"), day()),
]
HOLDING = [
    Field("day", N_("日期"), day()),
    Field("begins", N_("开始时间"), time_of_day()),
    Field("ends", N_("结束时间"), time_of_day()),
    Field("codes", N_("签到的服务对象代码"), codes()),
]
EVALUATING = [
    Field("evaluation", N_("活动评估"), text_without_people(1000)),
    Field("satisfied", N_("满意的人数"), whole_number(0, 1000), is_required=False),
]
CANCELLING = [Field("cancel_reason", N_("取消的原因"), text_without_people(200))]


def text_of(form: Bound) -> Text:
    """One text of a form without mistakes."""
    visit = form.values.get("visit")
    return Text(form["words"], form["health"] or "", form["disability"] or "", visit)
