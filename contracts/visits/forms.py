"""The phone form: one question a screen; every screen is read alone and all of them once more at the end."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from contracts.cases.codes import recipient_code, text_without_people
from contracts.visits.extra_forms import CONFIRMING, check_carried
from contracts.visits.extras import Confirmation, Extras, PlaceException, short_code
from contracts.visits.rules import VisitPoints
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import (
    Bound,
    Field,
    Reader,
    Wrong,
    choice,
    code_text,
    day,
    flag,
    identifier,
    parse,
    text,
)
from marketplace.kernel.i18n import N_

STEPS = ("service", "recipient", "place", "time", "note")

STEP_TITLES: dict[str, str] = {
    "service": N_("哪项服务"),
    "recipient": N_("服务谁"),
    "place": N_("在哪里"),
    "time": N_("什么时候"),
    "note": N_("做了什么"),
    "check": N_("请核对"),
}


def time_of_day() -> Reader:
    """A time as 14:30."""

    def read(typed: str) -> time:
        found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?", narrowed(typed))
        if not found:
            raise Wrong(N_("请按“14:30”的样子填时间。"))
        return time(int(found[1]), int(found[2]))

    return read


FIELDS: dict[str, list[Field]] = {
    "service": [Field("contract", N_("合同和服务"), identifier())],
    "recipient": [
        Field("service_order", N_("工单"), code_text(40), is_required=False),
        Field("recipient_code", N_("服务对象代码"), recipient_code()),
        Field("companions", N_("一起去的同事"), identifier(), is_required=False, is_list=True),
        Field("adult_there", N_("哪位成年人一直在场"), text_without_people(200), is_required=False),
        Field("is_group", N_("小组服务"), flag(), is_required=False),
    ],
    "place": [
        Field("town", N_("镇（街道）"), identifier()),
        Field("village", N_("村（社区）"), text_without_people(80)),
    ],
    "time": [
        Field("day", N_("日期"), day()),
        Field("begins", N_("开始时间"), time_of_day()),
        Field("ends", N_("结束时间"), time_of_day()),
    ],
    "note": [
        *CONFIRMING,
        Field("note", N_("做了什么"), text_without_people(500), is_required=False),
    ],
}

CORRECTION = [
    Field("reason", N_("更正的原因"), text_without_people(300)),
    Field("is_void", N_("这次服务没有发生"), flag(), is_required=False),
]

ALL_FIELDS = [each for step in STEPS for each in FIELDS[step]]
STEP_OF = {each.name: step for step in STEPS for each in FIELDS[step]}

HOURS = [
    Field("month", N_("月份"), text(7)),
    Field("visits", N_("服务记录"), identifier(), is_required=False, is_list=True),
    Field("every", N_("全部"), choice(["yes", "plain"]), is_required=False),
]
RETURN = [
    Field("month", N_("月份"), text(7)),
    Field("visit", N_("服务记录"), identifier()),
    Field("reason", N_("退回的原因"), text_without_people(300)),
]


def parse_all(raw: dict[str, Any]) -> Bound:
    """Every answer of the form at once."""
    form = parse(ALL_FIELDS, raw)
    if form.values.get("confirmed_by") != Confirmation.SIGNATURE:  # which the phone alone asks for
        check_carried(form)
    return form


def points_of(form: Bound) -> VisitPoints:
    """The six points of a form without mistakes."""
    return VisitPoints(
        contract_id=form["contract"],
        recipient_code=form["recipient_code"],
        town_id=form["town"],
        village=form["village"],
        day=form["day"],
        begins=form["begins"],
        ends=form["ends"],
        is_group=bool(form["is_group"]),
        note=form["note"] or "",
        extras=_extras_of(form),
    )


def _extras_of(form: Bound) -> Extras | None:
    """What the screens ask besides the six points; None where nothing of it was said, as on the phone's own form."""
    order, companions, adult = form["service_order"] or "", form["companions"] or (), form["adult_there"] or ""
    tasks, way = form["tasks"] or (), form["confirmed_by"] or ""
    if not (order or companions or adult or tasks or way):
        return None
    return Extras(
        tasks=tuple(dict.fromkeys(tasks)), confirmed_by=way,
        code_is_right=form["short_code"] == short_code(form["recipient_code"]) if way == Confirmation.CODE else None,
        slip_number=form["slip_number"] if way == Confirmation.SLIP else "",
        village_words=form["village_words"] if way == Confirmation.VILLAGE else "",
        companions=tuple(dict.fromkeys(companions)), exception=PlaceException.GUARDIAN.value if adult else "",
        exception_reason=adult, order=order,
    )  # fmt: skip
