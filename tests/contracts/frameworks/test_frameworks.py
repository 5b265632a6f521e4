"""Agreements and orders of a framework: signed, filed, ordered by choice and by turn, removed (R-FRM-04, 05, 07)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.listings.queries import lots
from contracts.agreements.queries import contract_facts
from contracts.agreements.services import sign_contract
from contracts.frameworks.call_offs import NewOrder, order_by_choice, order_by_turn, turn_of
from contracts.frameworks.clocks import clocks_of_place
from contracts.frameworks.queries import call_offs_of, framework_page, place_by_id, places_of
from contracts.frameworks.rules import (
    OrderFacts,
    TopUpFacts,
    check_may_top_up,
    check_no_reentry,
    check_order,
    may_top_up,
    next_turn,
)
from contracts.frameworks.services import Admitted, note_filing, remove_provider, sign_agreement
from contracts.frameworks.top_ups import join_by_top_up, start_top_up
from contracts.work import waiting_for
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, IllegalMove
from tests.builders_contracts import a_provider
from tests.builders_frameworks import MORE, AFramework, a_signed_framework, an_announced_framework, director_of, terms
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words


@given(st.integers(1, 12), st.integers(1, 8))
def test_everybody_is_served_once_in_every_round_in_the_same_order(providers: int, rounds: int) -> None:
    order = [UUID(int=i) for i in range(providers)]
    served: dict[UUID, list[int]] = {}
    given_to = []
    for _ in range(providers * rounds):
        turn = next_turn(order, served)
        assert turn is not None
        served.setdefault(turn.place, []).append(turn.round)
        given_to.append(turn.place)
    assert given_to == order * rounds
    assert all(found == list(range(1, rounds + 1)) for found in served.values())


@given(st.integers(2, 10), st.lists(st.integers(0, 9), max_size=30), st.data())
def test_the_order_stays_fair_when_a_provider_is_removed(providers: int, removed: list[int], chance: st.DataObject) -> None:  # noqa: E501
    order = [UUID(int=i) for i in range(providers)]
    served: dict[UUID, list[int]] = {}
    for number in removed:
        turn = next_turn(order, served)
        assert turn is not None
        served.setdefault(turn.place, []).append(turn.round)
        if number < len(order) - 1 and chance.draw(st.booleans()):
            order = [place for place in order if place != order[number]]
    rounds = [max(served.get(place, [0])) for place in order]
    assert max(rounds) - min(rounds) <= 1
    assert all(count == 1 for found in served.values() for count in Counter(found).values())


def test_nobody_is_next_while_nobody_holds_an_agreement() -> None:
    assert next_turn([], {}) is None


FACTS = OrderFacts("agreed", date(2026, 5, 1), date(2027, 4, 30), Decimal("45.00"))
TODAY = date(2026, 6, 1)


def test_the_price_of_stage_one_caps_every_order() -> None:
    check_order(FACTS, Decimal("45.00"), TODAY, TODAY, TODAY)
    with pytest.raises(DomainError) as refused:
        check_order(FACTS, Decimal("45.01"), TODAY, TODAY, TODAY)
    assert refused.value.clause == "R-FRM-04"


@pytest.mark.parametrize("today", [date(2026, 4, 30), date(2027, 5, 1)])
def test_nothing_is_ordered_outside_the_term(today: date) -> None:
    with pytest.raises(Conflict, match="有效期"):
        check_order(FACTS, Decimal("45"), today, today, today)


@given(st.integers(1, 50), st.integers(0, 50))
def test_providers_are_sought_again_only_when_fewer_than_seventy_percent_remain(admitted: int, left: int) -> None:
    left = min(left, admitted)
    assert may_top_up(admitted, left, Decimal(70)) == (left * 10 < admitted * 7)


def test_who_was_removed_does_not_come_back() -> None:
    check_no_reentry(["left"])
    with pytest.raises(Forbidden) as refused:
        check_no_reentry(["agreed", "removed"])
    assert refused.value.clause == "R-FRM-07"


def an_order(world: AFramework, quantity: str = "100", **changed: object) -> NewOrder:
    """A month of care from the town's own line."""
    day = county_day(world.now)
    found = {"reason": "离赵镇最近，价格最低。", **changed}
    return NewOrder(world.line, Decimal(quantity), day, day + timedelta(days=30), str(found["reason"]))


async def test_agreements_hold_with_both_signatures_and_the_users_are_told(clock: TestClock) -> None:
    _, reference, now = await an_announced_framework(await clock.now())
    framework = await framework_page(reference)
    place = (await places_of(framework["id"]))[0]
    signer, director = await actor("tan.rong", now), await director_of("和风", now)
    assert not await sign_agreement(place["id"], signer.name, signer, now)
    with pytest.raises(Conflict):
        await sign_agreement(place["id"], signer.name, signer, now)
    with pytest.raises(Forbidden):
        await sign_agreement(place["id"], "王敏", await actor("wang.min", now), now)
    with pytest.raises(Conflict):
        await note_filing(place["id"], signer, now)
    assert await sign_agreement(place["id"], director.name, director, now)
    mails = [str(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]
    assert any("可以下单了" in mail and "wang.min@" in mail for mail in mails)
    sign, tell, file = clocks_of_place(await place_by_id(place["id"]))
    assert [c.rule for c in (sign, tell, file)] == ["R-TIME-30/sign", "R-TIME-30/notify_users", "R-TIME-30/file"]
    assert tell.done_at and not file.done_at and not sign.is_late(county_day(now))
    await note_filing(place["id"], signer, now)
    await note_filing(place["id"], signer, now)
    assert (await place_by_id(place["id"]))["filed_at"] == now


async def test_an_order_becomes_a_contract_of_the_town_that_ordered(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    order = await order_by_choice(world.places["沱江"]["id"], an_order(world), world.buyer, world.now)
    (row,) = await call_offs_of(world.id)
    assert (row["reference"], row["amount"], row["way"]) == (order, Decimal("4500.00"), "direct")
    director = await director_of("沱江", world.now)
    contract = await contract_facts(row["contract_reference"], visible_to=world.buyer)
    assert (contract["quantity"], contract["buyer_name"]) == (Decimal(100), "赵镇街道办事处")
    assert "单价每小时 ¥45.00" in contract["terms"]
    money = await fetchrow(
        "SELECT l.* FROM ledger_line l JOIN budget_line b ON b.ledger_line = l.id WHERE b.id = $1", world.line
    )
    assert money is not None and (money["free"], money["committed"]) == (Decimal("95500.00"), Decimal("4500.00"))
    for signer in (world.buyer, director):
        await sign_contract(contract["id"], signer.name, signer, world.now)
    assert (await contract_facts(row["contract_reference"], visible_to=None))["status"] == "in_force"


async def test_orders_are_refused_for_the_right_reason(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    place = world.places["和风"]["id"]
    with pytest.raises(Forbidden):  # 淮口 is not among the towns
        stranger = await actor("luo.jie", world.now)
        await order_by_choice(place, an_order(world), stranger, world.now)
    with pytest.raises(FormRefused) as unsaid:
        await order_by_choice(place, an_order(world, reason=" "), world.buyer, world.now)
    assert "reason" in unsaid.value.errors
    with pytest.raises(DomainError) as poor:
        await order_by_choice(place, an_order(world, "9999"), world.buyer, world.now)
    assert poor.value.clause == "R-GPS-05"
    with pytest.raises(Conflict) as turns:
        await order_by_turn(world.id, world.lot, an_order(world), world.buyer, world.now)
    assert turns.value.clause == "R-FRM-05"
    assert await fetchval("SELECT count(*) FROM call_off") == 0


async def test_rotation_serves_each_once_a_round_and_nobody_chooses(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now(), terms_=terms(way="rotation"))
    with pytest.raises(Conflict) as refused:
        await order_by_choice(world.places["云顶"]["id"], an_order(world), world.buyer, world.now)
    assert refused.value.clause == "R-FRM-05"
    for _ in range(4):
        await order_by_turn(world.id, world.lot, an_order(world, "10"), world.buyer, world.now)
    rows = sorted(await call_offs_of(world.id), key=lambda row: row["reference"])
    names = [row["provider_name"] for row in rows]
    assert names[:3] == [world.places[short]["provider_name"] for short in ("和风", "沱江", "云顶")]
    assert names[3] == names[0] and [row["round"] for row in rows] == [1, 1, 1, 2]
    # the one whose turn it is goes: the next in the fixed order follows, nobody jumps the queue
    await remove_provider(
        world.places["沱江"]["id"], "not_performed", "两次未到岗。", await actor("jiang.bo", world.now), world.now
    )
    turn = await turn_of(world.id, world.lot)
    assert turn is not None and (turn.place, turn.round) == (world.places["云顶"]["id"], 2)


async def test_removal_needs_a_ground_and_is_for_good(clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    place, decider = world.places["云顶"]["id"], await actor("jiang.bo", world.now)
    with pytest.raises(FormRefused):
        await remove_provider(place, "disliked", "评价不好。", decider, world.now)
    with pytest.raises(Forbidden):
        await remove_provider(place, "banned", "被禁止参加。", world.buyer, world.now)
    await remove_provider(place, "banned", "被禁止参加政府采购活动一年。", decider, world.now)
    with pytest.raises(IllegalMove):
        await remove_provider(place, "banned", "再次。", decider, world.now)
    with pytest.raises(Conflict):
        await order_by_choice(place, an_order(world), world.buyer, world.now)
    # two of three are left: others are sought by the rules of the first round, and join behind those in it
    drafter = await actor("tan.rong", world.now)
    with pytest.raises(Forbidden):
        await start_top_up(world.reference, "轮候落空", world.buyer, world.now)
    with pytest.raises(FormRefused):
        await start_top_up(world.reference, " ", drafter, world.now)
    draft = await start_top_up(world.reference, "只剩两家，轮候落空。", drafter, world.now)
    with pytest.raises(Conflict):
        await start_top_up(world.reference, "再来一次", drafter, world.now)
    [lot] = await lots(draft)
    fourth = await a_provider(world.now, *MORE["三溪"])
    found = [Admitted(lot["id"], who, turn, Decimal(49), "") for turn, who in enumerate(
        (world.places["云顶"]["provider"], world.places["和风"]["provider"], fourth), start=1
    )]  # fmt: skip
    async with transaction():
        assert await join_by_top_up(draft, found, decider, world.now) == world.reference
    rows = {row["provider"]: row for row in await places_of(world.id)}
    assert (rows[fourth]["turn"], rows[fourth]["lot"], rows[fourth]["status"]) == (4, world.lot, "admitted")
    assert len(rows) == 4 and rows[world.places["云顶"]["provider"]]["status"] == "removed"
    assert await join_by_top_up(world.listing, found, decider, world.now) is None


READY = TopUpFacts("closed", 10, 6, Decimal(70), has_ended=False)


def test_r_frm_07_a_closed_framework_is_topped_up_while_it_runs_one_round_at_a_time() -> None:
    check_may_top_up(READY)
    for wrong in (
        replace(READY, kind="open"), replace(READY, remaining=7), replace(READY, has_ended=True),
        replace(READY, under_way="JT-2026-0001"),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            check_may_top_up(wrong)


async def test_pages_of_a_framework(client: httpx.AsyncClient, clock: TestClock) -> None:
    world = await a_signed_framework(await clock.now())
    await clock.set(world.now)
    here = f"/frameworks/{world.reference}"
    # a provider's contact is kept encrypted; page and letter lead to where it is shown for a purpose
    assert "folder:" not in (await client.get(here)).text
    letters = [str(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]
    told = [letter for letter in letters if "可以下单了" in letter]
    assert told and all("/providers/" in letter and "folder:" not in letter for letter in told)
    for language in ("", "/en"):
        assert (await client.get(f"{language}/frameworks")).status_code == 200
        assert (await client.get(f"{language}{here}")).status_code == 200
    public = words((await client.get(here)).text)
    assert "¥45.00" in public and "有效期内不得补充" in public and "清退" not in public.split("补充征集")[0]
    assert (await client.get("/frameworks/KJ-0000-0000")).status_code == 404
    await sign_in(client, "wang.min")
    page = await client.get(f"{here}/order")
    assert page.status_code == 200 and "沱江" in words(page.text)
    bad = await send(client, f"{here}/order", {"quantity": "-1"})
    assert bad.status_code == 422 and 'value="-1"' in bad.text
    day = county_day(world.now)
    sent = {
        "place": str(world.places["沱江"]["id"]), "budget_line": str(world.line), "quantity": "20",
        "service_from": day.isoformat(), "service_to": (day + timedelta(days=10)).isoformat(), "reason": "距离近。",
    }  # fmt: skip
    assert (await send(client, f"{here}/order", {**sent, "reason": ""})).status_code == 422
    good = await send(client, f"{here}/order", sent)
    assert good.status_code == 303
    assert "DD-" in words((await client.get(good.headers["location"])).text)
    assert any("/contracts/" in item.url for item in await waiting_for(world.buyer, world.now))
    await sign_in(client, "li.qiang")
    assert (await client.get(f"{here}/places/{world.places['沱江']['id']}/remove")).status_code == 403
    await sign_in(client, "jiang.bo")
    path = f"{here}/places/{world.places['沱江']['id']}/remove"
    assert (await client.get(path)).status_code == 200
    assert (await send(client, path, {"ground": "", "reason": ""})).status_code == 422
    assert (await send(client, path, {"ground": "refused_order", "reason": "拒不签订。"})).status_code == 303
    assert "已清退" in words((await client.get(here)).text)
    await sign_in(client, "tan.rong")
    assert (await client.get(f"{here}/top-up")).status_code == 200


async def test_the_agreement_is_signed_on_its_page(client: httpx.AsyncClient, clock: TestClock) -> None:
    _, reference, now = await an_announced_framework(await clock.now())
    await clock.set(now)
    framework = await framework_page(reference)
    place = (await places_of(framework["id"]))[0]
    path = f"/frameworks/{reference}/places/{place['id']}/sign"
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "tan.rong")
    assert "协议价格每小时 ¥42.00" in words((await client.get(path)).text)
    assert (await send(client, path, {"typed_name": "别人", "agree": "yes"})).status_code == 422
    assert (await send(client, path, {"typed_name": "谭蓉"})).status_code == 422
    assert (await send(client, path, {"typed_name": "谭蓉", "agree": "yes"})).status_code == 303
    assert (await send(client, path, {"typed_name": "谭蓉", "agree": "yes"})).status_code == 409
