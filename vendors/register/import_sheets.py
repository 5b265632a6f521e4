"""A register that is brought in as a spreadsheet: its columns and what is wrong with its rows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.gateways.spreadsheets import Column, Sheet, SheetRow
from marketplace.kernel.forms import Wrong, day, proper_name, text
from marketplace.kernel.i18n import N_, translate
from vendors.providers.credit_codes import read_credit_code
from vendors.providers.rules import legal_form_mistake, only_legal_form


def legal_form(typed: str) -> str:
    """A legal form by its words in either language."""
    words = typed.replace(" ", "").casefold()
    for form, label in LEGAL_FORM_LABELS.items():
        spoken = {translate(label, "zh"), translate(label, "en").replace(" ", ""), form.value}
        if words in {each.casefold() for each in spoken} | {translate(label, "zh").split("（")[0]}:
            return form.value
    raise Wrong(N_("没有这种组织形式。请照登记页面上的写法，或者留空按代码判断。"))


COLUMNS = [
    Column("name", N_("机构名称"), proper_name(120), width=36),
    Column("name_en", N_("英文名称"), proper_name(200), is_required=False, width=30),
    Column("credit_code", N_("统一社会信用代码"), read_credit_code, width=22),
    Column("legal_form", N_("组织形式"), legal_form, is_required=False, width=28, hint=N_("留空按代码判断")),
    Column("legal_representative", N_("法定代表人"), proper_name(80), is_required=False, width=14),
    Column("address", N_("住所"), text(200), is_required=False, width=36),
    Column("contact", N_("联系人和电话"), text(120), is_required=False, width=24),
    Column("founded_on", N_("成立日期"), day(), is_required=False, width=14),
]


class Fate(StrEnum):
    """What becomes of a row: entered, registered already, or like another body so that a person must say."""

    NEW = "new"
    KNOWN = "known"
    LIKE = "like"


FATE_LABELS: dict[Fate, tuple[str, str]] = {
    Fate.NEW: (N_("新登记"), "done"),
    Fate.KNOWN: (N_("已经登记，跳过"), "neutral"),
    Fate.LIKE: (N_("名称相近，请判断"), "waiting"),
}


@dataclass(frozen=True)
class Like:
    """A body whose name is like a row's: its printed number (empty for a row of the same file), name and code."""

    reference: str
    name: str
    credit_code: str


@dataclass(frozen=True)
class Judged:
    """A row with its fate and what it is like."""

    row: SheetRow
    fate: Fate
    like: tuple[Like, ...] = ()


def look_through(sheet: Sheet, today: date) -> None:
    """Add what the rules say against rows: a form against its code, a day to come, a code twice."""
    seen: dict[str, int] = {}
    for row in sheet.rows:
        v = row.values
        if code := v["credit_code"]:
            v["legal_form"] = v["legal_form"] or only_legal_form(code)
            if not v["legal_form"] and not row.raw.get("legal_form"):
                sheet.refuse(row, "legal_form", N_("这个代码看不出组织形式。请填写。"))
            elif v["legal_form"] and (said := legal_form_mistake(code, v["legal_form"])):
                sheet.refuse(row, "legal_form", said.message, **said.values)
            if (first := seen.setdefault(code, row.number)) != row.number:
                sheet.refuse(row, "credit_code", N_("和第 {row} 行的代码相同。请删去一行。"), row=first)
        if v["founded_on"] and v["founded_on"] > today:
            sheet.refuse(row, "founded_on", N_("成立日期不能晚于今天。请核对。"))


def judge(
    sheet: Sheet, cores: Mapping[str, str], known_codes: Collection[str], like: Mapping[str, list[Like]]
) -> list[Judged]:
    """Each row's fate. `cores` gives the core of each name, `like` the registered bodies of each core."""
    in_file: dict[str, list[SheetRow]] = {}
    for row in sheet.rows:
        if row.values["name"]:
            in_file.setdefault(cores[row.values["name"]], []).append(row)
    found = []
    for row in sheet.rows:
        code, core = row.values["credit_code"], cores.get(row.values["name"] or "", "")
        if code in known_codes:
            found.append(Judged(row, Fate.KNOWN))
            continue
        others = [
            Like("", each.values["name"], each.values["credit_code"] or "")
            for each in in_file.get(core, ())
            if each is not row
        ]
        near = (*like.get(core, ()), *others)
        found.append(Judged(row, Fate.LIKE if near else Fate.NEW, near))
    return found
