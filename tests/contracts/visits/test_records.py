"""What comes with a visit, from the phone to the reviewer: confirmation, place, colleagues, what is looked at first."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.orders.services import accept_order
from contracts.visits.exceptions import exceptions_waiting, plain_waiting
from contracts.visits.extras import short_code
from contracts.visits.leave import NewLeave, enter_leave
from contracts.visits.rules import first_day
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from tests.builders_cases import a_case, an_order
from tests.builders_contracts import World, a_contract_in_force, a_visit, a_worker
from tests.contracts.visits.test_offline import DAY, a_sent_visit, sync
from tests.pages import send, sign_in, words

APRIL = first_day(DAY)
EVENING = at_county_time(DAY, 20)


@pytest.fixture
async def world(client: Any, clock: Any) -> World:
    made = await a_contract_in_force()
    await clock.set(EVENING)
    await sign_in(client, "tang.yi")
    return made


async def flags_of(world: World) -> dict[str, list[str]]:
    """What is looked at first, by resident."""
    return {row["recipient_code"]: row["flags"] for row in await exceptions_waiting(world.contract, APRIL, EVENING)}


async def test_what_came_with_a_visit_is_kept_once_and_never_changed(client: Any, world: World) -> None:
    sent = a_sent_visit(
        world, tasks=["mind"], confirmed_by="slip", slip_number="ZZ-12", latitude="30.862", longitude="104.412",
        placed_at="2026-04-07T09:58:00.000Z", seconds=41, clock_off_seconds=-4,
    )  # fmt: skip
    for _ in range(2):
        assert (await sync(client, [sent])).json()["visits"][0]["is_recorded"]
    row = await fetchrow("SELECT * FROM visit_record")
    assert row is not None and row["tasks"] == ["mind"] and row["slip_number"] == "ZZ-12" and row["seconds"] == 41
    assert f"{row['latitude']} {row['longitude']}" == "30.862 104.412"
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("UPDATE visit_record SET confirmed_by = ''")
    assert "ZZ-12" in words((await client.get(f"/visits/{sent['id']}")).text)
    answer = (await sync(client, [a_sent_visit(world, "10:00", "11:00", tasks=["meals"])])).json()["visits"][0]
    assert set(answer["mistakes"]) == {"tasks"}


async def test_R_HOUR_05_a_wrong_short_code_is_recorded_and_only_the_reviewer_sees_it(
    client: Any, world: World
) -> None:
    right = short_code("JT-R-0001")
    wrong = f"{(int(right) + 1) % 10000:04d}"
    sent = [
        a_sent_visit(world, confirmed_by="code", short_code=right),
        a_sent_visit(world, "10:00", "10:30", confirmed_by="code", short_code=wrong, recipient_code="JT-R-0001"),
    ]
    for each in (await sync(client, sent)).json()["visits"]:
        assert each == {"id": each["id"], "is_recorded": True, "mistakes": {}, "same_as": None, "recorded": []}
    assert "短码不对" not in words((await client.get(f"/visits/{sent[1]['id']}")).text)
    assert (await client.get(f"/contracts/{world.reference}/service-cards?codes=JT-R-0001")).status_code == 403
    await sign_in(client, "wang.min")
    cards = f"/contracts/{world.reference}/service-cards"
    assert right in words((await client.get(f"{cards}?codes=jt-r-0001")).text)
    assert (await client.get(f"{cards}?codes=510121199001011234")).status_code == 422
    page = words((await client.get(f"/contracts/{world.reference}/hours?month=2026-04")).text)
    assert "先看这些" in page and "短码不对" in page


async def test_colleagues_on_one_visit_each_have_it_once(client: Any, world: World) -> None:
    colleague, _ = await a_worker(world.provider, at_county_time(DAY, 8), "wei.wei", "魏薇")
    assert str(colleague.person_id) in (await client.get("/visits/today")).text
    sent = a_sent_visit(world, companions=[str(colleague.person_id)], seconds=30)
    for _ in range(2):
        assert (await sync(client, [sent])).json()["visits"][0]["is_recorded"]
    rows = await fetch("SELECT v.person, r.joint, r.seconds FROM visit v JOIN visit_record r ON r.visit = v.id")
    assert {(r["person"], str(r["joint"]) if r["joint"] else None, r["seconds"]) for r in rows} == {
        (world.worker.person_id, None, 30), (colleague.person_id, sent["id"], None),
    }  # fmt: skip
    busy = a_sent_visit(world, "09:30", "10:30", recipient_code="JT-R-0002")
    await sign_in(client, "wei.wei")  # who is busy with the first visit
    assert not (await sync(client, [busy], str(uuid4()))).json()["visits"][0]["is_recorded"]
    assert (await sync(client, [a_sent_visit(world)], str(uuid4()))).json()["visits"][0]["is_recorded"]  # collapses
    assert await fetchval("SELECT count(*) FROM visit") == 2


async def test_a_colleague_who_is_elsewhere_takes_the_whole_visit_back(client: Any, world: World) -> None:
    colleague, _ = await a_worker(world.provider, at_county_time(DAY, 8), "wei.wei", "魏薇")
    await sign_in(client, "wei.wei")
    await sync(client, [a_sent_visit(world, "09:30", "10:30", recipient_code="JT-R-0002")], str(uuid4()))
    await sign_in(client, "tang.yi")
    together = a_sent_visit(world, companions=[str(colleague.person_id)])
    stranger = a_sent_visit(world, "13:00", "14:00", companions=[str(uuid4())])
    for each in (await sync(client, [together, stranger])).json()["visits"]:
        assert set(each["mistakes"]) == {"companions"} and each["recorded"] == []
    assert await fetchval("SELECT count(*) FROM visit") == 1


async def test_R_HOUR_05_every_seeded_oddity_is_found_and_nothing_else(client: Any, world: World) -> None:
    rival = await a_contract_in_force(provider=world.provider)
    other, _ = await a_worker(world.provider, at_county_time(DAY, 8), "wei.wei", "魏薇")
    await sync(client, [
        a_sent_visit(world, "08:00", "09:00", recipient_code="JT-R-0010"),  # plain
        a_sent_visit(world, "09:00", "10:00", recipient_code="JT-R-0011"),  # touches the one before: plain
        a_sent_visit(world, "10:00", "11:00", recipient_code="JT-R-0012", exception="absent", exception_reason="赶集"),
        a_sent_visit(world, "11:00", "12:00", recipient_code="JT-R-0013", clock_off_seconds=3600),
        a_sent_visit(world, "12:00", "13:00", recipient_code="JT-R-0014", is_group=True),
        a_sent_visit(world, "13:00", "14:00", recipient_code="JT-R-0015", day="2026-04-02"),
    ])  # fmt: skip
    await sign_in(client, "wei.wei")
    await sync(client, [  # the same residents, by somebody else and under another contract
        a_sent_visit(rival, "12:30", "13:30", recipient_code="JT-R-0014", is_group=True),
        a_sent_visit(rival, "09:00", "09:30", recipient_code="JT-R-0010"),  # begins when the other has ended
    ], str(uuid4()))  # fmt: skip
    assert await flags_of(world) == {
        "JT-R-0012": ["absent"], "JT-R-0013": ["clock"], "JT-R-0014": ["resident_twice"], "JT-R-0015": ["late"],
    }  # fmt: skip
    plain = await plain_waiting(world.contract, APRIL, world.reviewer.person_id, EVENING)
    assert len(plain) == 2
    await enter_leave(NewLeave(world.worker.person_id, DAY, DAY), world.worker, EVENING)
    await execute("UPDATE worker SET certificate_until = $1", date(2026, 4, 6))
    found = await flags_of(world)
    assert found["JT-R-0010"] == ["certificate", "leave"] and found["JT-R-0015"] == ["late"]
    assert other.person_id != world.worker.person_id
    await execute("UPDATE contract SET service_to = $2 WHERE id = $1", world.contract, date(2026, 4, 6))  # broken off
    found = await flags_of(world)
    assert found["JT-R-0010"] == ["term", "certificate", "leave"] and found["JT-R-0015"] == ["late"]


async def test_those_with_nothing_unusual_are_approved_in_one_act(client: Any, world: World) -> None:
    await a_visit(world, DAY, "08:00", "09:00", recipient_code="JT-R-0010")
    await sync(client, [a_sent_visit(world, "10:00", "11:00", exception="elsewhere", exception_reason="在村委会")])
    await sign_in(client, "wang.min")
    here = f"/contracts/{world.reference}/hours/approve"
    assert (await send(client, here, {"month": "2026-04", "every": "plain"})).status_code == 303
    assert await fetchval("SELECT count(*) FROM visit WHERE status = 'logged'") == 1
    shown = (await client.get(f"/contracts/{world.reference}/hours?month=2026-04")).text
    left = await fetchval("SELECT id FROM visit WHERE status = 'logged'")
    assert "在村委会" in words(shown)  # once, with the way to approve it and to give it back
    assert shown.count(f'name="visits" value="{left}"') == 1 == shown.count(f'name="visit" value="{left}"')


async def test_leave_is_entered_by_the_worker_or_the_office_and_by_nobody_else(client: Any, world: World) -> None:
    days = {"person": str(world.worker.person_id), "from_on": "2026-04-08", "to_on": "2026-04-09", "reason": "年假"}
    backwards = await send(client, "/visits/leave", {**days, "to_on": "2026-04-01"})
    assert backwards.status_code == 422 and "年假" in backwards.text
    assert (await send(client, "/visits/leave", days)).status_code == 303
    leave = await fetchval("SELECT id FROM worker_leave")
    await sign_in(client, "wang.min")
    assert (await client.get("/visits/leave")).status_code == 403
    await sign_in(client, "director.0016")
    assert "年假" in words((await client.get("/visits/leave")).text)
    for _ in range(2):
        assert (await send(client, f"/visits/leave/{leave}/cancel")).status_code == 303
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'leave.cancelled'") == 1
    stranger = {**days, "person": str(uuid4())}
    assert (await send(client, "/visits/leave", stranger)).status_code == 404


async def test_a_visit_belongs_to_the_order_it_was_made_for_and_to_no_other(client: Any, world: World) -> None:
    morning = at_county_time(DAY, 8)
    reference = await an_order(await a_case(morning), morning)
    await accept_order(reference, world.worker_row, world.director, morning)
    [resident] = (await client.get("/visits/today")).json()["residents"]
    assert (resident["order"], resident["recipient_code"], resident["needs_two"]) == (reference, "JT-R-0001", False)
    sent = [
        a_sent_visit(world, order=reference),
        a_sent_visit(world, "10:00", "11:00", recipient_code="JT-R-0002", order=reference),
        a_sent_visit(world, "11:00", "12:00", recipient_code="JT-R-0003"),
    ]
    answers = (await sync(client, sent)).json()["visits"]
    assert [each["is_recorded"] for each in answers] == [True, False, True]
    assert set(answers[1]["mistakes"]) == {"service_order"}
    assert [row["of_an_order"] for row in await fetch(
        "SELECT service_order IS NOT NULL AS of_an_order FROM visit ORDER BY begins_at"
    )] == [True, False]  # fmt: skip
    await execute("UPDATE service_order SET needs_two = true")
    alone = (await sync(client, [a_sent_visit(world, "13:00", "14:00", order=reference)])).json()["visits"][0]
    assert set(alone["mistakes"]) == {"companions"}  # R-CHILD-01: nobody goes alone
    assert reference in words((await client.get(f"/visits/{sent[0]['id']}")).text)
