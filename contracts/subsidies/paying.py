"""The pay file of a frozen run, the treasury's result file, and what of it agrees."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from contracts.billing.tables import VoucherFile
from contracts.subsidies import queries
from contracts.subsidies.account_rules import SENT, STATED, check_somebody_is_paid
from contracts.subsidies.accounts import CONFIRMED
from contracts.subsidies.rules import RunStatus, check_document
from contracts.subsidies.services import lock_run, move_run
from contracts.subsidies.tables import SubsidyResult
from contracts.treasury.rules import Finding, Match, SentLine, match_lines
from contracts.treasury.services import read_result
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import short_name
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.treasury_files import (
    WORKERS_FILE,
    PaymentBatch,
    PaymentGateway,
    PaymentOrder,
    as_csv,
    voucher_rows,
)
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import conceal, reveal
from marketplace.kernel.references.services import next_reference

# one payment a person: own lines and adjustments together; who has no confirmed account comes last and is held
_SUMS = f"""
SELECT l.worker_key, min(l.name) AS name, sum(l.amount) AS amount, min(c.bank) AS bank, min(c.number) AS account
FROM subsidy_line l LEFT JOIN ({CONFIRMED}) c ON c.worker_key = l.worker_key
WHERE l.run = $1 GROUP BY l.worker_key HAVING sum(l.amount) > 0
ORDER BY min(c.number) IS NULL, min(l.name), l.worker_key
"""
_PAYMENTS = """
INSERT INTO subsidy_payment (id, run, number, worker_key, amount, bank, bank_account, status, answered_at)
SELECT gen_random_uuid(), $1, a.number, a.key, a.amount, a.bank, a.account,
  CASE WHEN a.account = '' THEN 'held' ELSE 'sent' END, CASE WHEN a.account = '' THEN $6::timestamptz END
FROM unnest($2::text[], $3::numeric[], $4::text[], $5::text[]) WITH ORDINALITY AS a(key, amount, bank, account, number)
"""


async def make_pay_file(run_id: UUID, gateway: PaymentGateway, actor: Actor, now: datetime) -> str:
    """Write the file that pays every worker with an amount and an account; the same number when made already.

    Who has no confirmed account is left out and paid with the next run. Raises Conflict where nobody has one.
    """
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await lock_run(run_id)
        check_document(run["document_number"])
        if run["voucher_number"]:
            return str(run["voucher_number"])
        await move_run(run_id, RunStatus(run["status"]), RunStatus.SENT)
        number = await next_reference("BK", county_day(now).year)
        await _write_payments(run_id, now)
        orders = [_order(each, run) for each in await queries.payments_of(run_id) if each["status"] == "sent"]
        receipt = await gateway.pay(PaymentBatch(number, orders))
        document = receipt.document
        voucher = await insert(
            VoucherFile, number=number, name=document.name, storage_key=document.key, sha256=document.sha256,
            size=document.size, total=receipt.total, made_by=actor.person_id, made_at=now,
            released_at=now,  # who ran the month and who approved it are two people: nothing waits for a third
        )  # fmt: skip
        await execute("UPDATE subsidy_run SET voucher_file = $2, sent_at = $3 WHERE id = $1", run_id, voucher, now)
        detail = {"file": number, "total": str(receipt.total), "sha256": document.sha256}
        await record("subsidy.pay_file_made", ("subsidy_run", str(run_id)), actor, detail, now)
    return number


async def _write_payments(run_id: UUID, now: datetime) -> None:
    """Numbers are encrypted once more for the column they are kept in, as they are on this day."""
    sums = await fetch(_SUMS, run_id)
    check_somebody_is_paid(sum(1 for each in sums if each["account"]))
    accounts = [conceal(reveal(each["account"] or "", STATED), SENT) for each in sums]
    await execute(
        _PAYMENTS, run_id, [each["worker_key"] for each in sums], [each["amount"] for each in sums],
        [each["bank"] or "" for each in sums], accounts, now,
    )  # fmt: skip


async def whole_pay_file(reference: str, actor: Actor, now: datetime) -> tuple[str, bytes]:
    """The name and bytes of the pay file with whole account numbers; made when it is taken and kept nowhere.

    Raises Forbidden, NotFound while there is no pay file.
    """
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await queries.run_page(reference)
        if not run["voucher_number"]:
            raise NotFound()
        orders = [_order(each, run) for each in await queries.payments_of(run["id"]) if each["status"] != "held"]
        content = as_csv(voucher_rows(PaymentBatch(run["voucher_number"], orders), WORKERS_FILE, is_whole=True))
        detail = {"file": run["voucher_number"], "count": str(len(orders))}
        await record("subsidy.whole_file_taken", ("subsidy_run", str(run["id"])), actor, detail, now)
    return f"{run['voucher_number']}-whole.csv", content


def _order(payment: dict[str, Any], run: dict[str, Any]) -> PaymentOrder:
    return PaymentOrder(
        payee=payment["name"], bank=payment["bank"], bank_account=reveal(payment["bank_account"], SENT),
        amount=payment["amount"],
        purpose=f"{run['month']:%Y-%m} 社工补贴（{run['document_number']}）", contract=payment["employer"],
        milestone=run["reference"],
    )  # fmt: skip


async def take_subsidy_result(
    run_id: UUID, file: tuple[str, bytes], fields: dict[str, str], actor: Actor, now: datetime
) -> UUID:
    """Take the treasury's result file for a run: what is clear is entered, the rest is listed for a person.

    What came back is paid again with the next run of the scheme. Raises Conflict for a file taken before or a run that
    is not with the treasury, FileRefused for another table.
    """
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    name, content = short_name(file[0]), file[1]
    lines = await asyncio.to_thread(read_result, name, content, fields)
    if not lines:
        raise FileRefused(N_("表格里一行也没有。请核对后再上传。"))
    sha256 = hashlib.sha256(content).hexdigest()
    async with transaction():
        run = await lock_run(run_id)
        if run["status"] not in (RunStatus.SENT, RunStatus.PAID):
            raise Conflict(N_("这个月还没有生成发放凭证，没有可以核对的结果。"))
        result = await _enter(run_id, name, sha256, actor, now)
        sent = {
            (run["voucher_number"], str(each["number"])): SentLine(
                each["id"], each["amount"], each["status"] == "sent", county_day(run["sent_at"])
            )
            for each in await queries.payments_of(run_id)
            if each["status"] != "held"
        }
        matches = match_lines(lines, sent, frozenset({run["voucher_number"]}), county_day(now))
        await _carry_out(result, matches, now)
        detail = {"file": name, "count": str(len(lines)), "sha256": sha256}
        await record("subsidy.result_taken", ("subsidy_run", str(run_id)), actor, detail, now)
        await _close_if_answered(run, actor, now)
    return result


async def _enter(run: UUID, name: str, sha256: str, actor: Actor, now: datetime) -> UUID:
    try:
        async with transaction():
            found: UUID = await insert(
                SubsidyResult, run=run, name=name, sha256=sha256, taken_by=actor.person_id, taken_at=now
            )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这个结果文件已经导入过。")) from None
    return found


async def _carry_out(result: UUID, matches: Sequence[Match], now: datetime) -> None:
    """Every line is kept as it was read; two statements, however many there are."""
    clear = [each for each in matches if each.finding in (Finding.PAID, Finding.RETURNED)]
    await execute(
        "UPDATE subsidy_payment y SET status = a.status, paid_on = a.paid_on, reason = a.reason, answered_at = $5"
        " FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[]) AS a(id, status, paid_on, reason)"
        " WHERE y.id = a.id AND y.status = 'sent'",
        [each.payment for each in clear], [each.finding.value for each in clear],
        [each.line.paid_on or county_day(now) if each.finding is Finding.PAID else None for each in clear],
        [(each.line.reason or each.line.outcome) if each.finding is Finding.RETURNED else "" for each in clear], now,
    )  # fmt: skip
    await execute(
        "INSERT INTO subsidy_result_line (id, result, row, number, amount, outcome, reason, finding)"
        " SELECT gen_random_uuid(), $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[])",
        result, [each.line.row for each in matches], [each.line.number for each in matches],
        ["" if each.line.amount is None else f"{each.line.amount:.2f}" for each in matches],
        [each.line.outcome for each in matches], [each.line.reason for each in matches],
        [each.finding.value for each in matches],
    )  # fmt: skip


async def _close_if_answered(run: dict[str, Any], actor: Actor, now: datetime) -> None:
    if run["status"] != RunStatus.SENT or await fetchval(
        "SELECT 1 FROM subsidy_payment WHERE run = $1 AND status = 'sent' LIMIT 1", run["id"]
    ):
        return
    await _close(run, actor, now)


async def _close(run: dict[str, Any], actor: Actor, now: datetime) -> None:
    await move_run(run["id"], RunStatus(run["status"]), RunStatus.PAID)
    await execute("UPDATE subsidy_run SET paid_at = $2 WHERE id = $1", run["id"], now)
    paid = await fetchval(
        "SELECT coalesce(sum(amount), 0) FROM subsidy_payment WHERE run = $1 AND status = 'paid'", run["id"]
    )
    await record("subsidy.paid", ("subsidy_run", str(run["id"])), actor, {"total": f"{paid:.2f}"}, now)


async def confirm_subsidies_paid(run_id: UUID, actor: Actor, now: datetime) -> None:
    """Without a result file: everything that has no answer yet was paid; confirming twice does no harm."""
    actor.check_may(Permission.APPROVE_SUBSIDIES)
    async with transaction():
        run = await lock_run(run_id)
        if run["status"] == RunStatus.PAID:
            return
        await execute(
            "UPDATE subsidy_payment SET status = 'paid', paid_on = $2, answered_at = $3"
            " WHERE run = $1 AND status = 'sent'",
            run_id, county_day(now), now,
        )  # fmt: skip
        await _close(run, actor, now)


async def reconciliation(run_id: UUID) -> dict[str, Any]:
    """The run's lines, its pay file and the treasury's answers, in yuan; `apart` is what the first two differ by."""
    row = await fetch(
        "SELECT (SELECT coalesce(r.total - f.total, 0) FROM subsidy_run r LEFT JOIN voucher_file f"
        " ON f.id = r.voucher_file WHERE r.id = $1)"
        " - coalesce(sum(amount) FILTER (WHERE status = 'held'), 0) AS apart, count(*)::int AS people,"
        " coalesce(sum(amount) FILTER (WHERE status <> 'held'), 0) AS sent,"
        " coalesce(sum(amount) FILTER (WHERE status = 'held'), 0) AS held,"
        " coalesce(sum(amount) FILTER (WHERE status = 'paid'), 0) AS paid,"
        " coalesce(sum(amount) FILTER (WHERE status = 'returned'), 0) AS returned,"
        " coalesce(sum(amount) FILTER (WHERE status = 'sent'), 0) AS waiting FROM subsidy_payment WHERE run = $1",
        run_id,
    )
    return dict(row[0])
