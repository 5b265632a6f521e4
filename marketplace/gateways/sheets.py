"""Spreadsheets for other systems: every cell is text, whatever it looks like."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

TEXT_ONLY = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LONGEST_CELL = 32_767  # what a spreadsheet's cell can hold
MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same content gives the same bytes


def one_sheet(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet: a head and rows of text; formulas are text, numbers keep their zeros."""
    import xlsxwriter  # only when a sheet is asked for

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, TEXT_ONLY)
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "text_wrap": True, "num_format": "@"})
    body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column, head)
        sheet.set_column(number, number, 18)
    for line, row in enumerate(rows, start=1):
        for number, value in enumerate(row):
            sheet.write_string(line, number, value[:LONGEST_CELL], body)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
