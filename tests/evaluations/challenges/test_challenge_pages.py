"""The letter, the answer, the complaint and its decision, each on its page and by the right people."""

from __future__ import annotations

from datetime import timedelta

import httpx

from contracts.agreements.queries import contract_of_lot
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from marketplace.kernel.db import fetch, fetchval
from tests.builders_disputes import a_challenge, an_accepted_complaint, an_announced_award, an_answered_challenge
from tests.builders_evaluations import director
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

LETTER = {
    "stage": "result", "address": "金堂县赵镇十里大道 8 号", "postcode": "610400", "contact": "何理事",
    "phone": "028-84900000", "matter-1": "评审给分错误", "facts-1": "方案写明了应急预案",
    "law-1": "财政部令第87号第五十五条", "requests": "认定成交结果无效", "signed_name": "何理事",
}  # fmt: skip
ON = "/listings/{}/challenges"


async def test_R_DISP_02_every_missing_item_is_named_and_what_was_typed_is_kept(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_award(await clock.now())
    await clock.set(opened.now)
    await sign_in(client, "director.0032")
    path = ON.format(opened.listing.reference) + "/new"
    assert "质疑供应商基本信息" in words((await client.get(path)).text)
    empty = await send(client, path, {"stage": "result", "address": "赵镇 8 号"})
    assert empty.status_code == 422 and 'value="赵镇 8 号"' in empty.text
    said = words(empty.text)
    for item in ("（一）", "（三）", "（四）", "（五）", "（六）"):
        assert item in said, item
    assert "（二）质疑项目" not in said
    english = words((await send(client, f"/en{path}", {"stage": "result"})).text)
    assert "(4) The facts" in english and "事实依据" not in english


async def test_a_challenge_is_raised_answered_and_complained_about_on_pages(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_award(await clock.now())
    await clock.set(opened.now)
    listing = ON.format(opened.listing.reference)
    await sign_in(client, "director.0032")
    sent = await send(client, f"{listing}/new", {**LETTER, "lot": str(opened.lot)})
    assert sent.status_code == 303, words(sent.text)
    challenge = sent.headers["location"]
    assert "采购人在" in words((await client.get(challenge)).text)
    early = await client.get(f"{challenge}/complaint")  # says from when on, and offers nothing to fill in
    assert "到期没有答复以后，可以投诉" in words(early.text) and 'name="history"' not in early.text
    again = await send(client, f"{listing}/new", {**LETTER, "lot": str(opened.lot)})
    assert again.status_code == 409 and "R-DISP-02" in again.text
    await sign_in(client, "director.0016")
    assert (await client.get(challenge)).status_code == 404
    assert challenge not in (await client.get(listing)).text
    client.cookies.clear()
    assert challenge not in (await client.get(listing)).text
    contract = await contract_of_lot(opened.lot)
    assert contract is not None
    await sign_in(client, "director.0024")
    signing = words((await client.get(f"/contracts/{contract['reference']}/sign")).text)
    assert "还没有答复，暂停签订" in signing and "签订合同 先不签" not in signing
    await sign_in(client, "li.qiang")
    assert "结论和处理" in words((await client.get(f"{challenge}/answer")).text)
    bad = await send(client, f"{challenge}/answer", {"answer-1": "", "outcome": "not_upheld", "remedy": "continue"})
    assert bad.status_code == 422
    wrong = {"answer-1": "给分正确。", "outcome": "not_upheld", "remedy": "redo"}
    assert (await send(client, f"{challenge}/answer", wrong)).status_code == 409
    answer = {"answer-1": "给分正确。", "outcome": "not_upheld", "remedy": "continue"}
    assert (await send(client, f"{challenge}/answer", answer)).status_code == 303
    assert (await send(client, f"{challenge}/answer", answer)).status_code == 409
    await sign_in(client, "director.0016")
    assert "给分正确" in words((await client.get(challenge)).text)
    await sign_in(client, "director.0032")
    matter = await fetchval("SELECT id FROM challenge_matter")
    letter = {**LETTER, "history": "已质疑，不满意", "source-1": str(matter)}
    missing = await send(client, f"{challenge}/complaint", {**letter, "facts-1": "", "source-1": "x"})
    assert missing.status_code == 422 and "（四）事实依据" in words(missing.text)
    sent = await send(client, f"{challenge}/complaint", letter)
    assert sent.status_code == 303, words(sent.text)
    complaint = sent.headers["location"]
    client.cookies.clear()
    assert (await client.get(complaint)).status_code == 404
    await sign_in(client, "zhao.lei")
    ask = {"note": "缺少授权委托书", "correct_by": (opened.now + timedelta(days=6)).date().isoformat()}
    assert (await send(client, f"{complaint}/ask-correction", ask)).status_code == 303
    await sign_in(client, "director.0032")
    assert "缺少授权委托书" in words((await client.get(f"{complaint}/correction")).text)
    assert (await send(client, f"{complaint}/correction", letter)).status_code == 303
    await sign_in(client, "zhao.lei")
    assert (await send(client, f"{complaint}/accept")).status_code == 303
    early = {"outcome": "rejected", "remedy": "continue", "found": "给分正确。", "basis": "94号令第二十九条"}
    assert (await send(client, f"{complaint}/decide", early)).status_code == 409
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{complaint}/reply", {"words": "评审合法。"})).status_code == 303
    assert (await send(client, f"{complaint}/reply", {"words": "评审合法。"})).status_code == 409
    await sign_in(client, "zhao.lei")
    assert "评审合法" in words((await client.get(f"{complaint}/decide")).text)
    assert (await send(client, f"{complaint}/decide", {"outcome": "rejected"})).status_code == 422
    assert (await send(client, f"{complaint}/decide", early)).status_code == 303
    client.cookies.clear()
    for prefix, told in (("", "驳回投诉"), ("/en", "Complaint rejected")):
        public = words((await client.get(f"{prefix}{complaint}")).text)
        assert told in public and "评审合法" not in public and "028-84900000" not in public
        assert told in words((await client.get(f"{prefix}/complaints")).text)


async def test_wrong_people_find_closed_doors_and_closed_papers(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    await clock.set(opened.now)
    challenge = f"/challenges/{await a_challenge(opened, '云顶', opened.now)}"
    await sign_in(client, "luo.jie")
    assert (await client.get(challenge)).status_code == 404
    assert (await client.get(f"{challenge}/papers/challenge.docx")).status_code == 404
    await sign_in(client, "director.0016")
    assert (await send(client, f"{challenge}/withdraw")).status_code == 404
    await sign_in(client, "zhao.lei")
    refused = await send(client, f"{challenge}/answer", {})
    assert refused.status_code == 403 and "R-ROLE-02" in refused.text
    await sign_in(client, "director.0032")
    paper = await client.get(f"{challenge}/papers/challenge.docx")
    assert paper.status_code == 200 and paper.content[:2] == b"PK"
    # its own sender is no stranger; the buyer, to whom the letter shows the telephone whole, is noted for it
    looks = "SELECT count(*) FROM personal_data_look WHERE what = '联系电话'"
    assert await fetchval(looks) == 0
    await sign_in(client, "li.qiang")
    assert (await client.get(f"{challenge}/papers/challenge.docx")).status_code == 200 and await fetchval(looks) == 1
    await sign_in(client, "director.0032")
    assert "打开质疑函" in words((await client.get("/my-data")).text)
    assert (await client.get(f"{challenge}/papers/answer.docx")).status_code == 404
    assert (await send(client, f"{challenge}/withdraw")).status_code == 303
    assert (await send(client, f"{challenge}/withdraw")).status_code == 409
    held = await fetch("SELECT 1 FROM procurement_hold WHERE ended_at IS NULL")
    assert held == []


async def test_the_decision_is_a_paper_for_everybody(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    challenge = await an_answered_challenge(opened, "云顶", opened.now)
    now = opened.now + timedelta(days=2)
    complaint = await an_accepted_complaint(challenge, await director("云顶", now), now)
    await clock.set(now)
    path = f"/complaints/{complaint}/papers"
    assert (await client.get(f"{path}/decision.docx")).status_code == 404
    decision = Decision(Outcome.UPHELD, Remedy.NEXT_CANDIDATE, "评审给分错误。", "财政部令第94号第三十二条")
    await decide_complaint(complaint, decision, await actor("zhao.lei", now), now)
    made = await client.get(f"{path}/decision.docx")
    assert made.status_code == 200 and made.content[:2] == b"PK"
    assert (await client.get(f"{path}/complaint.docx")).status_code == 404
    award = await client.get(f"/listings/{opened.listing.reference}/award")
    assert award.status_code == 404
    story = words((await client.get(f"/listings/{opened.listing.reference}")).text)
    assert "投诉处理决定" in story and "成交结果无效" in story
