"""Deposits by the payment service: cut off between any two steps, told ten times, told in any order: once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest

from contracts.deposits.jobs import keep_deposits
from contracts.deposits.online import compare, give_up_online, hear_news, pay_online, reconcile
from contracts.deposits.queries import given
from contracts.deposits.returns import record_interest_paid
from contracts.deposits.rules import GivenAlready
from contracts.deposits.work import waiting_for
from contracts.treasury.book_queries import balances_of
from marketplace.app import create_app, open_gateways
from marketplace.gateways.payments import DepositEvent, StripePayments, stripe_client
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute
from marketplace.kernel.errors import Conflict
from marketplace.verify_ledger import first_difference
from tests.builders_vendors import a_sealed_bid
from tests.cast import actor
from tests.contracts.deposits.scene import DEPOSIT, Scene, a_given_guarantee, a_scene, counted, deposit, end_listing
from tests.marketplace.gateways.stripe_town import StripeTown, news
from tests.pages import sign_in

START = at_county_time(date(2026, 3, 2), 9)
SECRET = "whsec_county"
BACK = "http://127.0.0.1/back"


class Killed(Exception):
    """The process ends here."""


class Cut:
    """The real gateway, killed before or after a call of one of its acts."""

    def __init__(self, gateway: StripePayments, act: str, moment: str) -> None:
        self.gateway, self.act, self.moment, self.is_test = gateway, act, moment, True

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.gateway, name)

        async def call(*given: Any) -> Any:
            if name != self.act:
                return await real(*given)
            if self.moment == "before":
                raise Killed
            await real(*given)
            raise Killed

        return call


@pytest.fixture
def town() -> Iterator[StripeTown]:
    town = StripeTown()
    yield town
    town.close()


@pytest.fixture
def gateway(town: StripeTown) -> StripePayments:
    return StripePayments(stripe_client("sk_test_county", town.url), SECRET, is_test=True)


async def asked_online(scene: Scene, gateway: Any) -> dict[str, Any]:
    await pay_online(scene.asked, gateway, BACK, scene.provider.actor, scene.now)
    return (await given(scene.asked))[0]


async def test_pressing_twice_gives_the_same_page_and_a_dead_one_anew(clock: Any, town: Any, gateway: Any) -> None:
    scene = await a_scene(START)
    first = await asked_online(scene, gateway)
    again = await asked_online(scene, gateway)
    assert first["checkout"] == again["checkout"] and len(town.sessions) == 1
    town.expire(first["checkout"])
    new = await asked_online(scene, gateway)
    assert new["reference"] == first["reference"] and new["checkout"] != first["checkout"]
    assert await counted("deposit") == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_opening_the_page_it_is_opened_once(
    clock: Any, town: Any, gateway: Any, moment: str
) -> None:
    scene = await a_scene(START)
    with pytest.raises(Killed):
        await asked_online(scene, Cut(gateway, "open_checkout", moment))
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await reconcile(gateway, START)
    assert len(town.sessions) == 1 and await counted("deposit") == 1
    assert (await deposit(row["reference"]))["held"] == DEPOSIT


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_looking_at_a_paid_page_it_is_taken_in_once(
    clock: Any, town: Any, gateway: Any, moment: str
) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    event = DepositEvent("evt_1", "checkout.session.completed", row["reference"])
    with pytest.raises(Killed):
        await hear_news(event, Cut(gateway, "find_checkout", moment), START)
    assert await counted("deposit_news") == 0, "the service repeats what was not noted"
    for _ in range(10):
        await hear_news(event, gateway, START)
    assert await counted("deposit_movement") == await counted("deposit_news") == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("day_later", [False, True])
async def test_killed_while_refunding_it_is_refunded_once(
    clock: Any, town: Any, gateway: Any, moment: str, day_later: bool
) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await keep_deposits(gateway, START)
    await end_listing(scene, scene.after)
    with pytest.raises(Killed):
        await keep_deposits(Cut(gateway, "refund", moment), scene.after)
    assert (await deposit(row["reference"]))["status"] == "returning"
    if day_later:
        town.forget_keys()
    for _ in range(3):
        await keep_deposits(gateway, scene.after)
    row = await deposit(row["reference"])
    assert (row["status"], row["returned"], row["held"]) == ("returned", DEPOSIT, 0)
    assert len(town.refunds) == 1 and await counted("deposit_movement") == 2


NEWS = ("checkout.session.completed", "payment_intent.succeeded", "refund.updated")


@pytest.mark.parametrize("order", list(permutations(NEWS)))
async def test_news_in_any_order_ends_alike(clock: Any, town: Any, gateway: Any, order: tuple[str, ...]) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    for number, kind in enumerate(order * 2):
        await hear_news(DepositEvent(f"evt_{number}", kind, row["reference"]), gateway, START)
    assert (await deposit(row["reference"]))["held"] == DEPOSIT and await counted("deposit_movement") == 1
    await hear_news(DepositEvent("evt_x", "charge.refunded", "BZJ-NOBODY"), gateway, START)


async def test_whoever_gives_up_a_page_that_was_just_paid_has_given(clock: Any, town: Any, gateway: Any) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    with pytest.raises(GivenAlready):
        await give_up_online(row["reference"], gateway, scene.provider.actor, START)
    assert (await deposit(row["reference"]))["status"] == "held"


async def test_a_page_given_up_takes_no_money_and_a_guarantee_can_follow(clock: Any, town: Any, gateway: Any) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    await give_up_online(row["reference"], gateway, scene.provider.actor, START)
    assert town.sessions[row["checkout"]]["status"] == "expired"
    await a_given_guarantee(scene)
    with pytest.raises(GivenAlready):
        await asked_online(scene, gateway)


async def test_money_that_comes_beside_another_deposit_goes_back_at_once(clock: Any, town: Any, gateway: Any) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    # a page that was dropped here but could not be shut there
    await execute("UPDATE deposit SET status = 'dropped' WHERE reference = $1", row["reference"])
    other = await a_given_guarantee(scene)
    town.pay(row["checkout"])
    await hear_news(DepositEvent("evt_1", NEWS[0], row["reference"]), gateway, START)
    twice = await deposit(row["reference"])
    assert (twice["status"], twice["return_ground"], twice["returned"]) == ("returned", "twice", DEPOSIT)
    assert (await deposit(other["reference"]))["status"] == "held" and len(town.refunds) == 1


async def test_a_refund_the_service_gives_up_waits_for_the_bank(clock: Any, town: Any, gateway: Any) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await a_sealed_bid(scene.listing.lots[0]["id"], scene.provider, START)
    await keep_deposits(gateway, START)
    town.refund_status = "failed"
    await end_listing(scene, scene.after)
    await keep_deposits(gateway, scene.after)
    await keep_deposits(gateway, scene.after)
    row = await deposit(row["reference"])
    assert (row["status"], row["refund_failed"], row["returned"]) == ("returning", True, 0)


async def test_the_webhook_takes_signed_news_ten_times_and_no_other(
    clock: Any, settings: Any, town: Any, gateway: Any
) -> None:
    app = create_app(settings, replace(open_gateways(settings), deposits=gateway), own_pool=False)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    scene = await a_scene(await clock.now())
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    subject = {"id": row["checkout"], "object": "checkout.session", "metadata": {"reference": row["reference"]}}
    body, signature = news("evt_1", NEWS[0], subject, SECRET)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as service:
        for _ in range(10):
            answer = await service.post("/deposits/news", content=body, headers={"Stripe-Signature": signature})
            assert answer.status_code == 200, answer.text
        forged = await service.post("/deposits/news", content=body + b" ", headers={"Stripe-Signature": signature})
        assert forged.status_code == 422
        await sign_in(service, scene.provider.username)
        shown = await service.get(f"/listings/{scene.listing.reference}/deposit")
        assert "测试模式" in shown.text and "已收到" in shown.text
    assert await counted("deposit_movement") == await counted("deposit_news") == 1


async def test_what_was_given_back_on_the_services_own_pages_is_never_given_back_again(
    clock: Any, town: Any, gateway: Any
) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await keep_deposits(gateway, START)
    by_hand = {"id": "re_hand", "object": "refund", "payment_intent": "pi_1", "status": "succeeded", "metadata": {}}
    town.refunds.append({**by_hand, "amount": 400000})
    await end_listing(scene, scene.after)
    await keep_deposits(gateway, scene.after)
    assert [r["amount"] for r in town.refunds] == [400000, 600000], "only the rest follows"
    assert (await deposit(row["reference"]))["status"] == "returned"
    [seen] = await compare(gateway, scene.after)
    assert seen.agrees and seen.service is not None and seen.service.refunded == DEPOSIT
    # all of it by hand
    town.refunds[:] = [{**by_hand, "amount": 1000000}]
    assert (await gateway.refund("pi_1", "BZJ-OTHER", DEPOSIT)).is_done and len(town.refunds) == 1


async def test_the_comparison_names_what_the_service_has_otherwise_and_tells_nothing_before_the_deadline(
    clock: Any, settings: Any, town: Any, gateway: Any
) -> None:
    scene = await a_scene(await clock.now())
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await keep_deposits(gateway, scene.now)
    assert await compare(gateway, scene.now) == []
    assert [each.agrees for each in await compare(gateway, scene.after)] == [True]
    town.refunds.append(
        {"id": "re_1", "object": "refund", "amount": 100, "payment_intent": "pi_1", "status": "succeeded",
         "metadata": {}}
    )  # fmt: skip
    assert [each.agrees for each in await compare(gateway, scene.after)] == [False]
    town.sessions.clear()
    assert [each.service for each in await compare(gateway, scene.after)] == [None]
    await clock.set(scene.after)
    app = create_app(settings, replace(open_gateways(settings), deposits=gateway), own_pool=False)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        await sign_in(browser, "sun.yue")
        shown = (await browser.get("/deposits/reconciliation")).text
        assert row["reference"] in shown and "对不上" in shown
        await sign_in(browser, "li.qiang")
        assert (await browser.get("/deposits/reconciliation")).status_code == 403


async def test_the_interest_of_a_late_refund_online_is_paid_by_the_bank_and_recorded_once(
    clock: Any, town: Any, gateway: Any
) -> None:
    scene = await a_scene(START)
    row = await asked_online(scene, gateway)
    town.pay(row["checkout"])
    await keep_deposits(gateway, START)
    await end_listing(scene, scene.after)
    town.refund_status = "pending"
    await keep_deposits(gateway, scene.after)
    late = at_county_time((await deposit(row["reference"]))["return_due"] + timedelta(days=36), 10)
    town.refunds[0]["status"] = "succeeded"
    finance = await actor("sun.yue", late)
    with pytest.raises(Conflict):
        await record_interest_paid(row["reference"], "LX-1", finance, late)
    await keep_deposits(gateway, late)
    found = await deposit(row["reference"])
    assert (found["status"], str(found["interest"])) == ("returned", "52.20")
    waits = [item.url for item in await waiting_for(finance, late)]
    assert f"/deposits/{row['reference']}" in waits
    stands = {each["account"]: each["balance"] for each in await balances_of(found["id"])}
    assert str(stands["230703"]) == "52.20" and stands["102101"] == 0
    for _ in range(2):
        await record_interest_paid(row["reference"], "LX-1", finance, late)
    stands = {each["account"]: each["balance"] for each in await balances_of(found["id"])}
    assert stands["230703"] == 0 and str(stands["5901"]) == "52.20"
    assert f"/deposits/{row['reference']}" not in [item.url for item in await waiting_for(finance, late)]
    # the scene ends its listing by hand: what it still reserves is the first difference, nothing of the deposit is
    difference = await first_difference()
    assert difference is not None and difference.identity.name == "reserve"
    await execute("UPDATE listing SET status = 'published' WHERE id = $1", scene.listing.id)
    assert await first_difference() is None
