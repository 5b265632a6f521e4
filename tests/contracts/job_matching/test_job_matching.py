"""One event a quarter, who came by code, who still works; a list of four columns, with consent (R-JOB-01)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from contracts.cases.services import Identity
from contracts.job_matching.queries import attendance_of, event_page, list_seekers, vacancies_of
from contracts.job_matching.rules import ask_again_on, asked_mistake, hired_mistake, quarter_of, reminder_due
from contracts.job_matching.services import (
    add_vacancy,
    end_seeker,
    enter_seeker,
    hold_event,
    make_file,
    note_attendance,
    note_hired,
    note_receipt,
    note_still,
    plan_event,
    send_list,
)
from contracts.job_matching.work import waiting_for
from marketplace.gateways.spreadsheets import Column, read_sheet
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import text
from tests.builders_cases import NUMBER, a_case
from tests.cast import actor
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 3, 2), 10)
TODAY = date(2026, 3, 2)
KNOWN = Identity("王大爷", NUMBER, "13800138000", "三江村3组")


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 9, 1), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 5), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_quarter_has_its_days(on: date, first: date, last: date) -> None:
    assert quarter_of(on) == (first, last)


def test_R_JOB_01_the_reminder_comes_near_the_end_and_the_question_after_ninety_days() -> None:
    assert reminder_due(date(2026, 3, 10), False) is None and reminder_due(date(2026, 3, 11), True) is None
    assert reminder_due(date(2026, 3, 11), False) == date(2026, 3, 31)
    hired = date(2026, 3, 2)
    assert ask_again_on(hired) == date(2026, 5, 31)
    assert asked_mistake(date(2026, 5, 30), hired, date(2026, 6, 1))
    assert asked_mistake(date(2026, 5, 31), hired, date(2026, 6, 1)) is None
    assert asked_mistake(date(2026, 6, 2), hired, date(2026, 6, 1))
    assert hired_mistake(hired - timedelta(days=1), hired, hired) and hired_mistake(hired, hired, hired) is None


async def an_event(now: Any) -> str:
    county = await actor("liu.fang", now)
    reference = await plan_event(TODAY, "就业大厅", county, now)
    await add_vacancy(reference, "绿源农业", "种植工", 1, "", county, now)
    return reference


async def test_who_came_is_hired_within_the_places_and_asked_again(db: Any) -> None:
    clerk, county = await actor("luo.jie", NOW), await actor("liu.fang", NOW)
    first, second = await a_case(NOW), await a_case(NOW, identity=Identity("李婆婆"))
    codes = [r["code"] for r in await fetch("SELECT code FROM resident ORDER BY code")]
    assert first != second and len(codes) == 2
    with pytest.raises(Forbidden):
        await plan_event(TODAY, "大厅", clerk, NOW)
    event = await an_event(NOW)
    with pytest.raises(DomainError):
        await note_attendance(event, codes[0], clerk, NOW)  # not held yet
    assert f"/job-events/{event}" in [i.url for i in await waiting_for(county, NOW)]
    await hold_event(event, TODAY, 7, county, NOW)
    for code in codes:
        await note_attendance(event, code, clerk, NOW)
    for wrong in (codes[0], "JT-R-9999"):
        with pytest.raises(FormRefused):
            await note_attendance(event, wrong, clerk, NOW)
    found = await event_page(event)
    [post], came = await vacancies_of(found["id"]), await attendance_of(found["id"], clerk)
    await note_hired(came[0]["id"], post["id"], TODAY, clerk, NOW)
    with pytest.raises(FormRefused):
        await note_hired(came[1]["id"], post["id"], TODAY, clerk, NOW)  # one place only
    with pytest.raises(NotFound):
        await note_still(found["id"], True, TODAY, clerk, NOW)  # nobody's row
    assert not await waiting_for(clerk, NOW)
    later = NOW + timedelta(days=91)
    assert [i.due for i in await waiting_for(clerk, later)] == [date(2026, 5, 31)]
    with pytest.raises(FormRefused):
        await note_still(came[0]["id"], True, date(2026, 5, 30), clerk, later)
    await note_still(came[0]["id"], True, date(2026, 5, 31), clerk, later)
    numbers = await event_page(event)
    assert (numbers["came"], numbers["hired"], numbers["asked"], numbers["still"]) == (2, 1, 1, 1)
    assert not await waiting_for(clerk, later)


async def test_the_list_holds_four_columns_of_those_who_agreed_and_each_look_is_kept(db: Any) -> None:
    clerk, county = await actor("luo.jie", NOW), await actor("liu.fang", NOW)
    await a_case(NOW, identity=KNOWN)
    with pytest.raises(DomainError):
        await send_list("就业帮扶", county, NOW)
    with pytest.raises(FormRefused):
        await enter_seeker("JT-R-0001", "disabled", "手工", TODAY + timedelta(days=1), clerk, NOW)
    await enter_seeker("JT-R-0001", "disabled", "手工", TODAY, clerk, NOW)
    with pytest.raises(FormRefused):
        await enter_seeker("JT-R-0001", "disabled", "手工", TODAY, clerk, NOW)
    reference = await send_list("就业帮扶", county, NOW)
    with pytest.raises(Forbidden):
        await make_file(reference, "送人社局", clerk, NOW)
    content = await make_file(reference, "送人社局", county, NOW)
    labels = ("姓名", "联系电话", "镇（街道）", "想做什么工作", "身份证号码", "住址")
    sheet = read_sheet("l.xlsx", content, [Column(w, w, text(200), is_required=False) for w in labels])
    assert set(sheet.letters) == set(labels[:4]) and sheet.rows[0].raw["姓名"] == "王大爷"
    assert await fetchval("SELECT purpose FROM resident_look WHERE reference = $1", reference) == "送人社局"
    told = str([r["d"] for r in await fetch("SELECT detail::text AS d FROM audit_entry WHERE act LIKE 'job_%'")])
    assert "王大爷" not in told and "13800138000" not in told
    # a consent taken back meanwhile is honoured
    [seeker] = await list_seekers(clerk)
    await end_seeker(seeker["id"], "withdrawn", clerk, NOW)
    assert read_sheet("l.xlsx", await make_file(reference, "再送", county, NOW), sheet.columns).rows == []
    await note_receipt(reference, "人社收1号", TODAY, county, NOW)
    with pytest.raises(DomainError):
        await make_file(reference, "再送", county, NOW)


async def test_an_event_and_a_list_go_through_their_pages(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_case(now, identity=KNOWN)
    today = at_county_time(now.date(), 10).date().isoformat()
    await sign_in(client, "liu.fang")
    assert (await send(client, "/job-events", {"planned_on": "2020-01-01", "place": "大厅"})).status_code == 422
    planned = await send(client, "/job-events", {"planned_on": today, "place": "大厅"})
    here = planned.headers["location"].split("?")[0]
    assert (await send(client, f"{here}/vacancies", {"employer": "绿源", "places": "0"})).status_code == 422
    await send(client, f"{here}/vacancies", {"employer": "绿源", "post": "种植工", "places": "2"})
    assert (await send(client, f"{here}/after", {"zero_after": "3"})).status_code == 422
    assert (await send(client, f"{here}/held", {"held_on": today, "zero_before": "5"})).status_code == 303
    await send(client, f"{here}/after", {"zero_after": "3"})
    await sign_in(client, "luo.jie")
    named = await send(client, f"{here}/came", {"code": "王大爷"})
    assert named.status_code == 422 and "像是姓名" in words(named.text)
    await send(client, f"{here}/came", {"code": "JT-R-0001"})
    came, post = await fetchval("SELECT id FROM job_attendance"), await fetchval("SELECT id FROM job_vacancy")
    hired = {"attendance": str(came), "vacancy": str(post), "hired_on": today}
    assert (await send(client, f"{here}/hired", hired)).status_code == 303
    assert (await send(client, f"{here}/hired", hired)).status_code == 409
    page = words((await client.get(here)).text)
    assert "1 人到场，录用 1 人" in page and "JT-R-0001" in page and "王大爷" not in page
    seeker = {"code": "JT-R-0001", "kind": "disabled", "wish": "手工", "consented_on": today}
    assert (await send(client, "/job-seekers", {**seeker, "consented_on": ""})).status_code == 422
    assert (await send(client, "/job-seekers", seeker)).status_code == 303
    assert (await send(client, "/job-lists", {"purpose": "帮扶"})).status_code == 403
    await sign_in(client, "liu.fang")
    assert (await send(client, "/job-lists", {"purpose": "帮扶"})).status_code == 303
    reference = await fetchval("SELECT reference FROM job_list")
    made = await send(client, f"/job-lists/{reference}/list.xlsx", {"file_purpose": "送人社局"})
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    await send(client, f"/job-lists/{reference}/receipt", {"receipt": "收1", "received_on": today})
    shown = words((await client.get("/job-seekers")).text)
    assert "对方已收到" in shown and "王大爷" not in shown
    assert "5 → 3" in words((await client.get("/en/job-events")).text)
    await sign_in(client, "wang.min")
    assert (await client.get(here)).status_code == 403
