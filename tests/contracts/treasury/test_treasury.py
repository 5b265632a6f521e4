"""The treasury's result file: what is clear is entered once, everything else is listed and moves nothing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from contracts.billing.other_account import came_back
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file
from contracts.billing.vouchers import release_voucher, whole_voucher_file, withdraw_voucher
from contracts.promises.queries import promise_of
from contracts.treasury.rules import (
    USUAL_FIELDS,
    Finding,
    ResultLine,
    SentLine,
    field_map,
    match_lines,
)
from contracts.treasury.services import columns_of, read_result, result_lines, take_result
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.files import open_store
from marketplace.gateways.spreadsheets import write_sheet
from marketplace.gateways.treasury_files import PaymentGateway, TreasuryVoucherFile
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.settings import Settings
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    APRIL,
    MAY,
    FakeTreasury,
    World,
    a_contract_in_force,
    an_invoice_submitted,
    closing_time,
    sent_to_treasury,
)
from tests.cast import actor
from tests.pages import send, sign_in, words

LINE = ResultLine(2, "GK-2026-0001", "1", Decimal("41500.00"), "成功")
SENT = SentLine(uuid4(), Decimal("41500.00"), True, date(2026, 5, 6))
ALL = {("GK-2026-0001", "1"): SENT}
OURS = frozenset({"GK-2026-0001"})


@pytest.mark.parametrize(
    ("lines", "findings"),
    [
        ([LINE], [Finding.PAID]),
        ([replace(LINE, outcome="退票")], [Finding.RETURNED]),
        ([replace(LINE, outcome="处理中")], [Finding.UNCLEAR]),
        ([replace(LINE, batch="XD-2026-0001")], [Finding.OTHER_FILE]),
        ([replace(LINE, number="9")], [Finding.UNKNOWN, Finding.MISSING]),
        ([replace(LINE, amount=Decimal("41500.01"))], [Finding.AMOUNT]),
        ([replace(LINE, amount=None)], [Finding.AMOUNT]),
        ([replace(LINE, paid_on=date(2026, 5, 7))], [Finding.PAID]),
        ([replace(LINE, paid_on=date(2026, 5, 1))], [Finding.DATE]),
        ([replace(LINE, paid_on=date(2026, 5, 9))], [Finding.DATE]),
        ([LINE, replace(LINE, row=3)], [Finding.TWICE, Finding.TWICE]),
    ],
)
def test_each_line_is_found_to_be_one_thing(lines: list[ResultLine], findings: list[Finding]) -> None:
    assert [match.finding for match in match_lines(lines, ALL, OURS, date(2026, 5, 8))] == findings


def test_what_was_settled_before_is_not_settled_again() -> None:
    (match,) = match_lines([LINE], {("GK-2026-0001", "1"): replace(SENT, is_waiting=False)}, OURS)
    assert match.finding is Finding.SETTLED


@given(st.lists(st.sampled_from(["1", "2", "3"]), max_size=8), st.integers(-2, 2))
def test_no_payment_is_entered_twice_or_with_another_amount(numbers: list[str], off: int) -> None:
    sent = {("GK-2026-0001", n): SentLine(uuid4(), Decimal("10.00"), True) for n in ("1", "2")}
    amount = Decimal("10.00") + Decimal(off) / 100
    lines = [ResultLine(i, "GK-2026-0001", n, amount, "成功") for i, n in enumerate(numbers)]
    matches = match_lines(lines, sent, OURS)
    paid = [m.payment for m in matches if m.finding is Finding.PAID]
    assert len(paid) == len(set(paid)) and (off == 0 or not paid)
    assert len(matches) >= len(lines)


def test_a_county_names_its_columns() -> None:
    assert field_map("amount=支付金额; outcome=状态")["amount"] == "支付金额"
    assert field_map("") == USUAL_FIELDS
    assert list(field_map("reason=说明")) == list(USUAL_FIELDS)
    for setting, said in (("sum=金额", "没有字段“sum”"), ("reason=金额（元）", "两列都叫“金额（元）”")):
        with pytest.raises(DomainError) as refused:
            field_map(setting)
        assert said in refused.value.sentence.text("zh") and "TREASURY_FIELDS" in refused.value.sentence.text("zh")


def a_file(*rows: tuple[str, ...], encoding: str = "utf-8-sig") -> bytes:
    heading = ",".join(USUAL_FIELDS.values())
    return ("\r\n".join([heading, *(",".join(row) for row in rows)]) + "\r\n").encode(encoding)


def test_csv_of_either_encoding_and_xlsx_read_alike() -> None:
    row = ("GK-2026-0001", "1", "41500.00", "成功", "2026-05-08", "")
    total = ("GK-2026-0001", "合计", "41500.00", "", "", "")
    rows = [dict(zip(USUAL_FIELDS, cells, strict=True)) for cells in (row, total)]
    sheet = write_sheet("结果", columns_of(USUAL_FIELDS), [{**each, "amount": Decimal("41500")} for each in rows])
    found = [
        read_result("r.csv", a_file(row, total), USUAL_FIELDS),
        read_result("r.csv", a_file(row, total, encoding="gb18030"), USUAL_FIELDS),
        read_result("r.xlsx", sheet, USUAL_FIELDS),
    ]
    for lines in found:
        (line,) = lines
        assert (line.batch, line.number, line.outcome) == ("GK-2026-0001", "1", "成功")
        assert line.amount == Decimal("41500.00")
    with pytest.raises(FileRefused):
        read_result("r.csv", b"a,b\r\n1,2\r\n", USUAL_FIELDS)


# a month of the contract of tests/builders_contracts.py
AMOUNT, ACCOUNT = "41483.40", "62284800001234567890"
ANSWERED = at_county_time(date(2026, 5, 11), 9)


async def a_sent_payment(treasury: PaymentGateway | None = None) -> tuple[World, UUID, str]:
    world = await a_contract_in_force()
    await an_invoice_submitted(world)
    now = closing_time(world, APRIL)
    invoice = await fetchval("SELECT id FROM invoice")
    await approve_payment(invoice, world.finance, now)
    payment = await fetchval("SELECT id FROM payment")
    return world, payment, await sent_to_treasury([payment], treasury or FakeTreasury(), world.finance, now)


async def test_a_paid_line_pays_once_and_the_same_file_is_refused(db: Any) -> None:
    world, _, number = await a_sent_payment()
    now = ANSWERED
    content = a_file((number, "1", AMOUNT, "成功", "2026-05-08", ""))
    with pytest.raises(Forbidden):
        await take_result("r.csv", content, USUAL_FIELDS, world.director, now)
    await take_result("r.csv", content, USUAL_FIELDS, world.finance, now)
    with pytest.raises(Conflict):
        await take_result("again.csv", content, USUAL_FIELDS, world.finance, now)
    again = a_file((number, "1", AMOUNT, "成功", "2026-05-09", ""))
    result = await take_result("other.csv", again, USUAL_FIELDS, world.finance, now)
    assert [line["finding"] for line in await result_lines(result)] == ["settled"]
    assert await fetchval("SELECT count(*) FROM ledger_posting WHERE kind = 'pay'") == 1
    # lateness is counted to the treasury's day, not to the one on which its file was taken
    assert await fetchval("SELECT paid_on FROM payment") == date(2026, 5, 8)
    promise = await promise_of(await fetchval("SELECT id FROM invoice"), date(2026, 7, 1))
    assert promise is not None and promise["paid_on"] == date(2026, 5, 8) and promise["state"] == "paid"
    assert await first_difference() is None


async def test_a_file_goes_out_and_every_answer_to_it_is_reconciled_or_listed(db: Any) -> None:
    world = await a_contract_in_force()
    now = closing_time(world, MAY) + timedelta(days=1)
    for position, month in ((1, APRIL), (2, MAY)):
        await an_invoice_submitted(world, position, month)
    for invoice in await fetch("SELECT id FROM invoice"):
        await approve_payment(invoice["id"], world.finance, now)
    payments = [row["id"] for row in await fetch("SELECT id FROM payment")]
    treasury = FakeTreasury()
    number = await sent_to_treasury(payments, treasury, world.finance, now)

    async def taken() -> list[dict[str, str]]:
        content = await whole_voucher_file(number, "csv", treasury, world.finance, now)  # type: ignore[arg-type]
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    first, second, _ = await taken()
    assert first["收款账号"] == second["收款账号"] == ACCOUNT and first["批次号"] == number

    async def answered(*rows: tuple[dict[str, str], str, dict[str, str]]) -> list[str]:
        content = a_file(*(tuple({
            **sent, "处理结果": outcome, "付款日期": str(county_day(now)), "退回原因": "", **changed
        }[heading] for heading in USUAL_FIELDS.values()) for sent, outcome, changed in rows))  # fmt: skip
        result = await take_result("r.csv", content, USUAL_FIELDS, world.finance, now)
        return sorted(line["finding"] for line in await result_lines(result))

    off = {"金额（元）": f"{Decimal(first['金额（元）']) + Decimal('0.01')}"}
    listed = [
        *await answered((first, "成功", off), (first, "成功", {"序号": "9"}), (first, "成功", {"批次号": "XD-1"})),
        *await answered((first, "处理中", {}), (second, "成功", {}), (second, "退票", {})),
        *await answered((first, "成功", {"付款日期": str(county_day(now) + timedelta(days=1))}), (second, "退票", {})),
    ]  # fmt: skip
    assert await fetchval("SELECT count(*) FROM payment WHERE status = 'paid'") == 0
    # what came back goes out in another file: it is not in this one a second time
    left, total = await taken()
    assert left == first and total["金额（元）"] == first["金额（元）"]
    listed += await answered((first, "成功", {}))
    # the treasury has answered both lines: the whole file is not given for a second payment
    with pytest.raises(Conflict):
        await taken()
    assert await fetchval("SELECT count(*) FROM personal_data_look") == 2  # each time, for the provider to read
    listed += await answered((first, "成功", {"退回原因": "重复"}))
    assert Counter(listed) == Counter({**dict.fromkeys(Finding, 1), Finding.TWICE: 2})
    states = await fetch("SELECT status FROM payment ORDER BY status")
    assert [row["status"] for row in states] == ["approved", "paid"] and await first_difference() is None


async def test_a_returned_payment_is_paid_anew_in_a_new_file(db: Any) -> None:
    world, payment, number = await a_sent_payment()
    now = closing_time(world, APRIL)
    back = a_file((number, "1", AMOUNT, "退票", "", "账号不存在"))
    await take_result("r.csv", back, USUAL_FIELDS, world.finance, now)
    assert await fetchval("SELECT status FROM payment WHERE id = $1", payment) == "approved"
    new = await sent_to_treasury([payment], FakeTreasury(), world.finance, now)
    assert new != number and await first_difference() is None
    late = a_file((number, "1", AMOUNT, "成功", "2026-05-08", ""))
    result = await take_result("late.csv", late, USUAL_FIELDS, world.finance, ANSWERED)
    assert [line["finding"] for line in await result_lines(result)] == ["settled"]
    paid = a_file((new, "1", AMOUNT, "成功", "2026-05-10", ""))
    await take_result("paid.csv", paid, USUAL_FIELDS, world.finance, ANSWERED)
    row = await fetchrow("SELECT status FROM payment WHERE id = $1", payment)
    assert row is not None and row["status"] == "paid" and await first_difference() is None


async def test_the_pages_take_a_file_and_show_every_line(client: httpx.AsyncClient, settings: Settings) -> None:
    _, _, number = await a_sent_payment(TreasuryVoucherFile(open_store(settings)))
    await sign_in(client, "sun.yue")
    empty = await send(client, "/payments/results")
    assert empty.status_code == 422 and "请选择国库的结果文件" in empty.text
    content = a_file((number, "1", "41483.41", "成功", "2026-05-08", ""))
    taken = await send(client, "/payments/results", files={"file": ("r.csv", content, "text/csv")})
    assert taken.status_code == 303, taken.text
    assert "金额对不上" in (await client.get(taken.headers["location"])).text
    listed = await client.get("/payments/results")
    assert "金额大写" in listed.text and "TREASURY_FILE" in listed.text
    here = f"/payments/voucher-file/{number}"
    await execute("UPDATE budget_line SET year = 2025")
    seen = words((await client.get(f"{here}/release")).text)
    assert "用 2025 年度的预算" in seen
    assert "第一次向这个账号付款" in seen and "取用 XLSX" in seen and ACCOUNT not in seen
    assert ACCOUNT not in (await client.get(here)).text
    whole = await send(client, f"{here}/pay-file/whole", {"extension": "xlsx"})
    masked = await client.get(f"{here}/xlsx")
    assert whole.headers["cache-control"] == "no-store" and "attachment" in whole.headers["content-disposition"]
    sheets = [as_rows(file.content) for file in (masked, whole)]
    assert [sheet[1][4] for sheet in sheets] == ["6228************7890", ACCOUNT]
    assert [row[:4] + row[5:] for row in sheets[0][1:]] == [row[:4] + row[5:] for row in sheets[1][1:]]
    bad = await send(client, f"{here}/pay-file/whole", {"extension": "exe"})
    assert bad.status_code == 422 and ACCOUNT not in bad.text
    await sign_in(client, "chen.jing")
    assert (await send(client, f"{here}/pay-file/whole", {"extension": "csv"})).status_code == 403
    entry = await fetchrow("SELECT detail FROM audit_entry WHERE act = 'payment.whole_file_taken'")
    assert entry is not None and "GK-" in str(entry["detail"]) and ACCOUNT not in str(entry["detail"])


def as_rows(content: bytes) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)  # type: ignore[return-value]


async def test_several_invoices_are_approved_under_their_total_in_capitals(client: httpx.AsyncClient) -> None:
    world = await a_contract_in_force()
    await an_invoice_submitted(world)
    invoice = str(await fetchval("SELECT id FROM invoice"))
    await sign_in(client, "sun.yue")
    none = await send(client, "/payments/batch", {})
    assert none.status_code == 422 and "请先勾选至少一张发票" in none.text
    shown = await send(client, "/payments/batch", {"invoices": invoice})
    assert "人民币肆万壹仟肆佰捌拾叁元肆角" in shown.text
    for _ in range(2):
        assert (await send(client, "/payments/batch/approve", {"invoices": invoice})).status_code == 303
    assert await fetchval("SELECT count(*) FROM payment") == 1


async def test_R_ROLE_03_no_form_of_a_voucher_file_leaves_the_house_before_its_release(
    client: httpx.AsyncClient,
) -> None:
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    now = closing_time(world, APRIL) + timedelta(days=1)
    await approve_payment(await fetchval("SELECT id FROM invoice WHERE reference = $1", reference), world.finance, now)
    number = await make_treasury_file([await fetchval("SELECT id FROM payment")], FakeTreasury(), world.finance, now)
    await sign_in(client, "sun.yue")
    for form in ("", "/xlsx"):
        held = await client.get(f"/payments/voucher-file/{number}{form}")
        assert held.status_code in (403, 409, 422), form
        assert "attachment" not in held.headers.get("content-disposition", "")
    whole = await send(client, f"/payments/voucher-file/{number}/pay-file/whole", {"extension": "csv"})
    assert whole.status_code == 422 and "62284800" not in whole.text


async def test_R_ROLE_03_a_voucher_file_taken_back_before_its_release_lets_its_payments_go_into_another(
    db: Any,
) -> None:
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    now = closing_time(world, APRIL) + timedelta(days=1)
    await approve_payment(await fetchval("SELECT id FROM invoice WHERE reference = $1", reference), world.finance, now)
    payment, other = await fetchval("SELECT id FROM payment"), await actor("zhao.lei", now)
    number = await make_treasury_file([payment], FakeTreasury(), world.finance, now)
    for who in (world.reviewer, world.director):
        with pytest.raises(Forbidden):
            await release_voucher(number, who, now)
    with pytest.raises(Forbidden) as refused:
        await release_voucher(number, world.finance, now)
    assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(DomainError):
        await confirm_paid(payment, other, now)
    # a result for a file that nobody released changes nothing
    lines = f"批次号,序号,金额（元）,处理结果\n{number},1,41483.40,成功\n".encode()
    result = await take_result("r.csv", lines, USUAL_FIELDS, world.finance, now)
    assert [each["finding"] for each in await result_lines(result)] == ["other_file"]
    await withdraw_voucher(number, "户名写错", other, now)
    for act in (release_voucher(number, other, now), withdraw_voucher(number, "x", other, now)):
        with pytest.raises(Conflict):
            await act
    # nothing came back from the treasury: nobody is asked for another account
    assert await came_back(await fetchval("SELECT invoice FROM payment")) is None
    second = await make_treasury_file([payment], FakeTreasury(), other, now)
    await release_voucher(second, world.finance, now)
    await release_voucher(second, world.finance, now)
    with pytest.raises(Conflict):
        await withdraw_voucher(second, "x", other, now)
    await confirm_paid(payment, world.finance, now)
    assert await first_difference() is None
