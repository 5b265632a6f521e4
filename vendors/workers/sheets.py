"""A roster as a spreadsheet: its columns and what is wrong with its rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from marketplace.gateways.spreadsheets import Column, Sheet
from marketplace.kernel.forms import Wrong, day, text
from marketplace.kernel.i18n import N_, translate
from vendors.workers.rules import HOURS_LABELS, LEVEL_LABELS, Level, spell_mistakes
from vendors.workers.spells import Employer

_ON_CERTIFICATES = (
    ("高级社会工作师", Level.SENIOR),
    ("助理社会工作师", Level.ASSISTANT),
    ("社会工作师", Level.INTERMEDIATE),
)


def level(typed: str) -> str:
    """A certificate level by its words, the way they stand on a certificate."""
    words = typed.replace(" ", "")
    for value, label in LEVEL_LABELS.items():
        if words in (translate(label, "zh"), translate(label, "en").replace(" ", ""), str(value)):
            return str(value)
    for start, value in _ON_CERTIFICATES:
        if words.startswith(start):
            return str(value)
    raise Wrong(N_("证书等级请写：没有证书、助理社会工作师、社会工作师、高级社会工作师。"))


def hours(typed: str) -> str:
    """Full-time or part-time by its words."""
    for value, label in HOURS_LABELS.items():
        if typed.lower() in (translate(label, "zh"), translate(label, "en").lower(), value):
            return value
    raise Wrong(N_("用工方式请写：全职、兼职。不填就是全职。"))


COLUMNS = [
    Column("name", N_("姓名"), text(80), width=12),
    Column("certificate_level", N_("证书等级"), level, width=22),
    Column("certificate_number", N_("证书编号"), text(40), is_required=False, width=22),
    Column("registered_on", N_("登记日期"), day(), is_required=False, width=14),
    Column("certificate_until", N_("登记有效期至"), day(), is_required=False, width=14),
    Column("employed_from", N_("入职日期"), day(), width=14),
    Column("employed_to", N_("离职日期"), day(), is_required=False, width=14),
    Column("hours", N_("用工方式"), hours, is_required=False, width=10, hint=N_("不填就是全职")),
]


COMMUNITY = Column("community", N_("社区（村）"), text(80), width=14)


def columns_for(employer: Employer) -> list[Column]:
    """A provider's columns; a town says the community too."""
    return [COMMUNITY, *COLUMNS] if employer.town else COLUMNS


def look_through(sheet: Sheet, standing: Sequence[tuple[str, str, date]]) -> list[dict[str, Any]]:
    """Add what the rules say against rows; gives the spells that are not on the roster yet."""
    seen: dict[tuple[str, str, Any], int] = {}
    new = []
    for row in sheet.rows:
        v = row.values
        found = spell_mistakes(
            v["certificate_level"] or "none", v["certificate_number"] or "", v["registered_on"], v["certificate_until"]
        )
        for name, said in found.items() if v["certificate_level"] else ():
            sheet.refuse(row, name, str(said))
        if v["employed_from"] and v["employed_to"] and v["employed_to"] < v["employed_from"]:
            sheet.refuse(row, "employed_to", N_("离职日期不能早于入职日期。请核对。"))
        key = (v["name"] or "", v["certificate_number"] or "", v["employed_from"])
        first = seen.setdefault(key, row.number)
        if first != row.number:
            sheet.refuse(row, "name", N_("和第 {row} 行是同一条。请删去一行。"), row=first)
        if key not in standing:
            new.append(_spell(v))
    return new


def _spell(values: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in values.items() if name != "hours"}
    return {
        **facts, "certificate_number": values["certificate_number"] or "",
        "is_full_time": values["hours"] != "part_time",
    }  # fmt: skip
