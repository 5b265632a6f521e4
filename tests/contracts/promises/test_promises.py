"""The promise to pay: rests, interest owed, lists for those concerned, averages and arrears for everybody."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from catalogue.holds.rules import Ground
from catalogue.holds.tables import ProcurementHold
from contracts.agreements.services import sign_contract
from contracts.billing import queries as billing
from contracts.billing.delays import explain_delay
from contracts.billing.interest import approve_interest
from contracts.billing.services import (
    approve_payment,
    confirm_paid,
    return_invoice,
    submit_invoice,
)
from contracts.promises.queries import (
    arrears_of,
    due_payments,
    promise_of,
    promises_of_contract,
    record_by_buyer,
)
from contracts.promises.words import where_of
from contracts.promises.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    DRAWN_UP,
    MAY,
    FakeTreasury,
    World,
    a_contract,
    a_contract_in_force,
    a_paid_milestone,
    a_provider,
    an_invoice,
    an_invoice_submitted,
    sent_to_treasury,
)
from tests.pages import send, sign_in, words

# accepted and invoiced on 1 May 2026; 30 days later is Sunday 31 May
LAST = date(2026, 5, 31)
SEVEN_LATE = date(2026, 6, 7)


async def small(world: World) -> None:
    """The provider declares itself a small enterprise."""
    await execute("UPDATE provider SET legal_form = 'enterprise', is_small_micro = true WHERE id = $1", world.provider)


async def invoiced() -> tuple[World, dict[str, Any]]:
    """A contract with one invoice in hand."""
    world = await a_contract_in_force()
    return world, await billing.invoice_page(await an_invoice_submitted(world), world.finance)


async def a_hold(world: World, begun: date, ended: date | None) -> None:
    """A challenge that rests the procurement; `ended` is the day of its answer."""
    await insert(
        ProcurementHold, listing=world.facts["listing"], ground=Ground.CHALLENGE.value, subject=f"ZY-{uuid4().hex[:8]}",
        begun_by=world.signer.person_id, begun_at=at_county_time(begun, 9),
        ended_at=at_county_time(ended, 9) if ended else None, end_reason="已答复" if ended else "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("today", "state", "late"), [
        (date(2026, 5, 25), "open", 0), (date(2026, 5, 26), "soon", 0), (LAST, "soon", 0),
        (date(2026, 6, 1), "late", 1), (SEVEN_LATE, "late", 7),
    ],
)  # fmt: skip
async def test_R_PAY_01_a_promise_is_open_soon_due_or_late(db: Any, today: date, state: str, late: int) -> None:
    _, invoice = await invoiced()
    promise = await promise_of(invoice["id"], today)
    assert promise is not None and promise["last_day"] == LAST and promise["clause"] == "R-PAY-02/social_period"
    assert (promise["state"], promise["days_late"]) == (state, late)


async def test_R_PAY_02_interest_of_seven_late_days(db: Any) -> None:
    _, invoice = await invoiced()
    promise = await promise_of(invoice["id"], SEVEN_LATE)
    assert promise is not None and promise["amount"] == Decimal("41483.40")
    # 41,483.40 × 0.05 % = 20.7417; × 7 = 145.1919
    assert (promise["interest_a_day"], promise["interest"]) == (Decimal("20.74"), Decimal("145.19"))


async def test_R_PAY_04_nothing_stops_the_clock_and_what_was_accepted_is_paid(db: Any) -> None:
    world, invoice = await invoiced()
    await a_hold(world, date(2026, 5, 11), None)
    promise = await promise_of(invoice["id"], SEVEN_LATE)
    assert promise is not None and promise["last_day"] == LAST and promise["days_late"] == 7
    assert "等待审核" in where_of(promise).text("zh")
    assert await approve_payment(invoice["id"], world.finance, at_county_time(SEVEN_LATE, 9))
    there = await promise_of(invoice["id"], SEVEN_LATE)
    assert there is not None and "等待生成国库凭证" in where_of(there).text("zh")


async def test_R_PAY_04_a_returned_invoice_gives_the_county_no_more_time(db: Any) -> None:
    world = await a_contract_in_force()
    first = await billing.invoice_page(await an_invoice_submitted(world), world.finance)
    await small(world)  # what it becomes after signing changes nothing (SMEPAY 3)
    await return_invoice(first["id"], "抬头不对", world.finance, at_county_time(date(2026, 5, 8), 9))
    assert await promise_of(first["id"], LAST) is None
    again = at_county_time(date(2026, 5, 12), 9)
    second = await submit_invoice(
        world.reference, 1, an_invoice(first["amount"], date(2026, 5, 11)), world.director, again
    )
    promise = await promise_of((await billing.invoice_page(second, world.finance))["id"], LAST)
    assert promise is not None and promise["clause"] == "R-PAY-02/social_period" and promise["payee"] == "other"
    assert promise["counts_from"] == date(2026, 5, 1) and promise["last_day"] == LAST


async def test_R_PAY_02_a_medium_enterprise_with_agreed_terms(db: Any) -> None:
    world = await a_contract()
    await execute("UPDATE provider SET legal_form = 'enterprise', is_medium = true WHERE id = $1", world.provider)
    now = DRAWN_UP + timedelta(hours=2)
    await sign_contract(world.contract, world.signer.name, world.signer, now)
    await sign_contract(world.contract, world.director.name, world.director, now)
    await execute("UPDATE contract SET payment_days = 45, late_rate = 3.6 WHERE id = $1", world.contract)
    invoice = await billing.invoice_page(await an_invoice_submitted(world), world.finance)
    promise = await promise_of(invoice["id"], date(2026, 6, 25))
    # 45 days after 1 May are 15 June; ten days late at 3.6 % a year of 360 days: 41,483.40 × 0.01 % × 10
    assert promise is not None and promise["payee"] == "small" and promise["last_day"] == date(2026, 6, 15)
    assert promise["interest"] == Decimal("41.48")


async def id_of(payment: str) -> Any:
    """The identity of a payment."""
    return await fetchval("SELECT id FROM payment WHERE reference = $1", payment)


async def pay(payment: str, world: World, now: datetime) -> None:
    """A voucher file for one payment, and the treasury's word that it was paid."""
    found = await id_of(payment)
    await sent_to_treasury([found], FakeTreasury(), world.finance, now)
    await confirm_paid(found, world.finance, now)


async def test_R_PAY_02_interest_is_paid_with_the_price_and_its_rest_alone_through_the_ledger(db: Any) -> None:
    world, invoice = await invoiced()
    reference, free = invoice["reference"], "SELECT free FROM ledger_line WHERE id = $1"
    with pytest.raises(Conflict):
        await approve_interest(reference, world.finance, at_county_time(LAST, 9))
    with pytest.raises(Forbidden):
        await approve_interest(reference, world.director, at_county_time(SEVEN_LATE, 9))
    had = await fetchval(free, world.facts["ledger_line"])
    # a last day in a year whose holidays nobody has loaded may still move
    await execute("UPDATE invoice SET is_provisional = true WHERE id = $1", invoice["id"])
    with pytest.raises(Conflict, match="放假安排还没有载入") as unsure:
        await approve_interest(reference, world.finance, at_county_time(SEVEN_LATE, 9))
    assert unsure.value.clause == "R-CAL-03"
    await execute("UPDATE invoice SET is_provisional = false WHERE id = $1", invoice["id"])
    first = await approve_interest(reference, world.finance, at_county_time(SEVEN_LATE, 9))
    with pytest.raises(Conflict):  # pressed twice
        await approve_interest(reference, world.finance, at_county_time(SEVEN_LATE, 9))
    with pytest.raises(Conflict):  # what is approved on it would rest on nothing
        await return_invoice(invoice["id"], "抬头不对", world.finance, at_county_time(SEVEN_LATE, 9))
    price = await approve_payment(invoice["id"], world.finance, at_county_time(SEVEN_LATE, 9))
    await sent_to_treasury([await id_of(price)], FakeTreasury(), world.finance, at_county_time(date(2026, 6, 8), 9))
    with pytest.raises(Conflict, match="国库"):  # its last day is not known before the treasury has answered
        await approve_interest(reference, world.finance, at_county_time(date(2026, 6, 19), 9))
    with pytest.raises(DomainError, match="付款日期"):
        await confirm_paid(await id_of(price), world.finance, at_county_time(date(2026, 6, 9), 9), date(2026, 6, 7))
    await confirm_paid(await id_of(price), world.finance, at_county_time(date(2026, 6, 19), 9), date(2026, 6, 8))
    await pay(first, world, at_county_time(date(2026, 6, 19), 9))
    last = await approve_interest(reference, world.finance, at_county_time(date(2026, 6, 20), 9))
    await pay(last, world, at_county_time(date(2026, 6, 20), 10))
    # 41,483.40 × 0.05 % × 8 days = 165.9336; seven of them 145.1919
    [seven, one] = await billing.interest_of(invoice["id"])
    assert (seven["amount"], one["amount"]) == (Decimal("145.19"), Decimal("20.74"))
    assert (seven["from_on"], one["from_on"]) == (date(2026, 6, 1), date(2026, 6, 8)) and one["status"] == "paid"
    with pytest.raises(Conflict):
        await approve_interest(reference, world.finance, at_county_time(date(2026, 7, 20), 9))
    line = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert line is not None and line["free"] == had - Decimal("165.93")
    assert line["paid"] == invoice["amount"] + Decimal("165.93")
    assert await first_difference() is None
    assert (await billing.invoice_page(reference, world.finance))["status"] == "paid"


async def test_finance_tells_why_and_nobody_else(db: Any) -> None:
    world, invoice = await invoiced()
    for other in (world.director, world.reviewer):
        with pytest.raises(Forbidden):
            await explain_delay(invoice["reference"], "资金未到", other, at_county_time(SEVEN_LATE, 9))
    with pytest.raises(Conflict):
        await explain_delay(invoice["reference"], "资金未到", world.finance, at_county_time(LAST, 9))
    [task] = await waiting_for(world.finance, at_county_time(SEVEN_LATE, 9))
    assert task.due == LAST and task.url.endswith("/delay")
    await explain_delay(invoice["reference"], "资金未到", world.finance, at_county_time(SEVEN_LATE, 9))
    promise = (await promises_of_contract(world.contract, SEVEN_LATE))[invoice["milestone"]]
    assert promise["delay_reason"] == "资金未到" and not await waiting_for(world.finance, at_county_time(SEVEN_LATE, 9))
    [seen] = await waiting_for(world.reviewer, at_county_time(SEVEN_LATE, 9))
    assert "7" in seen.what.text("zh") and seen.url == f"/invoices/{invoice['reference']}"


async def test_each_office_sees_its_own_and_finance_everything(db: Any) -> None:
    world, invoice = await invoiced()
    rival = await a_contract_in_force(
        provider=await a_provider(
            at_county_time(date(2026, 3, 20), 10), "成都市晨光社会工作服务中心", "52510121MJX0000024"
        )
    )
    for actor, found in ((world.director, 1), (world.reviewer, 1), (world.finance, 1), (rival.director, 0)):
        assert len(await due_payments(actor, SEVEN_LATE)) == found
    for state, today, found in (
        ("late", SEVEN_LATE, 1), ("soon", SEVEN_LATE, 0), ("soon", LAST, 1), ("", date(2026, 5, 2), 0),
        ("open", date(2026, 5, 2), 1),
    ):  # fmt: skip
        assert len(await due_payments(world.finance, today, state)) == found
    assert not await due_payments(world.finance, SEVEN_LATE, "", "%zzz")
    assert await due_payments(world.finance, SEVEN_LATE, "", invoice["reference"])


async def test_R_PAY_04_arrears_and_averages_by_buyer(db: Any) -> None:
    world, invoice = await invoiced()
    # received 1 May, unpaid on 31 December: 214 days after 31 May
    county, own = await arrears_of(date(2026, 12, 31))
    assert county["buyer_name"] is None and own["payee"] == "other"
    assert (own["number"], own["contracts"], own["amount"]) == (1, 1, invoice["amount"])
    assert own["average_days"] == Decimal("214.0")
    assert not await arrears_of(date(2025, 12, 31))
    await a_paid_milestone(world, 2, MAY)
    whole, buyer = await record_by_buyer(SEVEN_LATE)
    # invoiced on 1 June and paid on 2 June
    for row in (whole, buyer):
        assert (row["year"], row["payments"], row["in_time"]) == (2026, 1, Decimal("100.0"))
        assert row["median_days"] == 1 and row["average_days"] == Decimal("1.0")
    assert buyer["buyer_name"] and whole["buyer_name"] is None


async def test_the_pages_say_it_in_words_in_both_languages(client: Any, clock: Any) -> None:
    world, invoice = await invoiced()
    path = f"/invoices/{invoice['reference']}"
    await clock.set(at_county_time(SEVEN_LATE, 9))
    await sign_in(client, "director.0016")
    for way, said in (("", "逾期 7 天"), ("/en", "7 days late")):
        page = words((await client.get(way + path)).text)
        assert said in page and "145.19" in page and "20.74" in page
    assert (await client.get(f"{path}/delay")).status_code == 403
    assert "逾期 7 天" in words((await client.get("/payments/due")).text)
    client.cookies.delete("sid")
    assert "逾期 7 天" in words((await client.get(f"/contracts/{world.reference}")).text)
    await sign_in(client, "sun.yue")
    assert (await send(client, f"{path}/delay", {"reason": ""})).status_code == 422
    assert (await send(client, f"{path}/delay", {"reason": "=1+1"})).status_code == 303
    assert "=1+1" in words((await client.get(path)).text)
    content = (await client.get("/payments/due/export.xlsx?show=late")).content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    cells = {cell for row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
             for cell in row}  # fmt: skip
    assert {"=1+1", 145.19, "R-PAY-02/social_period", "2026-05-31"} <= cells


async def test_finance_approves_interest_on_the_page_of_the_invoice(client: Any, clock: Any) -> None:
    world, invoice = await invoiced()
    path = f"/invoices/{invoice['reference']}"
    await clock.set(at_county_time(SEVEN_LATE, 9))
    await sign_in(client, "director.0016")
    assert "等待审核" in words((await client.get(path)).text) and "审核逾期利息" not in (await client.get(path)).text
    assert (await send(client, f"{path}/interest", {})).status_code == 403
    await sign_in(client, "sun.yue")
    assert "审核逾期利息" in (await client.get(path)).text
    sent = await send(client, f"{path}/interest", {})
    assert sent.status_code == 303
    page = words((await client.get(sent.headers["location"])).text)
    assert "145.19" in page and "41,483.40 × 每日 0.05%" in page
    assert (await send(client, f"{path}/interest", {})).status_code == 409
    assert "145.19" in words((await client.get("/payments")).text)
    # the contract's page keeps the payments of price and interest apart
    contract = words((await client.get(f"/contracts/{world.reference}")).text)
    interest = sent.headers["location"].split("/")[-1].split("?")[0]
    assert f"逾期利息 {interest}" in contract and f"看付款 {interest}" not in contract
    # a payment opens also where its invoice promises nothing any more
    await execute("UPDATE invoice SET status = 'returned', return_reason = '更正' WHERE id = $1", invoice["id"])
    assert (await client.get(f"/payments/{interest}")).status_code == 200


async def test_the_public_pages_open_for_everybody(client: Any, clock: Any) -> None:
    await clock.set(at_county_time(date(2027, 1, 10), 9))
    await invoiced()
    for path, said in (("/payment-record", "还没有付款"), ("/arrears", "214"), ("/arrears?year=2025", "没有逾期")):
        assert said in words((await client.get(path)).text)
    assert "2027年3月31日" in words((await client.get("/arrears")).text)
    for path in ("/payment-record/export.xlsx", "/arrears/export.xlsx", "/arrears/export.xlsx?year=2024"):
        assert (await client.get(path)).status_code == 200
    for year in ("1999", "2027", "x", "²", "9" * 40):
        assert (await client.get(f"/arrears?year={year}")).status_code == 404
    for path in ("/payments/due", "/payments/due/export.xlsx"):
        assert (await client.get(path)).status_code in (303, 401, 403)
