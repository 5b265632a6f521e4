"""Tables as CSV, beside those as XLSX: the same columns, the same mistakes by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from marketplace.gateways.file_types import FileRefused, check_file
from marketplace.gateways.spreadsheets import MOST_ROWS, WIDEST, Column, Sheet, read_sheet, sheet_of
from marketplace.kernel.i18n import N_

# what office programs in China write: UTF-8 with or without a mark, or GB 18030
ENCODINGS = ("utf-8-sig", "gb18030")


def read_table(name: str, content: bytes, columns: Sequence[Column], most: int = MOST_ROWS) -> Sheet:
    """A table from a CSV or XLSX file. Raises FileRefused for another file."""
    if not name.lower().endswith(".csv"):
        return read_sheet(name, content, columns, most)
    text = _decoded(content)
    check_file(name, content)
    try:
        grid = [row[:WIDEST] for row in csv.reader(io.StringIO(text), _delimiter(text), strict=True)]
    except csv.Error as broken:
        raise FileRefused(N_("这个表格打不开。请用办公软件打开，另存为 xlsx 后再上传。")) from broken
    return sheet_of(grid, columns, most)


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(N_("这个 CSV 文件的编码读不出来。请用办公软件打开，另存为 xlsx 后再上传。"))


def _delimiter(text: str) -> type[csv.Dialect]:
    first = text.split("\n", 1)[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found
