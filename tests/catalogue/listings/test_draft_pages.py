"""The draft's pages: the whole way by forms, strangers, mistakes, two windows, the back button."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from catalogue.listings import queries
from catalogue.listings.drafting_queries import section_of
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing, a_reviewed_listing, registered_openers
from tests.cast import actor, office
from tests.catalogue.pages_of_n1 import CRITERIA, LOTS, MILESTONES, basics
from tests.pages import send, sign_in, words


@pytest_asyncio.fixture
async def line(db: Any, clock: Any) -> Any:
    return await a_budget_line(await clock.now())


async def _draft(client: httpx.AsyncClient, line: Any, **changed: Any) -> str:
    await sign_in(client, "wang.min")
    answer = await send(client, "/listings/drafts/new", basics(line, await office("zhaozhen"), **changed))
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"]


async def _save(client: httpx.AsyncClient, draft: str, subject: str, typed: dict[str, Any]) -> httpx.Response:
    version = (await section_of(UUID(draft.rsplit("/", 1)[1]), subject))["version"]
    return await send(client, f"{draft}/{subject}", {**typed, "version": str(version)})


async def test_the_whole_way_from_draft_to_publication(client: httpx.AsyncClient, clock: Any, line: Any) -> None:
    await registered_openers(await clock.now())
    draft = await _draft(client, line)
    people = [str(person["id"]) for person in await queries.opener_candidates()]
    for subject, typed in {
        "lots": LOTS, "requirement": {"requirement": "入户率 100%"}, "qualification": {"qualification": "无"},
        "criteria": CRITERIA, "milestones": MILESTONES, "timetable": {"closes_at": "2026-03-13T14:00"},
        "openers": {"people": people[:2]},
    }.items():  # fmt: skip
        answer = await _save(client, draft, subject, typed)
        assert answer.status_code == 303, (subject, words(answer.text))
    assert "9 / 10" in words((await client.get(draft)).text)
    check = await client.get(f"{draft}/check")
    assert "没有发现需要修改的地方" in words(check.text)
    assert (await send(client, f"{draft}/check")).status_code == 303
    refused = await send(client, f"{draft}/publish")
    assert refused.status_code == 403 and "R-ROLE-03" in refused.text and "另一位同事" in words(refused.text)
    await sign_in(client, "li.qiang")
    assert "复核通过并发布" in words((await client.get(f"{draft}/check")).text)
    unfiled = await send(client, f"{draft}/publish")
    assert unfiled.status_code == 422 and "还没有报财政备案" in words(unfiled.text) and "R-PLAN-01" in unfiled.text
    plan = {"quantity": "1 项", "organisation_form": "self", "begins_on": "2026-03-02", "pricing": "fixed_total"}
    plan |= {"policy": "价格扣除 10%", "acceptance": "按月验收", "risks": "无"}
    assert (await send(client, f"{draft}/plan", plan)).status_code == 303
    published = await send(client, f"{draft}/publish")
    assert published.status_code == 303
    shown = await client.get(published.headers["location"])
    assert (
        shown.status_code == 200 and "¥505,000.00" in shown.text and "2026年3月13日（周五）14:00" in words(shown.text)
    )
    again = await send(client, f"{draft}/publish")
    assert again.status_code == 409
    assert (await client.get("/en" + published.headers["location"])).status_code == 200
    asked = await client.get("/listings?q=社会救助")
    assert asked.status_code == 303 and asked.headers["location"].startswith("/search?kind=listing&q=")


async def test_the_right_people_see_a_draft_and_strangers_find_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    draft = f"/listings/drafts/{await a_reviewed_listing(await clock.now())}"
    for username, status in {
        "wang.min": 200,
        "li.qiang": 200,
        "zhao.lei": 200,
        "ma.chao": 200,
        "zhou.lan": 403,
    }.items():
        await sign_in(client, username)
        for page in ("", "/check", "/basics", "/lots", "/criteria", "/milestones", "/timetable", "/openers"):
            assert (await client.get(draft + page)).status_code == status, (username, page)
    reference = await fetchval("SELECT reference FROM listing")
    assert (await client.get(f"/listings/{reference}")).status_code == 404


async def test_another_buyer_finds_no_draft_of_ours(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/drafts/{listing}")).status_code == 404
    assert (await send(client, f"/listings/drafts/{listing}/publish")).status_code == 404


async def test_finance_is_kept_from_publishing_with_the_rule(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_reviewed_listing(await clock.now())
    await sign_in(client, "zhao.lei")
    refused = await send(client, f"/listings/drafts/{listing}/publish")
    assert refused.status_code == 403 and "R-ROLE-02" in refused.text


async def test_every_mistake_of_the_basics_is_said_at_once_and_values_stay(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    await sign_in(client, "wang.min")
    typed = {"budget_line": str(line), "title": "我的项目", "method": "inquiry", "budget": "-5", "ceiling": "1.005"}
    typed |= {"service_from": "2026-02-31", "service_to": "明年"}
    answer = await send(client, "/listings/drafts/new", typed)
    said = words(answer.text)
    assert answer.status_code == 422
    for sentence in ("金额不能是负数", "金额最多两位小数", "请从列出的选项里选一个", "样子填日期"):
        assert sentence in said
    assert 'value="我的项目"' in answer.text and 'value="-5"' in answer.text and 'value="1.005"' in answer.text


async def test_past_dates_and_too_much_money_are_refused_by_the_rules(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    await sign_in(client, "wang.min")
    typed = basics(line, await office("zhaozhen"), budget="9000000", ceiling="9000001", service_from="2025-01-01")
    answer = await send(client, "/listings/drafts/new", {**typed, "service_to": "2029-12-31"})
    said = words(answer.text)
    assert answer.status_code == 422
    for sentence in (
        "超过了这条预算的可用额度",
        "最高限价不能高于预算",
        "服务开始日已经过去",
        "最长 36 个月",
        "应当公开招标",
    ):
        assert sentence in said, sentence


async def test_weights_that_are_not_100_are_refused_beside_the_field(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    draft = await _draft(client, line)
    answer = await _save(client, draft, "criteria", {**CRITERIA, "price_weight": "40", "small_micro_deduction": "7"})
    assert answer.status_code == 422
    assert "应当正好是 100 分" in answer.text and "10% 到 20%" in words(answer.text)
    assert 'id="field-price_weight-error"' in answer.text and 'value="40"' in answer.text
    assert await fetchval("SELECT count(*) FROM criterion") == 0


async def test_milestones_that_are_not_100_percent_are_refused(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    draft = await _draft(client, line)
    typed = {
        **MILESTONES,
        "milestones-1-share": "49.99",
        "milestones-0-due_on": "2026-06-30",
        "milestones-1-evidence": "",
    }
    answer = await _save(client, draft, "milestones", typed)
    assert answer.status_code == 422
    for sentence in ("合计 99.99%", "早于服务开始日", "请写明凭什么付款"):
        assert sentence in words(answer.text), sentence
    assert 'value="49.99"' in answer.text


async def test_a_mistake_in_a_later_row_stands_beside_that_row(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    draft = await _draft(client, line)
    moved = {key.replace("milestones-1-", "milestones-4-"): value for key, value in MILESTONES.items()}
    answer = await _save(client, draft, "milestones", {**moved, "milestones-4-due_on": "2026-01-01"})
    assert 'id="field-milestones-4-due_on-error"' in answer.text


async def test_a_closing_time_in_the_past_or_too_soon_is_refused(
    client: httpx.AsyncClient, clock: Any, line: Any
) -> None:
    draft = await _draft(client, line)
    past = await _save(client, draft, "timetable", {"closes_at": "2026-03-01T14:00"})
    assert past.status_code == 422 and "截止时间已经过去" in past.text and "2026-03-01T14:00" in past.text
    soon = await _save(client, draft, "timetable", {"closes_at": "2026-03-11T23:59"})
    assert soon.status_code == 422 and "2026年3月12日" in words(soon.text)
    assert (await _save(client, draft, "timetable", {"closes_at": "2026-03-12T09:00"})).status_code == 303


async def test_two_windows_keep_what_the_slower_one_typed(client: httpx.AsyncClient, clock: Any, line: Any) -> None:
    draft = await _draft(client, line)
    assert (await _save(client, draft, "requirement", {"requirement": "第一个窗口"})).status_code == 303
    slower = await send(client, f"{draft}/requirement", {"requirement": "第二个窗口", "version": "1"})
    assert slower.status_code == 409 and "刚才有人改过" in slower.text and "第二个窗口" in slower.text
    assert "王敏" in slower.text and "第一个窗口" in words(slower.text)
    assert await fetchval("SELECT requirement FROM listing") == "第一个窗口"
    assert (await _save(client, draft, "requirement", {"requirement": "第二个窗口"})).status_code == 303


async def test_going_back_after_submitting_changes_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_reviewed_listing(await clock.now())
    await sign_in(client, "wang.min")
    late = await send(client, f"/listings/drafts/{listing}/requirement", {"requirement": "偷偷改", "version": "1"})
    assert late.status_code == 409 and "已经提交复核" in words(late.text)
    assert "偷偷改" not in await fetchval("SELECT requirement FROM listing")
    assert (await send(client, f"/listings/drafts/{listing}/check")).status_code == 409


async def test_a_return_needs_its_reason(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_reviewed_listing(await clock.now())
    await sign_in(client, "li.qiang")
    empty = await send(client, f"/listings/drafts/{listing}/return", {"reason": " "})
    assert empty.status_code == 422 and "退回理由" in empty.text
    assert (await send(client, f"/listings/drafts/{listing}/return", {"reason": "请补充"})).status_code == 303
    assert (await send(client, f"/listings/drafts/{listing}/return", {"reason": "请补充"})).status_code == 409
    await sign_in(client, "wang.min")
    assert "请补充" in words((await client.get(f"/listings/drafts/{listing}")).text)


async def test_monthly_payments_fill_themselves_in(client: httpx.AsyncClient, clock: Any, line: Any) -> None:
    draft = await _draft(client, line)
    filled = await client.get(f"{draft}/milestones?monthly=1")
    assert 'value="2027年12月"' in filled.text and filled.text.count('value="8.33"') == 8
    assert await fetchval("SELECT count(*) FROM payment_milestone") == 0


async def test_a_published_listing_is_not_dropped_like_a_draft(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    path = f"/listings/drafts/{published.id}/cancel"
    for answer in (await client.get(path), await send(client, path, {"reason": "预算调整"})):
        assert answer.headers["location"] == f"/listings/{published.reference}/cancel"
    assert await fetchval("SELECT status FROM listing WHERE id = $1", published.id) == "published"


async def test_the_listing_says_closed_at_the_deadline_itself(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    assert "正在接受投标" in words((await client.get(f"/listings/{published.reference}")).text)
    await clock.set(published.closes_at)
    assert "投标已经截止" in words((await client.get(f"/listings/{published.reference}")).text)
    assert "已截止" in words((await client.get("/listings?status=closed")).text)
    assert "没有符合条件" in words((await client.get("/listings?status=published")).text)


async def test_an_opener_of_the_listing_does_not_publish_it(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    reviewer = await actor("li.qiang", now)
    await fetchval("UPDATE listing_opener SET person = $1 WHERE id = (SELECT min(id::text)::uuid FROM listing_opener) RETURNING id", reviewer.person_id)  # fmt: skip  # noqa: E501
    await sign_in(client, "li.qiang")
    assert (await send(client, f"/listings/drafts/{listing}/publish")).status_code == 403
