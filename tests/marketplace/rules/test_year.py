"""A year's holidays are loaded with a preview and every mistake by its row; provisional dates are counted anew."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from catalogue.listings.drafts import Timetable
from marketplace.kernel.calendar import county_calendar, library_year
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.law.loading import refresh_law
from marketplace.rules.year.rules import read_csv, typed_csv
from tests.builders_catalogue import a_published_listing
from tests.cast import actor
from tests.pages import send, sign_in, words

YEAR = "2027-01-01,放假,元旦\n2027-01-04,放假,元旦\n2027-01-05,放假,元旦\n2027-01-10,上班,元旦\n"
TYPED = {"year": "2027", "document_number": "国办发明电〔2026〕7号", "source": "csv", "days": YEAR}
CHINA = ZoneInfo("Asia/Shanghai")
CLOSES = datetime(2026, 12, 30, 9, tzinfo=CHINA)


def said(text: str, year: int = 2027) -> list[tuple[int, str]]:
    return [(number, sentence.text("zh")) for number, sentence in read_csv(text, year).mistakes]


def test_R_CAL_03_a_whole_file_is_read_with_its_head_line_and_mark() -> None:
    reading = read_csv("\ufeff日期,种类,名称\n" + YEAR, 2027)
    assert reading.mistakes == []
    assert [(d.number, d.day.isoformat(), d.kind) for d in reading.days][-1] == (5, "2027-01-10", "worked")


def test_every_mistake_is_told_by_its_row() -> None:
    rows = ("2027-01-01,放假,元旦", "2027-13-01,放假")
    rows += ("2026-12-31,放假", "2027-01-01,放假", "2027-01-05,上班", "2027-01-09,?")
    found = said("\n".join(rows))
    assert [number for number, _ in found] == [2, 3, 4, 5, 6]
    assert "第 1 行已经写过" in found[2][1] and "不是周末" in found[3][1]


@pytest.mark.parametrize("text", ["", "\n\n", "日期,种类\n", "2027-01-09,上班,补\n", "\x00,,\n", "=1+1,放假\n"])
def test_a_file_without_a_day_off_is_refused(text: str) -> None:
    assert said(text)


def test_a_year_of_the_library_reads_like_a_file() -> None:
    known = library_year(2026)
    assert known is not None and library_year(2027) is None
    reading = read_csv(typed_csv(known), 2026)
    assert reading.mistakes == [] and {d.day for d in reading.days if d.kind == "off"} == known.days_off


def test_R_CAL_01_day_zero_is_left_out_and_a_minimum_rolls_over_a_holiday_block() -> None:
    found = compute("R-TIME-04", date(2026, 1, 27))  # 20 days: 16 February, inside the Spring Festival
    assert (found.safe_date, found.date) == (date(2026, 2, 16), date(2026, 2, 24))


def test_R_CAL_02_a_limit_includes_its_own_number() -> None:
    found = compute("R-TIME-04", date(2026, 3, 2))
    assert (found.date - date(2026, 3, 2)).days == 21 and found.safe_date == date(2026, 3, 22)  # a Sunday rolls on


def test_R_CAL_04_days_and_working_days_are_never_mixed() -> None:
    working, plain = compute("R-TIME-03", date(2026, 3, 6)), compute("R-TIME-04", date(2026, 3, 6))
    assert (working.row.unit, plain.row.unit) == ("working_days", "calendar_days")
    assert working.date == date(2026, 3, 13) and plain.safe_date == date(2026, 3, 26)


async def signed_in(client: httpx.AsyncClient, clock: Any, username: str) -> None:
    await actor(username, await clock.now())
    await sign_in(client, username)


async def test_R_CAL_03_loading_a_year_counts_provisional_dates_anew_and_tells(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await clock.set(datetime(2026, 12, 1, 9, tzinfo=CHINA))
    listing = await a_published_listing(
        await clock.now(), timetable=Timetable(CLOSES, None, None),
        service_from=date(2027, 3, 1), service_to=date(2028, 2, 28),
    )  # fmt: skip
    before = await dates(listing.id)
    assert before["determine_by"][1]
    await signed_in(client, clock, "admin")
    preview = await send(client, "/calendar/load", {**TYPED, "act": "preview"})
    assert preview.status_code == 200 and "登记 2027 年" in words(preview.text)
    assert await fetchval("SELECT count(*) FROM calendar_load") == 0
    assert (await send(client, "/calendar/load", {**TYPED, "act": "load"})).status_code == 303
    after = await dates(listing.id)
    assert not any(provisional for _, provisional in after.values())
    assert after["determine_by"][0] > before["determine_by"][0]  # the new days off lie between
    kinds = await fetch("SELECT kind FROM listing_version WHERE listing = $1 ORDER BY number", listing.id)
    assert [each["kind"] for each in kinds] == ["publication", "recount"]
    acts = [each["act"] for each in await fetch("SELECT act FROM audit_entry ORDER BY sequence DESC LIMIT 2")]
    assert acts == ["calendar.loaded", "listing.dates_recounted"]
    mails = await fetch("SELECT payload->>'subject' AS subject FROM outbox_message")
    assert any("日期已确定" in each["subject"] for each in mails)
    page = words((await client.get("/calendar/2027")).text)
    assert "已公布" in page and "国办发明电〔2026〕7号" in page
    assert "重新计算日期" in words((await client.get(f"/listings/{listing.reference}/versions/2")).text)


async def dates(listing: Any) -> dict[str, tuple[date, bool]]:
    rows = await fetch("SELECT event, day, is_provisional FROM timetable_date WHERE listing = $1", listing)
    return {each["event"]: (each["day"], each["is_provisional"]) for each in rows}


async def test_loading_twice_keeps_both_and_the_newest_counts(client: httpx.AsyncClient, clock: Any) -> None:
    await signed_in(client, clock, "admin")
    for days in (YEAR, "2027-01-01,放假,元旦\n"):
        assert (await send(client, "/calendar/load", {**TYPED, "days": days, "act": "load"})).status_code == 303
    await refresh_law((await CountyClock().look()).law)
    assert county_calendar().is_workday(date(2027, 1, 4))
    assert await fetchval("SELECT count(*) FROM calendar_load WHERE year = 2027") == 2


async def test_a_file_with_mistakes_loads_nothing_and_keeps_what_was_typed(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await signed_in(client, clock, "admin")
    bad = await send(client, "/calendar/load", {**TYPED, "days": "2027-01-01,放假\nnonsense,放假\n", "act": "load"})
    assert bad.status_code == 422 and "第 2 行：" in words(bad.text) and "nonsense,放假" in bad.text
    missing = await send(client, "/calendar/load", {"year": "1900", "source": "library"})
    assert missing.status_code == 422 and "请填写“文号”" in words(missing.text)
    unknown = await send(client, "/calendar/load", {**TYPED, "source": "library", "act": "load"})
    assert unknown.status_code == 422 and "日历库里还没有 2027 年" in words(unknown.text)
    assert await fetchval("SELECT count(*) FROM calendar_load") == 0


async def test_others_do_not_load_a_year(client: httpx.AsyncClient, clock: Any) -> None:
    await signed_in(client, clock, "zhao.lei")
    assert (await client.get("/calendar/load")).status_code == 403
    assert (await send(client, "/calendar/load", {**TYPED, "act": "load"})).status_code == 403


async def test_anybody_sees_a_year_in_both_languages(client: httpx.AsyncClient) -> None:
    chinese = words((await client.get("/calendar/2026")).text)
    english = words((await client.get("/en/calendar/2026")).text)
    assert "16 休" in chinese and "14 班" in chinese and "February" in english
    assert "尚未公布" in words((await client.get("/calendar/2027")).text)
    assert (await client.get("/calendar/1900")).status_code == 404
