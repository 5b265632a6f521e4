"""Providers ask, the buyer answers in time, everybody reads, and nobody learns who asked."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue import work
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import cancel_listing
from catalogue.questions.rules import names_the_asker
from catalogue.questions.services import NewAnswer, NewQuestion, answer_question, ask_question
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider
from tests.cast import actor
from tests.pages import send, sign_in, words

ASKER = "金堂县和美社会工作服务中心"
QUESTION = "入户调查是否包括外出务工家庭？"
ANSWER = "包括。外出务工家庭用视频核实，仍须有六要素记录。"


async def asked(clock: Any, **changed: Any) -> tuple[Published, AProvider, Any]:
    """A published listing with one waiting question."""
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now, name=ASKER)
    question = await ask_question(listing.reference, NewQuestion(QUESTION, **changed), provider.actor, now)
    return listing, provider, question


async def mails() -> list[dict[str, str]]:
    return [json.loads(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]


@pytest.mark.parametrize(
    "text",
    [
        "我们金堂县 和美社会工作服务中心想问", "请回电 13800138000", "联系 028-84932000", "a@b.example",
        "91510121MA6CXYAB1D",
    ],  # fmt: skip
)
def test_words_that_give_the_asker_away_are_found(text: str) -> None:
    assert names_the_asker(text, [ASKER])


def test_ordinary_questions_give_nobody_away() -> None:
    assert not names_the_asker("第 3 条要求 505000.00 元、12 个月，是否可以按 2026-03-02 起算？", [ASKER, ""])


async def test_r_time_22_the_answer_is_due_after_three_working_days_and_on_my_work_today(clock: Any) -> None:
    _, _, question = await asked(clock)
    now = await clock.now()
    item = next(i for i in await work.waiting_for(await actor("wang.min", now), now) if i.clause == "R-TIME-22")
    assert item.due == compute("R-TIME-22", now).date and str(question) in item.url
    assert ASKER not in f"{item.what}{item.who_asks}{item.url}" and "和美" not in str(item.what)
    other_office = await work.waiting_for(await actor("liu.fang", now), now)
    assert not [i for i in other_office if i.clause == "R-TIME-22"]


async def test_r_ask_01_questions_come_at_any_time_even_after_the_end(clock: Any) -> None:
    listing, provider, _ = await asked(clock)
    now = await clock.now()
    await cancel_listing(listing.id, "重大变故，采购任务取消", await actor("li.qiang", now), now)
    late = listing.closes_at + timedelta(days=30)
    assert await ask_question(listing.reference, NewQuestion("以后还会采购吗？"), provider.actor, late)


async def test_a_change_is_asked_for_before_the_clarification_date_and_not_on_it(clock: Any) -> None:
    listing, provider, _ = await asked(clock)
    until = (await listing_by_id(listing.id))["questions_until"]
    with pytest.raises(FormRefused) as refused:
        await ask_question(listing.reference, NewQuestion("请放宽人员要求", True), provider.actor, until)
    assert set(refused.value.errors) == {"wants_change"}
    in_time = until - timedelta(minutes=1)
    assert await ask_question(listing.reference, NewQuestion("请放宽人员要求", True), provider.actor, in_time)


async def test_a_question_that_names_its_asker_comes_back(clock: Any) -> None:
    listing, provider, _ = await asked(clock)
    with pytest.raises(FormRefused):
        await ask_question(listing.reference, NewQuestion(f"{ASKER}想问", False), provider.actor, await clock.now())


async def test_an_answer_goes_to_all_without_the_asker_and_by_mail_to_those_who_follow(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing, provider, question = await asked(clock)
    await sign_in(client, "luo.jie")
    await send(client, f"/listings/{listing.reference}/follow")
    now = await clock.now()
    number = await answer_question(
        listing.reference, question, NewAnswer(QUESTION, ANSWER), await actor("wang.min", now), now
    )
    client.cookies.delete("sid")
    for path in (f"/listings/{listing.reference}", f"/en/listings/{listing.reference}/questions"):
        page = (await client.get(path)).text
        assert number == 1 and QUESTION in page and ANSWER in page
        assert ASKER not in page and provider.reference not in page
    told = await mails()
    assert any("您的询问已答复" in m["subject"] and m["to"] == "hemei@provider.example" for m in told)
    follower = await fetchval("SELECT email FROM person WHERE username = 'luo.jie'")
    assert any("答复已公布" in m["subject"] and m["to"] == follower for m in told)
    assert not [m for m in told if ASKER in m["subject"] + m["body"]]
    with pytest.raises(Conflict):
        await answer_question(
            listing.reference, question, NewAnswer(QUESTION, "再答"), await actor("wang.min", now), now
        )


async def test_r_doc_08_neither_handler_nor_finance_nor_auditor_learns_who_asked_before_the_deadline(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing, provider, question = await asked(clock)
    paths = [
        f"/listings/{listing.reference}", f"/listings/{listing.reference}/questions", "/work",
        f"/listings/{listing.reference}/questions/{question}/answer",
    ]  # fmt: skip
    await a_provider(await clock.now(), name="金堂县邻里服务中心", username="linli", person_name="林立")
    for username in ("wang.min", "li.qiang", "zhao.lei", "ma.chao", "admin", "linli"):
        await sign_in(client, username)
        for path in paths:
            page = (await client.get(path)).text
            assert ASKER not in page and provider.actor.name not in words(page), (username, path)
    seen = await list_entries(1, await clock.now(), ("question", str(question)))
    assert seen.total == 0
    after = await list_entries(1, listing.closes_at, ("question", str(question)))
    assert [line.content.act for line in after.lines] == ["question.asked"]


async def test_asking_page_right_person_mistakes_and_own_list(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    await a_provider(await clock.now())
    await a_provider(await clock.now(), name="金堂县邻里服务中心", username="linli", person_name="林立")
    path = f"/listings/{listing.reference}/questions/new"
    await sign_in(client, "hemei")
    assert (await client.get(path)).status_code == 200
    bad = await send(client, path, {"asked": "请电 13800138000", "wants_change": "yes"})
    assert bad.status_code == 422 and "13800138000" in bad.text and "删去这些内容" in words(bad.text)
    assert (await send(client, path, {"asked": ""})).status_code == 422
    assert (await send(client, path, {"asked": QUESTION})).status_code == 303
    assert QUESTION in (await client.get(f"/listings/{listing.reference}/questions")).text
    await sign_in(client, "linli")
    assert QUESTION not in (await client.get(f"/listings/{listing.reference}/questions")).text
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403
    assert (await client.get("/listings/JT-2026-9999/questions/new")).status_code == 403
    await sign_in(client, "linli")
    assert (await client.get("/listings/JT-2026-9999/questions/new")).status_code == 404


async def test_answering_page_right_person_stranger_mistakes_and_twice(client: httpx.AsyncClient, clock: Any) -> None:
    listing, _, question = await asked(clock)
    path = f"/listings/{listing.reference}/questions/{question}/answer"
    await sign_in(client, "wang.min")
    assert QUESTION in (await client.get(path)).text
    bad = await send(client, path, {"published_question": QUESTION, "answer": ""})
    assert bad.status_code == 422 and QUESTION in bad.text
    good = {"published_question": QUESTION, "answer": ANSWER}
    assert (await send(client, path, good)).status_code == 303
    assert (await send(client, path, good)).status_code == 409
    assert "第 1 问" in words((await client.get(path)).text)
    await sign_in(client, "hemei")
    assert (await client.get(path)).status_code == 403
    other = await a_published_listing(await clock.now())
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/{other.reference}/questions/{question}/answer")).status_code == 404


async def test_another_office_does_not_answer(clock: Any) -> None:
    listing, provider, question = await asked(clock)
    now = await clock.now()
    with pytest.raises(Forbidden):
        await answer_question(
            listing.reference, question, NewAnswer(QUESTION, ANSWER), await actor("zhao.lei", now), now
        )
    with pytest.raises(NotFound):
        await ask_question("JT-2026-9999", NewQuestion(QUESTION), provider.actor, now)
