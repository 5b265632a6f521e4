"""What comes with a visit, as a phone sends it: read field by field, with every mistake beside its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.cases.codes import text_without_people
from contracts.visits.extras import (
    SHORT_CODE_DIGITS,
    TASK_LABELS,
    Confirmation,
    Extras,
    PlaceException,
    rounded_place,
    short_code,
)
from marketplace.kernel.forms import (
    Bound,
    Field,
    Reader,
    Wrong,
    choice,
    code_text,
    decimal,
    identifier,
    moment,
    parse,
    whole_number,
)
from marketplace.kernel.i18n import N_

# moves and lines between whole numbers, as a finger draws them; nothing else can stand in the picture
_STROKES = re.compile(r"(?:M\d{1,4} \d{1,4}(?:L\d{1,4} \d{1,4}){1,400}){1,80}")
LONGEST_SIGNATURE = 12_000
MOST_SECONDS = 24 * 3600


def strokes() -> Reader:
    """A signature drawn on glass."""

    def read(typed: str) -> str:
        if len(typed) > LONGEST_SIGNATURE or not _STROKES.fullmatch(typed):
            raise Wrong(N_("签字没有写好。请擦掉，再签一次。"))
        return typed

    return read


def short_code_typed() -> Reader:
    """Four digits; whether they are right is for the reviewer."""

    def read(typed: str) -> str:
        if not re.fullmatch(rf"[0-9]{{{SHORT_CODE_DIGITS}}}", typed.strip()):
            raise Wrong(N_("短码是服务卡上的四位数字。"))
        return typed.strip()

    return read


# what the screens ask too
CONFIRMING = [
    Field("tasks", N_("做了哪些"), choice(list(TASK_LABELS)), is_required=False, is_list=True),
    Field("confirmed_by", N_("谁来确认"), choice([each.value for each in Confirmation]), is_required=False),
    Field("short_code", N_("短码"), short_code_typed(), is_required=False),
    Field("slip_number", N_("服务单编号"), code_text(40), is_required=False),
    Field("village_words", N_("哪个村（居）委会"), text_without_people(80), is_required=False),
]
EXTRAS = [
    *CONFIRMING,
    Field("signature", N_("屏幕签字"), strokes(), is_required=False),
    Field("latitude", N_("纬度"), decimal(Decimal(-90), Decimal(90), 15), is_required=False),
    Field("longitude", N_("经度"), decimal(Decimal(-180), Decimal(180), 15), is_required=False),
    Field("placed_at", N_("定位时间"), moment(), is_required=False),
    Field("exception", N_("有什么不一样"), choice([each.value for each in PlaceException]), is_required=False),
    Field("exception_reason", N_("原因"), text_without_people(200), is_required=False),
    Field("companions", N_("一起去的同事"), identifier(), is_required=False, is_list=True),
    Field("order", N_("工单"), code_text(40), is_required=False),
    Field("seconds", N_("记录用的秒数"), whole_number(0, MOST_SECONDS), is_required=False),
    Field("clock_off_seconds", N_("时钟误差"), whole_number(-2_000_000_000, 2_000_000_000), is_required=False),
]
# what each way of confirming has to carry
_CARRIED = {
    Confirmation.CODE: "short_code", Confirmation.SIGNATURE: "signature", Confirmation.VILLAGE: "village_words",
    Confirmation.SLIP: "slip_number",
}  # fmt: skip


def check_carried(form: Bound) -> None:
    """Who confirms says how: a code, a committee, a slip, a signature."""
    way = form.values.get("confirmed_by")
    if way and not form.values.get(_CARRIED[Confirmation(way)]):
        form.refuse(_CARRIED[Confirmation(way)], N_("请填写这一项，或者换一种确认方式。"))


def parse_extras(sent: Mapping[str, Any]) -> Bound:
    """Read what came with a visit; what is of no kind we know counts as not sent."""
    raw: dict[str, Any] = {}
    for each in EXTRAS:
        value = sent.get(each.name)
        if each.is_list and isinstance(value, list):
            raw[each.name] = [one for one in value if isinstance(one, str)][:20]
        elif not each.is_list and isinstance(value, str | int | float) and not isinstance(value, bool):
            raw[each.name] = str(value)
    form = parse(EXTRAS, raw)
    if form.errors:
        return form
    check_carried(form)
    if form["exception"] and not form["exception_reason"]:
        form.refuse("exception_reason", N_("请写明原因。"))
    if (form["latitude"] is None) != (form["longitude"] is None):
        form.refuse("latitude", N_("定位没有成功。请再按一次，或者不要定位。"))
    return form


def extras_of(form: Bound, recipient_code: str, device: UUID) -> Extras:
    """What came with a visit, of a form without mistakes; nothing is kept that the chosen way does not need."""
    kind = form["confirmed_by"] or ""
    placed = form["latitude"] is not None
    return Extras(
        tasks=tuple(dict.fromkeys(form["tasks"] or ())),
        confirmed_by=kind,
        code_is_right=form["short_code"] == short_code(recipient_code) if kind == Confirmation.CODE else None,
        slip_number=form["slip_number"] if kind == Confirmation.SLIP else "",
        village_words=form["village_words"] if kind == Confirmation.VILLAGE else "",
        signature=form["signature"] if kind == Confirmation.SIGNATURE else "",
        latitude=rounded_place(form["latitude"]) if placed else None,
        longitude=rounded_place(form["longitude"]) if placed else None,
        placed_at=form["placed_at"] if placed else None,
        exception=form["exception"] or "",
        exception_reason=form["exception_reason"] if form["exception"] else "",
        companions=tuple(dict.fromkeys(form["companions"] or ())),
        seconds=form["seconds"],
        clock_off_seconds=form["clock_off_seconds"] or 0,
        device=device,
        order=form["order"] or "",
    )  # fmt: skip
