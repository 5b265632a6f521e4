"""Second quotes, ratings, the recipient's own choice, and open frameworks (R-FRM-03, 05, 06; R-TIME-30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.listings.queries import listing_by_id
from contracts.agreements.services import sign_contract
from contracts.frameworks.applications import applications_of, apply_to_join, decide_application, leave_framework
from contracts.frameworks.call_offs import NewOrder, order_by_choice, order_by_turn, turn_of
from contracts.frameworks.mini_bids import NewMiniBid, decide_mini_bid, mini_bid_page, open_mini_bid, quote, quotes_of
from contracts.frameworks.queries import call_offs_of, framework_of_listing, places_of
from contracts.frameworks.ratings import rate_order, ratings_by_place
from contracts.frameworks.second_rules import Quote, check_use, lowest
from contracts.frameworks.services import remove_provider
from contracts.frameworks.vouchers import Choice, NewVoucher, issue_voucher, record_choice, voucher_page
from contracts.work import waiting_for
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from tests.builders_contracts import a_provider
from tests.builders_evaluations import BIDDERS
from tests.builders_frameworks import AFramework, a_signed_framework, an_open_framework, director_of, terms
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words


def an_order(world: AFramework, quantity: str = "100") -> NewOrder:
    """A month of care from the town's own line."""
    day = county_day(world.now)
    return NewOrder(world.line, Decimal(quantity), day, day + timedelta(days=30), "价格最低。")


@given(st.lists(st.decimals("1", "50", places=2), min_size=1, max_size=12, unique=True))
def test_the_lowest_second_quote_wins(prices: list[Decimal]) -> None:
    quotes = [Quote(uuid4(), f"供应商{i}", price) for i, price in enumerate(prices)]
    assert lowest(quotes).unit_price == min(prices)


def test_equal_lowest_quotes_need_a_draw() -> None:
    quotes = [Quote(uuid4(), name, Decimal("40")) for name in ("甲中心", "乙中心")]
    with pytest.raises(DomainError) as tie:
        lowest(quotes)
    assert tie.value.clause == "R-TIE-01"
    assert lowest(quotes, "抽中乙中心").name == "乙中心"


@given(st.decimals("0.01", "100", places=2), st.decimals("0", "100", places=2))
def test_a_recipient_never_uses_more_than_the_voucher_has(quantity: Decimal, left: Decimal) -> None:
    day = date(2026, 6, 1)
    if quantity > left:
        with pytest.raises(DomainError):
            check_use(quantity, left, day, day)
    else:
        check_use(quantity, left, day, day)


async def test_second_quotes_stay_unseen_until_the_round_closes(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now(), terms_=terms(way="mini_bid"))
    closes_at = world.now + timedelta(days=2)
    new = NewMiniBid(world.lot, "三户失能老人，每周两次。", an_order(world), closes_at)
    with pytest.raises(FormRefused):
        await open_mini_bid(world.id, replace(new, closes_at=world.now), world.buyer, world.now)
    number = await open_mini_bid(world.id, new, world.buyer, world.now)
    first, second = await director_of("和风", world.now), await director_of("云顶", world.now)
    assert any(f"/mini-bids/{number}" == item.url for item in await waiting_for(first, world.now))
    with pytest.raises(DomainError) as capped:
        await quote(number, Decimal("42.01"), first, world.now)
    assert capped.value.clause == "R-FRM-04"
    await quote(number, Decimal("41.00"), first, world.now)
    await quote(number, Decimal("40.50"), second, world.now)
    await quote(number, Decimal("40.00"), first, world.now)  # a later quote replaces the earlier one
    mini_bid, own = await mini_bid_page(number, world.buyer)
    assert await quotes_of(mini_bid, world.now, own) == []
    _, own = await mini_bid_page(number, second)
    assert [q["unit_price"] for q in await quotes_of(mini_bid, world.now, own)] == [Decimal("40.50")]
    with pytest.raises(NotFound):
        await mini_bid_page(number, await actor("liu.fang", world.now))
    with pytest.raises(Conflict):
        await decide_mini_bid(number, "", world.buyer, world.now)
    with pytest.raises(Conflict):
        await quote(number, Decimal("30.00"), second, closes_at)
    order = await decide_mini_bid(number, "", world.buyer, closes_at)
    assert await decide_mini_bid(number, "", world.buyer, closes_at) == order
    (row,) = await call_offs_of(world.id)
    assert (row["unit_price"], row["way"], row["amount"]) == (Decimal("40.00"), "mini_bid", Decimal("4000.00"))


async def _in_force(world: AFramework, name: str) -> str:
    order = await order_by_choice(world.places[name]["id"], an_order(world), world.buyer, world.now)
    row = next(r for r in await call_offs_of(world.id) if r["reference"] == order)
    for signer in (world.buyer, await director_of(name, world.now)):
        await sign_contract(row["contract"], signer.name, signer, world.now)
    return order


async def test_buyers_and_recipients_rate_an_order_once_each(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    unsigned = await order_by_choice(world.places["云顶"]["id"], an_order(world), world.buyer, world.now)
    with pytest.raises(Conflict):
        await rate_order(unsigned, 5, "", "", world.buyer, world.now)
    order = await _in_force(world, "和风")
    window = await actor("luo.jie", world.now)
    await rate_order(order, 4, "按时。", "", world.buyer, world.now)
    with pytest.raises(Conflict):
        await rate_order(order, 1, "再评。", "", world.buyer, world.now)
    with pytest.raises(Forbidden):
        await rate_order(order, 4, "", "", window, world.now)  # the window speaks for recipients only
    await rate_order(order, 5, "", "JT-R-0001", window, world.now)
    await rate_order(order, 4, "", "JT-R-0002", window, world.now)
    with pytest.raises(NotFound):
        await rate_order(order, 4, "", "JT-R-0003", await actor("tan.rong", world.now), world.now)
    found = (await ratings_by_place(world.id))[world.places["和风"]["id"]]
    assert (found.buyers, found.buyers_mean, found.recipients, found.recipients_mean) == (
        1, Decimal("4.0"), 2, Decimal("4.5"),
    )  # fmt: skip


async def test_ratings_never_change_the_order_of_a_rotation(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now(), terms_=terms(way="rotation"))
    order = await order_by_turn(world.id, world.lot, an_order(world, "10"), world.buyer, world.now)
    (row,) = await call_offs_of(world.id)
    for signer in (world.buyer, await director_of("和风", world.now)):
        await sign_contract(row["contract"], signer.name, signer, world.now)
    before = await turn_of(world.id, world.lot)
    await rate_order(order, 1, "很差。", "", world.buyer, world.now)
    await rate_order(order, 1, "", "JT-R-0001", await actor("luo.jie", world.now), world.now)
    assert await turn_of(world.id, world.lot) == before


async def test_a_recipient_chooses_within_its_voucher(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    day, window = county_day(world.now), await actor("luo.jie", world.now)
    new = NewVoucher(world.lot, "JT-R-0001", Decimal(30), day + timedelta(days=90), world.line)
    with pytest.raises(FormRefused):
        await issue_voucher(world.id, replace(new, valid_to=day + timedelta(days=2000)), world.buyer, world.now)
    voucher = await issue_voucher(world.id, new, world.buyer, world.now)
    choice = Choice(world.places["云顶"]["id"], Decimal(20), day, day + timedelta(days=30))
    await record_choice(voucher, choice, window, world.now)
    assert (await voucher_page(voucher, window))["left"] == Decimal(10)
    with pytest.raises(DomainError) as over:
        await record_choice(voucher, choice, window, world.now)
    assert over.value.clause == "R-FRM-01"
    with pytest.raises(NotFound):
        await voucher_page(voucher, await actor("tan.rong", world.now))
    (row,) = await call_offs_of(world.id)
    assert (row["way"], row["amount"]) == ("recipient", Decimal("940.00"))


async def test_providers_join_an_open_framework_at_any_time_and_leave_it(clock: TestClock) -> None:
    listing, reference = await an_open_framework(await clock.now())
    now = await clock.now() + timedelta(days=100)
    providers = {name: await a_provider(now, *BIDDERS[name]) for name in ("和风", "沱江")}
    assert len(providers) == 2
    first, second = await director_of("和风", now), await director_of("沱江", now)
    decider = await actor("jiang.bo", now)
    number = await apply_to_join(reference, 1, "两名护理员，周末可以上门。", first, now)
    with pytest.raises(Conflict):
        await apply_to_join(reference, 1, "再来一次。", first, now)
    (application,) = await applications_of(listing)
    (item,) = [i for i in await waiting_for(decider, now) if i.url.endswith("/applications")]
    assert item.due == application["review_by"] and 7 <= (item.due - county_day(now)).days <= 16
    with pytest.raises(Forbidden):
        await decide_application(number, True, "", await actor("li.qiang", now), now)
    await decide_application(number, True, "", decider, now)
    with pytest.raises(Conflict):
        await decide_application(number, False, "改主意。", decider, now)
    refused = await apply_to_join(reference, 1, "只做周一。", second, now)
    with pytest.raises(FormRefused):
        await decide_application(refused, False, " ", decider, now)
    await decide_application(refused, False, "没有持证人员。", decider, now)
    again = await apply_to_join(reference, 1, "已经补充两名持证护理员。", second, now)
    await decide_application(again, True, "", decider, now)
    framework = await framework_of_listing(listing)
    assert framework is not None
    places = await places_of(framework["id"])
    assert [(p["status"], p["unit_price"], p["turn"]) for p in places] == [
        ("agreed", Decimal("40.00"), 1), ("agreed", Decimal("40.00"), 2),
    ]  # fmt: skip
    await leave_framework(places[0]["id"], first, now)
    await remove_provider(places[1]["id"], "refused_order", "三次拒接。", decider, now)
    with pytest.raises(Forbidden) as barred:
        await apply_to_join(reference, 1, "想再加入。", second, now)
    assert barred.value.clause == "R-FRM-07"


async def test_nobody_leaves_a_closed_framework(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    with pytest.raises(Conflict):
        await leave_framework(world.places["和风"]["id"], await director_of("和风", world.now), world.now)


async def test_pages_of_an_open_framework(client: httpx.AsyncClient, clock: TestClock) -> None:
    listing, reference = await an_open_framework(await clock.now())
    path = f"/listings/{reference}"
    public = words((await client.get(path)).text)
    assert "接受加入申请" in public and "付费标准" in public
    assert (await client.get(f"{path}/result")).status_code == 404
    now = await clock.now()
    await a_provider(now, *BIDDERS["和风"])
    await sign_in(client, "director.0016")
    assert "¥40.00" in words((await client.get(f"{path}/apply")).text)
    bad = await send(client, f"{path}/apply", {"lot": "1", "words": "两名护理员。"})
    assert bad.status_code == 422 and "两名护理员。" in bad.text
    good = {"lot": "1", "words": "两名护理员。", "accepts": "yes"}
    assert (await send(client, f"{path}/apply", good)).status_code == 303
    assert (await send(client, f"{path}/apply", good)).status_code == 409
    await sign_in(client, "li.qiang")
    assert (await client.get(f"{path}/applications")).status_code == 404
    await sign_in(client, "jiang.bo")
    assert "两名护理员。" in words((await client.get(f"{path}/applications")).text)
    (application,) = await applications_of(listing)
    sent = {"application": application["reference"], "verdict": "refused", "reason": ""}
    assert (await send(client, f"{path}/applications", sent)).status_code == 422
    assert (await send(client, f"{path}/applications", {**sent, "verdict": "accepted"})).status_code == 303
    framework = await framework_of_listing((await listing_by_id(listing))["id"])
    assert framework is not None
    assert "统一付费标准" in words((await client.get(f"/frameworks/{framework['reference']}")).text)


async def test_pages_of_ratings_vouchers_and_rounds(client: httpx.AsyncClient, clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    await clock.set(world.now)
    order = await _in_force(world, "沱江")
    here = f"/frameworks/{world.reference}"
    await sign_in(client, "tan.rong")
    assert (await client.get(f"/orders/{order}/rate")).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get(f"/orders/{order}/rate")).status_code == 200
    assert (await send(client, f"/orders/{order}/rate", {"stars": "9"})).status_code == 422
    assert (await send(client, f"/orders/{order}/rate", {"stars": "4", "words": "按时。"})).status_code == 303
    assert "采购人评价 4 分（1 条）" in words((await client.get(here)).text)
    shown_order = words((await client.get(f"{here}/order")).text)
    assert "采购人评价 4 分（1 条）" in shown_order and "本县履约记录不足，不给分" in shown_order
    await rate_order(order, 5, "三号院的王大爷说好。", "JT-R-0007", await actor("luo.jie", world.now), world.now)
    assert "三号院的王大爷" in words((await client.get(here)).text)
    client.cookies.delete("sid")
    assert "三号院的王大爷" not in words((await client.get(here)).text), "what a recipient said is for the buyer"
    await sign_in(client, "wang.min")
    day = county_day(world.now)
    voucher = {
        "lot": str(world.lot), "recipient_code": "JT-R-0007", "quantity": "12",
        "valid_to": (day + timedelta(days=60)).isoformat(), "budget_line": str(world.line),
    }  # fmt: skip
    assert (await send(client, f"{here}/vouchers", {**voucher, "recipient_code": "张三"})).status_code == 422
    assert (await send(client, f"{here}/vouchers", voucher)).status_code == 303
    shown = (await client.get(f"{here}/vouchers")).text
    number = shown.split("/vouchers/FQ-")[1].split('"')[0]
    await sign_in(client, "luo.jie")
    path = f"/vouchers/FQ-{number}"
    assert "采购人评价 4 分" in words((await client.get(path)).text)
    chosen = {
        "place": str(world.places["沱江"]["id"]), "quantity": "12", "service_from": day.isoformat(),
        "service_to": (day + timedelta(days=20)).isoformat(),
    }  # fmt: skip
    assert (await send(client, path, {**chosen, "quantity": "13"})).status_code == 422
    assert (await send(client, path, chosen)).status_code == 303
    assert "已经用完" in words((await client.get(path)).text)
    assert (await client.get(f"{here}/mini-bids/new")).status_code == 403


async def test_pages_of_a_second_round(client: httpx.AsyncClient, clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now(), terms_=terms(way="mini_bid"))
    await clock.set(world.now)
    day, here = county_day(world.now), f"/frameworks/{world.reference}"
    await sign_in(client, "wang.min")
    assert (await client.get(f"{here}/mini-bids/new")).status_code == 200
    sent = {
        "lot": str(world.lot), "need": "三户老人。", "quantity": "30", "budget_line": str(world.line),
        "service_from": day.isoformat(), "service_to": (day + timedelta(days=40)).isoformat(),
        "closes_at": f"{(day + timedelta(days=2)).isoformat()}T17:00",
    }  # fmt: skip
    assert (await send(client, f"{here}/mini-bids/new", {**sent, "closes_at": "2020-01-01T09:00"})).status_code == 422
    made = await send(client, f"{here}/mini-bids/new", sent)
    assert made.status_code == 303
    path = made.headers["location"]
    await sign_in(client, "director.0016")
    assert (await send(client, f"{path}/quote", {"unit_price": "99"})).status_code == 422
    assert (await send(client, f"{path}/quote", {"unit_price": "41.5"})).status_code == 303
    await sign_in(client, "wang.min")
    assert "¥41.50" not in words((await client.get(path)).text)
    assert (await send(client, f"{path}/decide")).status_code == 409
    await clock.set(world.now + timedelta(days=3))
    assert "¥41.50" in words((await client.get(path)).text)
    assert (await send(client, f"{path}/decide")).status_code == 303
    assert "已经成交" in words((await client.get(path)).text)
    await sign_in(client, "liu.fang")
    assert (await client.get(path)).status_code == 404
