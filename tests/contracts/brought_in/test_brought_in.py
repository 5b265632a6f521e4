"""Running contracts from a spreadsheet: looked through, entered by a second person, then worked with like others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.items.services import load_first_edition
from catalogue.plans.services import NewAllotment, allot_budget
from contracts.acceptance.queries import milestones_with_months
from contracts.acceptance.rules import Failing, Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_facts, money_of
from contracts.billing.queries import invoice_page, payments_of
from contracts.billing.services import approve_payment, confirm_paid, submit_invoice
from contracts.billing.steps import step_of, take_step
from contracts.brought_in.imports import drop_import, enter_contracts, import_page, preview_import, upload_contracts
from contracts.brought_in.sheets import COLUMNS, Known, Part, look_through, shares
from contracts.deposits.returns import return_all_due
from contracts.renewals.services import NextYear, renew_contract
from contracts.visits.closing import close_month
from marketplace.gateways.spreadsheets import Sheet, SheetRow, read_sheet, write_sheet
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import FakeTreasury, a_person, a_provider, an_invoice, sent_to_treasury
from tests.cast import OFFICES, actor, office
from tests.pages import send, sign_in, words
from vendors.standing.queries import standing_of

D = Decimal
NOW = at_county_time(date(2026, 7, 1), 10)
BEFORE = {
    "former_number": "JTMZ-2025-07", "title": "购买社会救助服务（2025—2026）", "buyer": OFFICES["zhaozhen"][1],
    "credit_code": "52510121MJX0000016", "item_code": "S01", "method": "竞争性磋商", "quantity": D(1), "unit": "年",
    "requirement": "每月入户走访。\n建立服务档案。", "signed_on": "2025-09-20", "service_from": "2025-10-01",
    "service_to": "2026-09-30", "amount": D("400000"), "grade": "良", "score": D("84.5"), "evaluated_on": "2026-04-20",
}  # fmt: skip
ROWS = [
    BEFORE | {"milestone": "第四季度", "milestone_amount": D("100000"), "due_on": "2025-12-31", "paid": D("100000"),
              "paid_on": "2025-12-20"},
    BEFORE | {"milestone": "上半年", "milestone_amount": D("200000"), "due_on": "2026-06-30", "paid": D("150000"),
              "paid_on": "2026-05-20"},
    BEFORE | {"milestone": "第三季度", "milestone_amount": D("100000"), "due_on": "2026-09-30"},
]  # fmt: skip


async def a_county(amount: Decimal = D("300000")) -> str:
    """With the provider registered and this year's line allotted; gives the line's number."""
    await load_first_edition(NOW)
    await a_provider(NOW)
    allotted = NewAllotment(2026, "S01", "社会救助服务", await office("zhaozhen"), amount, "金财预〔2026〕9号")
    line = await allot_budget(allotted, await actor("zhao.lei", NOW), NOW)
    found: str = await fetchval("SELECT reference FROM budget_line WHERE id = $1", line)
    return found


AGREED = {
    "payment_days": "20", "late_rate": "4.5", "deductions": "未按时上门：2%；记录不实＝5",
    "bond_way": "保函", "bond_amount": D("20000"), "bond_issuer": "成都农商银行金堂支行", "bond_number": "BH-2025-118",
    "bond_until": "2026-12-31", "bond_kept_at": "赵镇街道财务室保险柜", "renewal_years": "1", "renewal_grade": "良",
    "indicators": "走访率｜不低于 95%｜60；满意度｜不低于 90%｜40",
}  # fmt: skip


def the_file(line: str, *changes: dict[str, Any]) -> bytes:
    rows = [row | {"budget_line": line} | (changes[i] if i < len(changes) else {}) for i, row in enumerate(ROWS)]
    return write_sheet("正在履行的合同", COLUMNS, rows)


async def handed_in(content: bytes, username: str = "liu.fang") -> UUID:
    return await upload_contracts("contracts.xlsx", content, await actor(username, NOW), NOW)


def test_shares_of_parts_are_a_hundred_percent() -> None:
    parts = [Part("", D(amount), date(2026, 1, 1), "", False) for amount in (1, 1, 1)]
    assert sum(shares(D(3), parts)) == 100


async def test_a_running_contract_comes_with_its_payments_and_the_ledger_holds(db: Any) -> None:
    line = await a_county()
    found = await handed_in(the_file(line))
    preview = await preview_import(await import_page(found), NOW)
    assert (len(preview.new), preview.total, preview.paid, preview.mistakes) == (1, D(400000), D(250000), [])
    finance = await actor("sun.yue", NOW)
    with pytest.raises(Forbidden):
        await enter_contracts(found, await actor("song.ya", NOW), NOW)
    assert await enter_contracts(found, finance, NOW) == 1
    with pytest.raises(Conflict):
        await enter_contracts(found, finance, NOW)
    reference = await fetchval("SELECT reference FROM contract WHERE counted_from IS NOT NULL")
    contract = await contract_facts(reference, visible_to=None)
    assert (contract["status"], contract["counted_from"]) == ("in_force", date(2026, 7, 1))
    assert "JTMZ-2025-07" in contract["terms"]
    milestones = await milestones_with_months(contract)
    told = [(m["amount"], m["status"], [x["month"] for x in m["months"]]) for m in milestones]
    assert told == [
        (D(100000), "paid", []), (D(150000), "paid", []), (D(50000), "open", []),
        (D(100000), "open", [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]),
    ]  # fmt: skip
    money = await money_of(contract["id"])
    assert (money["paid"], money["open"]) == (D(250000), D(150000))
    line_now = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", contract["ledger_line"])
    assert line_now is not None
    # the 100,000 of the year before brought their own budget along
    assert [line_now[part] for part in ("appropriated", "free", "committed", "paid")] == [
        D(400000), D(0), D(150000), D(250000),
    ]  # fmt: skip
    assert await first_difference() is None
    standing = await standing_of(contract["provider"], contract["item_category"], date(2026, 7, 1))
    assert standing is not None and (standing.grade, standing.contract_reference) == ("good", reference)
    again = await handed_in(the_file(line))
    with pytest.raises(Conflict, match="都已经带入"):
        await enter_contracts(again, finance, NOW)
    await drop_import(again, finance, NOW)


async def test_one_mistake_keeps_all_out_and_is_named_by_its_cell(db: Any) -> None:
    line = await a_county(D("200000"))
    finance = await actor("sun.yue", NOW)
    wrong = [
        ({"paid": D("100001")}, "已付金额超过节点金额"), ({"paid_on": ""}, "请填付款日期"),
        ({"milestone_amount": D("99999.99"), "paid": D("99999")}, "不等于合同金额"),
        ({"credit_code": "52510121MJX0000099"}, "还没有登记"),
        ({"method": "招投标"}, "采购方式"), ({"grade": "优秀"}, "优、良、中、差"), ({}, "共要"),
    ]  # fmt: skip
    for change, said in wrong:
        every = ("credit_code", "method", "grade")
        changes = [change] * 3 if any(name in change for name in every) else [change]
        found = await handed_in(the_file(line, *changes), "zhao.lei")
        preview = await preview_import(await import_page(found), NOW)
        assert any(said in mistake.sentence.text("zh") for mistake in preview.mistakes), (said, preview.mistakes)
        with pytest.raises(Conflict, match="一份合同也没有带入"):
            await enter_contracts(found, finance, NOW)
    with pytest.raises(Forbidden) as refused:  # who handed it in does not enter it
        await enter_contracts(found, await actor("zhao.lei", NOW), NOW)
    assert refused.value.clause == "R-ROLE-03"
    assert await fetchval("SELECT count(*) FROM contract") == 0


def test_one_office_under_two_names_and_a_number_written_otherwise_are_one_contract() -> None:
    buyers = dict.fromkeys(("赵镇街道办事处", "Zhaozhen"), UUID(int=1))
    letters = {column.name: chr(ord("A") + place) for place, column in enumerate(COLUMNS)}
    rows = [
        SheetRow(place, {}, dict.fromkeys(letters) | {"buyer": name, "former_number": number})
        for place, name, number in ((2, "赵镇街道办事处", "JTMZ-2025-07"), (3, "Zhaozhen", " jtmz\uff0d2025-07"))
    ]
    preview = look_through(Sheet(COLUMNS, letters, rows), Known(NOW.date(), buyers, {}, {}, {}, {}))
    assert len(preview.wrong) == 1 and not preview.new
    assert "同一份合同" in rows[1].mistakes[0].sentence.text("zh")


async def test_a_contract_brought_in_is_accepted_invoiced_and_paid_like_others(db: Any) -> None:
    line = await a_county()
    await enter_contracts(await handed_in(the_file(line)), await actor("sun.yue", NOW), NOW)
    reference = await fetchval("SELECT reference FROM contract WHERE counted_from IS NOT NULL")
    contract = await contract_facts(reference, visible_to=None)
    accepter, finance = await actor("chen.jing", NOW), await actor("sun.yue", NOW)
    director = await a_person("director.0016", "何理事", contract["provider_organisation"], ("provider",), NOW)
    milestone = await milestone_at(contract, 3)  # what was left of the first half of the year
    findings = [ItemFinding(words, Finding.MET, "") for words in items_to_find(contract, milestone)]
    await accept_milestone(reference, 3, Certificate(findings, "走访三户，均表示满意。"), accepter, NOW)
    invoice = await submit_invoice(reference, 3, an_invoice(D("50000"), NOW.date()), director, NOW)
    found = await fetchval("SELECT id FROM invoice WHERE reference = $1", invoice)
    people = iter([await actor(name, NOW) for name in ("wang.min", "li.qiang", "chen.jing")])
    while step := step_of(await invoice_page(invoice, finance)):
        await take_step(invoice, step, "", next(people), NOW)
    await approve_payment(found, finance, NOW)
    (payment,) = await payments_of(contract["id"])
    await sent_to_treasury([payment["id"]], FakeTreasury(), finance, NOW)
    await confirm_paid(payment["id"], finance, NOW)
    money = await money_of(contract["id"])
    assert (money["paid"], money["open"]) == (D(300000), D(100000))
    assert await first_difference() is None


async def test_terms_agreed_elsewhere_hold_here_to_the_return_of_the_bond_and_another_year(db: Any) -> None:
    line = await a_county()
    await enter_contracts(await handed_in(the_file(line, *[AGREED] * 3)), await actor("sun.yue", NOW), NOW)
    reference = await fetchval("SELECT reference FROM contract WHERE counted_from IS NOT NULL")
    contract = await contract_facts(reference, visible_to=None)
    assert (contract["payment_days"], contract["late_rate"]) == (20, D("4.5"))
    for told in ("20 日内支付", "年利率 4.5%", "未按时上门：2%", "BH-2025-118", "满意度：不低于 90%（40 分）", "续签"):
        assert told in contract["terms"], told
    when = at_county_time(date(2026, 10, 8), 10)
    accepter, finance = await actor("chen.jing", when), await actor("sun.yue", when)
    director = await a_person("director.0016", "何理事", contract["provider_organisation"], ("provider",), NOW)
    buyer = await actor("wang.min", when)
    year = await allot_budget(
        NewAllotment(2026, "S01", "下一年", await office("zhaozhen"), D("400000"), "金财预〔2026〕19号"),
        await actor("zhao.lei", NOW), NOW,
    )  # fmt: skip
    renewal = await renew_contract(reference, NextYear(year), buyer, at_county_time(date(2026, 9, 20), 10))
    assert (await contract_facts(renewal, visible_to=buyer))["payment_days"] == 20
    for position, failings in ((3, [Failing("未按时上门", D(2), 1, "6月3日记录")]), (4, [])):
        for month in (m["month"] for m in (await milestone_at(contract, position))["months"]):
            await close_month(contract["id"], month, accepter, when)
        milestone = await milestone_at(contract, position)
        findings = [ItemFinding(words, Finding.MET, "") for words in items_to_find(contract, milestone)]
        certificate = Certificate(findings, "走访三户，均表示满意。", failings=failings)
        with pytest.raises(DomainError):  # what the contract did not agree costs nothing
            other = Certificate(findings, "满意。", failings=[Failing("态度不好", D(2), 1, "")])
            await accept_milestone(reference, position, other, accepter, when)
        await accept_milestone(reference, position, certificate, accepter, when)
        amount = milestone["amount"] - (D(1000) if failings else D(0))
        invoice = await submit_invoice(reference, position, an_invoice(amount, when.date()), director, when)
        assert (await invoice_page(invoice, finance))["due_on"] == date(2026, 10, 28)  # twenty days, not thirty
        found = await fetchval("SELECT id FROM invoice WHERE reference = $1", invoice)
        people = iter([buyer, await actor("li.qiang", when), accepter])
        while step := step_of(await invoice_page(invoice, finance)):
            await take_step(invoice, step, "", next(people), when)
        await approve_payment(found, finance, when)
        payment = next(p for p in await payments_of(contract["id"]) if p["invoice_reference"] == invoice)
        assert await return_all_due(when) == 0
        await sent_to_treasury([payment["id"]], FakeTreasury(), finance, when)
        await confirm_paid(payment["id"], finance, when)
    bond = await fetchrow("SELECT * FROM deposit WHERE contract = $1", contract["id"])
    assert bond is not None and (bond["held"], bond["kept_at"]) == (D(20000), "赵镇街道财务室保险柜")
    assert await return_all_due(when) == 1
    assert await fetchval("SELECT status FROM deposit WHERE contract = $1", contract["id"]) == "returned"
    assert await first_difference() is None


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("payment_days", "61", "最多 60 天"), ("late_rate", "2.9", "贷款市场报价利率"),
        ("deductions", "未按时上门", "第 1 项"),
        ("deductions", "迟到：2%；旷工：0", "第 2 项"), ("bond_kept_at", "", "存放处都要填"),
        ("bond_way", "现金", "保函或者"),
        ("bond_until", "2026-06-30", "已经过期"), ("bond_amount", "40000.01", "最多是合同金额的 10%"),
        ("bond_issuer", "", "开立机构"), ("renewal_grade", "", "要么都填"), ("renewal_grade", "差", "优、良、中之一"),
        ("indicators", "走访率｜95%｜60", "应当是 100"), ("indicators", "走访率｜95%", "第 1 项"),
    ],
)  # fmt: skip
def test_a_mistaken_term_is_told_by_its_cell(name: str, typed: str, said: str) -> None:
    rows = [row | AGREED | {"budget_line": "YS-2026-0001", name: typed} for row in ROWS[:1]]
    sheet = read_sheet("contracts.xlsx", write_sheet("合同", COLUMNS, rows), COLUMNS)
    preview = look_through(sheet, Known(NOW.date(), {}, {}, {}, {}, {}))
    [mistake] = [each for each in preview.mistakes if each.cell == f"{sheet.letters[name]}{sheet.rows[0].number}"]
    assert said in mistake.sentence.text("zh")


async def test_the_pages_show_the_file_and_finance_enters_it(client: httpx.AsyncClient, clock: Any) -> None:
    line = await a_county()
    await clock.set(NOW)
    await sign_in(client, "liu.fang")
    assert "带入正在履行的合同" in words((await client.get("/contracts")).text)
    assert (await client.get("/contracts/import/template.xlsx")).content[:2] == b"PK"
    nothing = await send(client, "/contracts/import", files={"file": ("a.xlsx", b"no table", "application/zip")})
    assert nothing.status_code == 422
    up = await send(client, "/contracts/import", files={"file": ("合同.xlsx", the_file(line), "application/zip")})
    assert up.status_code == 303, words(up.text)
    path = up.headers["location"]
    assert "由财政局的另一位同事确认" in words((await client.get(path)).text)
    assert (await send(client, path)).status_code == 403
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403
    await sign_in(client, "sun.yue")
    assert "确认带入合同表格" in words((await client.get("/work")).text)
    assert (await send(client, path)).status_code == 303
    assert "已经带入 1 份合同" in words((await client.get(path)).text)
    reference = await fetchval("SELECT reference FROM contract WHERE counted_from IS NOT NULL")
    page = words((await client.get(f"/contracts/{reference}")).text)
    assert "平台启用以前签订，带入" in page and "其中带入以前付的 ¥250,000.00" in page
    assert "带入" in words((await client.get("/contracts")).text)
