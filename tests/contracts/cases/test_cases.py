"""A case from the window to the county's decision; who a resident is stays hidden."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from contracts.cases import queries
from contracts.cases.queries import CaseFilter, list_cases
from contracts.cases.rules import Capacity, HelpKind, Place
from contracts.cases.services import (
    Decision,
    Identity,
    begin_rent_clock,
    end_case,
    file_with_county,
    give_back,
    name_handler,
    pass_to_county,
    pause_clock,
    record_decision,
    register_case,
    show_identity,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, IllegalMove, NotFound
from tests.builders_cases import CHILD_NUMBER, NUMBER, a_case, a_childs_case, a_new_case
from tests.cast import actor

NOW = at_county_time(date(2026, 3, 2), 10)


async def test_a_case_gets_a_code_a_clock_and_a_first_step(db: Any) -> None:
    reference = await a_case(NOW)
    clerk = await actor("luo.jie", NOW)
    case = await queries.case_page(reference, visible_to=clerk)
    assert (case["code"], case["clock"], case["due_on"]) == ("JT-R-0001", "R-SEED-01", date(2026, 4, 1))
    assert [s["what"] for s in await queries.steps_of(case["id"])] == ["registered"]
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'case.registered'") == 1


async def test_who_a_resident_is_lies_encrypted_and_is_opened_for_a_purpose(db: Any) -> None:
    reference = await a_case(NOW, identity=Identity("王大爷", NUMBER, "13800138000", "三江村3组"))
    kept = dict((await fetch("SELECT * FROM resident"))[0])
    assert "王大爷" not in str(kept) and NUMBER not in str(kept) and "13800138000" not in str(kept)
    shown = await show_identity(reference, "核对身份证", await actor("luo.jie", NOW), NOW)
    assert shown == Identity("王大爷", NUMBER, "13800138000", "三江村3组")
    looks = await queries.looks_at(kept["id"])
    assert [(one["purpose"], one["seen_by_name"]) for one in looks] == [("核对身份证", "罗杰")]
    assert "王大爷" not in str(await fetch("SELECT detail::text FROM audit_entry"))
    with pytest.raises(Forbidden):
        await show_identity(reference, "看看", await actor("liu.fang", NOW), NOW)
    with pytest.raises(NotFound):
        await show_identity(reference, "看看", await actor("wang.min", NOW), NOW)
    with pytest.raises(asyncpg.RaiseError):
        async with db.pool.connection.transaction():
            await execute("DELETE FROM resident_look")


async def test_the_same_person_keeps_the_same_code(db: Any) -> None:
    first = await a_case(NOW, identity=Identity("王大爷", NUMBER))
    again = await a_case(NOW, identity=Identity("王大爷", NUMBER), help_kind=HelpKind.MEDICAL)
    clerk = await actor("luo.jie", NOW)
    codes = {(await queries.case_page(each, visible_to=clerk))["code"] for each in (first, again)}
    assert codes == {"JT-R-0001"}
    with pytest.raises(FormRefused) as refused:
        await a_case(NOW, code="JT-R-0099", identity=Identity("王大爷", NUMBER))
    assert set(refused.value.errors) == {"code"}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"place": Place.EMERGENCY}, "place"),
        ({"help_kind": HelpKind.TEMPORARY, "place": Place.EMERGENCY}, "asked_amount"),
        ({"asked_amount": Decimal("10.00")}, "asked_amount"),
        ({"is_urgent": True}, "is_urgent"),
        ({"identity": None}, "name"),
        ({"identity": Identity("小明", CHILD_NUMBER)}, "capacity"),
        ({"identity": Identity("王大爷", NUMBER), "capacity": Capacity.MINOR}, "capacity"),
    ],
)
async def test_R_LAW_01_a_case_that_cannot_be_is_refused_beside_its_field(
    db: Any, wanted: dict[str, Any], field: str
) -> None:
    with pytest.raises(FormRefused) as refused:
        await a_case(NOW, **wanted)
    assert set(refused.value.errors) == {field}


async def test_only_a_window_registers(db: Any) -> None:
    for username in ("wang.min", "liu.fang", "sun.yue"):
        with pytest.raises(Forbidden):
            await register_case(a_new_case(), await actor(username, NOW), NOW)


async def test_the_county_decides_and_the_town_records_it(db: Any) -> None:
    reference, clerk = await a_case(NOW), await actor("luo.jie", NOW)
    granted = Decision(True, date(2026, 3, 20), "金民社救〔2026〕12号")
    later = NOW + timedelta(days=20)
    with pytest.raises(DomainError) as early:
        await record_decision(reference, granted, clerk, later)
    assert early.value.clause == "R-CIV-02"
    await pass_to_county(reference, "符合条件，建议给予。", clerk, NOW)
    with pytest.raises(Conflict):
        await pass_to_county(reference, "", clerk, NOW)
    await give_back(reference, "补一份证明的核对结果。", await actor("liu.fang", NOW), NOW)
    await pass_to_county(reference, "已核对。", clerk, NOW)
    await record_decision(reference, granted, clerk, later)
    case = await queries.case_page(reference, visible_to=clerk)
    assert (case["status"], case["decided_by_name"], case["held_by_name"]) == (
        "granted", "金堂县民政局", "赵镇街道办事处"
    )  # fmt: skip
    steps = [(s["what"], s["office_name"]) for s in await queries.steps_of(case["id"])]
    assert steps == [
        ("registered", "赵镇街道办事处"), ("passed", "金堂县民政局"), ("passed", "赵镇街道办事处"),
        ("passed", "金堂县民政局"), ("granted", "赵镇街道办事处"),
    ]  # fmt: skip
    with pytest.raises(IllegalMove):
        await record_decision(reference, Decision(False, date(2026, 3, 21), "x", "改"), clerk, later)
    with pytest.raises(asyncpg.RaiseError):
        async with db.pool.connection.transaction():
            await execute("UPDATE assistance_case SET decided_on = '2026-03-19'")


async def test_a_refusal_gives_its_reason_and_a_day_that_can_be(db: Any) -> None:
    reference, clerk = await a_case(NOW), await actor("luo.jie", NOW)
    await pass_to_county(reference, "", clerk, NOW)
    with pytest.raises(FormRefused) as refused:
        await record_decision(reference, Decision(False, date(2026, 3, 9), "号"), clerk, NOW)
    assert set(refused.value.errors) == {"reason", "decided_on"}
    with pytest.raises(FormRefused) as before:
        await record_decision(reference, Decision(True, date(2026, 3, 1), "号"), clerk, NOW)
    assert set(before.value.errors) == {"decided_on"}


async def test_R_RELIEF_01_the_amount_says_who_decides(db: Any) -> None:
    clerk, county = await actor("luo.jie", NOW), await actor("liu.fang", NOW)
    small, large = [
        await a_case(NOW, help_kind=HelpKind.TEMPORARY, place=Place.EMERGENCY, asked_amount=Decimal(amount))
        for amount in ("5000.00", "5000.01")
    ]
    today = date(2026, 3, 2)
    with pytest.raises(Forbidden):
        await pass_to_county(small, "", clerk, NOW)
    with pytest.raises(DomainError):
        await record_decision(large, Decision(True, today, "号", granted_amount=Decimal("6000.00")), clerk, NOW)
    await record_decision(small, Decision(True, today, "号", granted_amount=Decimal("5000.00")), clerk, NOW)
    case = await queries.case_page(small, visible_to=clerk)
    assert (case["decided_by_office"], case["granted_amount"]) == (case["town"], Decimal("5000.00"))
    await file_with_county(small, today, clerk, NOW)
    with pytest.raises(Conflict):
        await file_with_county(small, today, clerk, NOW)
    await pass_to_county(large, "", clerk, NOW)
    await record_decision(large, Decision(True, today, "号", granted_amount=Decimal("8000.00")), county, NOW)
    with pytest.raises(DomainError):
        await file_with_county(large, today, clerk, NOW)


async def test_the_rent_clock_begins_when_its_publicity_ended(db: Any) -> None:
    reference, clerk = await a_case(NOW, help_kind=HelpKind.HOUSING), await actor("luo.jie", NOW)
    later = NOW + timedelta(days=10)
    with pytest.raises(FormRefused):
        await begin_rent_clock(reference, date(2026, 3, 1), clerk, later)
    await begin_rent_clock(reference, date(2026, 3, 10), clerk, later)
    case = await queries.case_page(reference, visible_to=clerk)
    assert case["due_on"] == date(2026, 4, 22)  # 30 working days, the holiday of Qingming left out
    with pytest.raises(Conflict):
        await begin_rent_clock(reference, date(2026, 3, 11), clerk, later)


async def test_R_CLOCK_01_a_clock_is_not_paused_without_a_rule(db: Any) -> None:
    reference = await a_case(NOW)
    with pytest.raises(DomainError) as refused:
        await pause_clock(reference, "等申请人补材料", await actor("luo.jie", NOW), NOW)
    assert refused.value.clause == "R-CLOCK-01/pause"


async def test_R_CHILD_01_a_childs_case_is_not_there_for_others(db: Any) -> None:
    reference = await a_childs_case(NOW)
    officer = await actor("he.xin", NOW)
    assert (await queries.case_page(reference, visible_to=officer))["capacity"] == "minor"
    for username in ("luo.jie", "liu.fang", "ma.chao", "sun.yue"):
        reader = await actor(username, NOW)
        with pytest.raises(NotFound):
            await queries.case_page(reference, visible_to=reader)
        assert (await list_cases(CaseFilter(), reader, NOW)).total == 0
    clerk = await actor("luo.jie", NOW)
    with pytest.raises(FormRefused):
        await name_handler(reference, clerk.person_id, officer, NOW)
    assert (await list_cases(CaseFilter(), officer, NOW)).total == 1


async def test_the_list_is_narrowed_and_holds_no_name(db: Any) -> None:
    await a_case(NOW)
    await a_case(NOW, village="五里村", help_kind=HelpKind.MEDICAL)
    clerk = await actor("luo.jie", NOW)
    late = at_county_time(date(2026, 4, 2), 9)
    for wanted, count in (
        (CaseFilter(), 2), (CaseFilter(village="五里村"), 1), (CaseFilter(help_kind="medical"), 1),
        (CaseFilter(overdue=True), 1), (CaseFilter(mine=True), 2), (CaseFilter(q="JT-R-0002"), 1),
        (CaseFilter(q="100%"), 0), (CaseFilter(status="granted"), 0),
    ):  # fmt: skip
        assert (await list_cases(wanted, clerk, late)).total == count, wanted
    assert (await list_cases(CaseFilter(mine=True), await actor("he.xin", NOW), late)).total == 0
    assert "王大爷" not in str((await list_cases(CaseFilter(), clerk, late)).rows)


async def test_a_case_ends_with_a_reason(db: Any) -> None:
    reference, clerk = await a_case(NOW), await actor("luo.jie", NOW)
    with pytest.raises(FormRefused):
        await end_case(reference, date(2026, 3, 3), "不再申请", clerk, NOW)
    await end_case(reference, date(2026, 3, 2), "不再申请", clerk, NOW)
    assert (await queries.case_page(reference, visible_to=clerk))["status"] == "withdrawn"
