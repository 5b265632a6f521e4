"""A table to take along, as CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from litestar.response import Response

from marketplace.gateways.file_types import MIME_TYPES
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.gateways.treasury_files import plain_cell
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import translate

KINDS = ("csv", "xlsx")


def table_file(
    name: str, title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, is_public: bool = True
) -> Response[bytes]:
    """The rows under the name `contracts.csv` or `contracts.xlsx`. Raises NotFound for another kind of file."""
    kind = name.rpartition(".")[2]
    if kind not in KINDS:
        raise NotFound()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if not is_public:
        headers["Cache-Control"] = "no-store"
    if kind == "xlsx":
        return Response(write_sheet(title, columns, rows), media_type=MIME_TYPES["xlsx"], headers=headers)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([translate(column.label) for column in columns])
    for row in rows:
        writer.writerow([plain_cell("" if (v := row.get(c.name)) is None else str(v)) for c in columns])
    # the mark at the start tells spreadsheets which characters these are
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)
