"""Two disputes as the people live them, page by page: an open tender whose result falls before its contract is signed
and goes to the next candidate, and a consultation whose document has to be redone."""

from __future__ import annotations

from datetime import timedelta

import httpx

from contracts.agreements.queries import contract_of_lot
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_provider
from tests.builders_evaluations import BIDDERS, director
from tests.conftest import TestClock
from tests.journeys.tender_pages import People, an_announced_tender
from tests.pages import send, sign_in, words

LOSER, WINNER = "director.0032", "director.0024"
LETTER = {
    "address": "金堂县赵镇十里大道 8 号", "postcode": "610400", "contact": "何理事", "phone": "028-84900000",
    "matter-1": "损害本单位的权益", "facts-1": "见所附材料", "law-1": "财政部令第94号第十二条", "requests": "依法处理",
    "signed_name": "何理事",
}  # fmt: skip


async def press(client: httpx.AsyncClient, path: str, typed: dict[str, str] | None = None) -> str:
    """Send a form that has to succeed; gives the page it leads to."""
    answer = await send(client, path, typed)
    assert answer.status_code == 303, (path, answer.status_code, words(answer.text)[:600])
    return str(answer.headers["location"])


async def complain(client: httpx.AsyncClient, reference: str, about: dict[str, str]) -> str:
    """A challenge answered as unfounded, and the complaint that finance accepts and the buyer replies to."""
    await sign_in(client, LOSER)
    challenge = await press(client, f"/listings/{reference}/challenges/new", {**LETTER, **about})
    await sign_in(client, "li.qiang")
    answer = {"answer-1": "没有发现问题。", "outcome": "not_upheld", "remedy": "continue"}
    await press(client, f"{challenge}/answer", answer)
    await sign_in(client, LOSER)
    matter = await fetchval("SELECT id FROM challenge_matter")
    letter = {**LETTER, "history": "已质疑，对答复不满意", "source-1": str(matter)}
    complaint = await press(client, f"{challenge}/complaint", letter)
    await sign_in(client, "zhao.lei")
    await press(client, f"{complaint}/accept")
    await sign_in(client, "li.qiang")
    await press(client, f"{complaint}/reply", {"words": "评审依法进行。"})
    return complaint


async def test_a_tenders_result_upheld_against_before_signing_falls_and_the_next_candidate_signs(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_announced_tender(People(client), clock)
    reference, award = opened.listing.reference, f"/listings/{opened.listing.reference}/award"
    first = await contract_of_lot(opened.lot)
    assert first is not None
    complaint = await complain(client, reference, {"stage": "result", "lot": str(opened.lot)})
    await sign_in(client, "zhao.lei")
    decision = {"outcome": "upheld", "found": "评审给分错误。", "basis": "财政部令第94号第三十二条"}
    redo = await send(client, f"{complaint}/decide", {**decision, "remedy": "redo"})
    assert redo.status_code == 409 and "R-DISP-04" in redo.text, "enough are left, so the law gives the next candidate"
    await press(client, f"{complaint}/decide", {**decision, "remedy": "next_candidate"})
    await sign_in(client, WINNER)
    fallen = f"/contracts/{first['reference']}"
    assert "合同已撤销" in words((await client.get(fallen)).text)
    assert (await send(client, f"{fallen}/sign", {"typed_name": "何理事", "agree": "yes"})).status_code == 409
    await sign_in(client, "li.qiang")
    assert award in (await client.get("/work")).text
    await press(client, award, {"lot": str(opened.lot)})
    await press(client, f"{award}/publish")
    second = await contract_of_lot(opened.lot)
    assert second is not None
    contract = f"/contracts/{second['reference']}"
    await press(client, f"{contract}/sign", {"typed_name": "李强", "agree": "yes"})
    await sign_in(client, LOSER)
    assert "已被确定为中标供应商" in words((await client.get(f"/listings/{reference}/debrief")).text)
    await press(client, f"{contract}/sign", {"typed_name": "何理事", "agree": "yes"})
    client.cookies.clear()
    told = words((await client.get(award)).text)
    assert "金堂县云顶社会工作中心" in told and "认定无效的结果" in told and second["reference"] in told
    assert "合同正在履行" in words((await client.get(contract)).text)
    assert "投诉成立" in words((await client.get(complaint)).text)


async def test_a_listing_is_bought_again_after_a_complaint_about_its_document(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_provider(now, *BIDDERS["云顶"])
    await director("云顶", now)
    await sign_in(client, LOSER)
    stranger = await send(client, f"/listings/{listing.reference}/challenges/new", {**LETTER, "stage": "document"})
    assert stranger.status_code == 409 and "R-DISP-02" in stranger.text
    await press(client, f"/listings/{listing.reference}/documents")
    complaint = await complain(client, listing.reference, {"stage": "document"})
    await sign_in(client, "zhao.lei")
    decision = {"outcome": "upheld", "found": "文件限定了本地企业。", "basis": "财政部令第94号第三十一条"}
    wrong = await send(client, f"{complaint}/decide", {**decision, "remedy": "next_candidate"})
    assert wrong.status_code == 409 and "R-DISP-04" in wrong.text
    await clock.set(now + timedelta(hours=2))
    await press(client, f"{complaint}/decide", {**decision, "remedy": "redo"})
    client.cookies.clear()
    told = words((await client.get(f"/listings/{listing.reference}")).text)
    assert "重新开展采购活动" in told and "已取消" in told
    await sign_in(client, "wang.min")
    draft = await press(client, f"/listings/{listing.reference}/relist")
    assert "（第二次）" in words((await client.get(draft)).text)
