"""The register as a file: the same columns as XLSX and as CSV, where no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from catalogue.items.rules import LEGAL_FORM_LABELS, LegalForm
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.gateways.treasury_files import plain_cell
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import text
from marketplace.kernel.i18n import N_, translate
from vendors.providers.rules import FileStatus

EXPORTED = [
    Column("reference", N_("编号"), text(40), width=16),
    Column("name", N_("机构名称"), text(120), width=36),
    Column("name_en", N_("英文名称"), text(200), width=30),
    Column("former_names", N_("曾用名"), text(400), width=30),
    Column("credit_code", N_("统一社会信用代码"), text(18), width=22),
    Column("legal_form", N_("组织形式"), text(80), width=28),
    Column("file_status", N_("预检"), text(20), width=12),
    Column("grade", N_("评估等级"), text(10), width=10),
    Column("items", N_("可以提供的项目"), text(200), width=24),
    Column("towns", N_("所在和服务的镇街"), text(200), width=24),
    Column("registered_at", N_("登记日期"), text(20), width=14),
]


def worded(rows: Sequence[Mapping[str, Any]], towns: Mapping[UUID, str]) -> Iterator[dict[str, str]]:
    """Every entry as the words of its cells."""
    for row in rows:
        yield {
            "reference": row["reference"], "name": row["name"], "name_en": row["name_en"],
            "former_names": "、".join(row["former_names"]),
            "credit_code": row["credit_code"], "legal_form": translate(LEGAL_FORM_LABELS[LegalForm(row["legal_form"])]),
            "file_status": translate(N_("已预检")) if row["file_status"] == FileStatus.CHECKED else "",
            "grade": row["grade"],
            "items": " ".join(row["items"]), "towns": " ".join(towns[town] for town in row["towns"] if town in towns),
            "registered_at": county_day(row["registered_at"]).isoformat(),
        }  # fmt: skip


def as_xlsx(rows: Sequence[Mapping[str, Any]], towns: Mapping[UUID, str]) -> bytes:
    """The entries as a spreadsheet."""
    return write_sheet(N_("供应商名册"), EXPORTED, worded(rows, towns))


def as_csv(rows: Sequence[Mapping[str, Any]], towns: Mapping[UUID, str]) -> bytes:
    """The entries as CSV; the mark at the start tells spreadsheets which characters these are."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([translate(column.label) for column in EXPORTED])
    for row in worded(rows, towns):
        writer.writerow([plain_cell(row[column.name]) for column in EXPORTED])
    return out.getvalue().encode("utf-8-sig")
