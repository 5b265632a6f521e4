"""投诉处理结果公告, form 11 of 2020: published with the decision, without the people of the letters (R-PUB-02)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.notices.complaint_notice import without_persons
from catalogue.notices.content import from_canonical
from catalogue.notices.queries import latest_paper
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from marketplace.gateways.files import FolderStore
from marketplace.kernel.db import fetch
from marketplace.site import notice_jobs
from marketplace.site.notice_sources import CALL_NOTICES, UNPRESSED
from tests.builders_disputes import SENDER, an_accepted_complaint, an_announced_award, an_answered_challenge
from tests.builders_evaluations import Opened, director
from tests.cast import actor
from tests.pages import send, sign_in, words
from tests.papers import needs_press, pdf_words

Client = httpx.AsyncClient
FOUND = "经调取评审记录，何理事（电话 13800001234，邮箱 he@example.org）所称的漏评不存在。"
BASIS = "依据财政部令第94号第二十九条第二项，投诉事项缺乏事实依据，驳回投诉。"


async def a_decided_complaint(clock: Any) -> tuple[Opened, str]:
    opened = await an_announced_award(await clock.now())
    asked = opened.now + timedelta(days=1)
    await clock.set(asked)
    challenge = await an_answered_challenge(opened, "和风", asked)
    raised = asked + timedelta(days=2)
    await clock.set(raised)
    number = await an_accepted_complaint(challenge, await director("和风", raised), raised)
    decided = raised + timedelta(days=2)
    await clock.set(decided)
    new = Decision(Outcome.REJECTED, Remedy.CONTINUE, FOUND, BASIS)
    await decide_complaint(number, new, await actor("zhao.lei", decided), decided)
    return opened, number


def path_of(opened: Opened, number: str) -> str:
    return f"/listings/{opened.listing.reference}/notices/complaint-{number}"


async def test_R_PUB_02_R_DISP_07_the_notice_stands_from_the_decision_on_in_its_six_parts(
    client: Client, clock: Any
) -> None:
    opened, number = await a_decided_complaint(clock)
    said = words((await client.get(path_of(opened, number))).text)
    parts = ("项目编号", "项目名称", "相关当事人", "基本情况", "处理依据及结果", "其他补充事宜")
    assert [part for part in parts if part not in said] == []
    assert "投诉处理结果公告" in said and "第 11 种" in said and number in said
    assert "投诉人 金堂县和风社会工作服务中心" in said and "被投诉人" in said and "相关供应商" in said
    assert "评审时没有按公告的标准给分" in said and "驳回投诉" in said and "金堂县财政局" in said
    assert f"/complaints/{number}" in said
    listed = words((await client.get(f"/listings/{opened.listing.reference}/notices")).text)
    assert f"投诉处理结果公告 {number}" in listed
    assert path_of(opened, number) in (await client.get(f"/complaints/{number}")).text


async def test_R_DISP_07_no_person_no_telephone_and_no_mail_address_is_in_it(client: Client, clock: Any) -> None:
    opened, number = await a_decided_complaint(clock)
    for prefix in ("", "/en"):
        said = (await client.get(prefix + path_of(opened, number))).text
        for private in (SENDER.contact, SENDER.phone, SENDER.address, "13800001234", "he@example.org"):
            assert private not in said, (prefix, private)
    assert "何某（电话 （略），邮箱 （略））" in words((await client.get(path_of(opened, number))).text)
    told = (await client.get(f"/api{path_of(opened, number)}")).json()
    assert told["form_2020"] == 11 and SENDER.contact not in str(told) and SENDER.phone not in str(told)


async def test_the_notice_stands_in_english_with_the_words_as_they_were_written(client: Client, clock: Any) -> None:
    opened, number = await a_decided_complaint(clock)
    said = words((await client.get("/en" + path_of(opened, number))).text)
    for part in ("Parties", "Basis and decision", "Other provider concerned", "The Chinese text prevails", BASIS):
        assert part in said


async def test_before_the_decision_there_is_no_notice(client: Client, clock: Any) -> None:
    opened = await an_announced_award(await clock.now())
    asked = opened.now + timedelta(days=1)
    await clock.set(asked)
    challenge = await an_answered_challenge(opened, "和风", asked)
    await clock.set(asked + timedelta(days=2))
    who = await director("和风", asked)
    number = await an_accepted_complaint(challenge, who, asked + timedelta(days=2))
    for slug in (f"complaint-{number}", "complaint", "complaint-TS-2026-9999", "complaint-'"):
        assert (await client.get(f"/listings/{opened.listing.reference}/notices/{slug}")).status_code == 404


@needs_press
async def test_the_worker_presses_the_notice_and_its_hash_is_kept(client: Client, clock: Any, settings: Any) -> None:
    opened, number = await a_decided_complaint(clock)
    now = await clock.now()
    reference, slug = opened.listing.reference, f"complaint-{number}"
    due = await fetch(UNPRESSED, now - timedelta(days=1), 50, "application/pdf", None, *CALL_NOTICES)
    assert slug in {row["slug"] for row in due}
    shop = notice_jobs._shop()
    await notice_jobs.publish_notice_pdf(reference, slug, shop, "https://example.org", (None, now))
    kept = await latest_paper(reference, slug)
    assert kept is not None and kept["version"] == 1
    store = FolderStore(settings.documents_folder)
    content, pdf = await store.get(kept["content_key"]), await store.get(kept["storage_key"])
    assert hashlib.sha256(content).hexdigest() == kept["content_sha256"]
    assert hashlib.sha256(pdf).hexdigest() == kept["sha256"]
    said = pdf_words(pdf)
    assert "投诉处理结果公告" in said and "13800001234" not in said and SENDER.contact not in said
    assert from_canonical(content).kind == "complaint"
    page = (await client.get(path_of(opened, number))).text
    assert kept["sha256"] in page and kept["content_sha256"] in page
    # the award it is about may fall afterwards; what was announced stays as it was
    await notice_jobs.publish_notice_pdf(reference, slug, shop, "https://example.org", (None, now))
    again = await latest_paper(reference, slug)
    assert again is not None and again["version"] == 1


@needs_press
async def test_R_ROLE_02_finance_presses_its_notice_and_nobody_else_does(client: Client, clock: Any) -> None:
    opened, number = await a_decided_complaint(clock)
    path = f"{path_of(opened, number)}/pdf"
    await sign_in(client, "li.qiang")
    refused = await send(client, path)
    assert refused.status_code == 403 and "投诉处理结果由财政部门公告" in words(refused.text)
    await sign_in(client, "zhao.lei")
    assert (await send(client, path)).status_code == 303
    other = await send(client, f"/listings/{opened.listing.reference}/notices/consultation/pdf")
    assert other.status_code == 403 and "采购人本单位" in words(other.text)


async def test_R_PUB_01_finance_sends_its_notice_to_the_platform_and_the_unit_its_own(
    client: Client, clock: Any
) -> None:
    opened, number = await a_decided_complaint(clock)
    base = f"/listings/{opened.listing.reference}/platform"
    await sign_in(client, "wang.min")
    refused = await send(client, f"{base}/complaint-{number}")
    assert refused.status_code == 403 and "投诉处理结果由财政部门公告" in words(refused.text)
    assert (await client.get(base)).text.count(f'action="{base}/complaint-') == 0
    await sign_in(client, "zhao.lei")
    assert (await send(client, f"{base}/consultation")).status_code == 403
    page = (await client.get(base)).text
    assert page.count(f'action="{base}/') == 1 and f"{base}/complaint-{number}" in page
    sent = await send(client, f"{base}/complaint-{number}")
    assert sent.status_code == 303, words(sent.text)
    export = sent.headers["location"]
    values = (await client.get(f"{export}/notice.json")).json()
    assert values["公告类型"] == "投诉处理结果公告" and "驳回投诉" in values["公告正文"]
    assert SENDER.contact not in values["公告正文"] and "13800001234" not in values["公告正文"]
    answer = {"platform_number": "N51", "platform_published_on": "2026-04-20", "platform_link": ""}
    await sign_in(client, "wang.min")
    assert (await send(client, export, answer)).status_code == 403
    await sign_in(client, "zhao.lei")
    assert (await send(client, export, answer)).status_code == 303


@pytest.mark.parametrize(
    ("words_", "expected"),
    [
        ("何理事称，何理事没有收到。", "何某称，何某没有收到。"),
        ("身份证 510121198001011234、51012119800101123X", "身份证 （略）、（略）"),
        ("028-84900000 或 02884900000", "（略） 或 （略）"),
        ("a.b+c@mail.example.cn", "（略）"),
        ("138 0000 1234，138-0000-1234，１３８００００１２３４", "（略），（略），（略）"),
        ("（028）84900000，邮箱he@example.org", "（略），邮箱（略）"),
        ("JT-2026-0001 和 TS-2026-0001，金额 505000.00 元", "JT-2026-0001 和 TS-2026-0001，金额 505000.00 元"),
        ("统一社会信用代码 52510121MJX0000016", "统一社会信用代码 52510121MJX0000016"),
        ("和风中心，联系和风", "和风中心，联系和风"),
        ("Ho Wang said", "（略） said"),
        ("", ""),
    ],
)
def test_people_keep_their_surname_and_numbers_are_left_out(words_: str, expected: str) -> None:
    assert without_persons(words_, ["何理事", "和风", "Ho Wang", "", "王"], ["和风中心"]) == expected


@given(st.text(max_size=80), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_no_mobile_number_survives(around: str, number: str) -> None:
    assert number not in without_persons(f"{around} {number} {around}", [])
