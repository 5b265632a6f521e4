"""The printed share of the last payment waits for the handover, the rest is paid on its clock (R-CON-06)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.listings.drafting_tables import ListingTerms
from contracts.agreements.queries import contract_by_id, milestones_of, money_of
from contracts.billing import queries
from contracts.billing.credit_notes import submit_credit_note
from contracts.billing.services import approve_payment, confirm_paid, return_invoice
from contracts.billing.wait_rules import WaitFacts, check_may_wait, waiting_part
from contracts.billing.waits import let_wait, release_wait, release_waits, wait_of
from contracts.handovers.services import open_handover
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    FakeTreasury,
    World,
    a_contract_in_force,
    an_invoice_submitted,
    passed_on,
    sent_to_treasury,
)
from tests.contracts.billing.test_late_credits import a_note
from tests.pages import send, sign_in, words

D = Decimal
NOW = at_county_time(date(2026, 5, 8), 10)


def an_open(**changed: Any) -> dict[str, Any]:
    """The last invoice of accepted work, waiting for its payment."""
    return {"status": "submitted", "acceptance": "a", "is_settlement": False, **changed}


READY = WaitFacts(D(10), "preparing", is_last=True)


@pytest.mark.parametrize(
    ("invoice", "facts"), [
        (an_open(status="approved"), READY),
        (an_open(status="returned"), READY),
        (an_open(acceptance=None), READY),
        (an_open(is_settlement=True), READY),
        (an_open(), WaitFacts(None, "preparing", is_last=True)),
        (an_open(), WaitFacts(D(10), None, is_last=True)),
        (an_open(), WaitFacts(D(10), "done", is_last=True)),
        (an_open(), WaitFacts(D(10), "preparing", is_last=False)),
        (an_open(), WaitFacts(D(10), "preparing", is_last=True, has_waited=True)),
    ],
)  # fmt: skip
def test_r_con_06_nothing_else_than_the_printed_share_of_the_last_payment_waits(
    invoice: dict[str, Any], facts: WaitFacts
) -> None:
    with pytest.raises((Conflict, DomainError)):
        check_may_wait(invoice, facts)
    assert check_may_wait(an_open(), READY) == D(10)
    assert check_may_wait(an_open(), WaitFacts(D(10), "confirming", is_last=True)) == D(10)


def test_the_part_that_waits_is_the_share_to_the_fen() -> None:
    assert waiting_part(D("41483.45"), D(10)) == D("4148.35") and waiting_part(D(100), D("2.5")) == D("2.50")


async def a_last_invoice(share: Decimal | None = D(10)) -> tuple[World, dict[str, Any]]:
    """One month, served and invoiced; its residents are on no list."""
    world = await a_contract_in_force(months=1, amount=D("40000.00"))
    if share:
        await insert(ListingTerms, listing=world.facts["listing"], handover="交名册。", handover_share=share)
    reference = await an_invoice_submitted(world)
    return world, await queries.invoice_page(reference, world.finance)


async def pay(world: World, invoice: dict[str, Any], now: Any) -> None:
    payment = await fetchval(
        "SELECT id FROM payment WHERE reference = $1", await approve_payment(invoice["id"], world.finance, now)
    )
    await sent_to_treasury([payment], FakeTreasury(), world.finance, now)
    await confirm_paid(payment, world.finance, now)


async def money(world: World) -> dict[str, Any]:
    """The contract's money; its parts add up to it and the proof holds."""
    found = await money_of(world.contract)
    assert found["amount"] == sum(v for k, v in found.items() if k != "amount")
    assert await first_difference() is None
    return found


async def test_r_con_06_the_share_waits_the_rest_is_paid_and_sign_off_releases_it_on_a_clock_of_its_own(
    db: Any,
) -> None:
    world, invoice = await a_last_invoice()
    reference = invoice["reference"]
    with pytest.raises(DomainError, match="移交没有发起"):
        await let_wait(reference, world.reviewer, NOW)
    await open_handover(world.reference, None, world.signer, NOW)
    for who in (world.director, world.finance):
        with pytest.raises(Forbidden):
            await let_wait(reference, who, NOW)
    with pytest.raises(DomainError):  # after the last day to pay nothing waits
        await let_wait(reference, world.reviewer, at_county_time(invoice["due_on"] + timedelta(days=1), 9))
    await let_wait(reference, world.reviewer, NOW)
    with pytest.raises(Conflict):
        await let_wait(reference, world.reviewer, NOW)
    with pytest.raises(Conflict):
        await return_invoice(invoice["id"], "发票抬头不对", world.finance, NOW)
    with pytest.raises(Conflict):
        await submit_credit_note(reference, a_note("1.00"), world.director, NOW)
    assert (await money(world))["handover"] == D("4000.00")
    await pay(world, await queries.invoice_by_id(invoice["id"]), NOW)
    found = await money(world)
    assert (found["paid"], found["handover"]) == (D("36000.00"), D("4000.00"))
    assert (await milestones_of(world.contract))[0]["status"] == "invoiced"
    await release_waits(NOW)
    assert (await wait_of(invoice["id"]))["released_on"] is None  # the handover is not done
    done = NOW + timedelta(days=6)
    await passed_on(world, done)
    for _ in range(2):
        await release_waits(done + timedelta(days=2))
    wait = await wait_of(invoice["id"])
    assert wait is not None and wait["released_on"] == county_day(done)
    released = await queries.invoice_page(wait["released_reference"], world.finance)
    clock = await queries.clock_of(released["id"])
    assert released["payable"] == D("4000.00") and clock and clock["counts_from"] == county_day(done)
    assert released["due_on"] > invoice["due_on"]
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    await pay(world, released, done + timedelta(days=3))
    found = await money(world)
    assert (found["paid"], found["handover"]) == (D("40000.00"), 0)
    assert (await contract_by_id(world.contract))["status"] == "completed"


async def test_nothing_waits_where_the_listing_prints_no_share_and_the_buyer_may_wait_no_longer(db: Any) -> None:
    world, invoice = await a_last_invoice(share=None)
    await open_handover(world.reference, None, world.signer, NOW)
    with pytest.raises(DomainError, match="没有写明"):
        await let_wait(invoice["reference"], world.reviewer, NOW)
    await insert(ListingTerms, listing=world.facts["listing"], handover="交名册。", handover_share=D(5))
    await let_wait(invoice["reference"], world.reviewer, NOW)
    with pytest.raises(Forbidden):
        await release_wait(invoice["reference"], world.director, NOW)
    released = await release_wait(invoice["reference"], world.signer, NOW)
    with pytest.raises(Conflict):
        await release_wait(invoice["reference"], world.signer, NOW)
    assert (await queries.invoice_page(released, world.finance))["payable"] == D("2000.00")
    assert await first_difference() is None


async def test_the_buyer_lets_it_wait_on_the_invoice_and_everybody_concerned_reads_why(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world, invoice = await a_last_invoice()
    await clock.set(NOW)
    here = f"/invoices/{invoice['reference']}"
    await sign_in(client, "chen.jing")
    assert "让这一部分等移交完成" not in words((await client.get(here)).text)
    handover = await open_handover(world.reference, None, world.signer, NOW)
    offered = words((await client.get(here)).text)
    assert "让这一部分等移交完成" in offered and "4,000.00" in offered
    await sign_in(client, "director.0016")
    assert "让这一部分等移交完成" not in words((await client.get(here)).text)
    assert (await send(client, f"{here}/handover-wait", {})).status_code == 403
    await sign_in(client, "chen.jing")
    assert (await send(client, f"{here}/handover-wait", {})).status_code == 303
    assert (await send(client, f"{here}/handover-wait", {})).status_code == 409
    for name in ("chen.jing", "director.0016"):
        await sign_in(client, name)
        assert "等待服务对象移交完成" in words((await client.get(here)).text)
        contract = words((await client.get(f"/contracts/{world.reference}")).text)
        assert "等服务对象移交完成" in contract and "4,000.00" in contract
        assert "等移交完成的款项" in words((await client.get(f"/handovers/{handover}")).text)
    await sign_in(client, "chen.jing")
    assert (await send(client, f"{here}/handover-wait/release", {})).status_code == 303
    assert "已经放行" in words((await client.get(here)).text)

