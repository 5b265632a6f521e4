"""The buyer's own chain before finance: by the amount, nobody twice, and everybody sees where the paper lies."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.billing import queries
from contracts.billing.services import approve_payment, return_invoice, submit_invoice
from contracts.billing.steps import step_of, steps_left, take_step
from contracts.promises.approval import Step, check_may_take, needed_steps, next_step, open_steps
from contracts.promises.queries import promise_of
from contracts.promises.words import where_of
from contracts.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.rulebook import rule
from tests.builders_contracts import (
    APRIL,
    World,
    a_closed_month,
    a_contract_in_force,
    accept,
    an_invoice,
    closing_time,
)
from tests.cast import actor
from tests.pages import send, sign_in, words

D, DAY = Decimal, date(2026, 5, 5)
NOW = at_county_time(DAY, 10)


@pytest.mark.parametrize(
    ("amount", "steps"), [
        ("99999.99", []), ("100000.00", ["section"]), ("299999.99", ["section"]), ("300000.00", ["section", "deputy"]),
        ("1000000.00", ["section", "deputy", "head"]),
    ],
)  # fmt: skip
def test_R_PAY_05_the_amount_says_who_agrees(amount: str, steps: list[str]) -> None:
    assert [*needed_steps(D(amount), DAY, is_accepted=True)] == steps
    assert [*needed_steps(D(amount), DAY, is_accepted=False)] == ["handler", *steps]
    assert not needed_steps(D(amount), date(2025, 12, 31), is_accepted=False)
    assert next_step(D(amount), DAY, steps, 9, is_accepted=True) is None
    # who is wanting is taken over by finance, from the last step on
    assert open_steps(D(amount), DAY, [], 1, is_accepted=True) == (tuple(steps[:1]), tuple(steps[1:]))
    assert rule("R-PAY-05").unconfirmed


def test_R_ROLE_03_nobody_acts_twice_and_a_named_person_is_stood_in_for_only_after_acting() -> None:
    me, other = uuid4(), uuid4()
    check_may_take(me, Step.SECTION, [other], {})
    check_may_take(me, Step.SECTION, [other], {"section": (other, "陈静")})
    for taken, named in (([me], {}), ([], {"section": (other, "陈静")})):
        with pytest.raises(Forbidden):
            check_may_take(me, Step.SECTION, taken, named)


async def an_advance_invoiced() -> tuple[World, dict[str, Any]]:
    """An invoice for an advance of 149,400 yuan: a handler and a head of section have to agree."""
    world = await a_contract_in_force(months=2, advance=D(30))
    reference = await submit_invoice(world.reference, 0, an_invoice(D("149400.00"), DAY), world.director, NOW)
    return world, await queries.invoice_page(reference, world.finance)


async def place(invoice: dict[str, Any]) -> str:
    """Where the paper lies now."""
    promise = await promise_of(invoice["id"], DAY)
    assert promise is not None
    return where_of(promise).text("zh")


async def test_R_PAY_05_two_of_the_buyer_agree_before_finance_and_the_clock_runs_on(db: Any) -> None:
    world, invoice = await an_advance_invoiced()
    wang, li = world.signer, await actor("li.qiang", NOW)
    assert "等待付款经办人审批" in await place(invoice)
    with pytest.raises(Conflict, match="付款经办人"):
        await approve_payment(invoice["id"], world.finance, NOW)
    with pytest.raises(Forbidden):
        await take_step(invoice["reference"], Step.HANDLER, "", world.director, NOW)
    with pytest.raises(Conflict):
        await take_step(invoice["reference"], Step.SECTION, "", wang, NOW)
    for _ in range(2):  # a double click
        await take_step(invoice["reference"], Step.HANDLER, "合同已生效", wang, NOW)
    assert "等待科室负责人审批" in await place(invoice)
    with pytest.raises(Forbidden):
        await take_step(invoice["reference"], Step.SECTION, "", wang, NOW)
    assert not any("审批付款" in str(item.what) for item in await waiting_for(wang, NOW))
    assert any("审批付款（科室负责人）" in str(item.what) for item in await waiting_for(li, NOW))
    assert not any("审核付款" in str(item.what) for item in await waiting_for(world.finance, NOW))
    await take_step(invoice["reference"], Step.SECTION, "", li, NOW + timedelta(days=1))
    assert "财政部门，等待审核" in await place(invoice)
    assert any("审核付款" in str(item.what) for item in await waiting_for(world.finance, NOW))
    assert await approve_payment(invoice["id"], world.finance, NOW + timedelta(days=1))
    promise = await promise_of(invoice["id"], DAY)
    assert promise is not None and promise["last_day"] == date(2026, 6, 4)
    assert await fetchval("SELECT count(*) FROM payment_step") == 2


async def test_R_PAY_05_several_invoices_of_one_acceptance_count_together(db: Any) -> None:
    world = await a_contract_in_force(months=1)
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await accept(world, 1, now)
    found = []
    for amount in ("99999.99", "0.01"):
        form = an_invoice(D(amount), now.date())
        found.append(await submit_invoice(world.reference, 1, form, world.director, now))
    for each in found:
        assert step_of(await queries.invoice_page(each, world.finance)) is Step.SECTION


async def test_R_PAY_05_who_left_holds_nothing_up_and_finance_takes_over_what_nobody_can(db: Any) -> None:
    world, invoice = await an_advance_invoiced()
    li = await actor("li.qiang", NOW)
    await execute("UPDATE person SET is_active = id = $1 WHERE id IN (SELECT person FROM membership"
                  " WHERE organisation = $2)", li.person_id, invoice["buyer"])  # fmt: skip
    seen = await queries.invoice_page(invoice["reference"], world.finance)
    assert steps_left(seen) == ((Step.HANDLER,), (Step.SECTION,))
    await take_step(invoice["reference"], Step.HANDLER, "", li, NOW)
    assert "财政部门，等待审核" in await place(invoice)
    assert await approve_payment(invoice["id"], world.finance, NOW)
    told = await fetchval("SELECT detail->>'reason' FROM audit_entry WHERE act = 'payment.approved'")
    assert "科室负责人" in told and "R-PAY-05" in told


async def test_whoever_has_to_agree_may_return_the_invoice(db: Any) -> None:
    world, invoice = await an_advance_invoiced()
    with pytest.raises(Forbidden):
        await return_invoice(invoice["id"], "x", await actor("tan.rong", NOW), NOW)
    await return_invoice(invoice["id"], "账号与合同不一致", world.signer, NOW)
    assert (await queries.invoice_page(invoice["reference"], world.finance))["status"] == "returned"


async def test_each_side_reads_the_chain_and_the_buyer_agrees_on_the_page(
    client: httpx.AsyncClient, clock: Any
) -> None:
    _, invoice = await an_advance_invoiced()
    await clock.set(NOW)
    here = f"/invoices/{invoice['reference']}"
    await sign_in(client, "sun.yue")
    page = await client.get(here)
    assert "等待审批" in words(page.text) and "/approve" not in page.text
    assert "等待付款经办人审批" in words((await client.get("/payments")).text)
    assert (await send(client, f"{here}/approve")).status_code == 409
    await sign_in(client, "wang.min")
    assert "同意付款（付款经办人）" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/steps", {"step": "handler", "opinion": "同意"})).status_code == 303
    assert (await send(client, f"{here}/steps", {"step": "section", "opinion": ""})).status_code == 403
    await sign_in(client, "director.0016")
    shown = words((await client.get(here)).text)
    assert "采购人，等待科室负责人审批" in shown and "王敏" in shown
