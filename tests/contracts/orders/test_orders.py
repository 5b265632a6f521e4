"""A service order from the town's question to its closing, and what keeps it from being asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from contracts.agreements.queries import contract_by_id
from contracts.agreements.residents import open_orders
from contracts.agreements.services import complete_if_paid
from contracts.cases.queries import case_page
from contracts.cases.rules import HelpKind, Place
from contracts.cases.services import end_case
from contracts.handovers.rules import check_orders_settled
from contracts.orders import queries
from contracts.orders.rules import Candidate, Way, assign, check_limit, next_in_turn
from contracts.orders.services import (
    NewOrder,
    accept_order,
    cancel_order,
    close_order,
    decline_order,
    escalate_silence,
    order_for_visit,
    raise_order,
    reassign_order,
    report_done,
    return_order,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, IllegalMove, NotFound
from tests.builders_cases import a_case, a_childs_case, an_order
from tests.builders_contracts import a_contract_in_force, a_provider
from tests.cast import actor

NOW = at_county_time(date(2026, 4, 7), 10)
ONE, TWO, THREE = Candidate(uuid4(), uuid4()), Candidate(uuid4(), uuid4()), Candidate(uuid4(), uuid4())


def turn(candidate: Candidate, place: int, last: date | None = None) -> Candidate:
    asked = at_county_time(last) if last else None
    return replace(candidate, framework=uuid4(), framework_way="rotation", turn=place, last_asked_at=asked)


def test_the_only_provider_is_asked_and_no_other() -> None:
    assert assign([ONE], None, "").way is Way.ONLY
    with pytest.raises(DomainError):
        assign([ONE], TWO.contract, "")
    with pytest.raises(DomainError):
        assign([], None, "")
    with pytest.raises(DomainError):
        assign([ONE], None, "", frozenset({ONE.contract}))


def test_R_FRM_05_rotation_asks_whose_turn_it_is() -> None:
    never, early, late = turn(ONE, 3), turn(TWO, 1, date(2026, 4, 1)), turn(THREE, 2, date(2026, 4, 3))
    assert next_in_turn([late, early, never]) == never
    assert assign([late, early], None, "").contract == early.contract
    with pytest.raises(DomainError) as picked:
        assign([late, early], late.contract, "熟悉")
    assert picked.value.clause == "R-FRM-05"
    assert assign([late, early], None, "", frozenset({early.contract})).contract == late.contract


def test_several_contracts_are_chosen_from_with_a_reason() -> None:
    framework = replace(ONE, framework=uuid4(), framework_way="direct")
    for chosen, note in ((None, "x"), (TWO.contract, " ")):
        with pytest.raises(DomainError):
            assign([framework, TWO], chosen, note)
    assert assign([framework, TWO], TWO.contract, "离得近").way is Way.DIRECT
    assert assign([framework, TWO], ONE.contract, "本人选择").way is Way.CHOICE


def test_R_CLOCK_01_the_town_keeps_its_reserve_of_the_case() -> None:
    case = {"status": "open", "due_on": date(2026, 5, 11), "due_at": None}
    on, end = date(2026, 4, 7), date(2027, 3, 31)
    # ten working days before 11 May: the holiday of May and its make-up Saturday counted as announced
    latest = date(2026, 4, 23)
    assert check_limit(case, "S01", 12, end, on).date == latest
    with pytest.raises(DomainError) as refused:
        check_limit(case, "S01", 13, end, on)
    assert refused.value.clause == "R-CLOCK-01/reserve"
    assert check_limit({**case, "status": "granted"}, "S01", 60, end, on).date > latest
    with pytest.raises(DomainError) as survey:
        check_limit({**case, "status": "granted"}, "A02", 11, end, on)
    assert survey.value.clause == "R-CLOCK-01/survey"
    with pytest.raises(DomainError):
        check_limit({**case, "due_on": None}, "S01", 5, date(2026, 4, 9), on)


def test_R_SEED_05_an_order_of_an_urgent_case_ends_with_its_hours() -> None:
    case = {"status": "open", "due_on": date(2026, 4, 8), "due_at": at_county_time(date(2026, 4, 8), 10)}
    assert check_limit(case, "S01", 1, date(2027, 3, 31), date(2026, 4, 7)).date == date(2026, 4, 8)
    with pytest.raises(DomainError):
        check_limit(case, "S01", 2, date(2027, 3, 31), date(2026, 4, 7))


async def test_an_order_is_asked_accepted_done_and_closed(db: Any) -> None:
    world = await a_contract_in_force()
    case = await a_case(NOW)
    reference = await an_order(case, NOW)
    clerk, manager = await actor("luo.jie", NOW), world.director
    order = await queries.order_page(reference, visible_to=manager)
    assert (order["way"], order["due_on"], order["answer_by"]) == ("only", date(2026, 4, 14), date(2026, 4, 8))
    with pytest.raises(Forbidden):
        await accept_order(reference, None, clerk, NOW)
    with pytest.raises(FormRefused):
        await accept_order(reference, uuid4(), manager, NOW)
    await accept_order(reference, world.worker_row, manager, NOW)
    assert [o["reference"] for o in await queries.orders_for_worker(world.worker.person_id)] == [reference]
    assert await order_for_visit(reference, world.contract, "JT-R-0001", world.worker) == order["id"]
    with pytest.raises(FormRefused):
        await order_for_visit(reference, world.contract, "JT-R-0002", world.worker)
    with pytest.raises(DomainError) as waits:
        await end_case(case, date(2026, 4, 7), "不需要了", clerk, NOW)
    assert "工单" in waits.value.sentence.text("zh")
    await report_done(reference, "评估完成，评估表已交。", manager, NOW)
    await return_order(reference, "缺照护需求一栏", clerk, NOW)
    await report_done(reference, "已补。", manager, NOW)
    await close_order(reference, "met", "按评估结果转照料护理。", clerk, NOW)
    closed = await queries.order_page(reference, visible_to=clerk)
    assert (closed["status"], closed["outcome"], closed["next_step"]) == ("closed", "met", "按评估结果转照料护理。")
    steps = [s["what"] for s in await queries.steps_of(closed["id"])]
    assert steps == ["asked", "accepted", "done", "returned", "done", "closed"]
    with pytest.raises(IllegalMove):
        await close_order(reference, "met", "再来", clerk, NOW)


async def test_a_declined_order_goes_to_another_contract_or_to_nobody(db: Any) -> None:
    world = await a_contract_in_force()
    reference = await an_order(await a_case(NOW), NOW)
    clerk = await actor("luo.jie", NOW)
    await decline_order(reference, "社工请假，没有人手", world.director, NOW)
    with pytest.raises(DomainError):
        await reassign_order(reference, None, "改派", clerk, NOW)
    other = await a_contract_in_force(provider=await a_provider(NOW, "金堂县同心社工中心", "52510121MJX0000024"))
    with pytest.raises(FormRefused):
        await reassign_order(reference, None, " ", clerk, NOW)
    await reassign_order(reference, None, "原机构没有人手", clerk, NOW)
    order = await queries.order_page(reference, visible_to=clerk)
    assert (order["contract"], order["status"], order["due_on"]) == (other.contract, "asked", date(2026, 4, 14))
    with pytest.raises(NotFound):  # who declined it has nothing more to do with it
        await queries.order_page(reference, visible_to=world.director)
    await cancel_order(reference, "本人不需要了", clerk, NOW)


async def test_R_ORDER_01_silence_is_told_once(db: Any) -> None:
    await a_contract_in_force()
    reference = await an_order(await a_case(NOW), NOW)
    assert await escalate_silence(NOW + timedelta(days=1)) == 0
    assert await escalate_silence(NOW + timedelta(days=2)) == 1
    assert await escalate_silence(NOW + timedelta(days=2)) == 0
    mails = await fetchval(
        "SELECT count(*) FROM outbox_message WHERE payload->>'subject' LIKE '%没有%' AND payload->>'body' LIKE $1",
        f"%{reference}%",
    )
    assert mails == 3  # the provider's head and the two of the window


async def test_an_order_needs_a_running_contract_of_the_town(db: Any) -> None:
    case = await a_case(NOW)
    with pytest.raises(DomainError) as nobody:
        await an_order(case, NOW)
    assert nobody.value.clause == "R-ORDER-01"
    await a_contract_in_force()
    with pytest.raises(DomainError):
        await an_order(case, NOW, item_code="S02")
    with pytest.raises(DomainError) as reserve:
        await an_order(case, NOW, limit_days=15)
    assert reserve.value.clause == "R-CLOCK-01/reserve"


async def test_R_CHILD_01_nobody_is_sent_to_a_child_without_the_guardian(db: Any) -> None:
    await a_contract_in_force()
    case = await a_childs_case(NOW)
    officer = await actor("he.xin", NOW)
    with pytest.raises(DomainError) as refused:
        await raise_order(case, NewOrder("S01", "陪伴", 5), officer, NOW)
    assert refused.value.clause == "R-CHILD-01"
    with pytest.raises(NotFound):
        await an_order(case, NOW)  # the window's clerk does not see the case


async def test_an_open_order_keeps_its_contract_from_being_completed(db: Any) -> None:
    world = await a_contract_in_force()
    order = await an_order(await a_case(NOW), NOW)
    await execute("UPDATE contract_milestone SET status = 'paid' WHERE contract = $1", world.contract)
    assert await open_orders(world.contract) == 1
    await complete_if_paid(world.contract)
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    await cancel_order(order, "由镇里自己办", await actor("luo.jie", NOW), NOW)
    assert (await contract_by_id(world.contract))["status"] == "completed"


def test_R_CON_06_a_handover_waits_until_no_order_is_open() -> None:
    check_orders_settled(0)
    with pytest.raises(DomainError) as refused:
        check_orders_settled(2)
    assert refused.value.clause == "R-CON-06"


async def test_an_urgent_case_is_answered_the_same_day(db: Any) -> None:
    await a_contract_in_force()
    case = await a_case(
        NOW, help_kind=HelpKind.TEMPORARY, place=Place.EMERGENCY, is_urgent=True, asked_amount=Decimal("800.00")
    )
    reference = await an_order(case, NOW, limit_days=0)
    found = await case_page(case, visible_to=await actor("luo.jie", NOW))
    order = (await queries.orders_of_case(found["id"]))[0]
    assert (order["reference"], order["due_on"]) == (reference, date(2026, 4, 7))
