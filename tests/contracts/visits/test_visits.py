"""Visits from the phone to the closed month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.acceptance.queries import milestones_with_months, months_of
from contracts.billing.chain import visits_behind
from contracts.cases.queries import case_page
from contracts.cases.rules import Capacity, HelpKind
from contracts.visits import queries
from contracts.visits.closing import close_month
from contracts.visits.exceptions import exceptions_waiting
from contracts.visits.extras import Extras
from contracts.visits.services import (
    Correction,
    approve_visits,
    correct_visit,
    log_visit,
    return_visit,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from tests.builders_cases import a_case, a_childs_case
from tests.builders_contracts import (
    APRIL,
    MAY,
    a_closed_month,
    a_contract_in_force,
    a_paid_milestone,
    a_provider,
    a_visit,
    a_worker,
    an_invoice_submitted,
    closing_time,
    points,
)
from tests.cast import actor
from vendors.workers.changes import Change, Particulars, change_particulars

DAY = date(2026, 4, 7)
EVENING = at_county_time(DAY, 20)


async def test_the_same_form_sent_twice_is_one_visit(db: Any) -> None:
    world = await a_contract_in_force()
    key = uuid4()
    for _ in range(2):
        assert await log_visit(key, points(world, DAY), world.worker, EVENING) == key
    assert await fetchval("SELECT count(*) FROM visit") == 1


async def test_another_worker_cannot_take_the_identity_of_a_visit(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    other, _ = await a_worker(world.provider, EVENING, "wei.wei", "魏薇")
    with pytest.raises(NotFound):
        await log_visit(visit, points(world, DAY), other, EVENING)


async def test_the_same_minute_is_not_logged_twice_even_under_another_contract(db: Any) -> None:
    first = await a_contract_in_force()
    second = await a_contract_in_force(provider=first.provider)
    await a_visit(first, DAY, "09:00", "11:30")
    with pytest.raises(FormRefused) as refused:
        await a_visit(second, DAY, "11:00", "12:00", recipient_code="JT-R-0002")
    assert set(refused.value.errors) == {"begins"}
    await a_visit(second, DAY, "11:30", "12:00", recipient_code="JT-R-0002")


async def test_the_same_minute_is_not_logged_twice_for_another_employer(db: Any) -> None:
    first = await a_contract_in_force()
    rival = await a_provider(EVENING, "成都市晨光社会工作服务中心", "52510121MJX0000024")
    second = await a_contract_in_force(provider=rival)
    await a_visit(first, DAY, "09:00", "11:30")
    with pytest.raises(asyncpg.ExclusionViolationError):
        async with transaction():
            await execute(
                "INSERT INTO visit (id, chain, contract, item_code, worker, person, recipient_code, town, village, day,"
                " begins_at, ends_at, minutes, entered_at) SELECT $1, $1, $2, item_code, $3, person, 'JT-R-0009', town,"
                " village, day, begins_at, ends_at, minutes, entered_at FROM visit",
                uuid4(), second.contract, second.worker_row,
            )  # fmt: skip


async def test_a_recipient_is_not_served_twice_at_once_unless_in_a_group(db: Any) -> None:
    world = await a_contract_in_force()
    other, _ = await a_worker(world.provider, EVENING, "wei.wei", "魏薇")
    await a_visit(world, DAY)
    with pytest.raises(FormRefused) as refused:
        await log_visit(uuid4(), points(world, DAY), other, EVENING)
    assert set(refused.value.errors) == {"recipient_code"}
    await log_visit(uuid4(), points(world, DAY, is_group=True), other, EVENING)


async def test_all_mistakes_come_at_once(db: Any) -> None:
    world = await a_contract_in_force()
    with pytest.raises(FormRefused) as refused:
        await log_visit(
            uuid4(), points(world, date(2026, 3, 1), "10:00", "09:00", town_id=uuid4()), world.worker, EVENING
        )
    assert {"day", "ends", "town"} <= set(refused.value.errors)


async def test_a_worker_of_another_provider_does_not_find_the_contract(db: Any) -> None:
    world = await a_contract_in_force()
    rival = await a_provider(EVENING, "成都市晨光社会工作服务中心", "52510121MJX0000024")
    stranger, _ = await a_worker(rival, EVENING, "bai.bing", "白冰")
    with pytest.raises(NotFound):
        await log_visit(uuid4(), points(world, DAY), stranger, EVENING)


async def test_a_visit_is_never_changed_in_the_database(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("UPDATE visit SET village = '别处' WHERE id = $1", visit)


async def test_only_the_buyer_approves_and_approving_twice_does_no_harm(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    with pytest.raises(NotFound):
        await approve_visits(world.contract, [visit], await actor("yang.hua", EVENING), EVENING)
    with pytest.raises(Forbidden):
        await approve_visits(world.contract, [visit], world.director, EVENING)
    assert await approve_visits(world.contract, [visit], world.reviewer, EVENING) == 1
    assert await approve_visits(world.contract, [visit], world.reviewer, EVENING) == 0


async def test_a_returned_visit_is_corrected_by_a_new_row(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    await return_visit(world.contract, visit, "时间写错了", world.reviewer, EVENING)
    with pytest.raises(Conflict):
        await return_visit(world.contract, visit, "再退一次", world.reviewer, EVENING)
    new = uuid4()
    for _ in range(2):
        await correct_visit(
            new, Correction(visit, "起止时间写错"), points(world, DAY, "09:00", "10:00"), world.worker, EVENING
        )
    old = await queries.visit_of(visit)
    row = await queries.visit_of(new)
    assert old and row and old["status"] == "returned" and old["minutes"] == 150
    assert row["status"] == "logged" and row["minutes"] == 60 and row["chain"] == visit
    assert row["original_minutes"] == 150


async def test_an_approved_visit_counts_until_its_correction_is_approved(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    await approve_visits(world.contract, [visit], world.reviewer, EVENING)
    new = uuid4()
    await correct_visit(new, Correction(visit, "少记"), points(world, DAY, "09:00", "12:00"), world.worker, EVENING)
    assert (await queries.hours_summary(world.contract, APRIL))["approved_minutes"] == 150
    with pytest.raises(Conflict):
        await correct_visit(uuid4(), Correction(visit, "又改"), points(world, DAY), world.worker, EVENING)
    await approve_visits(world.contract, [new], world.reviewer, EVENING)
    assert (await queries.hours_summary(world.contract, APRIL))["approved_minutes"] == 180


async def test_a_month_closes_after_it_has_ended_and_everything_is_decided(db: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    with pytest.raises(DomainError, match="没有过完"):
        await close_month(world.contract, APRIL, world.reviewer, EVENING)
    now = closing_time(world, APRIL)
    with pytest.raises(DomainError, match="没有审核"):
        await close_month(world.contract, APRIL, world.reviewer, now)
    with pytest.raises(DomainError, match="2026年4月"):
        await close_month(world.contract, MAY, world.reviewer, now)
    await approve_visits(world.contract, [visit], world.reviewer, now)
    close = await close_month(world.contract, APRIL, world.reviewer, now)
    assert await close_month(world.contract, APRIL, world.reviewer, now) == close
    [row] = await queries.closes_of(world.contract)
    assert (row["visit_count"], row["own_minutes"], row["adjustment_minutes"]) == (1, 150, 0)


async def test_what_comes_after_closing_is_an_adjustment_of_the_next_month(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world, APRIL, (7, 8))
    [first, _] = await queries.visits_of_month(world.contract, APRIL)
    later = closing_time(world, APRIL) + timedelta(days=3)
    new, void, late = uuid4(), uuid4(), uuid4()
    await correct_visit(
        new, Correction(first["id"], "多记半小时"),
        points(world, DAY, "09:00", "11:00", recipient_code="JT-R-0007"), world.worker, later,
    )  # fmt: skip
    second = (await queries.visits_of_month(world.contract, APRIL))[-1]
    await correct_visit(
        void, Correction(second["id"], "记错了人", is_void=True), points(world, second["day"]), world.worker, later
    )
    await log_visit(late, points(world, date(2026, 4, 9)), world.worker, later)
    assert (await queries.visit_of(late) or {})["is_late_entry"]
    unusual = {row["id"]: row["flags"] for row in await exceptions_waiting(world.contract, APRIL, later)}
    assert unusual == {new: ["corrected", "late"], void: ["voided", "late"], late: ["late"]}
    april = await queries.lines_of_close([(await queries.closes_of(world.contract))[0]["id"]])
    await approve_visits(world.contract, [new, void, late], world.reviewer, later)
    assert await queries.lines_of_close([april[0]["month_close"]]) == april
    now = closing_time(world, MAY)
    await close_month(world.contract, MAY, world.reviewer, now)
    may = (await queries.closes_of(world.contract))[1]
    assert (may["own_minutes"], may["adjustment_minutes"]) == (0, -30 - 150 + 150)
    kinds = {(line["kind"], line["minutes"]) for line in await queries.lines_of_close([may["id"]])}
    assert kinds == {("correction", -30), ("correction", -150), ("late", 150)}


async def test_a_correction_after_payment_stands_in_the_next_certificate_and_its_payment(db: Any) -> None:
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    [first, *_] = await queries.visits_of_month(world.contract, APRIL)
    later = closing_time(world, APRIL) + timedelta(days=3)
    shorter = points(world, first["day"], "09:00", "11:00", recipient_code=first["recipient_code"])
    await correct_visit(uuid4(), Correction(first["id"], "多记半小时"), shorter, world.worker, later)
    await an_invoice_submitted(world, 2, MAY)
    april, may = (await milestones_with_months(world.facts))[:2]
    assert (april["minutes"], may["minutes"]) == (450, 450 - 30)
    months = await months_of(may["acceptance"]["id"])
    behind = await visits_behind(months, MAY, 1, sees_codes=True, today=MAY)
    assert (behind.minutes, behind.total) == (420, 4)
    assert [line["minutes"] for line in behind.lines if line["kind"] == "correction"] == [-30]


async def test_a_visit_shows_the_level_and_name_of_its_day(db: Any) -> None:
    """R-SOCW-02: what the roster says later changes no visit."""
    world = await a_contract_in_force()
    day = date(2026, 4, 20)
    visit = await a_visit(world, day)
    gained = Particulars("唐怡华", "senior", "SW-NEW", date(2026, 4, 21), None)
    change = Change(date(2026, 4, 21), "取得高级证书")
    await change_particulars(world.worker_row, gained, change, world.director, at_county_time(date(2026, 4, 22), 9))
    row = await queries.visit_of(visit)
    assert row is not None and (row["worker_name"], row["worker_level"]) == ("唐怡", "assistant")


async def test_nobody_visits_a_child_alone_at_entry_or_approval_R_CHILD_01(db: Any) -> None:
    world = await a_contract_in_force()
    case = await a_childs_case(EVENING)
    code = (await case_page(case, visible_to=await actor("he.xin", EVENING)))["code"]
    with pytest.raises(FormRefused) as refused:
        await a_visit(world, DAY, recipient_code=code)
    assert set(refused.value.errors) == {"companions"}
    with_adult = Extras(exception="guardian", exception_reason="祖母")
    told = await a_visit(world, DAY, "09:00", "10:00", recipient_code=code, extras=with_adult)
    colleague, _ = await a_worker(world.provider, EVENING, "wei.wei", "魏薇")
    together = await a_visit(
        world, DAY, "10:00", "11:00", recipient_code=code, extras=Extras(companions=(colleague.person_id,))
    )
    assert await approve_visits(world.contract, [told, together], world.reviewer, EVENING) == 2
    # recorded while nobody knew that it was a child
    alone = await a_visit(world, DAY, "14:00", "15:00", recipient_code="JT-R-0077")
    wanted = {"help_kind": HelpKind.SERVICE, "capacity": Capacity.MINOR, "identity": None, "code": "JT-R-0077"}
    await a_case(EVENING, "he.xin", **wanted)
    unusual = {row["id"]: row["flags"] for row in await exceptions_waiting(world.contract, APRIL, EVENING)}
    assert "lone" in unusual[alone]
    with pytest.raises(DomainError) as kept:
        await approve_visits(world.contract, [alone], world.reviewer, EVENING)
    assert kept.value.clause == "R-CHILD-01"


async def test_a_correction_carries_on_what_came_with_the_visit(db: Any) -> None:
    world = await a_contract_in_force()
    said = Extras(tasks=("mind",), confirmed_by="slip", slip_number="FW-7", seconds=40, latitude=None)
    visit = await a_visit(world, DAY, extras=said)
    new = uuid4()
    later = points(world, DAY, "09:30", "11:30")
    await correct_visit(new, Correction(visit, "开始晚了半小时"), later, world.worker, EVENING)
    found = await queries.visit_of(new)
    assert found is not None
    assert (found["tasks"], found["confirmed_by"], found["slip_number"]) == (["mind"], "slip", "FW-7")
    assert await fetchval("SELECT seconds FROM visit_record WHERE visit = $1", new) is None  # counted once
    other = uuid4()
    somebody_else = points(world, DAY, "09:30", "11:30", recipient_code="JT-R-0002")
    await correct_visit(other, Correction(new, "代码写错"), somebody_else, world.worker, EVENING)
    found = await queries.visit_of(other)
    assert found is not None and found["tasks"] == ["mind"] and not found["confirmed_by"]
