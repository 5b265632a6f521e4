"""Several invoices, credit notes, a disputed part that waits while the rest is paid; each yuan through the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from contracts.agreements.queries import milestones_of, money_of
from contracts.billing import queries
from contracts.billing.credit_notes import submit_credit_note
from contracts.billing.disputes import raise_dispute, settle_dispute
from contracts.billing.forms import INVOICE
from contracts.billing.interest import approve_interest
from contracts.billing.other_account import confirm_account, state_account
from contracts.billing.rules import Billed, InvoiceStatus, left_to_invoice, milestone_after
from contracts.billing.services import (
    approve_payment,
    confirm_paid,
    return_invoice,
    submit_invoice,
    take_back_failed,
)
from contracts.billing.voucher_lines import accounts_in_voucher
from contracts.billing.vouchers import voucher_page
from contracts.promises.queries import promise_of
from contracts.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    APRIL,
    FakeTreasury,
    World,
    a_closed_month,
    a_contract_in_force,
    a_provider,
    accept,
    an_invoice,
    closing_time,
    sent_to_treasury,
)
from tests.cast import actor
from tests.pages import send, sign_in, words

D = Decimal
NOW = at_county_time(date(2026, 5, 5), 10)
ACCEPTED = D("41483.40")  # what a month of the contract is accepted for
S, A, P = InvoiceStatus.SUBMITTED, InvoiceStatus.APPROVED, InvoiceStatus.PAID


def form(**values: Any) -> Bound:
    """A form without mistakes."""
    return Bound(values=values)


@pytest.mark.parametrize(
    ("billed", "has_dispute", "state"), [
        ([], False, "accepted"),
        ([Billed(P, D(60))], False, "accepted"),
        ([Billed(P, D(60)), Billed(S, D(40))], False, "invoiced"),
        ([Billed(P, D(60)), Billed(A, D(40))], False, "approved"),
        ([Billed(P, D(60)), Billed(P, D(40))], True, "invoiced"),
        ([Billed(P, D(100)), Billed(S, D(10), True)], False, "invoiced"),
        ([Billed(P, D(60)), Billed(P, D(40))], False, "paid"),
    ],
)  # fmt: skip
def test_a_milestone_is_paid_when_all_of_it_is_invoiced_and_paid(
    billed: list[Billed], has_dispute: bool, state: str
) -> None:
    assert milestone_after(D(100), billed, is_advance=False, has_dispute=has_dispute) == state
    assert left_to_invoice(D(100), [Billed(S, D(60)), Billed(S, D(10), True)]) == D(40)


@pytest.mark.parametrize("number", ["24512000", "2451200000001234567", "245120000000123456789", "2451200000001234567X"])
def test_the_number_of_an_e_invoice_has_twenty_digits(number: str) -> None:
    read = parse(INVOICE, {"number": number, "amount": "1", "issued_on": "2026-05-05"})
    assert "20 位" in read.errors["number"].text("zh")
    assert not parse(INVOICE, {"number": "24512000 00001234 5678", "amount": "1", "issued_on": "2026-05-05"}).errors


async def accepted() -> World:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await accept(world, 1, closing_time(world, APRIL))
    return world


async def invoiced(world: World, amount: Decimal, number: str = "") -> dict[str, Any]:
    reference = await submit_invoice(
        world.reference, 1, an_invoice(amount, NOW.date(), number), world.director, NOW
    )
    return await queries.invoice_page(reference, world.finance)


async def paid(world: World, invoice: dict[str, Any]) -> None:
    """Approved, sent and paid."""
    payment = await fetchval(
        "SELECT id FROM payment WHERE reference = $1", await approve_payment(invoice["id"], world.finance, NOW)
    )
    await sent_to_treasury([payment], FakeTreasury(), world.finance, NOW)
    await confirm_paid(payment, world.finance, NOW)


async def state(world: World) -> str:
    """Where the first milestone stands."""
    return str((await milestones_of(world.contract))[0]["status"])


async def whole(world: World) -> dict[str, Any]:
    """The contract's money; its parts add up to it and the proof holds."""
    money = await money_of(world.contract)
    assert money["amount"] == sum(v for k, v in money.items() if k != "amount")
    assert await first_difference() is None
    return money


async def test_an_acceptance_is_invoiced_in_parts_up_to_its_amount_and_never_a_fen_beyond(db: Any) -> None:
    world = await accepted()
    first = await invoiced(world, D("40000.00"))
    with pytest.raises(FormRefused) as refused:
        await invoiced(world, D("1483.41"))
    assert "1483.40" in refused.value.errors["amount"].text("zh")
    await paid(world, first)
    assert await state(world) == "accepted" and (await whole(world))["accepted"] == D("1483.40")
    second = await invoiced(world, D("1483.40"))
    with pytest.raises(Conflict):
        await invoiced(world, D("0.01"))
    await paid(world, second)
    assert await state(world) == "paid" and (await whole(world))["paid"] == ACCEPTED


async def test_a_number_is_used_once_across_contracts_until_its_invoice_is_returned(db: Any) -> None:
    world, number = await accepted(), "24512000000012345678"
    first = await invoiced(world, D("100.00"), number)
    rival = await a_provider(NOW, "成都市晨光社会工作服务中心", "52510121MJX0000024")
    other = await a_contract_in_force(provider=rival, months=2, advance=D(30))
    with pytest.raises(FormRefused) as refused:
        await submit_invoice(
            other.reference, 0, an_invoice(D("149400.00"), NOW.date(), number), other.director, NOW
        )
    # a stranger learns that it is used, not where
    assert "别的合同" in (said := refused.value.errors["number"].text("zh")) and first["reference"] not in said
    with pytest.raises(FormRefused) as refused:
        await invoiced(world, D("100.00"), number)
    assert first["reference"] in refused.value.errors["number"].text("zh")
    await return_invoice(first["id"], "抬头不对", world.finance, NOW)
    assert (await invoiced(world, D("100.00"), number))["reference"] != first["reference"]
    wrong = an_invoice(D("100.00"), NOW.date())
    wrong.values |= {"tax_rate": D("6"), "tax_amount": D("0.00")}
    with pytest.raises(FormRefused):
        await submit_invoice(world.reference, 1, wrong, world.director, NOW)


async def test_a_credit_note_is_never_larger_than_what_its_invoice_still_pays(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    note = form(number="24512000000000000099", amount=ACCEPTED + D("0.01"), issued_on=NOW.date(), reason="多开")
    with pytest.raises(FormRefused):
        await submit_credit_note(invoice["reference"], note, world.director, NOW)
    note = form(number=note["number"], amount=D("483.40"), issued_on=NOW.date(), reason="多开")
    with pytest.raises(Forbidden):
        await submit_credit_note(invoice["reference"], note, world.reviewer, NOW)
    await submit_credit_note(invoice["reference"], note, world.director, NOW)
    assert await state(world) == "accepted" and (await whole(world))["accepted"] == D("483.40")
    again = form(number=note["number"], amount=D("1.00"), issued_on=NOW.date(), reason="同号")
    with pytest.raises(FormRefused) as refused:
        await submit_credit_note(invoice["reference"], again, world.director, NOW)
    assert "number" in refused.value.errors
    await paid(world, invoice)
    assert await fetchval("SELECT amount FROM payment") == D("41000.00")
    with pytest.raises(Conflict):
        await submit_credit_note(
            invoice["reference"], form(**{**again.values, "number": "9" * 20}), world.director, NOW
        )
    rest = await invoiced(world, D("483.40"))
    back = form(number="24512000000000000077", amount=D("483.40"), issued_on=NOW.date(), reason="作废")
    await submit_credit_note(rest["reference"], back, world.director, NOW)
    assert (await queries.invoice_page(rest["reference"], world.finance))["status"] == "returned"
    await paid(world, await invoiced(world, D("483.40")))
    assert (await whole(world))["paid"] == ACCEPTED


DISPUTED = {"amount": D("1483.40"), "reason": "两户没有走访", "clause": "第七条"}


async def test_R_PAY_04_a_disputed_part_waits_and_the_rest_is_paid(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    with pytest.raises(FormRefused):
        await raise_dispute(invoice["reference"], form(**{**DISPUTED, "amount": ACCEPTED}), world.reviewer, NOW)
    with pytest.raises(Forbidden):
        await raise_dispute(invoice["reference"], form(**DISPUTED), world.director, NOW)
    dispute = await raise_dispute(invoice["reference"], form(**DISPUTED), world.reviewer, NOW)
    with pytest.raises(Conflict):
        await return_invoice(invoice["id"], "x", world.finance, NOW)
    promise = await promise_of(invoice["id"], NOW.date())
    assert promise is not None and promise["amount"] == D("40000.00") and promise["last_day"] == date(2026, 5, 31)
    await paid(world, invoice)
    money = await whole(world)
    assert (money["paid"], money["disputed"], await state(world)) == (D("40000.00"), D("1483.40"), "invoiced")
    part = {"to_pay": D("1000.00"), "settlement": "补访一户", "document_number": ""}
    other = await actor("li.qiang", NOW)
    for who, sees in ((world.reviewer, False), (other, True), (world.director, True)):
        assert any("有争议" in str(item.what) for item in await waiting_for(who, NOW)) is sees
    with pytest.raises(Forbidden):
        await settle_dispute(dispute, form(**part), world.reviewer, NOW)
    with pytest.raises(FormRefused) as refused:
        await settle_dispute(dispute, form(**part), other, NOW)
    assert set(refused.value.errors) == {"document_kind"}
    late = NOW + timedelta(days=40)
    decided = {**part, "document_kind": "mediation", "document_number": "〔2026〕1号"}
    owed = await settle_dispute(dispute, form(**decided), other, late)
    with pytest.raises(Conflict):
        await settle_dispute(dispute, form(**decided), other, late)
    assert owed is not None
    settled = await queries.invoice_page(owed, world.finance)
    # the clock of its invoice: what was owed after all is late since then
    assert (settled["amount"], settled["due_on"]) == (D("1000.00"), date(2026, 5, 31))
    owing = await promise_of(settled["id"], late.date())
    assert owing is not None and (owing["days_late"], owing["interest"]) == (14, D("7.00"))
    money = await whole(world)
    assert (money["dropped"], money["disputed"], money["invoiced"]) == (D("483.40"), 0, D("1000.00"))
    with pytest.raises(DomainError):
        await raise_dispute(owed, form(**{**DISPUTED, "amount": D("1.00")}), world.reviewer, late)
    await paid(world, settled)
    assert await state(world) == "paid" and (await whole(world))["paid"] == D("41000.00")
    line = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert line is not None and line["paid"] == D("41000.00")


async def test_R_PAY_04_a_provider_may_give_a_disputed_part_up(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    dispute = await raise_dispute(invoice["reference"], form(**DISPUTED), world.reviewer, NOW)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%提出争议%'")
    await paid(world, invoice)
    with pytest.raises(FormRefused):
        await settle_dispute(dispute, form(to_pay=D("1483.40"), settlement="全付"), world.director, NOW)
    # content with a part: below that the buyer may not go by itself
    await settle_dispute(dispute, form(to_pay=D("1000.00"), settlement="只要一户"), world.director, NOW)
    other = await actor("li.qiang", NOW)
    with pytest.raises(FormRefused):
        await settle_dispute(dispute, form(to_pay=D("999.99"), settlement="少付"), other, NOW)
    assert await settle_dispute(dispute, form(to_pay=D(0), settlement="同意不付"), world.director, NOW) is None
    assert await state(world) == "paid" and (await whole(world))["dropped"] == D("1483.40")


async def test_R_PAY_04_after_the_last_day_nothing_is_disputed_and_a_partly_credited_invoice_keeps_its_day(
    db: Any,
) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    after = at_county_time(invoice["due_on"] + timedelta(days=1), 9)
    with pytest.raises(DomainError) as refused:
        await raise_dispute(invoice["reference"], form(**DISPUTED), world.reviewer, after)
    assert refused.value.clause == "R-PAY-04"
    note = form(number="24512000000000000099", amount=D("83.40"), issued_on=NOW.date(), reason="多开")
    await submit_credit_note(invoice["reference"], note, world.director, NOW)
    await return_invoice(invoice["id"], "抬头不对", world.finance, NOW)
    again = await submit_invoice(
        world.reference, 1, an_invoice(ACCEPTED, after.date()), world.director, after
    )
    assert (await queries.invoice_page(again, world.finance))["due_on"] == invoice["due_on"]


async def test_what_the_treasury_sends_back_goes_to_an_account_that_a_second_person_of_finance_confirmed(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await accepted()
    await clock.set(NOW)
    invoice = await invoiced(world, ACCEPTED)
    here = f"/invoices/{invoice['reference']}"
    other = {"bank": "中国银行金堂支行", "bank_account": "6217000011112222333"}
    payment = await fetchval(
        "SELECT id FROM payment WHERE reference = $1", await approve_payment(invoice["id"], world.finance, NOW)
    )
    with pytest.raises(Conflict):
        await state_account(invoice["reference"], form(**other), world.director, NOW)
    before = await sent_to_treasury([payment], FakeTreasury(), world.finance, NOW)
    await take_back_failed(payment, "账号不存在", NOW)
    assert any("退回了付款" in str(item.what) for item in await waiting_for(world.director, NOW))
    await sign_in(client, "director.0016")
    assert "填写另一个收款账号" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/other-account", {**other, "bank_account": ""})).status_code == 422
    assert (await send(client, f"{here}/other-account", other)).status_code == 303
    treasury = FakeTreasury()
    with pytest.raises(Conflict):
        await sent_to_treasury([payment], treasury, world.finance, NOW)
    with pytest.raises(Forbidden):
        await confirm_account(invoice["reference"], world.finance, NOW)
    await sign_in(client, "zhao.lei")
    assert "确认新的收款账号" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/other-account/confirm")).status_code == 303
    after = await sent_to_treasury([payment], treasury, world.finance, NOW + timedelta(hours=1))
    (order,) = treasury.batches[-1].orders
    assert (order.bank, order.bank_account) == (other["bank"], other["bank_account"])
    # a file keeps the account it was made with, whatever was confirmed since
    [old], [new] = [
        (await accounts_in_voucher((await voucher_page(number))["id"])).values() for number in (before, after)
    ]
    assert (old["account"], new["account"]) == ("62284800001234567890", order.bank_account)
    # what lateness cost goes to the same account
    late = NOW + timedelta(days=40)
    await confirm_paid(payment, world.finance, late)
    owed = await approve_interest(invoice["reference"], world.finance, late)
    interest = await fetchval("SELECT id FROM payment WHERE reference = $1", owed)
    await sent_to_treasury([interest], treasury, world.finance, late)
    assert treasury.batches[-1].orders[0].bank_account == other["bank_account"]
    told = await fetchrow("SELECT detail FROM audit_entry WHERE act = 'payment.account_stated'")
    assert told is not None and "6217" not in str(told["detail"]) and "account_after" in str(told["detail"])


async def test_both_sides_go_through_the_pages_and_finance_reads_the_codes(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await accepted()
    await clock.set(NOW)
    await sign_in(client, "director.0016")
    typed = {
        "number": "24512000000012345678", "amount": "41,483.40", "tax_rate": "6", "tax_amount": "2348.12",
        "issued_on": "2026-05-05", "bank": "成都农商银行金堂支行", "bank_account": "62284800001234567890",
    }  # fmt: skip
    sent = await send(client, f"/contracts/{world.reference}/milestones/1/invoice", typed)
    assert sent.status_code == 303, words(sent.text)
    here = sent.headers["location"].split("?")[0]
    page = words((await client.get(here)).text)
    assert "2,348.12" in page and "提交红字发票" in page and "提出争议" not in page
    wrong = {"number": "24512000000012345699", "amount": "41483.41", "issued_on": "2026-05-05", "reason": "多开"}
    assert (await send(client, f"{here}/credit-note", wrong)).status_code == 422
    assert (await send(client, f"{here}/credit-note", {**wrong, "amount": "83.40"})).status_code == 303
    await sign_in(client, "chen.jing")
    assert "提出争议" in words((await client.get(here)).text)
    told = {"amount": "400", "reason": "两户没有走访", "clause": "第七条"}
    assert (await send(client, f"{here}/dispute", {**told, "amount": "99999"})).status_code == 422
    assert (await send(client, f"{here}/dispute", told)).status_code == 303
    contract = words((await client.get(f"/contracts/{world.reference}")).text)
    assert "400.00" in contract and "有争议" in contract
    await sign_in(client, "wang.min")
    dispute = await fetchval("SELECT reference FROM payment_dispute")
    assert "两户没有走访" in words((await client.get(f"/disputed-parts/{dispute}")).text)
    settled = await send(
        client, f"/disputed-parts/{dispute}", {"to_pay": "400", "settlement": "已补访", "document_number": ""}
    )
    assert settled.status_code == 303
    assert "争议解决以后应付" in words((await client.get(settled.headers["location"])).text)
    await sign_in(client, "sun.yue")
    page = words((await client.get(here)).text)
    assert "预算指标编号" in page and "83.40" in page and "400.00" in page
    # after the last day the page says why nothing is disputed any more, with the way out, and asks nothing
    await clock.set(at_county_time(date(2026, 6, 20), 10))
    await sign_in(client, "chen.jing")
    late = await client.get(f"{here}/dispute")
    assert late.status_code == 200 and "不能再提出争议" in words(late.text) and "R-PAY-04" in late.text
    assert "多付的由双方另行结算" in words(late.text) and 'name="amount"' not in late.text
    assert (await send(client, f"{here}/dispute", told)).status_code == 422
