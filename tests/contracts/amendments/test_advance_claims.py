"""An advance that is not worked off when a contract ends is set off against work done, and the rest comes back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.amendments.claims import claim_of, claims_open, receive_claim
from contracts.amendments.queries import amendment_page
from contracts.amendments.rules import Ended, Ground, ended_with
from contracts.amendments.services import Termination, propose_termination, sign_amendment
from contracts.billing.queries import payments_of
from contracts.billing.services import approve_payment, confirm_paid, submit_invoice
from contracts.deposits.rules import Facts, Kind, ground_of_return
from contracts.deposits.rules import Ground as Back
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.opendata.ocds.facts import processes
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    APRIL,
    DRAWN_UP,
    FakeTreasury,
    World,
    a_closed_month,
    a_contract_in_force,
    accept,
    agreed,
    an_invoice,
    closing_time,
    papered,
    sent_to_treasury,
)
from tests.cast import actor

D = Decimal
ENDS = at_county_time(date(2026, 6, 1), 10)


def test_r_pay_03_work_done_is_set_off_first() -> None:
    assert ended_with(D(0), D(100)) == Ended(D(0), D(100), D(100))
    assert ended_with(D(40), D(100)) == Ended(D(0), D(100), D(60))
    assert ended_with(D(140), D(100)) == Ended(D(40), D(100), D(0))
    assert ended_with(D(140), D(0)) == Ended(D(140), D(0), D(0))
    assert ended_with(D(40), D(0), D(15)) == Ended(D(55), D(0), D(0), D(15))


def test_r_time_20_a_bond_goes_back_when_an_ended_contract_is_settled() -> None:
    facts = Facts(Kind.PERFORMANCE, DRAWN_UP, DRAWN_UP, settled_at=ENDS)
    assert ground_of_return(facts, ENDS) == (Back.ENDED, ENDS.date())


async def the_line(world: World) -> tuple[Decimal, Decimal, Decimal]:
    row = await fetchrow("SELECT free, committed, paid FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert row is not None
    return row["free"], row["committed"], row["paid"]


async def with_paid_advance() -> World:
    world = await a_contract_in_force(advance=D(30))
    now = DRAWN_UP + timedelta(days=2)
    amount = await fetchval(
        "SELECT amount FROM contract_milestone WHERE contract = $1 AND is_advance", world.contract
    )
    reference = await submit_invoice(world.reference, 0, an_invoice(amount, now.date()), world.director, now)
    invoice = await fetchval("SELECT id FROM invoice WHERE reference = $1", reference)
    await agreed(world, {"reference": reference}, now)
    await approve_payment(invoice, world.finance, now + timedelta(days=1))
    (payment,) = await payments_of(world.contract)
    await sent_to_treasury([payment["id"]], FakeTreasury(), world.finance, now + timedelta(days=1))
    await confirm_paid(payment["id"], world.finance, now + timedelta(days=2))
    return world


async def test_r_pay_03_what_is_left_of_the_advance_is_claimed_and_returns_to_the_line(db: Any) -> None:
    world = await with_paid_advance()
    assert await the_line(world) == (D("7000.00"), D("348600.00"), D("149400.00"))
    end = Termination(Ground.AGREEMENT, "双方协商。", "", D("49400"))
    reference = await papered(await propose_termination(world.reference, end, world.signer, ENDS))
    page = await amendment_page(reference, visible_to=world.signer)
    assert (page["amount"], page["advance_left"], page["claim"]) == (D(0), D("149400.00"), D("100000.00"))
    assert "抵扣 ¥49,400.00" in page["text"] and "¥100,000.00" in page["text"]
    second = await actor("chen.jing", ENDS)
    await sign_amendment(reference, second.name, second, ENDS)
    await sign_amendment(reference, world.director.name, world.director, ENDS)
    assert await the_line(world) == (D("355600.00"), D(0), D("149400.00"))
    assert [row["amount"] for row in await claims_open()] == [D("100000.00")]
    page = await amendment_page(reference, visible_to=world.signer)
    with pytest.raises(Forbidden):
        await receive_claim(page, ENDS.date(), "回单1", (world.director, ENDS))
    await execute("DELETE FROM ocds_change")
    await receive_claim(page, ENDS.date(), "回单1", (world.finance, ENDS))
    listing = await fetchval("SELECT listing FROM ocds_change")  # the public record hears of it
    [process] = await processes([listing])
    assert sum(each["amount"] for each in process.payments) == process.contracts[0]["amount"] == D("49400.00")
    with pytest.raises(Conflict):
        await receive_claim(page, ENDS.date(), "回单1", (world.finance, ENDS))
    assert await the_line(world) == (D("455600.00"), D(0), D("49400.00"))
    claim = await claim_of(page["id"])
    assert claim is not None and claim["received_on"] == ENDS.date()
    assert await first_difference() is None


async def test_r_pay_03_what_accepted_work_set_off_against_an_unpaid_advance_is_paid_at_the_end(db: Any) -> None:
    world = await a_contract_in_force(advance=D(30))
    await a_closed_month(world)
    await accept(world, 1, closing_time(world, APRIL))
    offset = await fetchval(
        "SELECT advance_offset FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract
    )
    worth = D("498000") - await fetchval(
        "SELECT amount + advance_offset FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract
    )
    with pytest.raises(DomainError, match="超过"):
        end = Termination(Ground.AGREEMENT, "双方协商。", "", worth + D("0.01"))
        await propose_termination(world.reference, end, world.signer, ENDS)
    end = Termination(Ground.AGREEMENT, "双方协商。", "", D("10000"))
    reference = await papered(await propose_termination(world.reference, end, world.signer, ENDS))
    page = await amendment_page(reference, visible_to=world.signer)
    assert offset > 0 and (page["amount"], page["offset_owed"]) == (D("10000") + offset, offset)
    assert f"¥{offset:,.2f}" in page["text"] and "¥10,000.00" in page["text"]
    second = await actor("chen.jing", ENDS)
    await sign_amendment(reference, second.name, second, ENDS)
    await sign_amendment(reference, world.director.name, world.director, ENDS)
    _, committed, paid = await the_line(world)
    assert (committed, paid) == (D("498000") - worth + D("10000"), D(0))
    assert await first_difference() is None
