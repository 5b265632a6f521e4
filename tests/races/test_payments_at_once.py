"""Two act on the same money at once: accepted once, invoiced within the amount, agreed once, paid to the end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.billing.queries import invoice_page
from contracts.billing.services import approve_payment, confirm_paid, submit_invoice
from contracts.billing.steps import take_step
from contracts.promises.approval import Step
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.verify_ledger import first_difference
from tests.at_once import both
from tests.builders_contracts import (
    APRIL,
    FakeTreasury,
    a_closed_month,
    a_contract_in_force,
    an_invoice,
    closing_time,
    heard,
    sent_to_treasury,
)
from tests.cast import actor
from tests.paying_acts import AMOUNT, DONE, LATE, a_month_done, accept


async def test_a_milestone_accepted_twice_at_once_is_accepted_once(committed: None) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await heard(world.contract, 1, world.reviewer, now)
    contract = await contract_by_id(world.contract)
    words = items_to_find(contract, await milestone_at(contract, 1))
    certificate = Certificate([ItemFinding(each, Finding.MET, "") for each in words], "满意")
    outcomes = await both(
        *[accept_milestone(world.reference, 1, certificate, world.reviewer, now) for _ in range(2)]
    )
    assert sum(isinstance(each, Conflict) for each in outcomes) == 1, outcomes
    assert await fetchval("SELECT count(*) FROM acceptance") == 1


async def test_two_parts_invoiced_agreed_and_paid_at_once_end_paid(committed: None) -> None:
    world = await a_month_done()
    await accept()
    half = AMOUNT / 2

    def part(amount: Decimal, number: str = "") -> Any:
        form = an_invoice(amount, DONE.date(), number)
        return submit_invoice(world.reference, 1, form, world.director, DONE)

    same = await both(part(Decimal("1.00"), "24512000000012345678"), part(Decimal("1.00"), "24512000000012345678"))
    assert sum(isinstance(each, FormRefused) for each in same) == 1, same
    beyond = await both(part(half), part(half))  # one yuan is invoiced already
    assert sum(isinstance(each, FormRefused) for each in beyond) == 1, beyond
    await part(half - 1)
    people = world.signer, await actor("li.qiang", LATE)
    # the parts count together, so that each of them asks for section and deputy (R-PAY-05)
    for row in await fetch("SELECT reference FROM invoice"):
        agreed = await both(*[take_step(row["reference"], Step.SECTION, "", who, LATE) for who in people])
        assert sum(isinstance(each, Conflict) for each in agreed) == 1, agreed
        assert len((await invoice_page(row["reference"], world.finance))["steps_done"]) == 1
        who_came_second = people[[isinstance(each, Conflict) for each in agreed].index(True)]
        await take_step(row["reference"], Step.DEPUTY, "", who_came_second, LATE)
    for row in await fetch("SELECT id FROM invoice"):
        await approve_payment(row["id"], world.finance, LATE)
    payments = [row["id"] for row in await fetch("SELECT id FROM payment")]
    await sent_to_treasury(payments, FakeTreasury(), world.finance, LATE)
    paid = await both(*[confirm_paid(each, world.finance, LATE + timedelta(hours=1)) for each in payments * 2])
    assert all(each is None for each in paid), paid
    # of payments at once the last one sees the others: the milestone is paid with it
    assert await fetchval("SELECT status FROM contract_milestone") == "paid"
    assert await fetchval("SELECT sum(paid) FROM ledger_line") == AMOUNT
    assert await first_difference() is None
