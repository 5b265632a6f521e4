"""The columns of a list that an authority publishes, and what is wrong with its rows. Pure."""

from __future__ import annotations

from marketplace.gateways.spreadsheets import Column, Sheet
from marketplace.kernel.forms import day, text
from marketplace.kernel.i18n import N_
from vendors.providers.credit_codes import read_credit_code

COLUMNS = [
    Column("name", N_("单位名称"), text(200), width=36),
    Column("credit_code", N_("统一社会信用代码"), read_credit_code, is_required=False, width=22),
    Column("document_number", N_("决定书文号"), text(120), width=26),
    Column("reason", N_("事由"), text(1000), is_required=False, width=36),
    Column("starts_on", N_("开始日期"), day(), width=14),
    Column("ends_on", N_("结束日期"), day(), width=14),
]


def look_through(sheet: Sheet) -> None:
    """Add what the rules say against rows: days that run backwards, a name written twice for one document."""
    seen: dict[tuple[str, str], int] = {}
    for row in sheet.rows:
        starts, ends = row.values["starts_on"], row.values["ends_on"]
        if starts and ends and ends < starts:
            sheet.refuse(row, "ends_on", N_("结束日期不能早于开始日期。请核对。"))
        key = (row.values["credit_code"] or row.values["name"] or "", row.values["document_number"] or "")
        first = seen.setdefault(key, row.number)
        if first != row.number and all(key):
            sheet.refuse(row, "document_number", N_("和第 {row} 行是同一条。请删去一行。"), row=first)
