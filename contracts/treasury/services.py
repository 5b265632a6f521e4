"""Take a result file of the treasury: what is clear is entered at once, everything else is listed for a person."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from contracts.billing.services import confirm_paid, take_back_failed
from contracts.treasury.rules import Finding, Match, ResultLine, SentLine, match_lines
from contracts.treasury.tables import TreasuryResult, TreasuryResultLine
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import short_name
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import FileRefused, check_file
from marketplace.gateways.spreadsheets import Column, Sheet, read_sheet, sheet_of
from marketplace.gateways.treasury_files import TOTAL
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import day, money, text
from marketplace.kernel.i18n import N_


def columns_of(fields: dict[str, str]) -> list[Column]:
    """The columns of a result file by a county's field map."""
    readers = {"amount": money(), "paid_on": day()}
    optional = ("paid_on", "reason")
    return [
        Column(name, heading, readers.get(name, text(300)), is_required=name not in optional)
        for name, heading in fields.items()
    ]


def read_result(name: str, content: bytes, fields: dict[str, str]) -> list[ResultLine]:
    """The lines of a CSV or XLSX result file. Raises FileRefused for another table."""
    columns = columns_of(fields)
    if check_file(name, content).extension == "csv":
        sheet = sheet_of(list(csv.reader(io.StringIO(_decoded(content)))), columns)
    else:
        sheet = read_sheet(name, content, columns)
    return _lines(sheet)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("gb18030")  # what a Chinese spreadsheet writes by itself
        except UnicodeDecodeError:
            raise FileRefused(N_("这个文件的文字看不懂。请用 UTF-8 或者 GB18030 编码保存。")) from None


def _lines(sheet: Sheet) -> list[ResultLine]:
    lines = []
    for row in sheet.rows:
        raw = {name: value.strip() for name, value in row.raw.items()}
        if raw.get("number") == TOTAL:
            continue
        lines.append(ResultLine(
            row.number, raw.get("batch", "")[:60], raw.get("number", "")[:20], row.values.get("amount"),
            raw.get("outcome", "")[:40], row.values.get("paid_on"), raw.get("reason", "")[:300],
        ))  # fmt: skip
    return lines


async def take_result(name: str, content: bytes, fields: dict[str, str], actor: Actor, now: datetime) -> UUID:
    """Take a result file whole: pay and return what is clear, list the rest. Gives the result's identity.

    Raises Conflict for a file taken before, FileRefused for another table, Forbidden.
    """
    actor.check_may(Permission.APPROVE_PAYMENT)
    lines = await asyncio.to_thread(read_result, short_name(name), content, fields)
    if not lines:
        raise FileRefused(N_("表格里一行也没有。请核对后再上传。"))
    async with transaction():
        result = await _enter(short_name(name), hashlib.sha256(content).hexdigest(), actor, now)
        matches = await _matched(lines, now)
        for match in matches:
            await _carry_out(match, actor, now)
            await _keep(result, match)
        detail = {"file": name, "count": str(len(lines)), "sha256": hashlib.sha256(content).hexdigest()}
        await record("payment.result_taken", ("treasury_result", str(result)), actor, detail, now)
    return result


async def _enter(name: str, sha256: str, actor: Actor, now: datetime) -> UUID:
    try:
        async with transaction():
            found: UUID = await insert(TreasuryResult, name=name, sha256=sha256, taken_by=actor.person_id, taken_at=now)
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这个结果文件已经导入过。请在下面打开它看逐笔的结果。")) from None
    return found


async def _matched(lines: Sequence[ResultLine], now: datetime) -> list[Match]:
    named = sorted({line.batch for line in lines})
    rows = await fetch(
        "SELECT f.number AS batch, l.number, l.payment, l.amount,"
        " y.status = 'sent' AND y.voucher_file = f.id AS waiting, f.released_at"
        " FROM voucher_line l JOIN voucher_file f ON f.id = l.voucher_file JOIN payment y ON y.id = l.payment"
        " WHERE f.number = ANY($1::text[]) AND f.released_at IS NOT NULL"
        " ORDER BY f.number, l.number FOR UPDATE OF y",
        named,
    )
    sent = {
        (r["batch"], str(r["number"])): SentLine(
            r["payment"], r["amount"], bool(r["waiting"]), county_day(r["released_at"])
        )
        for r in rows
    }
    return match_lines(lines, sent, frozenset(r["batch"] for r in rows), county_day(now))


async def _carry_out(match: Match, actor: Actor, now: datetime) -> None:
    assert match.payment is not None or match.finding not in (Finding.PAID, Finding.RETURNED)
    if match.finding is Finding.PAID and match.payment:
        await confirm_paid(match.payment, actor, now, match.line.paid_on)
    elif match.finding is Finding.RETURNED and match.payment:
        await take_back_failed(match.payment, match.line.reason or match.line.outcome, now)


async def _keep(result: UUID, match: Match) -> None:
    line = match.line
    await insert(
        TreasuryResultLine, result=result, row=line.row, batch=line.batch, number=line.number,
        amount="" if line.amount is None else f"{line.amount:.2f}", outcome=line.outcome, paid_on=line.paid_on,
        reason=line.reason, finding=match.finding.value, payment=match.payment,
    )  # fmt: skip


async def results() -> list[dict[str, Any]]:
    """The result files taken, the newest first, with how many of their lines need a person."""
    rows = await fetch(
        "SELECT r.id, r.name, r.taken_at, p.name AS taken_by_name, count(l.id) AS lines,"
        " count(l.id) FILTER (WHERE l.finding NOT IN ('paid', 'returned', 'settled')) AS open FROM treasury_result r"
        " JOIN person p ON p.id = r.taken_by LEFT JOIN treasury_result_line l ON l.result = r.id"
        " GROUP BY r.id, r.name, r.taken_at, p.name ORDER BY r.taken_at DESC LIMIT 50"
    )
    return [dict(r) for r in rows]


async def result_lines(result: UUID) -> list[dict[str, Any]]:
    """Every line of a result with its finding, what needs a person first."""
    rows = await fetch(
        "SELECT l.*, y.reference AS payment_reference, s.amount AS sent_amount FROM treasury_result_line l"
        " LEFT JOIN payment y ON y.id = l.payment LEFT JOIN voucher_file f ON f.number = l.batch"
        " LEFT JOIN voucher_line s ON s.voucher_file = f.id AND s.payment = l.payment WHERE l.result = $1"
        " ORDER BY l.finding IN ('paid', 'returned', 'settled'), l.row",
        result,
    )
    return [dict(r) for r in rows]


async def known_result(result: UUID) -> str | None:
    """The name of a result file."""
    found: str | None = await fetchval("SELECT name FROM treasury_result WHERE id = $1", result)
    return found
