"""A credit note after the payment: never above what was paid, and each fen comes back or is set off, once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agreements.queries import contract_by_id, money_of, owed_back
from contracts.billing import queries
from contracts.billing.interest import approve_interest
from contracts.billing.late_credit_rules import Owed, fitting, total
from contracts.billing.late_credits import receive_refund, submit_late_credit
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file
from contracts.billing.vouchers import release_voucher
from contracts.promises.clocks import interest_owed
from contracts.promises.queries import promise_of
from contracts.versions.queries import contract_then
from contracts.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.opendata.ocds.facts import processes
from marketplace.site.queries import public_contracts
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    FakeTreasury,
    World,
    a_contract_in_force,
    a_paid_milestone,
    passed_on,
    sent_to_treasury,
    the_other_of_finance,
)
from tests.contracts.billing.test_parts import ACCEPTED, NOW, D, accepted, invoiced, paid
from tests.pages import send, sign_in, words

FEN = st.integers(1, 500_000).map(lambda fen: Decimal(fen) / 100)


@given(st.lists(FEN, max_size=8), FEN)
def test_what_is_set_off_is_whole_in_order_and_leaves_something_to_pay(
    amounts: list[Decimal], payable: Decimal
) -> None:
    owed = [Owed(uuid4(), each) for each in amounts]
    taken = fitting(owed, payable)
    assert total(taken) < payable
    assert [each for each in owed if each in taken] == taken
    # nothing that still fitted was left out
    left = payable
    for each in owed:
        if each in taken:
            left -= each.amount
        else:
            assert each.amount >= left


def a_note(amount: str, way: str = "refund", number: str = "24512000000000000088") -> Bound:
    """A red-letter invoice without mistakes."""
    return Bound(values={
        "number": number, "amount": D(amount), "issued_on": NOW.date(), "reason": "多收一户", "way": way,
    })  # fmt: skip


async def line_of(world: World) -> tuple[Decimal, Decimal, Decimal]:
    """Committed, paid and free of the contract's budget line; the proof holds."""
    assert await first_difference() is None
    row = await fetchrow("SELECT committed, paid, free FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert row is not None
    return row["committed"], row["paid"], row["free"]


async def test_what_was_paid_too_much_comes_back_into_the_budget_line_once(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    with pytest.raises(Conflict):  # before the payment there is the other credit note
        await submit_late_credit(invoice["reference"], a_note("1.00"), world.director, NOW)
    await paid(world, invoice)
    before = await line_of(world)
    with pytest.raises(FormRefused) as refused:
        await submit_late_credit(invoice["reference"], a_note("41483.41"), world.director, NOW)
    assert "41483.40" in refused.value.errors["amount"].text("zh")
    for who in (world.reviewer, world.finance):
        with pytest.raises(Forbidden):
            await submit_late_credit(invoice["reference"], a_note("1.00"), who, NOW)
    note = await submit_late_credit(invoice["reference"], a_note("483.40"), world.director, NOW)
    with pytest.raises(FormRefused):  # its number is used
        await submit_late_credit(invoice["reference"], a_note("1.00"), world.director, NOW)
    with pytest.raises(FormRefused):  # together above what was paid
        await submit_late_credit(
            invoice["reference"], a_note("41000.01", number="24512000000000000089"), world.director, NOW
        )
    assert await line_of(world) == before
    for who in (world.director, world.finance):
        assert any("红字发票" in str(item.what) for item in await waiting_for(who, NOW))
    with pytest.raises(DomainError):
        await receive_refund(note, NOW.date() + timedelta(days=1), "回单1", world.finance, NOW)
    with pytest.raises(DomainError):  # before it was paid
        await receive_refund(note, date(1990, 1, 1), "回单1", world.finance, NOW)
    with pytest.raises(Forbidden):
        await receive_refund(note, NOW.date(), "回单1", world.reviewer, NOW)
    with pytest.raises(NotFound):
        await receive_refund(uuid4(), NOW.date(), "回单1", world.finance, NOW)
    await receive_refund(note, NOW.date(), "回单1", world.finance, NOW)
    with pytest.raises(Conflict):
        await receive_refund(note, NOW.date(), "回单2", world.finance, NOW)
    committed, was_paid, free = before
    assert await line_of(world) == (committed, was_paid - D("483.40"), free + D("483.40"))
    # as of a day the page says what is left of it, and what came back
    first = (await contract_then(world.facts, NOW.date())).milestones[0]
    assert (first.status, first.amount, first.came_back) == ("paid", D("41000.00"), D("483.40"))
    before_it = (await contract_then(world.facts, NOW.date() - timedelta(days=1))).milestones[0]
    assert before_it.came_back == 0


async def test_a_later_payment_is_less_by_what_is_set_off_and_the_treasury_pays_the_rest(db: Any) -> None:
    world = await accepted()
    first = await invoiced(world, D("40000.00"))
    await paid(world, first)
    small = await submit_late_credit(first["reference"], a_note("100.00", "set_off"), world.director, NOW)
    large = await submit_late_credit(
        first["reference"], a_note("2000.00", "set_off", "24512000000000000077"), world.director, NOW
    )
    committed, was_paid, free = await line_of(world)
    second = await invoiced(world, D("1483.40"))
    reference = await approve_payment(second["id"], world.finance, NOW)
    payment, treasury = await fetchval("SELECT id FROM payment WHERE reference = $1", reference), FakeTreasury()
    await sent_to_treasury([payment], treasury, world.finance, NOW)
    assert treasury.batches[-1].orders[0].amount == D("1383.40")
    assert await line_of(world) == (committed, was_paid, free)
    with pytest.raises(Conflict):  # it is set off already
        await receive_refund(small, NOW.date(), "回单", world.finance, NOW)
    for _ in range(2):
        await confirm_paid(payment, world.finance, NOW)
    assert (await queries.payment_by_id(payment))["set_off"] == D("100.00")
    # the whole is paid, a hundred of it with money that was paid before
    assert await line_of(world) == (committed - D("1483.40"), was_paid + D("1383.40"), free + D("100.00"))
    # what the pages call paid is what the ledger line calls paid, and what came back is a part of its own
    money = await money_of(world.contract)
    assert (money["paid"], money["came_back"]) == (D("41383.40"), D("100.00"))
    assert money["amount"] == sum(v for k, v in money.items() if k != "amount")
    # too large for this payment, and none follows: it is refunded instead
    await receive_refund(large, NOW.date(), "回单", world.finance, NOW)
    assert (await line_of(world))[1] == was_paid + D("1383.40") - D("2000.00")
    said = next(each for each in await public_contracts() if each["reference"] == world.reference)
    assert said["paid"] == (await money_of(world.contract))["paid"] == D("39383.40")
    process = (await processes([await fetchval("SELECT listing FROM contract WHERE id = $1", world.contract)]))[0]
    assert sum(each["amount"] for each in process.payments) == said["paid"]


async def test_a_note_that_no_later_payment_exceeds_is_refunded_and_finance_is_told(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    await paid(world, invoice)
    # nothing of the contract is left to pay but less than the note
    await execute(
        "UPDATE contract_milestone SET status = 'cancelled' WHERE contract = $1 AND status = 'open'", world.contract
    )
    with pytest.raises(FormRefused) as refused:
        await submit_late_credit(invoice["reference"], a_note("100.00", "set_off"), world.director, NOW)
    assert "退回款项" in refused.value.errors["way"].text("zh")
    # one that waited when the last milestone went
    await execute(
        "UPDATE contract_milestone SET status = 'open' WHERE contract = $1 AND status = 'cancelled'", world.contract
    )
    note = await submit_late_credit(invoice["reference"], a_note("100.00", "set_off"), world.director, NOW)
    for who in (world.director, world.finance):
        assert not any("红字发票" in str(item.what) for item in await waiting_for(who, NOW))
    await execute(
        "UPDATE contract_milestone SET amount = 100 WHERE contract = $1 AND status = 'open'", world.contract
    )
    for who in (world.director, world.finance):
        assert any("红字发票" in str(item.what) for item in await waiting_for(who, NOW))
    await execute("DELETE FROM ocds_change")
    await receive_refund(note, NOW.date(), "回单", world.finance, NOW)
    assert await fetchval("SELECT count(*) FROM ocds_change") == 1  # the public record hears of it
    for who in (world.director, world.finance):
        assert not any("红字发票" in str(item.what) for item in await waiting_for(who, NOW))


async def test_no_interest_is_owed_on_what_was_credited_back(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    late = await fetchval("SELECT due_on FROM invoice WHERE id = $1", invoice["id"]) + timedelta(days=10)
    now = at_county_time(late, 9)
    reference = await approve_payment(invoice["id"], world.finance, now)
    payment = await fetchval("SELECT id FROM payment WHERE reference = $1", reference)
    await sent_to_treasury([payment], FakeTreasury(), world.finance, now)
    await confirm_paid(payment, world.finance, now)
    whole = await promise_of(invoice["id"], late)
    assert whole is not None and whole["interest"] > 0 and whole["base"] == ACCEPTED
    await submit_late_credit(invoice["reference"], a_note("41383.40"), world.director, now)
    rest = await promise_of(invoice["id"], late)
    assert rest is not None and rest["base"] == D("100.00") and rest["amount"] == ACCEPTED
    assert rest["interest"] == interest_owed(D("100.00"), rest["rate"], rest["days_late"]) < whole["interest"]
    await approve_interest(invoice["reference"], world.finance, now)
    owed = await fetchrow("SELECT base, amount FROM late_interest WHERE invoice = $1", invoice["id"])
    assert owed is not None and (owed["base"], owed["amount"]) == (D("100.00"), rest["interest"])


async def test_a_voucher_before_its_release_is_said_to_be_with_finance_and_shows_what_is_left_to_pay(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await accepted()
    first = await invoiced(world, D("40000.00"))
    await paid(world, first)
    await submit_late_credit(first["reference"], a_note("100.00", "set_off"), world.director, NOW)
    second = await invoiced(world, D("1483.40"))
    reference = await approve_payment(second["id"], world.finance, NOW)
    payment = await fetchval("SELECT id FROM payment WHERE reference = $1", reference)
    await clock.set(NOW)
    await sign_in(client, "sun.yue")
    approved = words((await client.get("/payments")).text)
    assert "1,383.40" in approved and "1,483.40" not in approved
    number = await make_treasury_file([payment], FakeTreasury(), world.finance, NOW)
    here, invoice = f"/payments/{reference}", f"/invoices/{second['reference']}"
    waiting = words((await client.get(here)).text)
    assert "等待复核签发" in waiting and "等待国库付款" not in waiting and "确认国库已付款" not in waiting
    assert f"/payments/voucher-file/{number}\"" not in (await client.get(here)).text  # no file to download yet
    assert not any("确认国库已付款" in str(item.what) for item in await waiting_for(world.finance, NOW))
    await sign_in(client, "director.0016")
    told = words((await client.get(invoice)).text)
    assert "等待另一位同事复核签发" in told and "国库，等待付款" not in told
    await release_voucher(number, await the_other_of_finance(world.finance, NOW), NOW)
    assert "国库，等待付款" in words((await client.get(invoice)).text)
    await sign_in(client, "sun.yue")
    released = words((await client.get(here)).text)
    assert "等待国库付款" in released and "确认国库已付款" in released
    assert any("确认国库已付款" in str(item.what) for item in await waiting_for(world.finance, NOW))
    sent = words((await client.get("/payments")).text)
    assert "1,383.40" in sent and "1,483.40" not in sent
    await confirm_paid(payment, world.finance, NOW)
    said = await fetchval("SELECT detail FROM audit_entry WHERE act = 'payment.paid' ORDER BY sequence DESC LIMIT 1")
    assert "100.00" in str(said)
    last = words((await client.get("/payments")).text)
    assert "1,383.40" in last and "1,483.40" not in last


async def test_the_proof_names_a_refund_that_is_not_in_the_ledger(db: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    await paid(world, invoice)
    note = await submit_late_credit(invoice["reference"], a_note("483.40"), world.director, NOW)
    await execute(
        "UPDATE late_credit SET returned_on = '2026-05-05', proof = 'x', returned_to = $2 WHERE id = $1",
        note, world.finance.person_id,
    )  # fmt: skip
    found = await first_difference()
    assert found is not None and "refund" in str(found)


async def test_both_sides_go_through_the_pages_of_a_refund(client: httpx.AsyncClient, clock: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    await paid(world, invoice)
    await clock.set(NOW)
    here = f"/invoices/{invoice['reference']}"
    await sign_in(client, "director.0016")
    assert "提交红字发票" in words((await client.get(here)).text)
    assert "下一次付款里抵扣" in words((await client.get(f"{here}/credit-note")).text)
    typed = {"number": "24512000000000000088", "amount": "83.40", "issued_on": "2026-05-05", "reason": "多收一户"}
    without = await send(client, f"{here}/credit-note", typed)
    assert without.status_code == 422 and "请选退回款项" in words(without.text)
    assert (await send(client, f"{here}/credit-note", {**typed, "way": "refund"})).status_code == 303
    note = await fetchval("SELECT id FROM late_credit")
    assert (await client.get(f"/credit-notes/{note}/refund")).status_code == 403
    await sign_in(client, "sun.yue")
    assert "登记退款到账" in words((await client.get(here)).text)
    early = await send(client, f"/credit-notes/{note}/refund", {"returned_on": "2026-05-06", "proof": "回单1"})
    assert early.status_code == 422 and "今天以后" in words(early.text)
    arrived = {"returned_on": "2026-05-05", "proof": "回单1"}
    assert (await send(client, f"/credit-notes/{note}/refund", arrived)).status_code == 303
    assert (await send(client, f"/credit-notes/{note}/refund", arrived)).status_code == 409
    assert "退款到账，凭证 回单1" in words((await client.get(here)).text)
    assert (await client.get(f"/credit-notes/{note}/refund")).status_code == 404


async def test_r_role_03_two_of_finance_turn_a_set_off_into_a_refund(client: httpx.AsyncClient, clock: Any) -> None:
    world = await accepted()
    invoice = await invoiced(world, ACCEPTED)
    await paid(world, invoice)
    note = await submit_late_credit(invoice["reference"], a_note("100.00", "set_off"), world.director, NOW)
    await clock.set(NOW)
    here, turn = f"/invoices/{invoice['reference']}", f"/credit-notes/{note}/turn"
    await sign_in(client, "director.0016")
    assert (await client.get(turn)).status_code == 403
    await sign_in(client, "sun.yue")
    assert "把抵扣改为退款" in words((await client.get(here)).text)
    assert (await send(client, turn, {"reason": ""})).status_code == 422
    assert (await send(client, turn, {"reason": "后面的付款推迟"})).status_code == 303
    assert (await client.get(turn)).status_code == 404
    assert (await send(client, turn, {"reason": "再来一次"})).status_code == 409
    assert (await send(client, f"{turn}/agree", {})).status_code == 403
    colleague = await the_other_of_finance(world.finance, NOW)
    assert any("改为退款" in item.what.text("zh") for item in await waiting_for(colleague, NOW))
    await sign_in(client, "zhao.lei")
    assert "后面的付款推迟" in words((await client.get(here)).text)
    assert (await send(client, f"{turn}/refuse", {})).status_code == 303
    assert (await send(client, turn, {"reason": "供应商要注销"})).status_code == 303
    await sign_in(client, "sun.yue")
    assert (await send(client, f"{turn}/agree", {})).status_code == 303
    assert "等待退款到账" in words((await client.get(here)).text)
    assert await fetchval("SELECT way FROM late_credit WHERE id = $1", note) == "refund"
    # the next payment is whole again, and the money comes back
    await receive_refund(note, NOW.date(), "回单", world.finance, NOW)
    assert await first_difference() is None


async def test_a_contract_is_not_completed_while_money_of_a_credit_note_has_to_come_back(db: Any) -> None:
    world = await a_contract_in_force(months=1, amount=D("40000.00"))
    await a_paid_milestone(world)
    [invoice] = await queries.invoices_of(world.contract)
    later = NOW + timedelta(days=3)
    note = await submit_late_credit(invoice["reference"], a_note("100.00"), world.director, later)
    assert await owed_back(world.contract) == D("100.00")
    await passed_on(world, later)  # nothing else is missing
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    await receive_refund(note, later.date(), "回单", world.finance, later)
    assert await owed_back(world.contract) == 0
    assert (await contract_by_id(world.contract))["status"] == "completed"
