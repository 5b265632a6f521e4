"""The timetable of a draft: a day is chosen, every date follows with its clause, and nothing is stored by counting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx

from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Timetable
from catalogue.listings.timetable_page import outlook, start_day
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow
from tests.builders_catalogue import a_draft
from tests.pages import send, sign_in, words

NOON = at_county_time(date(2026, 3, 2), 12)


def at(month: int, day: int, hour: int = 14) -> datetime:
    return at_county_time(date(2026, month, day), hour)


def test_a_chosen_day_gives_the_earliest_closing_r_time_07_and_every_date_its_rule() -> None:
    ahead = outlook(None, "consultation", date(2026, 9, 24), NOON)
    assert ahead.is_proposed and ahead.timetable is not None
    # ten days after 24 September is 4 October, inside the holiday block: a minimum rolls to the first workday
    assert ahead.timetable.closes_at == at(10, 8)
    assert [row.number for row in ahead.rows] == list(range(1, 12))
    assert all(
        row.planned.rule_key.startswith("R-") and (row.counted or row.planned.event == "opening") for row in ahead.rows
    )
    assert ahead.marks[date(2026, 10, 8)] == [("5", "投标（响应）截止"), ("6", "开标")]
    assert [(m.year, m.number) for m in ahead.months] == [(2026, 9), (2026, 10), (2026, 11)]


def test_a_typed_moment_is_judged_as_of_the_chosen_day_r_time_07() -> None:
    typed = Timetable(at(3, 12))
    assert outlook(typed, "consultation", date(2026, 3, 2), NOON).mistakes == ()
    late = outlook(typed, "consultation", date(2026, 3, 5), NOON)
    assert [(m.field, m.clause) for m in late.mistakes] == [("closes_at", "R-TIME-07")]
    assert not late.is_proposed


def test_a_later_closing_moves_what_follows_it_and_leaves_what_stands_before() -> None:
    days = {
        closing: {
            row.planned.event: row.planned.day
            for row in outlook(Timetable(closing), "consultation", date(2026, 3, 2), NOON).rows
        }
        for closing in (at(3, 16), at(3, 18))
    }
    early, late = days[at(3, 16)], days[at(3, 18)]
    assert {event for event in early if early[event] == late[event]} == {
        "publication",
        "notice_until",
        "documents_until",
    }


def test_dates_in_a_year_not_announced_are_provisional_r_cal_03() -> None:
    assert outlook(None, "consultation", date(2027, 12, 20), NOON).is_provisional
    assert not outlook(None, "consultation", date(2026, 3, 2), NOON).is_provisional


def test_the_own_procedure_under_the_limit_proposes_nothing() -> None:
    assert outlook(None, "under_limit", date(2026, 3, 2), NOON).rows == ()
    assert [row.planned.event for row in outlook(Timetable(at(3, 9)), "under_limit", date(2026, 3, 2), NOON).rows] == [
        "publication", "closes", "opening",
    ]  # fmt: skip


def test_a_day_in_the_past_or_no_day_is_said_and_today_is_used() -> None:
    today = date(2026, 3, 2)
    assert start_day("", NOON) == (today, None)
    assert start_day("2026-03-09", NOON) == (date(2026, 3, 9), None)
    for typed in ("2026-03-01", "bald", "9999-12-31"):
        day, wrong = start_day(typed, NOON)
        assert day == today and wrong is not None


async def _stored(listing: UUID) -> tuple[Any, ...]:
    row = await fetchrow(
        "SELECT closes_at, documents_until, questions_until, version FROM listing WHERE id = $1", listing
    )
    assert row is not None
    return tuple(row.values())


async def test_counting_again_keeps_what_was_typed_and_stores_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    before = await _stored(listing)
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{listing}/timetable"
    typed = {"starts_on": "2026-03-09", "closes_at": "2026-03-25T10:00", "documents_until": "2026-03-20T17:00"}
    version = str((await section_of(listing, "timetable"))["version"])
    answer = await send(client, path, {**typed, "questions_until": "", "then": "recount", "version": version})
    assert answer.status_code == 200
    for value in typed.values():
        assert f'value="{value}"' in answer.text
    said = words(answer.text)
    assert "2026年3月25日（周三）10:00" in said and "按 2026年3月9日" in said
    for rule in ("R-TIME-07", "R-TIME-08", "R-TIME-09", "R-TIME-11", "R-TIME-17"):
        assert rule in answer.text, rule
    assert await _stored(listing) == before
    assert (await send(client, path, {**typed, "version": version})).status_code == 303
    assert await _stored(listing) != before


async def test_counting_again_says_what_the_rules_refuse_r_time_08(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{listing}/timetable"
    typed = {"starts_on": "2026-02-27", "closes_at": "2026-03-16T14:00", "documents_until": "2026-03-04T17:00"}
    answer = await send(client, path, {**typed, "then": "recount"})
    said = words(answer.text)
    assert "发布日不能早于今天" in said and "采购文件至少提供到 2026年3月9日" in said
    assert 'value="2026-02-27"' in answer.text


async def test_the_earliest_closing_is_filled_in_for_the_chosen_day(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{listing}/timetable"
    answer = await send(client, path, {"starts_on": "2026-09-24", "closes_at": "", "then": "earliest"})
    assert 'value="2026-10-08T14:00"' in answer.text
    assert "休" in answer.text and "班" in answer.text and 'class="day-event"' in answer.text
    english = await send(client, f"/en{path}", {"starts_on": "2026-09-24", "closes_at": "", "then": "recount"})
    assert "October 2026" in english.text and "No closing time is given yet" in english.text


async def test_only_the_drafter_counts_again(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "zhao.lei")
    typed = {"starts_on": "2026-03-09", "closes_at": "", "then": "recount"}
    assert (await send(client, f"/listings/drafts/{listing}/timetable", typed)).status_code == 403
