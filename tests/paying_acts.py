"""The acts of one payment, each by its own person, from the acceptance to the money; for tests that break them off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.billing.interest import approve_interest
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file, submit_invoice
from contracts.billing.steps import take_step
from contracts.billing.vouchers import release_voucher
from contracts.promises.approval import Step
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import (
    APRIL,
    FakeTreasury,
    World,
    a_closed_month,
    a_contract_in_force,
    an_invoice,
    heard,
)
from tests.cast import actor

# one milestone of 400,000 yuan: two of the buyer agree; paid long after its last day, so interest is owed too
AMOUNT = Decimal("400000.00")
DONE, LATE = at_county_time(date(2026, 5, 4), 10), at_county_time(date(2026, 7, 1), 10)


async def a_month_done() -> World:
    """A contract of one month whose work is done and accepted by nobody yet."""
    world = await a_contract_in_force(months=1, amount=AMOUNT, budget=Decimal("505000.00"))
    await a_closed_month(world, APRIL)
    await heard(world.contract, 1, world.reviewer, DONE)
    return world


async def _contract() -> str:
    return str(await fetchval("SELECT reference FROM contract"))


async def _invoice() -> Any:
    return await fetchrow("SELECT id, reference FROM invoice")


async def accept() -> object:
    """The buyer accepts."""
    contract = await contract_by_id(await fetchval("SELECT id FROM contract"))
    words = items_to_find(contract, await milestone_at(contract, 1))
    certificate = Certificate([ItemFinding(each, Finding.MET, "") for each in words], "满意")
    return await accept_milestone(contract["reference"], 1, certificate, await actor("chen.jing", DONE), DONE)


async def invoice() -> object:
    """The provider hands its invoice in."""
    form = an_invoice(AMOUNT, date(2026, 5, 4), "24512000000012345678")
    return await submit_invoice(await _contract(), 1, form, await actor("director.0016", DONE), DONE)


async def section() -> None:
    """The head of section agrees."""
    reference = (await _invoice())["reference"]
    await take_step(reference, Step.SECTION, "", await actor("wang.min", LATE), LATE)


async def deputy() -> None:
    """The deputy head agrees."""
    reference = (await _invoice())["reference"]
    await take_step(reference, Step.DEPUTY, "", await actor("li.qiang", LATE), LATE)


async def interest() -> object:
    """Finance approves what lateness costs."""
    return await approve_interest((await _invoice())["reference"], await actor("sun.yue", LATE), LATE)


async def approve() -> object:
    """Finance approves the payment."""
    return await approve_payment((await _invoice())["id"], await actor("sun.yue", LATE), LATE)


async def voucher() -> object:
    """The treasury gets its file."""
    payments = [row["id"] for row in await fetch("SELECT id FROM payment")]
    return await make_treasury_file(payments, FakeTreasury(), await actor("sun.yue", LATE), LATE)


async def release() -> None:
    """A second person of finance lets the file go."""
    await release_voucher(await fetchval("SELECT number FROM voucher_file"), await actor("zhao.lei", LATE), LATE)


async def _confirm(part: str) -> None:
    payment = await fetchval("SELECT id FROM payment WHERE part = $1", part)
    await confirm_paid(payment, await actor("sun.yue", LATE), LATE)


async def confirm_price() -> None:
    """The treasury has paid the price."""
    await _confirm("principal")


async def confirm_interest() -> None:
    """The treasury has paid the interest."""
    await _confirm("interest")


ACTS: dict[str, Callable[[], Awaitable[object]]] = {
    act.__name__: act
    for act in (accept, invoice, section, deputy, interest, approve, voucher, release, confirm_price, confirm_interest)
}


async def everything() -> tuple[Any, ...]:
    """Whatever an act of a payment writes, counted; equal before and after an act that did not happen."""
    row = await fetchrow(
        "SELECT (SELECT count(*) FROM acceptance), (SELECT count(*) FROM invoice),"
        " (SELECT count(*) FROM payment_clock),"
        " (SELECT count(*) FROM payment_step), (SELECT string_agg(status || part, ',' ORDER BY part) FROM payment),"
        " (SELECT count(*) FROM late_interest), (SELECT count(*) FROM voucher_line),"
        " (SELECT count(released_at) FROM voucher_file),"
        " (SELECT count(*) FROM ledger_posting), (SELECT sum(paid) FROM ledger_line),"
        " (SELECT count(*) FROM audit_entry), (SELECT sum(last_number) FROM reference),"
        " (SELECT string_agg(status, ',') FROM contract_milestone), (SELECT string_agg(status, ',') FROM invoice)"
    )
    assert row is not None
    return tuple(row)


async def check_paid_once() -> None:
    """All of it is paid, each yuan by one posting, and the proof of the ledger holds."""
    owed = await fetchval("SELECT sum(amount) FROM payment")
    assert owed > AMOUNT
    assert await fetchval("SELECT sum(paid) FROM ledger_line") == owed
    assert await fetchval("SELECT count(*) FROM ledger_posting WHERE kind = 'pay'") == 2
    assert await fetchval("SELECT count(*) FROM payment WHERE status = 'paid'") == 2
    assert await fetchval("SELECT status FROM contract_milestone") == "paid"
    assert await first_difference() is None


class PowerCut(BaseException):
    """The process is gone."""


class Cut:
    """Lets so many statements through, then `end` happens instead of the next one."""

    def __init__(self, statements: int, end: Callable[[], None]) -> None:
        self.left, self.end, self.whole = statements, end, db.connection

    def __call__(self) -> Any:
        """In place of `db.connection`, which every statement asks for its connection."""
        if self.left == 0:
            self.end()
        self.left -= 1
        return self.whole()
