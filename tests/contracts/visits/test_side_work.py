"""Work that is no visit, and calls back of closed months."""

from __future__ import annotations

import hashlib
import re
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.visits.callbacks import drawn, sample_size
from contracts.visits.paperwork import field_use, per_hour, recording_by_contract
from contracts.visits.side_work import ASKED, NewSideWork, SideKind, check_side_work
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.forms import Bound
from tests.builders_contracts import (
    APRIL,
    World,
    a_closed_month,
    a_contract_in_force,
    a_visit,
    closing_time,
)
from tests.contracts.visits.test_offline import DAY, a_sent_visit, sync
from tests.pages import send, sign_in, words

EVENING = at_county_time(DAY, 20)
OTHERS = set().union(*ASKED.values())  # what some kinds are asked for besides day and times


@pytest.fixture
async def world(client: Any, clock: Any) -> World:
    made = await a_contract_in_force()
    await clock.set(EVENING)
    await sign_in(client, "tang.yi")
    return made


def typed(**wanted: str) -> dict[str, str]:
    """A task outside the contract as the form sends it."""
    task = {
        "identity": str(uuid4()), "kind": "outside", "day": DAY.isoformat(), "begins": "09:00", "ends": "10:00",
        "asked_by": "镇党政办", "words": "替镇里发放宣传单",
    }  # fmt: skip
    return {**task, **wanted}


def mistakes(kind: SideKind, begins: str = "09:00", ends: str = "10:00", **said: Any) -> set[str]:
    form = Bound()
    new = NewSideWork(kind, DAY, time.fromisoformat(begins), time.fromisoformat(ends), **said)
    check_side_work(form, new, EVENING)
    return set(form.errors)


def test_each_kind_says_what_it_has_to() -> None:
    assert mistakes(SideKind.TRAVEL) == set() == mistakes(SideKind.SUPERVISION)
    assert mistakes(SideKind.OUTSIDE) == {"asked_by", "words"}
    assert mistakes(SideKind.PHONE) == {"recipient_code"}
    assert mistakes(SideKind.TRAINING) == {"attendance"} == mistakes(SideKind.GROUP)
    assert mistakes(SideKind.TRAINING, attendance=["李敏 赵镇街道"]) == set()
    assert mistakes(SideKind.TRAVEL, "10:00", "10:00") == {"ends"} == mistakes(SideKind.TRAVEL, "19:30", "20:30")


async def test_a_task_outside_the_contract_reaches_the_county_and_counts_nowhere(client: Any, world: World) -> None:
    sent = typed()
    for _ in range(2):
        assert (await send(client, "/visits/other", sent)).status_code == 303
    assert await fetchval("SELECT count(*) FROM side_work") == 1
    assert await fetchval("SELECT count(*) FROM visit") == 0
    doubled = await send(client, "/visits/other", {**typed(), "kind": ["travel", "phone"]})
    assert doubled.status_code == 422
    wrong = await send(client, "/visits/other", typed(asked_by="", begins="11:00", ends="12:00"))
    assert wrong.status_code == 422 and "宣传单" in wrong.text
    assert (await client.get("/work-outside-contracts")).status_code == 403
    await sign_in(client, "liu.fang")
    page = words((await client.get("/work-outside-contracts?month=2026-04")).text)
    assert "镇党政办" in page and "替镇里发放宣传单" in page
    assert (await client.get("/en/work-outside-contracts?month=2026-04")).status_code == 200


async def test_each_kind_asks_for_its_own_things_and_keeps_no_others(client: Any, world: World) -> None:
    chooser = await client.get("/visits/other")
    assert {f"kind={kind.value}" for kind in SideKind} <= set(re.findall(r"kind=[a-z]+", chooser.text))
    assert 'name="begins"' not in chooser.text
    for kind in SideKind:
        page = (await client.get(f"/visits/other?kind={kind.value}")).text
        asked = set(re.findall(r'<(?:input|textarea|select) [^>]*name="([a-z_]+)"', page))
        assert asked & OTHERS == set(ASKED[kind]), kind
    assert (await send(client, "/visits/other", typed(kind="travel"))).status_code == 303
    assert await fetchval("SELECT asked_by || words FROM side_work") == ""
    unknown = await send(client, "/visits/other", typed(kind="lunch"))
    assert unknown.status_code == 422 and 'id="field-kind"' in unknown.text


async def test_no_minute_is_a_visit_and_other_work_but_touching_is_no_overlap(client: Any, world: World) -> None:
    await a_visit(world, DAY, "09:00", "10:00")
    over = await send(client, "/visits/other", typed(kind="travel", begins="09:30", ends="10:30"))
    assert over.status_code == 422
    assert (await send(client, "/visits/other", typed(kind="travel", begins="08:30", ends="09:00"))).status_code == 303
    twice = await send(client, "/visits/other", typed(kind="supervision", begins="08:45", ends="08:50"))
    assert twice.status_code == 422
    assert (await send(client, "/visits/other", typed(begins="10:00", ends="10:30"))).status_code == 303


async def test_other_work_is_struck_out_with_a_reason_and_never_changed(client: Any, world: World) -> None:
    sent = typed(kind="training", attendance="李敏 赵镇街道\n王强 三江镇", asked_by="", words="救助政策")
    assert (await send(client, "/visits/other", sent)).status_code == 303
    assert [row["who"] for row in await fetch("SELECT who FROM side_attendance ORDER BY position")] == [
        "李敏 赵镇街道", "王强 三江镇",
    ]  # fmt: skip
    cancel = f"/visits/other/{sent['identity']}/cancel"
    assert (await send(client, cancel, {"reason": ""})).status_code == 422
    for _ in range(2):
        assert (await send(client, cancel, {"reason": "记错了"})).status_code == 303
    assert "记错了" in words((await client.get("/visits/other?month=2026-04")).text)
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("UPDATE side_work SET minutes = 1")
    assert (await send(client, f"/visits/other/{uuid4()}/cancel", {"reason": "x"})).status_code == 404


def test_the_draw_follows_from_the_months_hash_and_from_nothing_else() -> None:
    visits = [UUID(int=n) for n in range(40)]
    chosen = drawn("ab" * 32, visits, 3)
    assert chosen == drawn("ab" * 32, visits[::-1], 3) and len(set(chosen)) == 3
    assert chosen[0] == min(visits, key=lambda v: hashlib.sha256(f"{'ab' * 32} {v}".encode()).hexdigest())
    assert drawn("cd" * 32, visits, 3) != chosen


def test_R_HOUR_05_a_share_of_the_month_is_called_back_rounded_up() -> None:
    assert [sample_size(n, APRIL) for n in (0, 1, 20, 21, 100)] == [0, 1, 1, 2, 5]


async def test_a_closed_month_is_drawn_once_and_what_was_said_is_kept(client: Any, world: World, clock: Any) -> None:
    here = f"/contracts/{world.reference}/hours/callbacks"
    await sign_in(client, "wang.min")
    assert (await client.get(f"{here}?month=2026-04")).status_code == 404  # still open
    assert (await send(client, f"{here}/draw", {"month": "2026-04"})).status_code == 422
    await a_closed_month(world)
    await clock.set(closing_time(world, APRIL))
    await sign_in(client, "wang.min")
    for _ in range(2):
        assert (await send(client, f"{here}/draw", {"month": "2026-04"})).status_code == 303
    rows = await fetch("SELECT id, visit FROM visit_callback")
    lines = await fetch("SELECT m.lines_sha256, l.visit FROM month_line l JOIN month_close m ON m.id = l.month_close")
    assert [row["visit"] for row in rows] == drawn(lines[0]["lines_sha256"], [row["visit"] for row in lines], 1)
    answer = {"month": "2026-04", "callback": str(rows[0]["id"]), "answer": "not_happened", "words": ""}
    bad = await send(client, f"{here}/answer", answer)
    assert bad.status_code == 422 and "哪里不符" in bad.text
    assert (await send(client, f"{here}/answer", {**answer, "answer": "not_reached"})).status_code == 303
    assert (await send(client, f"{here}/answer", {**answer, "words": "那天没有人来"})).status_code == 303
    assert (await send(client, f"{here}/answer", {**answer, "answer": "confirmed"})).status_code == 409
    assert "那天没有人来" in words((await client.get(f"{here}?month=2026-04")).text)
    await sign_in(client, "tang.yi")
    assert (await client.get(f"{here}?month=2026-04")).status_code == 403


def test_minutes_of_recording_are_told_for_each_hour_of_service() -> None:
    assert str(per_hour(90, 60)) == "1.5" and str(per_hour(45, 90)) == "0.5" and per_hour(10, 0) is None


async def test_the_county_sees_what_recording_takes_and_which_fields_are_of_no_use(client: Any, world: World) -> None:
    short = a_sent_visit(world, seconds=60)
    sent = [short, a_sent_visit(world, "10:00", "11:00", seconds=120, note="", tasks=["mind"])]
    await sync(client, sent)
    [row] = await recording_by_contract(APRIL)
    assert (row["seconds"], row["minutes"], str(row["per_hour"])) == (180, 120, "1.5")
    use = {each.name: (each.filled, each.of, each.is_never_filled) for each in await field_use(APRIL)}
    assert use["note"] == (1, 2, False) and use["tasks"] == (1, 2, False) and use["confirmed_by"] == (0, 2, True)
    assert await recording_by_contract(date(2026, 5, 1)) == []
    assert {each.read for each in await field_use(APRIL)} == {0}
    assert [each.name for each in await field_use(APRIL) if each.is_never_read][:2] == ["note", "tasks"]
    reference = await fetchval("SELECT reference FROM contract WHERE id = $1", world.contract)
    hours = f"/contracts/{reference}/hours?month=2026-04"
    await client.get(hours)  # whoever recorded them reads them for nobody else
    assert {each.read for each in await field_use(APRIL)} == {0}
    await sign_in(client, "wang.min")
    for _ in range(2):
        assert (await client.get(hours)).status_code == 200
    use = {each.name: (each.read, each.is_never_read) for each in await field_use(APRIL)}
    assert use["note"] == (1, False) and use["tasks"] == (1, False)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'visit.read'") == 1
    await sign_in(client, "liu.fang")
    shown = words((await client.get("/work-outside-contracts?month=2026-04")).text)
    assert "没有人看" in shown and "1 / 1" in shown
