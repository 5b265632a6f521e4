"""People say what is wrong about them; the keeper of the data answers within the days of R-CIV-06."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
import pytest

from marketplace.accounts.privacy.rules import ABOUT_LABELS, ANSWER_BY, KEEPERS, answer_by
from marketplace.accounts.privacy.work import waiting_for
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.rulebook import number
from tests.builders_vendors import PDF
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words

WISH = {
    "about": "account", "field": "姓名", "wrong": "写成了“罗洁”", "wanted": "罗杰",
}  # fmt: skip
FORM = "/my-data/correction"


async def wished(client: httpx.AsyncClient, **changed: str) -> Any:
    answer = await send(client, FORM, {**WISH, **changed}, files={"paper": ("身份证明.pdf", PDF, "application/pdf")})
    assert answer.status_code == 303, words(answer.text)
    return await fetchval("SELECT id FROM correction_request ORDER BY asked_at DESC LIMIT 1")


async def test_R_CIV_06_an_answer_is_due_within_the_days_of_the_rulebook(db: Any, clock: Any) -> None:
    now = await clock.now()
    assert number(ANSWER_BY, date(2026, 3, 2)) == 30 and answer_by(now) == date(2026, 4, 1)
    assert set(KEEPERS) == set(ABOUT_LABELS)


async def test_a_wish_goes_to_the_keeper_and_its_outcome_to_the_person(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    await sign_in(client, "luo.jie")
    assert "最迟 30 日内答复" in words((await client.get(FORM)).text)
    asked = await wished(client)
    mine = words((await client.get("/my-data")).text)
    assert "等待答复 姓名 写成了“罗洁”" in mine and "最迟 2026年4月1日" in mine and "R-CIV-06" in mine
    assert (await client.get(f"/data-requests/{asked}/paper")).content == PDF
    assert (await send(client, f"/data-requests/{asked}", {"decision": "corrected", "answer": "x"})).status_code == 403
    [item] = await waiting_for(await actor("admin", now), now)
    assert item.due == date(2026, 4, 1) and str(asked) in item.url
    await sign_in(client, "admin")
    assert "姓名" in words((await client.get("/data-requests")).text)
    assert "罗杰" in words((await client.get(f"/data-requests/{asked}")).text)
    answer = {"decision": "corrected", "answer": "姓名已改正"}
    assert (await send(client, f"/data-requests/{asked}", {"decision": "maybe", "answer": " "})).status_code == 422
    assert (await send(client, f"/data-requests/{asked}", answer)).status_code == 303
    assert (await send(client, f"/data-requests/{asked}", answer)).status_code == 409
    assert await waiting_for(await actor("admin", now), now) == []
    mails = await fetch("SELECT payload->>'body' AS body FROM outbox_message WHERE kind = 'mail'")
    assert any("姓名已改正" in mail["body"] for mail in mails)
    await sign_in(client, "luo.jie")
    assert "已更正 姓名" in words((await client.get("/my-data")).text)
    [held] = json.loads((await client.get("/my-data/export")).text)["requests"]
    assert (held["status"], held["answer"], held["answer_by"]) == ("corrected", "姓名已改正", "2026-04-01")
    acts = await fetchval("SELECT count(*) FROM audit_entry WHERE act LIKE 'person.correction_%'")
    assert acts == 2


async def test_R_CIV_06_a_refusal_says_why_and_where_to_go(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    asked = await wished(client, about="worker", field="证书编号")
    await sign_in(client, "liu.fang")
    path = f"/data-requests/{asked}"
    assert (await send(client, path, {"decision": "refused", "answer": ""})).status_code == 422
    assert (await send(client, path, {"decision": "refused", "answer": "和证书一致"})).status_code == 303
    await sign_in(client, "luo.jie")
    mine = words((await client.get("/my-data")).text)
    assert "没有更正" in mine and "和证书一致" in mine and "人民法院" in mine


@pytest.mark.parametrize(("about", "keeper", "stranger"), [
    ("account", "admin", "liu.fang"), ("provider", "liu.fang", "sun.yue"), ("worker", "liu.fang", "admin"),
    ("credit", "sun.yue", "liu.fang"), ("payment", "sun.yue", "admin"),
])  # fmt: skip
async def test_only_the_keeper_of_the_data_sees_a_wish(
    client: httpx.AsyncClient, clock: Any, about: str, keeper: str, stranger: str
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    asked = await wished(client, about=about)
    for username, status, listed in ((keeper, 200, True), (stranger, 404, False)):
        await sign_in(client, username)
        assert (await client.get(f"/data-requests/{asked}")).status_code == status
        assert (await client.get(f"/data-requests/{asked}/paper")).status_code == status
        assert (str(asked) in (await client.get("/data-requests")).text) is listed
    refused = await send(client, f"/data-requests/{asked}", {"decision": "corrected", "answer": "x"})
    assert refused.status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get("/data-requests")).status_code == 403
    assert (await client.get(f"/data-requests/{asked}/paper")).status_code == 404


async def test_every_missing_part_of_a_wish_is_named_and_the_rest_is_kept(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    bad = await send(client, FORM, {"about": "weather", "field": "", "wrong": "", "wanted": "罗杰"})
    text = words(bad.text)
    assert bad.status_code == 422 and "罗杰" in text
    for sentence in ("请从列出的选项里选一个", "请填写“哪一项”", "请填写“现在写的是什么，哪里不对”"):
        assert sentence in text
    virus = await send(client, FORM, WISH, files={"paper": ("a.pdf", b"MZ not a pdf")})
    assert virus.status_code == 422 and await fetchval("SELECT count(*) FROM correction_request") == 0
