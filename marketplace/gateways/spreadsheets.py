"""Spreadsheets in and out: reading finds every mistake by its cell, what is written never runs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from marketplace.gateways.file_types import FileRefused, check_file
from marketplace.kernel.characters import without_shapeless
from marketplace.kernel.forms import Reader, Wrong, visible
from marketplace.kernel.i18n import N_, Sentence, say, translate
from marketplace.kernel.late import late

xlsxwriter = late("xlsxwriter")

MOST_ROWS = 10_000
LARGEST_SHEET = 60 * 1024 * 1024  # bytes of one sheet unpacked; 10,000 full rows are about 12 MB
WIDEST = 200
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})?(\d{1,7})[\"']")


@dataclass(frozen=True)
class Column:
    """One column: its name in code, its heading (Chinese; English is understood too), and how its cells are read."""

    name: str
    label: str
    read: Reader
    is_required: bool = True
    width: int = 16
    hint: str = ""


@dataclass(frozen=True)
class CellMistake:
    """What is wrong with which cell, such as D17."""

    cell: str
    label: str
    sentence: Sentence


@dataclass
class SheetRow:
    """One row: its number in the file, the text of each cell, what the cells mean, what is wrong."""

    number: int
    raw: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    mistakes: list[CellMistake] = field(default_factory=list)


@dataclass
class Sheet:
    """A sheet as it was read; `letters` names the file's column for each field."""

    columns: Sequence[Column]
    letters: dict[str, str]
    rows: list[SheetRow]

    @property
    def mistakes(self) -> list[CellMistake]:
        """Every mistake from top to bottom."""
        return [mistake for row in self.rows for mistake in row.mistakes]

    def refuse(self, row: SheetRow, name: str, message: str, /, **values: object) -> None:
        """Add a mistake that a rule found to a cell; the first one said about a cell stays."""
        column = next(each for each in self.columns if each.name == name)
        # a column that may be left out has no cell; the row's first one stands for it
        cell = f"{self.letters.get(name) or next(iter(self.letters.values()))}{row.number}"
        if all(mistake.cell != cell for mistake in row.mistakes):
            row.mistakes.append(CellMistake(cell, column.label, say(message, **values)))
            row.mistakes.sort(key=lambda mistake: (len(mistake.cell), mistake.cell))


def read_sheet(name: str, content: bytes, columns: Sequence[Column], most: int = MOST_ROWS) -> Sheet:
    """The first sheet of an XLSX file, its columns found by their headings. Raises FileRefused for another table."""
    if check_file(name, content).extension != "xlsx":
        raise FileRefused(N_("请上传 xlsx 表格。可以先下载模板，填好再上传。"))
    _check_extent(content, most)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as broken:
        raise FileRefused(N_("这个表格打不开。请用办公软件打开，另存为 xlsx 后再上传。")) from broken
    return sheet_of(grid, columns, most)


def sheet_of(grid: Sequence[Sequence[Any]], columns: Sequence[Column], most: int = MOST_ROWS) -> Sheet:
    """The cells of a table as a sheet, its columns found by their headings. Raises FileRefused for another table."""
    heading = next((i for i, cells in enumerate(grid) if _is_heading(cells, columns)), None)
    if heading is None:
        raise FileRefused(N_("表格里没有找到标题行。请下载模板，把内容贴到模板里再上传。"))
    places = _places(grid[heading], columns)
    letters = {each: _letters(place) for each, place in places.items()}
    sheet = Sheet(columns, letters, [])
    for number, cells in enumerate(grid[heading + 1 :], start=heading + 2):
        raw = {each: _text(cells[place]) if place < len(cells) else "" for each, place in places.items()}
        if any(raw.values()):
            sheet.rows.append(_read_row(sheet, SheetRow(number, raw)))
    if (count := len(sheet.rows)) > most:
        raise FileRefused(N_("表格有 {count} 行，一次最多 {most} 行。请分成几个文件。"), count=count, most=most)
    return sheet


def _check_extent(content: bytes, most: int) -> None:
    # one cell in the far corner would make the reader lay out the whole square before it
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for member in package.infolist():
            if not member.filename.startswith("xl/worksheets/") or not member.filename.endswith(".xml"):
                continue
            if member.file_size > LARGEST_SHEET:
                raise FileRefused(N_("表格太大。一次最多 {most} 行，请分成几个文件。"), most=most)
            for place in _PLACE.finditer(package.read(member)):
                if int(place[2]) > most + 100 or _index(place[1] or b"") > WIDEST:
                    raise FileRefused(
                        N_("表格的内容一直到单元格 {cell}，超出了 {most} 行。请删去多余的行和列，或者分成几个文件。"),
                        cell=((place[1] or b"A") + place[2]).decode(),
                        most=most,
                    )


def _is_heading(cells: Sequence[Any], columns: Sequence[Column]) -> bool:
    return len(_places(cells, columns, demand=False)) * 2 >= sum(column.is_required for column in columns) + 1


def _places(cells: Sequence[Any], columns: Sequence[Column], demand: bool = True) -> dict[str, int]:
    headings = {_text(cell).rstrip("*＊ "): place for place, cell in reversed(list(enumerate(cells)))}
    found = {
        column.name: headings[word]
        for column in columns
        for word in (translate(column.label, "en"), translate(column.label, "zh"))
        if word in headings
    }
    missing = [column.label for column in columns if column.is_required and column.name not in found]
    if demand and missing:
        raise FileRefused(N_("表格缺少这一列：{label}。请对照模板补上，列的先后没有关系。"), label=say(missing[0]))
    return found


def _read_row(sheet: Sheet, row: SheetRow) -> SheetRow:
    for column in sheet.columns:
        typed = row.raw.get(column.name, "")
        row.values[column.name] = None
        if not typed:
            if column.is_required:
                sheet.refuse(row, column.name, N_("请填写“{label}”。"), label=say(column.label))
            continue
        try:
            row.values[column.name] = column.read(visible(without_shapeless(typed)))
        except Wrong as wrong:
            cell = f"{sheet.letters[column.name]}{row.number}"
            row.mistakes.append(CellMistake(cell, column.label, wrong.sentence))
    return row


def _text(value: Any) -> str:
    """A cell as somebody would have typed it into a form."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, float):
        # 505000.1 is stored as the nearest binary number; its shortest form is what was typed
        return format(Decimal(repr(value)).normalize(), "f")
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()


def _letters(index: int) -> str:
    return (_letters(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


_SETTINGS = {
    "constant_memory": True, "in_memory": True,
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
_HEAD = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
# the mark before the text keeps it text when somebody edits the cell or saves the sheet as CSV
_TEXT = {"num_format": "@", "quote_prefix": True}


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31]


def write_sheet(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """An XLSX file with one sheet; amounts are numbers, everything else is text that no program will run."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SETTINGS) as book:
        head = book.add_format(_HEAD)
        text = book.add_format(_TEXT)
        money = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet(_sheet_name(translate(title)))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, translate(column.label), head)
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                value = row.get(column.name)
                if isinstance(value, Decimal | int) and not isinstance(value, bool):
                    # up to 15 digits a spreadsheet's number is exact to the fen
                    sheet.write_number(number, place, value, money if isinstance(value, Decimal) else None)
                elif value not in (None, ""):
                    sheet.write_string(number, place, _text(value), text)
    return out.getvalue()


def write_text_sheet(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """An XLSX file whose cells are all text, the first row its headings: nothing is translated, rounded or run."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SETTINGS) as book:
        head, text = book.add_format(_HEAD), book.add_format(_TEXT)
        sheet = book.add_worksheet(_sheet_name(title))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(map(len, rows)) - 1, 20)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell, text if number else head)
    return out.getvalue()
