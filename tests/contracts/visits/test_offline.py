"""What a phone sends that recorded visits without a network: each once, each for itself, nothing of others."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from tests.builders_contracts import World, a_contract_in_force, a_provider, a_visit, a_worker
from tests.pages import send, sign_in, token, words

DAY = date(2026, 4, 7)
NAMELESS = b'{"visits": [], "sent_at": "2026-04-07T12:00:00Z"}'  # a phone that says not which one it is


def a_sent_visit(world: World, begins: str = "09:00", ends: str = "10:00", **wanted: Any) -> dict[str, Any]:
    """A visit as the phone keeps it."""
    points = {
        "id": str(uuid4()), "contract": str(world.contract), "recipient_code": "JT-R-0001", "is_group": False,
        "town": str(world.town), "village": "三江村", "day": DAY.isoformat(), "begins": begins, "ends": ends,
        "note": "入户走访。",
    }  # fmt: skip
    return {**points, **wanted}


PHONE = str(uuid4())


async def sync(client: Any, visits: Any, phone: str = PHONE, sent_at: str = "2026-04-07T12:00:00.000Z") -> Any:
    """Send as the page's script does."""
    headers = {"x-csrftoken": await token(client), "accept": "application/json"}
    body = {"device": phone, "sent_at": sent_at, "visits": visits}
    return await client.post("/visits/sync", json=body, headers=headers)


@pytest.fixture
async def world(client: Any, clock: Any) -> World:
    made = await a_contract_in_force()
    await clock.set(at_county_time(DAY, 20))
    await sign_in(client, "tang.yi")
    return made


async def test_a_day_is_recorded_once_however_often_it_is_sent(client: Any, world: World) -> None:
    day = [a_sent_visit(world, "09:00", "10:00"), a_sent_visit(world, "10:00", "11:00", recipient_code="jt-r-0002")]
    for _ in range(3):  # the answers of the first two were lost on the way
        answer = await sync(client, day)
        assert answer.status_code == 200
        assert [each["is_recorded"] for each in answer.json()["visits"]] == [True, True]
    rows = await fetch("SELECT id::text, recipient_code FROM visit ORDER BY begins_at")
    assert [(r["id"], r["recipient_code"]) for r in rows] == [(day[0]["id"], "JT-R-0001"), (day[1]["id"], "JT-R-0002")]
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'visit.logged'") == 2


async def test_a_refused_visit_says_why_and_keeps_none_of_the_others(client: Any, world: World) -> None:
    sent = [
        a_sent_visit(world, "09:00", "10:00"),
        a_sent_visit(world, "09:30", "10:30", recipient_code="JT-R-0002"),  # the same minute twice
        a_sent_visit(world, "11:00", "10:30"),
        a_sent_visit(world, recipient_code="张三 13800138000"),
        a_sent_visit(world, "14:00", "15:00", recipient_code="JT-R-0003"),
        {"id": "nonsense"},
    ]
    answers = (await sync(client, sent)).json()["visits"]
    assert [each["id"] for each in answers] == [each["id"] for each in sent]
    assert [each["is_recorded"] for each in answers] == [True, False, False, False, True, False]
    assert "同一分钟" in json.dumps(answers[1]["mistakes"], ensure_ascii=False)
    assert set(answers[2]["mistakes"]) == {"ends"} and set(answers[3]["mistakes"]) == {"recipient_code"}
    assert await fetchval("SELECT count(*) FROM visit") == 2


async def test_visits_that_only_touch_are_both_recorded(client: Any, world: World) -> None:
    touching = [a_sent_visit(world, "09:00", "10:00"), a_sent_visit(world, "10:00", "10:30")]
    answers = (await sync(client, touching)).json()
    assert all(each["is_recorded"] for each in answers["visits"])


async def test_a_visit_of_somebody_else_is_neither_shown_nor_taken_over(client: Any, world: World) -> None:
    theirs = await a_visit(world, DAY, "13:00", "14:00", recipient_code="JT-R-0100")
    code = "52510121MJX0000099"
    provider = await a_provider(at_county_time(date(2026, 3, 1), 9), "金堂县另一家社会工作服务中心", code)
    await a_worker(provider, at_county_time(date(2026, 3, 1), 9), "bai.bing", "白冰")
    await sign_in(client, "bai.bing")
    taken = a_sent_visit(world, id=str(theirs), note="改成我的")
    answers = (await sync(client, [taken, a_sent_visit(world), a_sent_visit(world, contract=str(uuid4()))])).json()
    assert [each["is_recorded"] for each in answers["visits"]] == [False] * 3
    assert all(set(each["mistakes"]) == {"contract"} for each in answers["visits"])
    assert "JT-R-0100" not in json.dumps(answers)
    assert await fetchval("SELECT note FROM visit WHERE id = $1", theirs) == "入户走访。"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"visits": 3}', NAMELESS, b'{"visits": ["x"]}', b'\xff\xfe'])
async def test_what_is_no_list_of_visits_is_refused_in_words(client: Any, world: World, body: bytes) -> None:
    headers = {
        "x-csrftoken": await token(client), "accept": "application/json", "content-type": "application/json",
    }  # fmt: skip
    answer = await client.post("/visits/sync", content=body, headers=headers)
    assert answer.status_code == 422 and "离线记录" in answer.text


async def test_no_more_than_500_at_once(client: Any, world: World) -> None:
    answer = await sync(client, [{"id": str(uuid4())}] * 501)
    assert answer.status_code == 422 and "500" in answer.text


async def test_values_of_the_wrong_kind_are_mistakes_of_their_field(client: Any, world: World) -> None:
    odd = a_sent_visit(world, village=None, begins=900, ends=["10:00"], note={"a": 1}, is_group="yes")
    answer = (await sync(client, [odd])).json()["visits"][0]
    assert {"village", "begins", "ends"} <= set(answer["mistakes"])


async def test_the_page_holds_contracts_and_towns_and_no_household(client: Any, world: World) -> None:
    await a_visit(world, DAY, "13:00", "14:00", recipient_code="JT-R-0777")
    page = await client.get("/visits/offline")
    assert page.status_code == 200
    assert str(world.contract) in page.text and str(world.town) in page.text
    assert "JT-R-0777" not in page.text
    for prefix in ("", "/en"):  # installable in either language
        assert f'href="{prefix}/visits/app.webmanifest"' in (await client.get(f"{prefix}/visits/offline")).text
        manifest = json.loads((await client.get(f"{prefix}/visits/app.webmanifest")).content)
        assert manifest["start_url"] == f"{prefix}/visits/offline" and manifest["display"] == "standalone"
    script = await client.get("/visits/worker.js")
    assert script.headers["content-type"].startswith("text/javascript") and "fetch" in script.text


async def test_without_a_token_or_signed_out_nothing_is_taken(client: Any, world: World) -> None:
    visits = {"device": PHONE, "sent_at": "2026-04-07T12:00:00Z", "visits": [a_sent_visit(world)]}
    assert (await client.post("/visits/sync", json=visits, headers={"accept": "application/json"})).status_code == 403
    client.cookies.delete("sid")
    assert (await sync(client, [a_sent_visit(world)])).status_code in (303, 401)
    assert await fetchval("SELECT count(*) FROM visit") == 0


async def test_the_same_visit_from_two_phones_is_one(client: Any, world: World) -> None:
    first, second = a_sent_visit(world), a_sent_visit(world, note="")
    assert (await sync(client, [first])).json()["visits"][0]["same_as"] is None
    answer = (await sync(client, [second], str(uuid4()))).json()["visits"][0]
    assert answer["is_recorded"] and answer["same_as"] == first["id"]
    assert await fetchval("SELECT count(*) FROM visit") == 1


async def test_a_visit_that_meets_another_of_ones_own_is_shown_beside_it(client: Any, world: World) -> None:
    first = a_sent_visit(world)
    await sync(client, [first])
    words_would_be_lost = a_sent_visit(world, note="另一部手机上写的。")
    met = (await sync(client, [words_would_be_lost, a_sent_visit(world, "09:30", "10:30")])).json()["visits"]
    for each in met:
        assert not each["is_recorded"] and "begins" in each["mistakes"]
        shown = {"id": first["id"], "begins": "09:00", "ends": "10:00", "recipient_code": "JT-R-0001"}
        assert shown.items() <= each["recorded"][0].items()


async def test_a_colleagues_visit_is_never_shown_beside_ones_own(client: Any, world: World) -> None:
    await sync(client, [a_sent_visit(world)])
    await a_worker(world.provider, at_county_time(DAY, 8), "wei.wei", "魏薇")
    await sign_in(client, "wei.wei")
    answer = (await sync(client, [a_sent_visit(world)], str(uuid4()))).json()["visits"][0]
    assert set(answer["mistakes"]) == {"recipient_code"} and answer["recorded"] == []


async def test_R_HOUR_05_a_clock_that_is_off_is_said_and_kept(client: Any, world: World) -> None:
    assert (await sync(client, [], sent_at="2026-04-07T11:56:00Z")).json()["clock_off_seconds"] == 0
    answer = (await sync(client, [], sent_at="2026-04-07T11:00:00Z")).json()
    assert answer["clock_off_seconds"] // 60 == 60
    assert "60" in words((await client.get("/visits/devices")).text)
    for wrong in ("", "yesterday", None):
        assert (await sync(client, [], sent_at=wrong)).status_code == 422  # type: ignore[arg-type]
    assert (await sync(client, [], sent_at="0001-01-02T00:00:00Z")).status_code == 200  # a phone with an empty battery


async def test_a_phone_taken_back_by_the_office_sends_nothing_and_is_told_to_empty_itself(
    client: Any, world: World
) -> None:
    await sync(client, [])
    assert (await client.get(f"/visits/device/{PHONE}")).json() == {"must_wipe": False}
    await sign_in(client, "director.0016")
    empty = await send(client, f"/visits/devices/{PHONE}/revoke", {"reason": ""})
    assert empty.status_code == 422
    for _ in range(2):
        done = await send(client, f"/visits/devices/{PHONE}/revoke", {"reason": "手机丢了"})
        assert done.status_code == 303
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'device.revoked'") == 1
    assert await fetchval(
        "SELECT count(*) FROM web_session s JOIN person p ON p.id = s.person WHERE p.username = 'tang.yi'"
    ) == 0
    assert "手机丢了" in words((await client.get("/visits/devices")).text)
    client.cookies.delete("sid")  # whoever has the phone is signed out: it hears all the same
    assert (await client.get(f"/visits/device/{PHONE}")).json() == {"must_wipe": True}
    await sign_in(client, "tang.yi")
    answer = (await sync(client, [a_sent_visit(world)])).json()
    assert answer["must_wipe"] and answer["visits"] == []
    assert await fetchval("SELECT count(*) FROM visit") == 0
    assert (await sync(client, [a_sent_visit(world)], str(uuid4()))).json()["visits"][0]["is_recorded"]


async def test_nobody_takes_back_the_phone_of_another_office_or_sends_from_it(client: Any, world: World) -> None:
    await sync(client, [])
    rival = await a_provider(at_county_time(date(2026, 3, 1), 9), "金堂县另一家社会工作服务中心", "52510121MJX0000099")
    await a_worker(rival, at_county_time(date(2026, 3, 1), 9), "bai.bing", "白冰")
    for stranger in ("director.0099", "bai.bing"):
        await sign_in(client, stranger)
        assert PHONE not in (await client.get("/visits/devices")).text
        assert (await send(client, f"/visits/devices/{PHONE}/revoke", {"reason": "手机丢了"})).status_code == 404
    assert (await sync(client, [])).status_code == 404
