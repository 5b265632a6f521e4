"""Fees through the payment service or the bank: once, back the way they came, and on to the treasury by two people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.fees import queries
from contracts.fees.online import (
    PaidAlready,
    give_up_online,
    hear_of_fee,
    pay_online,
    reconcile_fees,
    withdraw_fee,
)
from contracts.fees.rules import check_confirmer, check_may_refund, check_may_remit, check_new_fee
from contracts.fees.services import ask_fee, begin_refund, decide_remittance, enter_remittance
from contracts.fees.work import waiting_for
from marketplace.gateways.payments import StripePayments, stripe_client
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import World, a_contract_in_force, the_other_of_finance
from tests.marketplace.gateways.stripe_town import StripeTown
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 4, 10), 10)
BACK = "http://127.0.0.1/back"
D = Decimal


def asked(**changed: Any) -> Bound:
    """A fee without mistakes."""
    values = {"title": "档案复制费", "ground": "川财综〔2026〕8号", "amount": D("120.00"), "due_on": date(2026, 4, 30)}
    return Bound(values={**values, **changed})


@pytest.fixture
def gateway() -> Iterator[StripePayments]:
    town = StripeTown()
    payments = StripePayments(stripe_client("sk_test_county", town.url), "whsec_county", is_test=True)
    payments.town = town  # type: ignore[attr-defined]
    yield payments
    town.close()


def test_r_fee_01_what_is_asked_given_back_and_handed_over() -> None:
    form = asked(due_on=date(2026, 4, 9))
    check_new_fee(form, NOW.date())
    assert set(form.errors) == {"due_on"}
    paid = {"status": "paid", "remitted_on": None, "arrived_at": NOW}
    check_may_refund(paid)
    check_may_remit(paid, NOW.date(), NOW.date())
    for wrong in ({**paid, "status": "asked"}, {**paid, "remitted_on": NOW.date()}):
        with pytest.raises(Conflict):
            check_may_refund(wrong)
        with pytest.raises(Conflict):
            check_may_remit(wrong, NOW.date(), NOW.date())
    for day in (NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=1)):
        with pytest.raises(DomainError):
            check_may_remit(paid, day, NOW.date())
    with pytest.raises(Forbidden):
        check_confirmer(UUID(int=1), UUID(int=1))


async def stands() -> dict[str, Decimal]:
    """What stands on the accounts in yuan, debit less credit; the proof holds."""
    assert await first_difference() is None
    rows = await fetch("SELECT account, sum(debit - credit) AS amount FROM account_balance GROUP BY account")
    return {row["account"]: row["amount"] for row in rows if row["amount"]}


async def an_asked_fee(world: World) -> str:
    return await ask_fee(world.reference, asked(), world.finance, NOW)


async def test_a_fee_paid_online_counts_once_however_often_it_is_told_and_goes_back_once(
    db: Any, gateway: Any
) -> None:
    world = await a_contract_in_force()
    for who in (world.director, world.signer):
        with pytest.raises(Forbidden):
            await ask_fee(world.reference, asked(), who, NOW)
    reference = await an_asked_fee(world)
    with pytest.raises(Forbidden):
        await pay_online(reference, gateway, BACK, world.signer, NOW)
    first = await pay_online(reference, gateway, BACK, world.director, NOW)
    assert await pay_online(reference, gateway, BACK, world.director, NOW) == first
    await give_up_online(reference, gateway, world.director, NOW)
    assert await pay_online(reference, gateway, BACK, world.director, NOW) != first
    fee = await queries.fee_page(reference, world.finance)
    gateway.town.pay(fee["checkout"])
    for _ in range(10):
        await hear_of_fee(reference, gateway, NOW)
    assert await stands() == {"102101": D("120.00"), "2103": D("-120.00")}
    for act in (give_up_online(reference, gateway, world.director, NOW),
                withdraw_fee(reference, "不收了", gateway, world.finance, NOW)):  # fmt: skip
        with pytest.raises(PaidAlready):
            await act
    await begin_refund(reference, "收错了", world.finance, NOW)
    with pytest.raises(Conflict):
        await begin_refund(reference, "再退一次", world.finance, NOW)
    for _ in range(3):
        assert await reconcile_fees(gateway, NOW) == []
    assert (await queries.fee_page(reference, world.director))["status"] == "refunded" and await stands() == {}
    with pytest.raises(NotFound):
        await queries.fee_page(reference, (await a_contract_in_force()).worker)


async def test_r_role_03_two_of_finance_hand_a_fee_to_the_treasury_and_money_after_that_is_not_given_back(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    await clock.set(NOW)
    new = f"/contracts/{world.reference}/fees/new"
    await sign_in(client, "director.0016")
    assert (await client.get(new)).status_code == 403
    await sign_in(client, "sun.yue")
    assert "R-FEE-01" in (await client.get(new)).text
    wrong = {"title": "档案复制费", "ground": "", "amount": "0", "due_on": "2026-04-09"}
    assert (await send(client, f"/contracts/{world.reference}/fees", wrong)).status_code == 422
    typed = {**wrong, "ground": "川财综〔2026〕8号", "amount": "120", "due_on": "2026-04-30"}
    made = await send(client, f"/contracts/{world.reference}/fees", typed)
    here = made.headers["location"]
    assert made.status_code == 303 and "川财综〔2026〕8号" in words((await client.get(here)).text)
    await sign_in(client, "director.0016")
    assert "缴费" in "".join(item.what.text("zh") for item in await waiting_for(world.director, NOW))
    assert (await send(client, f"{here}/transfer", {"arrival_proof": ""})).status_code == 422
    assert (await send(client, f"{here}/transfer", {"arrival_proof": "农商行 1"})).status_code == 303
    assert (await send(client, f"{here}/transfer", {"arrival_proof": "农商行 1"})).status_code == 409
    await sign_in(client, "sun.yue")
    came = {"arrived_at": "2026-04-10T09:00", "arrival_proof": "LS-9"}
    assert (await send(client, f"{here}/arrived", {**came, "arrived_at": "2026-05-01T09:00"})).status_code == 422
    assert (await send(client, f"{here}/arrived", came)).status_code == 303
    assert await stands() == {"100201": D("120.00"), "2103": D("-120.00")}
    reference = here.rsplit("/", 1)[1]
    slip = Bound(values={"remitted_on": NOW.date(), "proof": "JK-1"})
    await enter_remittance(reference, slip, world.finance, NOW)
    with pytest.raises(Conflict):
        await enter_remittance(reference, slip, world.finance, NOW)
    with pytest.raises(Conflict):
        await begin_refund(reference, "收错了", world.finance, NOW)
    assert (await send(client, f"{here}/remittance/confirm", {})).status_code == 403
    other = await the_other_of_finance(world.finance, NOW)
    await decide_remittance(reference, False, other, NOW)
    await enter_remittance(reference, slip, world.finance, NOW)
    await decide_remittance(reference, True, other, NOW)
    assert await stands() == {}
    assert "已上缴国库" in words((await client.get("/fees")).text)
