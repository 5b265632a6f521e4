"""Budget lines from a spreadsheet: keep the file, look it through, enter all of it or nothing."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from catalogue.items.queries import current_items
from catalogue.plans.queries import list_buyers
from catalogue.plans.sheets import CODE_FIELDS, COLUMNS, Known, Preview, key_of, look_through
from catalogue.plans.tables import BudgetImport
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import SheetRow, read_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Source, open_lines_with
from marketplace.kernel.references.services import next_references

LARGEST_IMPORT = 10 * 1024 * 1024
CODES = [name for name, _, _ in CODE_FIELDS]
_TEXTS = ["reference", "item_code", "title", "source_document", *CODES]
_INSERT = f"""
INSERT INTO budget_line (id, year, buyer, ledger_line, allotted_by, allotted_at, imported_from, {", ".join(_TEXTS)})
SELECT id, year, buyer, ledger_line, $5, $6, $7, {", ".join(_TEXTS)}
FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[],
            {", ".join(f"${i}::text[]" for i in range(8, 8 + len(_TEXTS)))})
     AS new(id, year, buyer, ledger_line, {", ".join(_TEXTS)})
"""


async def upload_budget(name: str, content: bytes, actor: Actor, now: datetime) -> UUID:
    """Keep a spreadsheet to be looked through; no line is written yet. Raises FileRefused when it is no such table."""
    actor.check_may(Permission.ALLOT_BUDGET)
    if len(content) > LARGEST_IMPORT:
        raise FileRefused(N_("表格文件最大 10 MB。请分成几个文件。"))
    sheet = await asyncio.to_thread(read_sheet, name, content, COLUMNS)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    async with transaction():
        digest = hashlib.sha256(content).hexdigest()
        found: UUID = await insert(
            BudgetImport, file_name=name[-160:], content=content, sha256=digest, uploaded_by=actor.person_id,
            uploaded_at=now,
        )  # fmt: skip
        detail = {"name": name, "sha256": digest, "rows": str(len(sheet.rows))}
        await record("budget.import_uploaded", ("budget_import", str(found)), actor, detail, now)
    return found


async def import_page(found: UUID, actor: Actor) -> dict[str, Any]:
    """An uploaded spreadsheet, for those who allot. Raises NotFound."""
    actor.check_may(Permission.ALLOT_BUDGET)
    row = await fetchrow(
        "SELECT i.id, i.file_name, i.content, i.sha256, i.status, i.line_count, i.uploaded_at, i.confirmed_at,"
        " p.name AS uploaded_by_name FROM budget_import i JOIN person p ON p.id = i.uploaded_by WHERE i.id = $1",
        found,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def preview_import(row: dict[str, Any], now: datetime) -> Preview:
    """Every row of the file against what stands now."""
    known = await _known(now)
    return await asyncio.to_thread(_look, row["file_name"], row["content"], known)


def _look(name: str, content: bytes, known: Known) -> Preview:
    return look_through(read_sheet(name, content, COLUMNS), known)


async def _known(now: datetime) -> Known:
    buyers = await list_buyers()
    names = {name: buyer["id"] for buyer in buyers for name in (buyer["name"], buyer["name_en"]) if name}
    lines = await fetch(
        "SELECT b.year, b.buyer, b.item_code, b.title, b.source_document, b.reference, g.amount FROM budget_line b"
        " JOIN LATERAL (SELECT amount FROM ledger_posting WHERE line = b.ledger_line ORDER BY id LIMIT 1) g ON true"
        " WHERE b.year >= $1",
        county_day(now).year,
    )
    return Known(
        this_year=county_day(now).year,
        buyers=names,
        item_codes=frozenset(item["code"] for item in await current_items()),
        lines={key_of(line): (line["reference"], line["amount"]) for line in lines},
    )


async def confirm_import(found: UUID, actor: Actor, now: datetime) -> int:
    """Enter every new row of the file in one act; gives how many. Raises Conflict while one row is wrong."""
    row = await import_page(found, actor)
    async with transaction():
        # two imports at once would not see each other's lines; the second one waits here and then does
        await execute("SELECT pg_advisory_xact_lock(hashtext('budget_import'))")
        # who allots one line meanwhile takes its number first: wait for that too
        await execute("SELECT 1 FROM reference WHERE series LIKE 'YS-%' ORDER BY series FOR UPDATE")
        if await fetchval("SELECT status FROM budget_import WHERE id = $1 FOR UPDATE", found) != "waiting":
            raise Conflict(N_("这个表格已经导入过了。请看预算列表。"))
        preview = await preview_import(row, now)
        if preview.wrong:
            raise Conflict(
                N_("表格还有 {count} 处错误，第一处在 {cell}。一行也没有导入。请改好后重新上传。"),
                count=len(preview.mistakes), cell=preview.mistakes[0].cell,
            )  # fmt: skip
        if not preview.new:
            raise Conflict(N_("表格里的预算都已经下达，没有新的可以导入。"))
        await _enter(preview.new, found, actor, now)
        await execute(
            "UPDATE budget_import SET status = 'confirmed', confirmed_at = $2, line_count = $3 WHERE id = $1",
            found, now, len(preview.new),
        )  # fmt: skip
        detail = {"lines": str(len(preview.new)), "amount": str(preview.total), "sha256": row["sha256"]}
        await record("budget.imported", ("budget_import", str(found)), actor, detail, now)
    return len(preview.new)


async def _enter(rows: list[SheetRow], found: UUID, actor: Actor, now: datetime) -> None:
    values = [dict(row.values) for row in rows]
    for year in sorted({each["year"] for each in values}):
        own = [each for each in values if each["year"] == year]
        for each, reference in zip(own, await next_references("YS", year, len(own)), strict=True):
            each["reference"] = reference
    ids = [uuid4() for _ in values]
    sources = [Source("budget_line", str(line)) for line in ids]
    ledger_lines = await open_lines_with([each["amount"] for each in values], sources, now)
    await execute(
        _INSERT, ids, [each["year"] for each in values], [each["buyer"] for each in values], ledger_lines,
        actor.person_id, now, found, *([each[name] or "" for each in values] for name in _TEXTS),
    )  # fmt: skip
