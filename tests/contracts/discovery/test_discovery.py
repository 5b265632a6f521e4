"""Leads become cases or end with a reason, tips about others stay with the town; sweeps cover everybody."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.cases.queries import case_page
from contracts.discovery.queries import counts_by_town, lead_page, list_leads, villages_of
from contracts.discovery.rules import VillageCount, count_mistakes, coverage, finish_mistake, look_by
from contracts.discovery.services import (
    NewLead,
    close_lead,
    count_village,
    enter_lead,
    finish_sweep,
    open_sweep,
    take_up,
    tell_town,
)
from contracts.discovery.work import waiting_for
from marketplace.accounts.throttle import services as throttle
from marketplace.accounts.throttle.rules import FREE_FOR_AN_ADDRESS
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, IllegalMove, NotFound
from marketplace.kernel.settings import Settings
from marketplace.retention.services import forget
from tests.builders_cases import a_new_case
from tests.cast import actor, enter_cast, office
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 3, 2), 10)
TIP = NewLead("三江村", "public", "other", "隔壁的婆婆摔伤了。", "13800138000")


def test_R_LEAD_01_a_lead_is_looked_at_within_three_working_days() -> None:
    assert look_by(NOW) == date(2026, 3, 5)
    assert look_by(at_county_time(date(2026, 3, 6), 23)) == date(2026, 3, 11)  # over a weekend


def test_R_SEED_06_coverage_is_whole_only_when_everybody_was_visited() -> None:
    assert coverage(0, 0) is None and coverage(2999, 3000) == Decimal("99.9") and coverage(3000, 3000) == Decimal(100)
    assert set(count_mistakes(VillageCount("村", 10, 11, 0, 1))) == {"permanent_visited", "serviced_visited"}
    assert set(count_mistakes(VillageCount("村", 0, 0, 0, 0))) == {"permanent"}
    whole, half = VillageCount("村", 10, 10, 3, 3), VillageCount("村", 10, 10, 3, 1)
    assert finish_mistake([whole], "") is None and finish_mistake([], "理由")
    # serviced residents count like the others
    assert finish_mistake([whole, half], "") and finish_mistake([whole, half], "外出务工") is None


async def test_a_tip_about_somebody_else_goes_to_its_town_only_and_is_deleted_when_empty(db: Any, clock: Any) -> None:
    now = await clock.now()
    clerk, county = await actor("luo.jie", now), await actor("liu.fang", now)
    reference = await tell_town(await office("zhaozhen"), TIP, now)
    kept = await fetchrow("SELECT told, contact, entered_by FROM lead")
    assert "婆婆" not in kept["told"] and "138" not in kept["contact"] and kept["entered_by"] is None
    assert (await lead_page(reference, clerk))["told"] == TIP.told
    for stranger in ("liu.fang", "ma.chao"):
        with pytest.raises(NotFound):
            await lead_page(reference, await actor(stranger, now))
    assert not await list_leads(county, "", "") and [c["came"] for c in await counts_by_town()] == [1]
    assert [item.due for item in await waiting_for(clerk, now)] == [look_by(now)]
    await close_lead(reference, "not_found", clerk, now)
    with pytest.raises(IllegalMove):
        await close_lead(reference, "not_found", clerk, now)
    await forget(now + timedelta(days=29))
    assert await fetchval("SELECT count(*) FROM lead") == 1
    await forget(now + timedelta(days=31))
    assert await fetchval("SELECT count(*) FROM lead") == 0


async def test_two_presses_of_one_sheet_tell_a_town_once_and_a_mended_telephone_is_not_lost(client: Any) -> None:
    await enter_cast(NOW)
    tip = {"town": str(await office("zhaozhen")), "village": "三江村", "about": "other", "told": "摔伤了。"}
    tip["sheet"] = re.search(r'name="sheet" value="([^"]+)"', (await client.get("/need-help")).text)[1]  # type: ignore[index]
    mended = {**tip, "contact": "老李 13900000000"}
    for told, kept in ((tip, 1), (tip, 1), (mended, 2), (mended, 2), ({**tip, "told": "又有一位。"}, 3)):
        assert (await send(client, "/need-help", told)).status_code == 303
        assert await fetchval("SELECT count(*) FROM lead") == kept


async def test_a_tip_from_a_network_whose_tries_are_under_way_is_kept_waiting_in_words(client: Any) -> None:
    await enter_cast(NOW)
    address = throttle.keyed("127.0.0.1", Settings.from_environment().secret("throttle"))
    for number in range(FREE_FOR_AN_ADDRESS):
        await throttle.begin_try(b"%d" % number, address)
    tip = {"town": str(await office("zhaozhen")), "village": "三江村", "about": "other", "told": "摔伤了。"}
    answer = await send(client, "/need-help", tip)
    assert answer.status_code == 429 and "请过 5 秒再报" in words(answer.text) and "摔伤了。" in answer.text


async def test_a_lead_becomes_a_case_once_and_says_where_it_came_from(db: Any) -> None:
    clerk, county = await actor("luo.jie", NOW), await actor("liu.fang", NOW)
    with pytest.raises(Forbidden):
        await enter_lead(TIP, county, NOW)
    with pytest.raises(FormRefused):
        await enter_lead(TIP, clerk, NOW)  # the public page alone makes public tips
    with pytest.raises(FormRefused):
        await tell_town(uuid4(), TIP, NOW)
    own = await enter_lead(NewLead("三江村", "sweep", "self", "没有收入"), clerk, NOW)
    assert (await lead_page(own, county))["told"] == ""
    with pytest.raises(Forbidden):
        await take_up(own, a_new_case(), county, NOW)
    case = await take_up(own, a_new_case(), clerk, NOW)
    assert (await case_page(case, visible_to=clerk))["source"] == "sweep"
    with pytest.raises(IllegalMove):
        await take_up(own, a_new_case(), clerk, NOW)
    assert (await lead_page(own, clerk))["case_reference"] == case


async def test_a_sweep_counts_its_villages_and_their_leads_and_ends_whole(db: Any) -> None:
    clerk = await actor("luo.jie", NOW)
    sweep = await open_sweep(clerk, NOW)
    with pytest.raises(Conflict):
        await open_sweep(clerk, NOW)
    assert [(i.clause, i.due) for i in await waiting_for(clerk, NOW)] == [("R-SEED-06", date(2026, 12, 31))]
    await count_village(sweep, VillageCount("三江村", 10, 4, 3, 0), clerk, NOW)
    await enter_lead(NewLead("三江村", "sweep", "self", "没有收入"), clerk, NOW)
    await enter_lead(NewLead("三江村", "cadre", "self", "没有收入"), clerk, NOW)
    [row] = await villages_of(sweep)
    assert (row["permanent_share"], row["serviced_share"], row["leads"]) == (Decimal("40.0"), Decimal("0.0"), 1)
    with pytest.raises(FormRefused):
        await finish_sweep(sweep, "", clerk, NOW)
    await count_village(sweep, VillageCount("三江村", 10, 10, 3, 3), clerk, NOW)
    await finish_sweep(sweep, "", clerk, NOW)
    with pytest.raises(Conflict):
        await count_village(sweep, VillageCount("三江村", 10, 10, 3, 3), clerk, NOW)
    with pytest.raises(Forbidden):
        await finish_sweep(sweep, "", await actor("liu.fang", NOW), NOW)
    await execute("DELETE FROM lead")
    later = at_county_time(date(2027, 10, 8), 10)
    assert [i.url for i in await waiting_for(clerk, later)] == ["/sweeps"]


async def test_whoever_scans_the_code_tells_the_town_and_waits_after_too_many(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    town = str(await office("zhaozhen"))
    page = words((await client.get(f"/need-help?town={town}")).text)
    assert "不用账号" in page and "110" in page
    tip = {"town": town, "village": "三江村", "about": "other", "told": "婆婆摔伤了 13800138000"}
    bad = await send(client, "/need-help", {**tip, "told": "", "about": ""})
    assert bad.status_code == 422 and "三江村" in bad.text
    answers = [(await send(client, "/need-help", tip)) for _ in range(6)]
    assert [a.status_code for a in answers] == [303] * 5 + [429] and "从这里报得太多了" in words(answers[-1].text)
    assert "婆婆" in answers[-1].text  # what was typed stands there still
    assert "Tell the town who is in need" in words((await client.get("/en/need-help")).text)
    await sign_in(client, "luo.jie")
    listed = (await client.get("/leads")).text
    assert "群众扫码" in listed and "婆婆" not in listed and "<svg" in listed


async def test_leads_and_sweeps_go_through_their_pages(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    new = {"channel": "patrol", "about": "other", "village": "三江村", "told": "桥下过夜的老人"}
    assert (await send(client, "/leads/new", {**new, "channel": "public"})).status_code == 422
    here = (await send(client, "/leads/new", new)).headers["location"].split("?")[0]
    assert "桥下过夜的老人" in (await client.get(here)).text
    assert "三江村" in (await client.get(f"{here}/case")).text
    case = {"help_kind": "subsistence", "recipient_kind": "other", "place": "registered", "source": "lead",
            "village": "三江村", "need": "没有住处", "capacity": "full", "name": "杜大爷"}  # fmt: skip
    wrong = await send(client, f"{here}/case", {**case, "place": "school"})
    assert wrong.status_code == 422 and "户籍所在地" in words(wrong.text)
    taken = await send(client, f"{here}/case", case)
    assert taken.headers["location"].startswith("/cases/GA-")
    assert (await client.get(f"{here}/case")).status_code == 404
    assert (await send(client, f"{here}/close", {"close_kind": "twice"})).status_code == 409
    opened = await send(client, "/sweeps", {})
    sweep = opened.headers["location"]
    counts = {
        "village": "三江村", "permanent": "10", "permanent_visited": "11", "serviced": "2", "serviced_visited": "1",
    }  # fmt: skip
    assert "不能多于总户数" in words((await send(client, f"{sweep}/villages", counts)).text)
    await send(client, f"{sweep}/villages", {**counts, "permanent_visited": "9"})
    assert "还有 2 户没有走访" in words((await send(client, f"{sweep}/finish", {})).text)
    assert (await client.get(f"{sweep}/ledger.xlsx")).status_code == 200
    assert "90.0 %" in words((await client.get("/en/sweeps")).text)
    await sign_in(client, "liu.fang")
    assert "90.0 %" in words((await client.get(sweep)).text)
    assert (await client.get(here)).status_code == 404
