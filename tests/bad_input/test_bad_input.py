"""What people mistype, send twice or send too late, through the pages.

Each gets a sentence beside its field, all mistakes at once, and what was typed stays. Bids, drafts, registration and
visits have such tests beside their own pages; here stand those that go across rooms.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from tests.at_once import both
from tests.builders_catalogue import a_budget_line, a_draft
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, accept, closing_time
from tests.builders_vendors import PDF, a_provider
from tests.cast import enter_cast, office
from tests.catalogue.pages_of_n1 import basics
from tests.evaluations.performance.test_pages import PLAN
from tests.pages import credentials, send, sign_in, words

TOO_MANY_BYTES = 100 * 1024 * 1024
NEGATIVE, THREE_DECIMALS = "金额不能是负数", "金额最多两位小数"


async def allotment(**changed: Any) -> dict[str, Any]:
    """A form of the budget without mistakes."""
    return {
        "year": "2026", "item_code": "A02", "title": "淮口街道购买社会救助服务", "buyer": str(await office("huaikou")),
        "amount": "300,000.00", "source_document": "金财预〔2026〕77号", **changed,
    }  # fmt: skip


def beside(page: str, field: str) -> str:
    """What is said beside a field; the same words stand above, linked to it."""
    found = re.search(rf'id="field-{field}-error"[^>]*>(.*?)</p>', page, flags=re.S)
    assert found, f"nothing is said beside {field}: {words(page)[:600]}"
    assert f'href="#field-{field}"' in page
    return words(found[1])


@pytest.mark.parametrize(("typed", "said"), [("-5", NEGATIVE), ("100.005", THREE_DECIMALS), ("many", "请填数字")])
async def test_wrong_money_is_refused_beside_its_field_on_every_form_with_money(
    client: httpx.AsyncClient, clock: Any, typed: str, said: str
) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL) + timedelta(hours=1)
    await accept(world, 1, now)
    await clock.set(now)
    await sign_in(client, "zhao.lei")
    await _refuses(client, "/budget/new", await allotment(amount=typed), "amount", typed, said)
    await sign_in(client, "liu.fang")
    scheme = {"name": "补贴办法", "effective_from": "2026-01-01", "min_hours": "4", "amount_assistant": typed}
    await _refuses(client, "/subsidies/schemes/new", scheme, "amount_assistant", typed, said)
    await sign_in(client, "director.0016")
    invoice = {
        "number": "24512000000012345678", "amount": typed, "issued_on": "2026-05-05", "bank": "成都农商银行",
        "bank_account": "62284800001234567890",
    }  # fmt: skip
    await _refuses(client, f"/contracts/{world.reference}/milestones/1/invoice", invoice, "amount", typed, said)
    await sign_in(client, "wang.min")
    line = await fetchval("SELECT id FROM budget_line LIMIT 1")
    draft = basics(line, await office("zhaozhen"), budget=typed)
    await _refuses(client, "/listings/drafts/new", draft, "budget", typed, said)


async def _refuses(
    client: httpx.AsyncClient, path: str, form: dict[str, Any], field: str, typed: str, said: str
) -> None:
    for language in ("", "/en"):
        answer = await send(client, language + path, form)
        assert answer.status_code == 422, (path, words(answer.text)[:300])
        assert f'value="{typed}"' in answer.text
        sentence = beside(answer.text, field)
        if language:
            assert sentence and not re.search(r"[\u4e00-\u9fff]", sentence), sentence
        else:
            assert said in sentence


async def test_dates_that_have_passed_are_refused_beside_their_field(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now)
    await sign_in(client, "zhao.lei")
    answer = await send(client, "/budget/new", await allotment(year=str(now.year - 1)))
    assert answer.status_code == 422 and "已经过去" in beside(answer.text, "year")
    await sign_in(client, "wang.min")
    yesterday = county_day(now) - timedelta(days=1)
    version = await fetchval("SELECT version FROM listing")
    typed = {"closes_at": f"{yesterday}T14:00", "version": str(version)}
    answer = await send(client, f"/listings/drafts/{listing}/timetable", typed)
    assert answer.status_code == 422 and beside(answer.text, "closes_at")
    assert f'value="{yesterday}T14:00"' in answer.text


async def test_a_file_above_100_megabytes_is_refused_beside_its_field(client: httpx.AsyncClient, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    big = {"file": ("登记证书.pdf", b"%PDF-1.4" + b"0" * TOO_MANY_BYTES, "application/pdf")}
    answer = await send(client, "/my-organisation/papers", {"kind": "registration", "expires_on": "bald"}, files=big)
    assert answer.status_code == 422
    assert "文件太大" in beside(answer.text, "file")
    assert await fetchval("SELECT count(*) FROM provider_paper") == 0


@pytest.mark.parametrize(
    "content",
    [b"MZ\x90\x00 this is a program", b"<html><script>alert(1)</script></html>", b"PK\x03\x04 broken", b""],
)
async def test_content_that_is_not_its_extension_is_refused_beside_its_field(
    client: httpx.AsyncClient, clock: Any, content: bytes
) -> None:
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    wrong = {"file": ("登记证书.pdf", content, "application/pdf")}
    answer = await send(client, "/my-organisation/papers", {"kind": "registration"}, files=wrong)
    assert answer.status_code == 422 and beside(answer.text, "file")
    right = {"file": ("登记证书.pdf", PDF, "application/octet-stream")}
    assert (await send(client, "/my-organisation/papers", {"kind": "registration"}, files=right)).status_code == 303


async def test_going_back_and_sending_an_allotment_again_allots_once(client: httpx.AsyncClient, clock: Any) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "zhao.lei")
    first = await send(client, "/budget/new", await allotment())
    assert first.status_code == 303
    again = await send(client, "/budget/new", await allotment())
    assert again.status_code == 422
    assert first.headers["location"].rsplit("/", 1)[1] in beside(again.text, "source_document")
    assert 'value="淮口街道购买社会救助服务"' in again.text
    other = await send(client, "/budget/new", await allotment(title="淮口街道第二项服务"))
    assert other.status_code == 303
    assert await fetchval("SELECT count(*) FROM budget_line") == 3


async def test_two_tabs_that_allot_at_once_allot_once(committed: None, app: Any) -> None:
    await a_budget_line(at_county_time(date(2026, 3, 2), 9))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as client:
        await sign_in(client, "zhao.lei")
        year = str((await fetchval("SELECT county_now()")).year)
        answers = await both(*[send(client, "/budget/new", await allotment(year=year)) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert await fetchval("SELECT count(*) FROM budget_line") == 2


async def test_an_evaluation_planned_again_with_the_back_button_stands_once(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    await clock.set(closing_time(world, APRIL))
    await sign_in(client, "liu.fang")
    form = {
        **PLAN,
        "contract": str(world.contract), "evaluator": str(await office("evaluator")),
        "period_from": "2026-04-01", "period_to": "2026-04-30",
    }  # fmt: skip
    first = await send(client, "/evaluations/new", form)
    assert first.status_code == 303, words(first.text)
    again = await send(client, "/evaluations/new", form)
    assert again.status_code in (409, 422)
    assert first.headers["location"].rsplit("/", 1)[1].split("?")[0] in words(again.text)
    assert await fetchval("SELECT count(*) FROM evaluation") == 1


async def test_a_session_that_ends_mid_form_loses_nothing_typed(client: httpx.AsyncClient, clock: Any) -> None:
    """A long form with lists and marks: kept, offered again after signing in, and sent as it was."""
    line = await a_budget_line(await clock.now())
    await sign_in(client, "wang.min")
    typed = basics(line, await office("zhaozhen"), title='购买"社会救助"服务 <2027>')
    client.cookies.delete("sid")
    stopped = await send(client, "/listings/drafts/new", typed)
    assert stopped.status_code == 401 and "您刚才填写的内容还在" in words(stopped.text)
    kept = re.search(r'name="kept" value="([^"]+)"', stopped.text)
    assert kept
    back = await send(
        client,
        "/sign-in",
        {**await credentials("wang.min"), "kept": kept[1]},
    )
    assert back.status_code == 200
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', back.text))
    assert fields["title"] == "购买&#34;社会救助&#34;服务 &lt;2027&gt;"
    assert {name: fields[name] for name in typed if name != "title"} == {n: v for n, v in typed.items() if n != "title"}
    sent = await send(client, "/listings/drafts/new", typed)
    assert sent.status_code == 303
    assert await fetchval("SELECT title FROM listing") == typed["title"]


async def test_somebody_else_who_signs_in_does_not_get_the_interrupted_form(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "zhao.lei")
    client.cookies.delete("sid")
    stopped = await send(client, "/budget/new", await allotment())
    kept = re.search(r'name="kept" value="([^"]+)"', stopped.text)
    assert kept
    other = await send(
        client,
        "/sign-in",
        {**await credentials("zhou.lan"), "kept": kept[1]},
    )
    sent = await send(client, "/budget/new", await allotment())
    assert other.status_code in (200, 303) and sent.status_code == 403
    assert await fetchval("SELECT count(*) FROM budget_line") == 0
