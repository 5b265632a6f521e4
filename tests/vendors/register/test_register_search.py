"""The public register: found by name, pinyin, initials, code, item and town; in order, by page, as a file."""

from __future__ import annotations

import io
from datetime import date, timedelta
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from marketplace.kernel.db import execute, fetch, fetchval
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import words
from vendors.register.queries import all_providers, find_providers
from vendors.register.rules import Question, read_question

THREE = (
    ("金堂县和美社会工作服务中心", "private_non_enterprise", "hemei"),
    ("成都惠民康养服务有限公司", "enterprise", "huimin"),
    ("金堂县晨光志愿者协会", "social_group", "chenguang"),
)


async def three_providers(clock):
    now = await clock.now()
    await enter_cast(now)
    return [await a_provider(now + timedelta(minutes=n), *each) for n, each in enumerate(THREE)]


async def names(question: Question) -> list[str]:
    return [row["name"] for row in (await find_providers(question, date(2026, 3, 18))).rows]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("美", 0), ("和美", 0), ("hemei", 0), ("he mei", 0), ("jtxhm", 0), ("康养", 1), ("ｈｕｉｍｉｎ", 1), ("CGZ", 2),
     ("志愿 金堂", 2), ("堂县晨", 2)],
)  # fmt: skip
async def test_one_of_three_is_found_by_a_part_of_its_name_its_pinyin_or_initials(db, clock, typed, found):
    await three_providers(clock)
    assert await names(Question(typed)) == [THREE[found][0]]


async def test_the_code_and_the_number_find_a_provider_and_signs_of_like_find_nothing(db, clock):
    first, *_ = await three_providers(clock)
    code = await fetchval("SELECT credit_code FROM provider WHERE id = $1", first.id)
    assert await names(Question(code[3:14].lower())) == [THREE[0][0]]
    assert await names(Question(first.reference)) == [THREE[0][0]]
    for signs in ("%", "_", "\\", "'; DROP TABLE provider; --"):
        assert await names(Question(signs)) == []
    assert len(await names(Question(""))) == 3


async def test_filters_narrow_and_orders_order(db, clock):
    first, second, third = await three_providers(clock)
    now = await clock.now()
    await execute(
        "INSERT INTO offered_item (id, provider, item_code, capacity, unit, unit_en, entered_at)"
        " VALUES ($1, $2, 'S01', 20, '人次', 'visits', $3)", uuid4(), second.id, now,
    )  # fmt: skip
    assert await names(Question(legal_form="enterprise")) == [THREE[1][0]]
    assert await names(Question(item="S01")) == [THREE[1][0]] and await names(Question(item="S02")) == []
    await execute("DELETE FROM offered_item WHERE provider = $1", second.id)
    assert await names(Question(item="S01")) == []
    assert await names(Question(sort="newest")) == [THREE[2][0], THREE[1][0], THREE[0][0]]
    assert await names(Question(sort="oldest")) == [name for name, _, _ in THREE]
    # in the order of pinyin, not of code points
    assert await names(Question()) == [THREE[1][0], THREE[2][0], THREE[0][0]]


async def test_the_town_is_read_from_the_address_and_follows_it(db, clock):
    first, *_ = await three_providers(clock)
    towns = {row["name"]: row["id"] for row in await fetch("SELECT id, name FROM organisation WHERE kind = 'town'")}
    await execute("UPDATE provider SET address = '金堂县五凤镇中街 9 号' WHERE id = $1", first.id)
    assert await names(Question(town=towns["五凤镇人民政府"])) == [THREE[0][0]]
    assert len(await names(Question(town=towns["赵镇街道办事处"]))) == 2
    await execute(
        "INSERT INTO service_town (id, provider, town) VALUES ($1, $2, $3)", uuid4(), first.id, towns["淮口街道办事处"]
    )
    assert await names(Question(town=towns["淮口街道办事处"])) == [THREE[0][0]]
    await execute("UPDATE organisation SET name = '金堂县新名社会工作服务中心' FROM provider p"
                  " WHERE p.organisation = organisation.id AND p.id = $1", first.id)  # fmt: skip
    assert await names(Question(town=towns["五凤镇人民政府"])) == ["金堂县新名社会工作服务中心"]


async def test_pages_follow_one_another_and_the_page_asks_little(client, clock, db):
    now = await clock.now()
    for number in range(23):
        await a_provider(now, f"金堂县第{number:02}社会工作服务中心", username=f"p{number:02}")
    second = await client.get("/providers?q=金堂&page=2")
    assert second.status_code == 200 and "2 / 2" in words(second.text)
    assert second.text.count('href="/providers/GYS-') == 3
    assert (await client.get("/providers?q=金堂&page=9")).status_code == 200


@pytest.mark.parametrize("query", ["page=0", "page=x", "town=1", "form=nobody", "item=';", "sort=x", "q=%00"])
async def test_what_cannot_be_read_in_the_address_is_left_out(client, clock, query):
    await three_providers(clock)
    answer = await client.get(f"/providers?{query}")
    assert answer.status_code == 200 and answer.text.count('href="/providers/GYS-') == 3


async def test_the_export_gives_what_was_found_and_no_cell_runs(client, clock):
    await three_providers(clock)
    evil = await a_provider(await clock.now(), "=HYPERLINK(1)社会工作", username="evil")
    book = CalamineWorkbook.from_filelike(io.BytesIO((await client.get("/providers/export/providers.xlsx")).content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 5 and rows[0][:2] == ["编号", "机构名称"]
    assert any(row[0] == evil.reference and row[1] == "=HYPERLINK(1)社会工作" for row in rows)
    csv = (await client.get("/en/providers/export/providers.csv?q=HYPERLINK")).content.decode("utf-8-sig").splitlines()
    assert len(csv) == 2 and "Items offered" in csv[0]
    assert ",'=HYPERLINK(1)社会工作," in csv[1]
    assert (await client.get("/providers/export/providers.exe")).status_code == 404


async def test_an_export_and_a_page_find_the_same(db, clock):
    await three_providers(clock)
    for asked in ({}, {"q": "金"}, {"form": "enterprise"}, {"q": "服务", "sort": "newest"}):
        question = read_question(asked)
        page = await find_providers(question, date(2026, 3, 18))
        exported = await all_providers(question, date(2026, 3, 18))
        assert [r["reference"] for r in page.rows] == [r["reference"] for r in exported] and page.total == len(exported)
