"""R-PAY-03: an advance on signing, paid without acceptance and offset against every milestone by its share."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.agreements.queries import contract_by_id, milestones_of, money_of
from contracts.agreements.rules import MilestonePlan, payment_plan
from contracts.billing import queries
from contracts.billing.services import approve_payment, confirm_paid, return_invoice, submit_invoice
from contracts.work import waiting_for
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from tests.builders_contracts import (
    APRIL,
    DRAWN_UP,
    FakeTreasury,
    a_closed_month,
    a_contract,
    a_contract_in_force,
    accept,
    agreed,
    an_invoice,
    closing_time,
    passed_on,
    sent_to_treasury,
)
from tests.pages import sign_in, words

D = Decimal
SIGNED = DRAWN_UP + timedelta(hours=4)
THIRTY = D(30)


def shares(*percents: str) -> list[MilestonePlan]:
    return [MilestonePlan("节点", D(percent), date(2026, 5, 1), "") for percent in percents]


@pytest.mark.parametrize(
    ("amount", "percents", "advance"),
    [
        ("498000.00", ("50", "50"), "30"), ("100.01", ("33.33", "33.33", "33.34"), "30"), ("0.07", ("50", "50"), "50"),
        ("505000.00", ("8.33",) * 11 + ("8.37",), "30"), ("505000.00", ("100",), "0"), ("99.00", ("40", "60"), "99.99"),
    ],
)  # fmt: skip
def test_r_pay_03_advance_and_milestones_are_exactly_the_contracts_amount(
    amount: str, percents: tuple[str, ...], advance: str
) -> None:
    plan = payment_plan(D(amount), shares(*percents), D(advance))
    assert plan.advance + sum(part.amount for part in plan.parts) == D(amount)
    assert sum(part.offset for part in plan.parts) == plan.advance
    assert all(part.amount >= 0 and part.offset >= 0 for part in plan.parts)


def test_r_pay_03_each_milestone_offsets_by_its_own_share() -> None:
    plan = payment_plan(D(100000), shares("40", "60"), THIRTY)
    assert plan.advance == 30000
    assert [(part.amount, part.offset) for part in plan.parts] == [(28000, 12000), (42000, 18000)]


async def test_r_pay_03_without_an_advance_nothing_changes(db: Any) -> None:
    world = await a_contract(months=2)
    rows = await milestones_of(world.contract)
    assert [(r["position"], r["amount"], r["advance_offset"], r["is_advance"]) for r in rows] == [
        (1, D("249000.00"), 0, False), (2, D("249000.00"), 0, False),
    ]  # fmt: skip


async def test_r_pay_03_the_contract_says_the_advance_and_what_each_milestone_offsets(db: Any) -> None:
    world = await a_contract(months=2, advance=THIRTY)
    first, *others = await milestones_of(world.contract)
    assert (first["position"], first["is_advance"], first["amount"]) == (0, True, D("149400.00"))
    assert [(r["amount"], r["advance_offset"]) for r in others] == [(D("174300.00"), D("74700.00"))] * 2
    terms = (await contract_by_id(world.contract))["terms"]
    assert "预付款：合同总价的 30%，¥149,400.00。" in terms and "不以验收为条件" in terms
    assert "¥249,000.00，其中抵扣预付款 ¥74,700.00，支付 ¥174,300.00" in terms


async def test_r_pay_03_the_advance_is_invoiced_after_signing_without_acceptance(db: Any) -> None:
    unsigned = await a_contract(months=2, advance=THIRTY)
    form = an_invoice(D("149400.00"), date(2026, 4, 1))
    with pytest.raises(DomainError, match="还没有生效"):
        await submit_invoice(unsigned.reference, 0, form, unsigned.director, SIGNED)


async def test_r_pay_03_from_the_invoice_to_the_last_milestone_the_money_is_the_contracts(db: Any) -> None:
    world = await a_contract_in_force(months=1, advance=THIRTY)
    assert ["提交发票：预付款"] == [str(item.what) for item in await waiting_for(world.director, SIGNED)]
    wrong = an_invoice(D("149400.01"), (SIGNED - timedelta(days=1)).date())
    with pytest.raises(FormRefused) as refused:
        await submit_invoice(world.reference, 0, wrong, world.director, SIGNED)
    assert set(refused.value.errors) == {"amount", "issued_on"}
    form = an_invoice(D("149400.00"), SIGNED.date())
    first = await queries.invoice_page(
        await submit_invoice(world.reference, 0, form, world.director, SIGNED), world.finance
    )
    with pytest.raises(Conflict):
        await submit_invoice(world.reference, 0, form, world.director, SIGNED)
    await return_invoice(first["id"], "抬头不对", world.finance, SIGNED)
    assert (await milestones_of(world.contract))[0]["status"] == "open"
    await pay(world, await submit_invoice(world.reference, 0, form, world.director, SIGNED), SIGNED)
    money = await money_of(world.contract)
    assert (money["paid"], money["open"], money["advance"]) == (D("149400.00"), D("348600.00"), 0)
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    await a_closed_month(world)
    later = closing_time(world, APRIL)
    await accept(world, 1, later)
    assert await fetchval("SELECT amount FROM acceptance WHERE contract = $1", world.contract) == D("348600.00")
    second = an_invoice(D("348600.00"), later.date())
    await passed_on(world, later)
    await pay(world, await submit_invoice(world.reference, 1, second, world.director, later), later)
    assert (await contract_by_id(world.contract))["status"] == "completed"
    line = await fetchrow(
        "SELECT l.paid, l.committed FROM ledger_line l JOIN budget_line b ON b.ledger_line = l.id"
        " JOIN listing t ON t.budget_line = b.id JOIN contract c ON c.listing = t.id WHERE c.id = $1",
        world.contract,
    )
    assert (line["paid"], line["committed"]) == (D("498000.00"), 0)


async def pay(world: Any, invoice: str, now: Any) -> None:
    found = await queries.invoice_page(invoice, world.finance)
    await agreed(world, found, now)
    payment = await fetchrow(
        "SELECT id FROM payment WHERE reference = $1", await approve_payment(found["id"], world.finance, now)
    )
    await sent_to_treasury([payment["id"]], FakeTreasury(), world.finance, now)
    await confirm_paid(payment["id"], world.finance, now)


async def test_r_pay_03_work_is_never_invoiced_before_its_acceptance_nor_the_advance_accepted(db: Any) -> None:
    world = await a_contract_in_force(months=2, advance=THIRTY)
    with pytest.raises(DomainError, match="还没有验收"):
        await submit_invoice(world.reference, 1, an_invoice(D("1.00"), SIGNED.date()), world.director, SIGNED)
    with pytest.raises(DomainError, match="预付款不验收"):
        await accept(world, 0, SIGNED)


async def test_r_pay_03_the_pages_tell_the_advance(client: Any, clock: Any) -> None:
    world = await a_contract_in_force(months=2, advance=THIRTY)
    await clock.set(SIGNED)
    path = f"/contracts/{world.reference}"
    shown = words((await client.get(path)).text)
    assert "预付款，等待发票 ¥149,400.00" in shown and "另有 ¥74,700.00 由预付款抵扣" in shown
    assert (await client.get(f"{path}/acceptance/0")).status_code == 404
    assert "¥348,600.00" in words((await client.get(f"{path}/acceptance")).text)
    await sign_in(client, "director.0016")
    asked = words((await client.get(f"{path}/milestones/0/invoice")).text)
    assert "不以验收为条件" in asked and "还可以开票的金额" in asked
    invoice = await submit_invoice(
        world.reference, 0, an_invoice(D("149400.00"), SIGNED.date()), world.director, SIGNED
    )
    page = words((await client.get(f"/invoices/{invoice}")).text)
    assert "不以验收为条件" in page and "看验收书" not in page
    await pay(world, invoice, SIGNED)
    client.cookies.delete("sid")
    (payment,) = await queries.payments_of(world.contract)
    chain = await client.get(f"/payments/{payment['reference']}")
    assert chain.status_code == 200 and "不以验收为条件" in words(chain.text)
