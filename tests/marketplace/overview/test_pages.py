"""Coverage, the way of the money and dashboards over one county: what the rows say stands on the pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.cases.rules import HelpKind
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.overview import yuan
from marketplace.overview.board_queries import numbers_of, rows_of
from marketplace.overview.boards import BOARDS, boards_of
from marketplace.overview.coverage import coverage_of
from tests.builders_cases import a_case, a_childs_case
from tests.builders_catalogue import a_budget_line, a_published_listing
from tests.builders_contracts import a_closed_month, a_contract_in_force, a_paid_milestone
from tests.cast import actor, office
from tests.pages import sign_in, words

pytestmark = pytest.mark.usefixtures("db")
JUNE = at_county_time(date(2026, 6, 15), 10)


@pytest.fixture
async def served(clock):
    """A contract of a town with April served, accepted and paid."""
    world = await a_contract_in_force()
    await a_paid_milestone(world)
    await clock.set(JUNE)
    return world


async def test_the_public_reads_the_state_and_no_number_of_few_residents(client, served):
    zhaozhen = await office("zhaozhen")
    found = await coverage_of(2026, JUNE.date())
    cell = found.cell(zhaozhen, "S01")
    assert cell.contracts == 1 and cell.minutes is None and cell.cover == "delivered"
    page = await client.get("/coverage?item=S01")
    assert page.status_code == 200
    assert "少于 5，不公布" in words(page.text) and served.reference in page.text
    sheet = (await client.get("/coverage/export/coverage.csv")).text
    assert len(sheet.splitlines()) == 1 + 3 * 12 and "少于 5，不公布" in sheet
    whole = words((await client.get("/coverage")).text)
    assert "S01 社会救助对象个案评估 0 1 不公布" in whole and "A03 社会救助业务培训 0 0 —" in whole
    assert (await client.get("/coverage?item=X99")).status_code == 404
    assert (await client.get("/coverage?year=20x6")).status_code == 404


async def test_enough_residents_are_told_with_their_hours(client, clock):
    world = await a_contract_in_force()
    close = await a_closed_month(world, days=(7, 8, 9, 10, 13))
    assert await fetchval("SELECT residents FROM month_close WHERE id = $1", close) == 5
    await clock.set(JUNE)
    cell = (await coverage_of(2026, JUNE.date())).cell(await office("zhaozhen"), "S01")
    assert (cell.minutes, cell.served) == (750, 5)
    assert "12:30" in words((await client.get("/coverage?item=S01")).text)
    assert (await client.get("/en/coverage")).status_code == 200


async def test_the_money_is_followed_from_the_year_to_the_payment(client, served):
    year = await client.get("/yuan?year=2026")
    assert "¥505,000.00" in year.text and "/yuan?year=2026&amp;item=S01" in year.text
    lines = await client.get("/yuan?year=2026&item=S01")
    line = lines.text.split("/yuan/JT-")[1].split('"')[0] if "/yuan/JT-" in lines.text else None
    reference = line and f"JT-{line}" or lines.text.split('href="/yuan/')[1].split('"')[0]
    page = await client.get(f"/yuan/{reference}")
    assert page.status_code == 200 and f"/contracts/{served.reference}/months" in page.text
    months = await client.get(f"/contracts/{served.reference}/months")
    assert "2026年4月" in months.text and "/payments/" in months.text and "少于 5，不公布" in words(months.text)
    payment = months.text.split('href="/payments/')[1].split('"')[0].partition("?")[0]
    assert (await client.get(f"/payments/{payment}")).status_code == 200
    sheet = await client.get("/yuan/export/budget.xlsx?year=2026")
    assert sheet.content[:2] == b"PK"


async def test_a_line_shows_a_page_of_its_contracts_and_purchases(client, clock, monkeypatch):
    now = await clock.now()
    line = await a_budget_line(now)
    old, new = [await a_published_listing(now + timedelta(minutes=m), line) for m in (0, 1)]
    monkeypatch.setattr(yuan, "LINE_ROWS_SHOWN", 1)
    monkeypatch.setattr(yuan, "_GOING_ON", yuan._GOING_ON.replace(" 50 + 1", " 1 + 1"))
    reference = await fetchval("SELECT reference FROM budget_line WHERE id = $1", line)
    first = (await client.get(f"/yuan/{reference}")).text
    assert new.reference in first and old.reference not in first and "下一页" not in first
    rest = (await client.get(f"/yuan/{reference}?after={new.reference}")).text
    assert old.reference in rest and f'href="/yuan/{reference}"' in rest
    for beyond in (f"after={old.reference}", "after=nothing", "page=2"):
        assert (await client.get(f"/yuan/{reference}?{beyond}")).status_code == 404


async def test_the_payments_of_a_month_add_up_to_its_sum(client, served):
    month = (await client.get("/yuan?year=2026")).text.split('href="/yuan/paid/')[1].split('"')[0]
    page = words((await client.get(f"/yuan/paid/{month}")).text)
    assert page.count("¥41,483.40") == 2  # the row and the sum
    assert (await client.get(f"/yuan/paid/{month}/payments.csv")).status_code == 200
    assert (await client.get("/yuan/paid/2026-13")).status_code == 404


@pytest.mark.parametrize("username", ["liu.fang", "zhao.lei", "chen.jing", "director.0016"])
async def test_each_number_of_a_board_is_that_of_the_rows_it_opens(served, username):
    reader = await actor("liu.fang", JUNE)
    if username.startswith("director"):
        reader = served.director
    elif username != "liu.fang":
        reader = await actor(username, JUNE)
    for board in boards_of(reader):
        numbers = await numbers_of(board, reader, 2026, JUNE.date())
        for number in board.numbers:
            rows = await rows_of(board, number, reader, 2026, JUNE.date())
            assert numbers[number.key]["rows"] == len(rows), number.key
            assert numbers[number.key]["sum"] == sum(row["value"] for row in rows), number.key
            assert number.day_label or not any(row["day"] for row in rows), f"{number.key}: a day that says nothing"


async def test_a_board_of_an_office_counts_its_own_and_nobody_reads_anothers(client, served):
    await sign_in(client, "director.0016")
    page = await client.get("/dashboard")
    assert page.status_code == 200 and "¥498,000.00" in page.text and re.search(r"\d+:\d\d 小时", words(page.text))
    rows = await client.get("/dashboard/provider/contracts")
    assert served.reference in rows.text and "服务到" in words(rows.text)
    assert "2026年4月1日" not in words((await client.get("/dashboard/provider/hours")).text), "a month is no day"
    assert (await client.get("/dashboard/finance")).status_code == 404
    assert (await client.get("/dashboard/provider/nothing")).status_code == 404
    sheet = await client.get("/dashboard/provider/export/contracts.csv")
    assert served.reference in sheet.text and "服务到" in sheet.text and sheet.headers["cache-control"] == "no-store"
    assert (await client.get("/dashboard/provider/export/board.xlsx")).content[:2] == b"PK"


async def test_a_childs_case_is_on_no_board(clock, served):
    assert {number.key for board in BOARDS for number in board.numbers} >= {"cases", "orders", "hours"}
    await a_case(JUNE, help_kind=HelpKind.SUBSISTENCE)
    await a_childs_case(JUNE)
    reader = await actor("liu.fang", JUNE)
    (board,) = boards_of(reader)
    numbers = await numbers_of(board, reader, 2026, JUNE.date())
    assert numbers["cases"]["rows"] == 1 and numbers["hours"]["sum"] > Decimal(0)
