"""Comments and tips: never shown unreviewed, answered in time, each office reads its own."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from marketplace.kernel.db import fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError
from marketplace.kernel.public_words import identifying
from marketplace.voices.rules import ANSWER, check_may_publish
from marketplace.voices.work import waiting_for
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words

COMMENT = {"kind": "comment", "office": "civil_affairs", "about": "赵镇", "words": "护理员每周只来一次。", "email": ""}


def test_R_VOICE_01_an_answer_is_due_within_fifteen_working_days():
    assert compute(ANSWER, date(2026, 3, 2)).date == date(2026, 3, 23)


def test_a_tip_is_never_published_and_a_comment_only_without_what_leads_to_a_person():
    with pytest.raises(DomainError):
        check_may_publish("tip", "有人围标。")
    for words_with in ("电话 13800138000", "写信到 a@b.cn", "510121 19900101 123X"):
        assert identifying(words_with)
        with pytest.raises(DomainError):
            check_may_publish("comment", words_with)
    check_may_publish("comment", "2026年3月以来每周只来一次。")


async def write(client, **changed):
    answer = await send(client, "/voices/new", {**COMMENT, **changed})
    assert answer.status_code == 303, words(answer.text)
    return re.search(r"/voices/([\w-]+)\?", answer.headers["location"])[1]


async def test_two_presses_of_one_sheet_send_it_once_and_a_new_text_on_it_is_not_lost(client, clock):
    await enter_cast(await clock.now())
    sheet = re.search(r'name="sheet" value="([^"]+)"', (await client.get("/voices/new")).text)[1]
    first = await write(client, sheet=sheet)
    assert await write(client, sheet=sheet) == first and await fetchval("SELECT count(*) FROM voice") == 1
    other = await write(client, sheet=sheet, words="第二件事。")
    assert other not in (first, await write(client, sheet="no number"))
    mended = [await write(client, sheet=sheet, email="me@example.org") for _ in range(2)]
    assert mended[0] == mended[1] != first and await fetchval("SELECT count(*) FROM voice") == 4


async def test_a_comment_is_public_only_as_it_was_reviewed_and_can_be_taken_back(client, clock):
    await enter_cast(await clock.now())
    reference = await write(client, words="护理员王某某每周只来一次。", email="me@example.org")
    assert "me@example.org" not in await fetchval("SELECT email FROM voice")
    own = await client.get(f"/voices/{reference}")
    assert "等待答复" in words(own.text) and "王某某" not in own.text
    assert "每周只来一次" not in (await client.get("/voices")).text

    await sign_in(client, "zhao.lei")
    assert (await client.get(f"/voices/desk/{reference}")).status_code == 404  # it went to civil affairs
    await sign_in(client, "liu.fang")
    place = f"/voices/desk/{reference}"
    assert "王某某" in (await client.get(place)).text
    bad = {"answer": "已经要求机构补足。", "is_public": "yes", "public_words": "打 13800138000 没人接"}
    page = await send(client, place, bad)
    assert page.status_code == 422 and "去掉姓名、住址、号码" in words(page.text)
    assert (await send(client, place, {**bad, "public_words": "护理员每周只来一次。"})).status_code == 303
    assert (await send(client, place, {**bad, "public_words": "再来"})).status_code == 409

    client.cookies.delete("sid")
    public = (await client.get("/voices")).text
    assert "护理员每周只来一次。" in public and "已经要求机构补足。" in public and "王某某" not in public
    assert "已经要求机构补足。" in (await client.get(f"/voices/{reference}")).text
    sent = await fetchval("SELECT payload->>'to' FROM outbox_message WHERE payload->>'body' LIKE '%补足%'")
    assert sent == "me@example.org"
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{place}/take-back", {})).status_code == 303
    assert "护理员每周只来一次。" not in (await client.get("/voices")).text


async def test_a_tip_is_among_the_days_work_of_its_office_and_nowhere_else(client, clock):
    now = await clock.now()
    await enter_cast(now)
    reference = await write(client, kind="tip", office="finance", words="两家公司是一个人开的。")
    (item,) = await waiting_for(await actor("zhao.lei", now), now)
    assert item.due == compute(ANSWER, now).date and reference in item.url
    assert await waiting_for(await actor("liu.fang", now), now) == []
    await sign_in(client, "zhao.lei")
    public = {"answer": "正在核查。", "is_public": "yes", "public_words": "围标"}
    await send(client, f"/voices/desk/{reference}", public)
    assert await fetchval("SELECT status FROM voice") == "received"
    await send(client, f"/voices/desk/{reference}", {"answer": "正在核查。"})
    client.cookies.delete("sid")
    assert "两家公司" not in (await client.get("/voices")).text
    found = await client.get(f"/voices?reference={reference.lower()}")
    assert found.headers["location"] == f"/voices/{reference}"
    assert (await client.get("/voices?reference=LY-1")).status_code == 422


async def test_an_empty_form_comes_back_with_words_for_each_field(client, clock):
    page = await send(client, "/voices/new", {"words": ""})
    assert page.status_code == 422 and page.text.count("govuk-error-message") == 3
    assert (await clock.now()) + timedelta(0)
