"""The papers of opening, judging and result: each for those whom it concerns, none with more than they may know."""

from __future__ import annotations

import io

import docx
import httpx

from evaluations.awards.services import determine_award, publish_award_notice
from marketplace.kernel.db import fetch
from tests.builders_evaluations import BIDDERS, Offered, a_panel, a_scored_listing, an_opened_listing, director
from tests.conftest import TestClock
from tests.pages import sign_in, words

OFFERS = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("470000.00", qualified=False)}
BELOW = {"沱江": "10"}
PEOPLE = {name: f"director.{BIDDERS[name][1][-4:]}" for name in OFFERS}


def said(content: bytes) -> str:
    """The words of a DOCX, tables included."""
    found = docx.Document(io.BytesIO(content))
    cells = (cell.text for table in found.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(p.text for p in found.paragraphs), *cells])


async def test_each_paper_goes_to_those_whom_it_concerns(client: httpx.AsyncClient, clock: TestClock) -> None:
    scored = await a_scored_listing(await clock.now(), OFFERS, BELOW)
    path = f"/listings/{scored.listing.reference}/stage-papers"
    for name in OFFERS:
        await director(name, scored.now)
    await clock.set(scored.now)
    await sign_in(client, PEOPLE["和风"])
    assert (await client.get(path)).status_code == 404  # nothing is announced yet
    await sign_in(client, "gao.feng")
    own = said((await client.get(f"{path}/declarations.docx")).content)
    assert "高峰" in own and "杨华" not in own and "和风" in own
    assert (await client.get(f"{path}/panel-sheet.docx")).status_code == 404
    await determine_award(scored.lot, scored.buyer, scored.now)
    await sign_in(client, "li.qiang")
    assert "采购结果通知书" not in words((await client.get(path)).text)
    sheet = said((await client.get(f"{path}/opening-sheet.docx")).content)
    assert "和风社会工作服务中心" in sheet and "周岚" in sheet
    sitting = said((await client.get(f"{path}/panel-sheet.docx")).content)
    assert all(name in sitting for name in ("杨华", "许琳", "高峰"))
    confirmed = said((await client.get(f"{path}/confirmation.docx")).content)
    assert "和风社会工作服务中心" in confirmed and "498,000.00" in confirmed and "根据评审报告" in confirmed
    await publish_award_notice(scored.listing.id, scored.buyer, scored.now)
    offered = words((await client.get(path)).text)
    assert offered.count("采购结果通知书") >= 2 and "通知书" in offered
    await _letters(client, path)
    rows = await fetch("SELECT detail FROM audit_entry WHERE act = 'stage_paper.made'")
    assert len(rows) >= 6 and all("sha256" in str(row["detail"]) and "高峰" not in str(row["detail"]) for row in rows)


async def _letters(client: httpx.AsyncClient, path: str) -> None:
    taken = {}
    for name, person in PEOPLE.items():
        await sign_in(client, person)
        page = (await client.get(path)).text
        mine = [part.split('"')[0] for part in page.split('href="')[1:] if "/stage-papers/" in part.split('"')[0]]
        assert len(mine) == 2, mine  # one paper, twice
        taken[name] = (mine[0], said((await client.get(mine[0])).content))
    assert "通知书" in taken["和风"][1] and "签订书面合同" in taken["和风"][1]
    lost, failed = taken["沱江"][1], taken["云顶"][1]
    assert "第2名" in lost and "480,000.00" not in lost and "云顶" not in lost and "质疑" in lost
    assert "缺少社会保障资金缴纳记录" in failed and "R-ROLE-09" in failed and "沱江" not in failed
    await sign_in(client, PEOPLE["云顶"])
    assert (await client.get(taken["沱江"][0])).status_code == 404


async def test_a_consultation_is_recorded_without_prices_until_the_final_ones_are_opened(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now(), OFFERS, method="consultation")
    await a_panel(opened, declared=False)
    await clock.set(opened.now)
    path = f"/listings/{opened.listing.reference}/stage-papers"
    await sign_in(client, "li.qiang")
    record = said((await client.get(f"{path}/consultation-record.docx")).content)
    assert (
        "响应文件不公开报价" in record and "480,000.00" not in record and "不合格：缺少社会保障资金缴纳记录" in record
    )
    await sign_in(client, "zhou.lan")
    assert (await client.get(f"{path}/opening-sheet.docx")).status_code == 200
    assert (await client.get(f"{path}/consultation-record.docx")).status_code == 404
    await sign_in(client, "chen.jing")
    assert (await client.get(f"{path}/letter-1-none.txt")).status_code == 404
