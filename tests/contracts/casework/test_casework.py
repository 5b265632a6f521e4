"""Casework from intake to closing, with its texts hidden, and group activities from plan to evaluation."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from contracts.cases.guarding import give_consent
from contracts.cases.queries import case_page
from contracts.casework import queries
from contracts.casework.rules import (
    GROUP_TRANSITIONS,
    TRANSITIONS,
    Entry,
    GroupStatus,
    Stage,
    check_signed_in,
    entries_now,
    may_see_file,
    stage_after,
)
from contracts.casework.services import (
    Plan,
    Text,
    cancel_group,
    evaluate_group,
    hand_on,
    hold_group,
    open_file,
    plan_group,
    write_entry,
)
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from tests.builders_cases import a_case
from tests.builders_contracts import World, a_contract_in_force, a_visit, a_worker
from tests.cast import actor
from tests.pages import send, sign_in, words

DAY = date(2026, 4, 7)
EVENING = at_county_time(DAY, 20)


@pytest.mark.parametrize(
    ("stage", "entry", "after"),
    [
        ("intake", Entry.ASSESSMENT, "assessed"), ("assessed", Entry.ASSESSMENT, "assessed"),
        ("planned", Entry.ASSESSMENT, "planned"), ("assessed", Entry.PLAN, "planned"),
        ("planned", Entry.PROCESS, "planned"), ("planned", Entry.CLOSING, "closed"),
        ("intake", Entry.REFERRAL, "referred"),
    ],
)  # fmt: skip
def test_each_text_brings_the_work_to_its_stage(stage: str, entry: Entry, after: str) -> None:
    assert stage_after(stage, entry) == after and entry in entries_now(stage)
    assert after == stage or Stage(after) in TRANSITIONS[Stage(stage)]


def test_nothing_comes_before_what_it_rests_on_and_nothing_after_the_end() -> None:
    for stage, entry in (("intake", Entry.PLAN), ("intake", Entry.PROCESS), ("assessed", Entry.PROCESS)):
        with pytest.raises(DomainError):
            stage_after(stage, entry)
    for ended in ("closed", "referred"):
        with pytest.raises(Conflict):
            stage_after(ended, Entry.PROCESS)
        assert not entries_now(ended)
    # the form offers first what usually comes next: a worker on the way home only types
    assert [entries_now(stage)[0] for stage in ("intake", "assessed", "planned")] == ["assessment", "plan", "process"]
    assert check_signed_in(["b", "a", "b"]) == ["b", "a"]
    for wrong in ([], [str(n) for n in range(61)]):
        with pytest.raises(DomainError):
            check_signed_in(wrong)
    assert not GROUP_TRANSITIONS[GroupStatus.EVALUATED]


async def a_file(world: World, code: str = "JT-R-0001", **text: str) -> str:
    """A resident taken in by the contract's worker."""
    return await open_file(world.contract, code, "", Text("村里转来，独居。", **text), world.worker, EVENING)


async def test_a_file_groups_visits_and_hides_its_texts(db: Any) -> None:
    world = await a_contract_in_force()
    case = await a_case(EVENING)
    code = (await case_page(case, visible_to=await actor("luo.jie", EVENING)))["code"]
    visit = await a_visit(world, DAY, recipient_code=code)
    await a_visit(world, DAY, "14:00", "15:00", recipient_code="JT-R-0099")
    reference = await a_file(world, code)
    with pytest.raises(FormRefused):
        await a_file(world, code)  # there is one already
    with pytest.raises(DomainError) as kept:  # health data need a consent of their own
        await write_entry(reference, Entry.ASSESSMENT, Text("评估。", health="高血压"), world.worker, EVENING)
    assert kept.value.clause == "R-CIV-06"
    clerk = await actor("luo.jie", EVENING)
    await give_consent(case, "health", "self", "paper", county_day(EVENING), clerk, EVENING)
    await write_entry(reference, Entry.ASSESSMENT, Text("评估。", "高血压", visit=visit), world.worker, EVENING)
    with pytest.raises(DomainError):  # disability is another one
        await write_entry(reference, Entry.PLAN, Text("计划。", disability="肢体"), world.worker, EVENING)
    for entry in (Entry.PLAN, Entry.PROCESS, Entry.CLOSING):
        await write_entry(reference, entry, Text(f"{entry}……"), world.worker, EVENING)
    file = await queries.file_page(reference, visible_to=world.worker)
    assert file["stage"] == "closed" and [v["id"] for v in await queries.visits_in(file)] == [visit]
    texts = await queries.entries_of(file, world.worker)
    assert [t["kind"] for t in texts] == ["intake", "assessment", "plan", "process", "closing"]
    assert texts[1]["health"] == "高血压" and texts[1]["visit_day"] == DAY
    assert "高血压" not in await fetchval("SELECT health FROM casework_entry WHERE nth = 2")
    assert may_see_file(clerk, file) and not any(t["words"] for t in await queries.entries_of(file, clerk))
    assert [f["reference"] for f in await queries.list_files(clerk)] == [reference]
    with pytest.raises(NotFound):
        await queries.file_page(reference, visible_to=await actor("zhao.lei", EVENING))
    assert not may_see_file(clerk, {**file, "is_restricted": True})


async def test_the_supervisor_puts_another_worker_in_charge(db: Any) -> None:
    world = await a_contract_in_force()
    reference = await a_file(world)
    other, _ = await a_worker(world.provider, EVENING, "wei.wei", "魏薇")
    with pytest.raises(Forbidden):
        await hand_on(reference, other.person_id, world.worker, EVENING)
    await hand_on(reference, other.person_id, world.director, EVENING)
    with pytest.raises(NotFound):  # who is not in charge any more reads nothing
        await queries.file_page(reference, visible_to=world.worker)
    await write_entry(reference, Entry.REFERRAL, Text("转介县精神卫生中心。"), other, EVENING)
    with pytest.raises(Conflict):
        await hand_on(reference, other.person_id, world.director, EVENING)


async def test_a_group_is_planned_held_and_evaluated(db: Any) -> None:
    world = await a_contract_in_force()
    plan = Plan(world.contract, "老有所乐", "减少孤独", "三节。", "三江村活动室", DAY)
    reference = await plan_group(plan, world.worker, at_county_time(DAY, 8))
    with pytest.raises(FormRefused):  # planned before it is held
        await plan_group(plan, world.worker, at_county_time(date(2026, 4, 8), 8))
    came = ["JT-R-0001", "JT-R-0002", "JT-R-0001"]
    with pytest.raises(FormRefused):
        await hold_group(reference, DAY, time(14), time(21), came, world.worker, EVENING)
    await hold_group(reference, DAY, time(14), time(16), came, world.worker, EVENING)
    with pytest.raises(FormRefused):
        await evaluate_group(reference, "都来了。", 3, world.worker, EVENING)
    await evaluate_group(reference, "都来了。", 2, world.worker, EVENING)
    page = await queries.group_page(reference, visible_to=world.reviewer)
    assert (page["status"], page["came"], page["satisfied"]) == ("evaluated", 2, 2)
    with pytest.raises(Conflict):
        await cancel_group(reference, "下雨", world.worker, EVENING)


async def test_the_pages_of_casework_and_groups(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(EVENING)
    await sign_in(client, "tang.yi")
    assert "还没有个案服务" in words((await client.get("/casework")).text)
    assert "R-CIV-06" in (await client.get("/casework/new")).text
    new = {"contract": str(world.contract), "recipient_code": "JT-R-0001", "words": "独居。"}
    bad = await send(client, "/casework/new", {**new, "recipient_code": "张三"})
    assert bad.status_code == 422 and "独居" in bad.text
    here = (await send(client, "/casework/new", new)).headers["location"].partition("?")[0]
    early = await send(client, f"{here}/entry", {"kind": "process", "words": "家访。"})
    assert early.status_code == 422 and "家访" in early.text
    sensitive = await send(client, f"{here}/entry", {"kind": "assessment", "words": "评估。", "health": "高血压"})
    assert sensitive.status_code == 422 and "单独同意" in words(sensitive.text)
    assert (await send(client, f"{here}/entry", {"kind": "assessment", "words": "评估。"})).status_code == 303
    assert "Assessed, to be planned" in words((await client.get(f"/en{here}")).text)
    plan = {"contract": str(world.contract), "theme": "老有所乐", "aim": "减少孤独", "steps": "三节。",
            "place": "活动室", "planned_on": DAY.isoformat()}  # fmt: skip
    assert (await send(client, "/group-activities/new", {**plan, "theme": ""})).status_code == 422
    group = (await send(client, "/group-activities/new", plan)).headers["location"].partition("?")[0]
    held = {"day": DAY.isoformat(), "begins": "14:00", "ends": "16:00", "codes": "JT-R-0001\nJT-R-0002"}
    assert (await send(client, f"{group}/held", {**held, "codes": "张三"})).status_code == 422
    assert (await send(client, f"{group}/held", held)).status_code == 303
    assert (await send(client, f"{group}/evaluation", {"evaluation": "好", "satisfied": "9"})).status_code == 422
    assert (await send(client, f"{group}/evaluation", {"evaluation": "好"})).status_code == 303
    assert "老有所乐" in words((await client.get("/group-activities")).text)
    await sign_in(client, "luo.jie")
    assert "独居" not in (await client.get(here)).text
