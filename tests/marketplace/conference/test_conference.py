"""The joint conference: quarters, decisions with owner and last day, its pack; model cases by two people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from catalogue.items.services import load_first_edition
from marketplace.conference.pack import in_words, pack_paper
from marketplace.conference.rules import Quarter, decision_state, quarter_of, quarters_back, read_quarter
from marketplace.conference.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import NotFound
from tests.cast import actor, enter_cast, office
from tests.pages import send, sign_in, words

TODAY = date(2026, 3, 2)
DECISION = {"decided_on": "2026-02-27", "words": "补上五凤镇的照料护理。", "due_on": "2026-03-01"}
CASE = {
    "title": "一周三次上门", "item_code": "S02", "story": "一位独居老人得到照料。", "consent_by": "self",
    "consent_on": "2026-02-01", "consent_paper": "镇档案室",
}  # fmt: skip


def test_quarters_meet_without_a_gap_and_none_to_come_is_told():
    assert [Quarter(2026, 1).first, Quarter(2026, 4).upto] == [date(2026, 1, 1), date(2027, 1, 1)]
    for nth in (1, 2, 3):
        assert Quarter(2026, nth).upto == Quarter(2026, nth + 1).first
        assert quarter_of(Quarter(2026, nth).last) == Quarter(2026, nth)
    assert [each.name for each in quarters_back(TODAY, 3)] == ["2026-Q1", "2025-Q4", "2025-Q3"]
    for asked in ("2026-Q2", "2026-Q5", "x", "1999-Q1"):
        with pytest.raises(NotFound):
            read_quarter(asked, TODAY)


def test_a_decision_is_late_the_day_after_its_last_day():
    def tone(status: str, due_on: date, done_on: date | None = None, inside: bool = False) -> str:
        row = {"status": status, "due_on": due_on, "done_on": done_on}
        return decision_state(row, TODAY, inside=inside)[1]

    yesterday = TODAY - timedelta(1)
    assert tone("open", TODAY) == "running"
    assert tone("open", yesterday) == "refused"
    assert tone("done", yesterday, TODAY) == "done"
    # what was done in time is not late while a second person reads of it
    assert tone("reported", yesterday, yesterday) == "running" and tone("reported", yesterday, TODAY) == "refused"
    assert tone("reported", yesterday, TODAY, inside=True) == "waiting"


def test_the_pack_tells_no_number_of_few_residents():
    assert [in_words({"cases": count}, "cases", "few", 5) for count in (0, 4, 5)] == ["< 5", "< 5", "5"]
    hours = [in_words({"minutes": 131, "residents": count}, "minutes", "minutes", 5) for count in (1, 5)]
    assert hours == ["—", "2:11"], "hours of one resident tell as much as its number"
    named = "listings awards contracts minutes residents cases decided evaluations voices"
    counted = {key: 4 for key in named.split()}
    counted |= {"awarded": 10, "paid": 20}
    late = {key: 0 for key in ("cases", "orders", "payments", "voices", "decisions")}
    paper = pack_paper(Quarter(2026, 1), counted, late, [], [("五凤镇", "S02")], 5, at_county_time(TODAY), "http://x")
    said = str(paper)
    assert "('服务过的居民（名）', '< 5')" in said and "五凤镇" in said and "还没有登记决定" in said


async def read_by_visitor(client: Any, path: str) -> str:
    """What somebody without an account reads there."""
    client.cookies.delete("sid")
    return (await client.get(path)).text


async def test_a_decision_is_public_by_a_second_person_waits_for_its_owner_and_is_closed_once(client, clock):
    now = await clock.now()
    await enter_cast(now)
    await sign_in(client, "liu.fang")
    form = {**DECISION, "owner": str(await office("wufeng"))}
    early = await send(client, "/conference/decisions/new", {**form, "due_on": "2026-02-01"})
    assert early.status_code == 422 and "早于会议日期" in words(early.text)
    made = await send(client, "/conference/decisions/new", form)
    place = made.headers["location"].partition("?")[0]
    assert (await send(client, f"{place}/publish", {})).status_code == 403, "who wrote it does not publish it"
    assert await waiting_for(await actor("liu.fang", now), now) == []
    assert "另一位同事" not in (await read_by_visitor(client, "/conference/2026-Q1"))
    assert "补上五凤镇" not in (await read_by_visitor(client, "/conference"))
    assert (await client.get(place)).status_code == 404
    (item,) = await waiting_for(await actor("song.ya", now), now)
    assert item.due is None and item.url == place
    await sign_in(client, "song.ya")
    assert (await send(client, f"{place}/publish", {})).status_code == 303
    assert (await send(client, f"{place}/publish", {})).status_code == 409
    (item,) = await waiting_for(await actor("song.ya", now), now)
    assert item.due == date(2026, 3, 1) and item.url == place
    page = words((await client.get("/conference/2026-Q1")).text)
    assert "补上五凤镇的照料护理。" in page and "超过期限" in page and "五凤镇人民政府" in page
    done = {"done_on": "2026-03-02", "outcome": "已经发布公告。"}
    assert (await send(client, place, {**done, "done_on": "2026-02-01"})).status_code == 422
    assert (await send(client, place, done)).status_code == 303
    assert (await send(client, place, done)).status_code == 409
    assert (await send(client, f"{place}/return", {"reason": "写得太简单"})).status_code == 403
    assert "已经发布公告。" not in await read_by_visitor(client, place)
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{place}/return", {"reason": ""})).status_code == 422
    assert (await send(client, f"{place}/return", {"reason": "写得太简单"})).status_code == 303
    assert (await send(client, place, done)).status_code == 303
    await sign_in(client, "song.ya")
    assert (await send(client, f"{place}/publish", {})).status_code == 303
    assert "已经发布公告。" in await read_by_visitor(client, place)
    paper = await client.get("/conference/2026-Q1/pack.docx")
    assert paper.status_code == 200 and paper.content[:2] == b"PK"
    assert (await client.get("/conference/2026-Q1/other.docx")).status_code == 404


async def test_a_model_case_needs_consent_and_a_second_person_and_can_be_withdrawn(client, clock):
    await enter_cast(await clock.now())
    await load_first_edition(await clock.now())
    await sign_in(client, "liu.fang")
    for wrong in ({"consent_paper": ""}, {"story": "电话 13800138000"}, {"consent_on": "2026-04-01"}):
        assert (await send(client, "/model-cases/new", {**CASE, **wrong})).status_code == 422, wrong
    made = await send(client, "/model-cases/new", CASE)
    place = made.headers["location"].partition("?")[0]
    assert (await send(client, f"{place}/publish", {})).status_code == 403
    client.cookies.delete("sid")
    assert (await client.get(place)).status_code == 404
    await sign_in(client, "song.ya")
    assert (await send(client, f"{place}/publish", {})).status_code == 303
    client.cookies.delete("sid")
    public = await client.get(place)
    assert "一位独居老人得到照料。" in public.text and "镇档案室" not in public.text
    await sign_in(client, "song.ya")
    assert (await send(client, f"{place}/withdraw", {"reason": ""})).status_code == 422
    assert (await send(client, f"{place}/withdraw", {"reason": "当事人收回同意"})).status_code == 303
    client.cookies.delete("sid")
    assert (await client.get(place)).status_code == 404
    assert await fetchval("SELECT status FROM model_case") == "withdrawn"
