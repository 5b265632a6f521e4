"""From the invoice to the paid money, each step once and by another person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.acceptance.queries import months_of
from contracts.agreements.queries import contract_by_id, milestones_of, money_of
from contracts.billing import queries
from contracts.billing.services import (
    approve_payment,
    confirm_paid,
    return_invoice,
    submit_invoice,
)
from contracts.visits.queries import lines_of_close
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Role
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from tests.builders_contracts import (
    APRIL,
    FakeTreasury,
    a_closed_month,
    a_contract_in_force,
    a_paid_milestone,
    a_provider,
    accept,
    an_invoice,
    an_invoice_submitted,
    closing_time,
    passed_on,
    sent_to_treasury,
)

LATER = at_county_time(date(2026, 5, 5), 10)


async def test_the_invoice_is_for_exactly_the_accepted_amount(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await accept(world, 1, now)
    form = an_invoice(Decimal("41500.01"), date(2026, 4, 1))
    with pytest.raises(FormRefused) as refused:
        await submit_invoice(world.reference, 1, form, world.director, now)
    assert set(refused.value.errors) == {"amount", "issued_on"}


async def test_only_the_provider_invoices_and_only_accepted_work(db: Any) -> None:
    world = await a_contract_in_force()
    form = an_invoice(Decimal("1.00"), date(2026, 5, 1))
    with pytest.raises(Forbidden):
        await submit_invoice(world.reference, 1, form, world.reviewer, LATER)
    with pytest.raises(DomainError, match="验收"):
        await submit_invoice(world.reference, 1, form, world.director, LATER)


async def test_a_returned_invoice_makes_room_for_a_right_one(db: Any) -> None:
    world = await a_contract_in_force()
    first = await an_invoice_submitted(world)
    invoice = await queries.invoice_page(first, world.finance)
    form = an_invoice(invoice["amount"], date(2026, 5, 5))
    with pytest.raises(Conflict):
        await submit_invoice(world.reference, 1, form, world.director, LATER)
    await return_invoice(invoice["id"], "发票抬头不对", world.finance, LATER)
    second = await submit_invoice(world.reference, 1, form, world.director, LATER)
    assert second != first
    with pytest.raises(Conflict):
        await approve_payment(invoice["id"], world.finance, LATER)


async def test_strangers_do_not_find_an_invoice(db: Any) -> None:
    world = await a_contract_in_force()
    reference = await an_invoice_submitted(world)
    rival = await a_contract_in_force(
        provider=await a_provider(LATER, "成都市晨光社会工作服务中心", "52510121MJX0000024")
    )
    for stranger in (rival.director, world.worker):
        with pytest.raises(NotFound):
            await queries.invoice_page(reference, stranger)
    assert await queries.invoice_page(reference, world.director)


async def test_the_accepter_does_not_approve_the_payment(db: Any) -> None:
    world = await a_contract_in_force()
    invoice = await queries.invoice_page(await an_invoice_submitted(world), world.finance)
    with pytest.raises(Forbidden):
        await approve_payment(invoice["id"], world.reviewer, LATER)
    both = Actor(
        world.reviewer.person_id, world.reviewer.name, world.finance.organisation_id, "", frozenset({Role.FINANCE})
    )
    with pytest.raises(Forbidden) as refused:
        await approve_payment(invoice["id"], both, LATER)
    assert refused.value.clause == "R-ROLE-03"


async def test_a_payment_is_paid_once_and_moves_the_money_once(db: Any) -> None:
    world = await a_contract_in_force()
    invoice = await queries.invoice_page(await an_invoice_submitted(world), world.finance)
    reference = await approve_payment(invoice["id"], world.finance, LATER)
    assert await approve_payment(invoice["id"], world.finance, LATER) == reference
    [payment] = await queries.payments_of(world.contract)
    with pytest.raises(DomainError, match="凭证"):
        await confirm_paid(payment["id"], world.finance, LATER)
    treasury = FakeTreasury()
    await sent_to_treasury([payment["id"]], treasury, world.finance, LATER)
    with pytest.raises(Conflict):
        await sent_to_treasury([payment["id"]], treasury, world.finance, LATER)
    for _ in range(2):
        await confirm_paid(payment["id"], world.finance, LATER + timedelta(days=1))
    assert [batch.total for batch in treasury.batches] == [payment["amount"]]
    line = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert line is not None and line["paid"] == payment["amount"]
    assert line["committed"] == world.facts["amount"] - payment["amount"]
    assert line["appropriated"] == line["free"] + line["reserved"] + line["committed"] + line["paid"]
    assert await fetchval("SELECT count(*) FROM ledger_posting WHERE kind = 'pay'") == 1


async def test_the_chain_from_payment_to_visits_adds_up(db: Any) -> None:
    world = await a_contract_in_force()
    payment = await a_paid_milestone(world)
    months = await months_of(payment["acceptance"])
    lines = await lines_of_close([m["id"] for m in months])
    acceptance = await fetchrow("SELECT amount, minutes FROM acceptance WHERE id = $1", payment["acceptance"])
    invoice = await queries.invoice_page(payment["invoice_reference"], world.finance)
    assert acceptance is not None
    assert payment["amount"] == invoice["amount"] == acceptance["amount"]
    assert sum(line["minutes"] for line in lines) == acceptance["minutes"]
    money = await money_of(world.contract)
    assert money["paid"] == payment["amount"]
    assert money["amount"] == money["open"] + money["accepted"] + money["invoiced"] + money["paid"]


async def test_a_contract_is_completed_when_its_last_milestone_is_paid(db: Any) -> None:
    world = await a_contract_in_force(months=1, amount=Decimal("40000.00"))
    await a_closed_month(world)
    await passed_on(world, LATER)
    await a_paid_milestone(world)
    assert [m["status"] for m in await milestones_of(world.contract)] == ["paid"]
    assert (await contract_by_id(world.contract))["status"] == "completed"
